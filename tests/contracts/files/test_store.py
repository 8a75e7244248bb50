"""One suite, three stores: every test here runs on the in-memory twin, on a folder and on an S3-compatible store."""

from __future__ import annotations

import os
import threading
from collections.abc import Iterator
from datetime import timedelta
from io import BytesIO
from pathlib import Path
from uuid import uuid4

import pytest

from yanbao.application.ports.files import FileMissing, FileStore
from yanbao.domain.export.job import export_key
from yanbao.domain.files.attachment import LARGEST, file_key, owner_of
from yanbao.domain.report.report import ReportKind, report_id, report_key
from yanbao.domain.values import ExportId, RegionId

from ...support.dates import TODAY
from ...support.inspections import an_attachment
from .stores import StoreWorld, a_store, content

KEY = file_key(an_attachment("图"))
OTHER = file_key(an_attachment("另一图"), thumbnail=True)
DAY = timedelta(days=1)


@pytest.fixture(params=["memory", "local", "s3"])
def world(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[StoreWorld]:
    with a_store(request.param, tmp_path) as world:
        yield world


@pytest.fixture
def store(world: StoreWorld) -> FileStore:
    return world.store


@pytest.mark.parametrize("size", [0, 1, 65_536, 1_000_001])
def test_what_is_put_comes_back_byte_for_byte(store: FileStore, size: int) -> None:
    body = os.urandom(size)
    store.put(KEY, BytesIO(body))
    assert content(store, KEY) == body


def test_a_key_of_another_form_is_refused(store: FileStore) -> None:
    for key in ("short", "report-1", "../../etc", "UPPER-CASE", "a" * 101):
        with pytest.raises(ValueError, match="not a key"):
            store.put(key, BytesIO(b"lost"))


def test_whatever_is_kept_besides_attachments_has_a_key(store: FileStore) -> None:
    report = report_key(report_id(ReportKind.DAILY, TODAY, RegionId("610100")))
    for key in (report, export_key(ExportId(uuid4()), 1)):
        store.put(key, BytesIO(b"kept"))
        assert content(store, key) == b"kept" and owner_of(key) is None


def test_the_largest_file_fits(store: FileStore) -> None:
    body = os.urandom(1 << 20) * (LARGEST >> 20)
    store.put(KEY, BytesIO(body))
    assert content(store, KEY) == body


def test_a_body_is_put_from_its_beginning_wherever_it_stands(store: FileStore) -> None:
    body = BytesIO(b"0123456789")
    body.seek(7)
    store.put(KEY, body)
    assert content(store, KEY) == b"0123456789"


def test_putting_again_takes_the_place_of_what_was_there(store: FileStore) -> None:
    store.put(KEY, BytesIO(b"first and longer"))
    store.put(KEY, BytesIO(b"second"))
    assert content(store, KEY) == b"second"


def test_keys_do_not_touch_each_other(store: FileStore) -> None:
    store.put(KEY, BytesIO(b"one"))
    store.put(OTHER, BytesIO(b"two"))
    store.delete(OTHER)
    assert content(store, KEY) == b"one"


def test_what_is_not_there_is_said_to_be_missing(store: FileStore) -> None:
    with pytest.raises(FileMissing):
        store.open(KEY)
    store.put(KEY, BytesIO(b"x"))
    store.delete(KEY)
    with pytest.raises(FileMissing):
        store.open(KEY)


def test_deleting_what_is_not_there_is_harmless(store: FileStore) -> None:
    store.delete(KEY)
    store.put(KEY, BytesIO(b"x"))
    store.delete(KEY)
    store.delete(KEY)


def test_a_file_may_be_left_half_read(store: FileStore) -> None:
    store.put(KEY, BytesIO(os.urandom(500_000)))
    for _ in range(20):
        file = store.open(KEY)
        assert len(file.read(10)) == 10
        file.close()
    assert len(content(store, KEY)) == 500_000


def test_old_keys_are_listed_and_young_ones_are_not(world: StoreWorld) -> None:
    keys = [file_key(an_attachment(f"{n}")) for n in range(5)]
    for key in keys:
        world.store.put(key, BytesIO(b"x"))
    assert list(world.store.older_than(DAY)) == []
    for key in keys[:4]:
        world.make_older(key, 2 * DAY)
    world.make_older(keys[4], DAY / 2)
    assert sorted(world.store.older_than(DAY)) == sorted(keys[:4])
    assert set(world.store.older_than(timedelta(0))) == set(keys)


def test_an_empty_store_has_nothing_old(store: FileStore) -> None:
    assert list(store.older_than(timedelta(0))) == []


def test_what_is_listed_may_be_deleted_meanwhile(world: StoreWorld) -> None:
    for n in range(5):
        key = file_key(an_attachment(f"{n}"))
        world.store.put(key, BytesIO(b"x"))
        world.make_older(key, 2 * DAY)
    for key in world.store.older_than(DAY):
        world.store.delete(key)
    assert list(world.store.older_than(timedelta(0))) == []


def test_many_put_at_once_and_readers_see_whole_files_only(store: FileStore) -> None:
    bodies = [bytes([n]) * 300_000 for n in range(4)]
    store.put(KEY, BytesIO(bodies[0]))
    seen: list[bytes] = []
    writers = [threading.Thread(target=store.put, args=(KEY, BytesIO(body))) for body in bodies]
    readers = [threading.Thread(target=lambda: seen.append(content(store, KEY))) for _ in range(4)]
    for thread in (*writers, *readers):
        thread.start()
    for thread in (*writers, *readers):
        thread.join()
    assert len(seen) == 4 and set(seen) <= set(bodies)
