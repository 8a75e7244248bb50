"""An S3-compatible store that is away, says no, or breaks off."""

from __future__ import annotations

import socket
from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from io import BytesIO

import pytest

from yanbao.adapters.files import s3
from yanbao.adapters.files.s3 import S3Account, S3FileStore
from yanbao.application.ports.files import FileMissing, FileStoreFailed
from yanbao.domain.files.attachment import file_key

from ...support.inspections import an_attachment
from ...support.s3 import ACCESS_KEY, BUCKET, REGION, SECRET_KEY, S3StandIn, s3_stand_in

KEY = file_key(an_attachment("图"))


@pytest.fixture
def stand_in() -> Iterator[S3StandIn]:
    with s3_stand_in() as running:
        yield running


@pytest.fixture
def account(stand_in: S3StandIn) -> S3Account:
    return S3Account(stand_in.url, BUCKET, REGION, ACCESS_KEY, SECRET_KEY)


def test_one_request_puts_and_the_object_is_named_as_the_key(stand_in: S3StandIn, account: S3Account) -> None:
    S3FileStore(account).put(KEY, BytesIO(b"x" * 20 * 2**20))
    assert stand_in.requests == [f"PUT /{BUCKET}/{KEY}"]
    assert set(stand_in.objects) == {KEY}


@pytest.mark.parametrize(
    ("wrong", "code"),
    [
        ({"secret_key": "another"}, "SignatureDoesNotMatch"),
        ({"access_key": "another"}, "InvalidAccessKeyId"),
        ({"region": "elsewhere"}, "AuthorizationHeaderMalformed"),
        ({"bucket": "another-bucket"}, "NoSuchBucket"),
    ],
)
def test_a_wrong_account_is_a_failure_that_says_why(
    stand_in: S3StandIn, account: S3Account, wrong: dict[str, str], code: str
) -> None:
    store = S3FileStore(replace(account, **wrong))
    with pytest.raises(FileStoreFailed, match=code):
        store.put(KEY, BytesIO(b"x"))
    with pytest.raises(FileStoreFailed, match=code) as failure:
        store.open(KEY)
    assert not isinstance(failure.value, FileMissing)
    with pytest.raises(FileStoreFailed, match=code):
        list(store.older_than(timedelta(0)))
    assert stand_in.objects == {}


def test_what_the_environment_says_of_other_accounts_is_not_used(
    stand_in: S3StandIn, account: S3Account, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "AWS_SESSION_TOKEN", "MINIO_ACCESS_KEY"):
        monkeypatch.setenv(name, "somebody-else")
    S3FileStore(account).put(KEY, BytesIO(b"x"))
    assert set(stand_in.objects) == {KEY}


def test_the_secret_is_not_in_what_may_be_logged(account: S3Account) -> None:
    assert SECRET_KEY not in repr(account)


def test_a_store_that_is_busy_for_a_moment_is_asked_again(stand_in: S3StandIn, account: S3Account) -> None:
    stand_in.failing = 2
    S3FileStore(account).put(KEY, BytesIO(b"content"))
    assert stand_in.objects[KEY][0] == b"content"


def test_a_store_that_stays_busy_is_a_failure(stand_in: S3StandIn, account: S3Account) -> None:
    store = S3FileStore(account)
    for act in (lambda: store.put(KEY, BytesIO(b"x")), lambda: store.open(KEY), lambda: store.delete(KEY)):
        stand_in.failing = 99
        with pytest.raises(FileStoreFailed):
            act()
    assert stand_in.objects == {}


def test_nobody_there_is_a_failure(account: S3Account) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        url = f"http://127.0.0.1:{taken.getsockname()[1]}"
        with pytest.raises(FileStoreFailed):
            S3FileStore(replace(account, url=url)).put(KEY, BytesIO(b"x"))


def test_a_store_that_does_not_answer_is_not_waited_for_without_end(
    account: S3Account, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(s3, "READ_SECONDS", 0.1)
    with socket.create_server(("127.0.0.1", 0)) as silent:
        url = f"http://127.0.0.1:{silent.getsockname()[1]}"
        with pytest.raises(FileStoreFailed):
            S3FileStore(replace(account, url=url)).put(KEY, BytesIO(b"x"))


def test_what_is_no_answer_of_a_store_is_a_failure(stand_in: S3StandIn, account: S3Account) -> None:
    store = S3FileStore(account)
    stand_in.garbled = True
    with pytest.raises(FileStoreFailed, match="no ETag"):
        store.put(KEY, BytesIO(b"x"))
    with pytest.raises(FileStoreFailed):
        store.open(KEY)
    with pytest.raises(FileStoreFailed):
        list(store.older_than(timedelta(0)))


def test_a_file_that_breaks_off_is_noticed(stand_in: S3StandIn, account: S3Account) -> None:
    store = S3FileStore(account)
    store.put(KEY, BytesIO(b"x" * 1000))
    stand_in.cutting = True
    file = store.open(KEY)
    assert file.size == 1000
    with pytest.raises(FileStoreFailed):
        while file.read(100):
            pass
    file.close()
