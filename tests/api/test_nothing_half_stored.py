"""What the API refuses leaves nothing behind, not a row and not a byte: on the twin, on SQLite and on PostgreSQL."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import contextmanager
from dataclasses import fields
from itertools import count
from typing import Any

import httpx
import pytest
from sqlalchemy import Engine, select

from yanbao.adapters.memory.storage import MemoryStorage
from yanbao.adapters.sql.engine import make_engine
from yanbao.adapters.sql.storage import SqlStorage
from yanbao.adapters.sql.tables.metadata import metadata
from yanbao.domain.files.attachment import LARGEST, MediaType

from ..support.asking import Somebody, World, region_id
from ..support.databases import migrated_postgres, migrated_sqlite
from ..support.dates import in_days
from ..support.samples import SAMPLES, a_photo
from ..support.system import make_system
from .files.filing import INVALID, call, refusal, ticket, upload
from .inspection.inspecting import (
    EDIT,
    OPEN_PATROL,
    SUBMIT_INSPECTION,
    a_check_form,
    a_problem,
    edit,
    open_spot_check,
)

Contents = Callable[[], dict[str, Any]]
"""All rows by table, and the keys of all stored files."""
CHANGING = {"session", "sessions", "file_ticket", "file_tickets"}
"""When somebody was last seen, and that a ticket was given out and used, is remembered of the refused as well."""
PNG = SAMPLES[MediaType.PNG]
NUMBERS = count()


@pytest.fixture(scope="module", params=["memory", "sqlite", "postgres"])
def world_and_contents(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[tuple[World, Contents]]:
    """The demo province on a storage, and everything that is in it."""
    if request.param == "memory":
        world = World(make_system().seeded(6))
        yield world, lambda: rows_of_the_twin(world) | {"files": world.system.files.keys}
        return
    fresh = (
        migrated_postgres()
        if request.param == "postgres"
        else migrated_sqlite(tmp_path_factory.mktemp("api"))
    )
    with fresh as url:
        engine = make_engine(url)
        on_a_database = World(make_system(lambda react: SqlStorage(engine, reactions=react)).seeded(6))
        yield on_a_database, lambda: rows_of(engine) | {"files": on_a_database.system.files.keys}
        engine.dispose()


def rows_of_the_twin(world: World) -> dict[str, Any]:
    assert isinstance(world.system.storage, MemoryStorage)
    tables = {each.name: dict(getattr(world.state, each.name)) for each in fields(world.state)}
    return {name: rows for name, rows in tables.items() if name not in CHANGING}


def rows_of(engine: Engine) -> dict[str, Any]:
    with engine.connect() as connection:
        return {
            table.name: sorted(map(repr, connection.execute(select(table))))
            for table in metadata.sorted_tables
            if table.name not in CHANGING
        }


@pytest.fixture
def world(world_and_contents: tuple[World, Contents]) -> World:
    return world_and_contents[0]


@pytest.fixture
def inspector(world: World) -> Somebody:
    return world("county-inspector")


@pytest.fixture
def nothing_stored(world_and_contents: tuple[World, Contents], inspector: Somebody) -> Any:
    """A context in which nothing may be stored."""

    @contextmanager
    def watch() -> Iterator[None]:
        before = world_and_contents[1]()
        yield
        after = world_and_contents[1]()
        assert before["people" if "people" in before else "person"], "this looks at a province"
        for name, rows in before.items():
            assert after[name] == rows, name

    return watch


@pytest.fixture
def key() -> str:
    """A draft of its own for each test."""
    return f"draft-{next(NUMBERS):04}"


# ---------------------------------------------------------------- forms


def test_an_unknown_checklist_item(world: World, inspector: Somebody, key: str, nothing_stored: Any) -> None:
    draft = open_spot_check(inspector, world.red, key=key)
    picture = upload(inspector)
    items = [{"item": "LIGHTNING", "result": "OK"}, {"item": "NO_SUCH", "result": "OK"}]
    with nothing_stored():
        form = a_check_form(findings=items, attachments=[picture])
        answer = inspector.refusal(EDIT, id=draft["id"], revision=draft["revision"], form=form)
        assert answer[::2] == ("UNKNOWN_CHECKLIST_ITEM", "findings.1.item")


@pytest.mark.parametrize(
    ("fault", "code", "field"),
    [
        ({"category": None}, "CATEGORY_MISSING", "problems.1.category"),
        ({"rectifyOn": f"{in_days(-1)}"}, "DEADLINE_PASSED", "problems.1.rectifyOn"),
    ],
    ids=["no category", "a deadline in the past"],
)
def test_one_bad_problem_among_good_ones(
    world: World,
    inspector: Somebody,
    key: str,
    nothing_stored: Any,
    fault: dict[str, Any],
    code: str,
    field: str,
) -> None:
    form = a_check_form(problems=[a_problem(attachments=[upload(inspector)]), a_problem(**fault)])
    draft = edit(inspector, open_spot_check(inspector, world.red, key=key), form)
    with nothing_stored():
        answer = inspector.refusal(SUBMIT_INSPECTION, id=draft["id"], revision=draft["revision"])
        assert answer[::2] == (code, field)


@pytest.mark.parametrize("code", ["610425", "610528", "610500", "610199"])
def test_a_region_elsewhere_above_or_nowhere(
    inspector: Somebody, key: str, nothing_stored: Any, code: str
) -> None:
    with nothing_stored():
        answer = inspector.refusal(OPEN_PATROL, region=region_id(code), key=key)
        assert answer == ("NOT_FOUND", "没有找到区域，或您无权查看。", "regionId")


def test_somebody_elses_picture(world: World, inspector: Somebody, key: str, nothing_stored: Any) -> None:
    draft = open_spot_check(inspector, world.red, key=key)
    mine, theirs = upload(inspector), upload(world("city-inspector"))
    with nothing_stored():
        form = a_check_form(attachments=[mine, theirs])
        answer = inspector.refusal(EDIT, id=draft["id"], revision=draft["revision"], form=form)
        assert answer[::2] == ("NOT_FOUND", "attachments")


# ---------------------------------------------------------------- files


def test_a_picture_that_is_no_picture(inspector: Somebody, nothing_stored: Any) -> None:
    with nothing_stored():
        for content, status, code in (
            (b"this is no picture", 415, "FILE_TYPE_NOT_ALLOWED"),
            (PNG[: len(PNG) // 2], 422, "PICTURE_UNREADABLE"),
            (b"", 415, "FILE_TYPE_NOT_ALLOWED"),
        ):
            answer = call(inspector, "PUT", ticket(inspector)[0], content)
            assert refusal(answer)[:2] == (status, code)


def test_a_file_of_21_megabytes(inspector: Somebody, nothing_stored: Any) -> None:
    content = PNG + bytes(21 * 2**20 - len(PNG))

    async def pieces() -> AsyncIterator[bytes]:
        for start in range(0, len(content), 2**20):
            yield content[start : start + 2**20]

    with nothing_stored():
        for body in (content, pieces()):
            answer = call(inspector, "PUT", ticket(inspector)[0], body)
            assert refusal(answer)[:2] == (413, "FILE_TOO_LARGE")
    assert len(content) > LARGEST


def test_a_ticket_used_twice_or_by_another(world: World, inspector: Somebody, nothing_stored: Any) -> None:
    others = [world("city-inspector"), world("enterprise-head"), world("province-head")]
    url, _ = ticket(inspector)
    with nothing_stored():
        for other in others:
            assert refusal(call(other, "PUT", url, PNG)) == (403, *INVALID)
    assert call(inspector, "PUT", url, PNG).status_code == 201
    with nothing_stored():
        assert refusal(call(inspector, "PUT", url, a_photo())) == (403, *INVALID)


def test_a_ticket_used_twice_at_once_is_used_once(world: World, inspector: Somebody) -> None:
    url, _ = ticket(inspector)
    before = len(world.system.files.keys)

    async def both() -> list[httpx.Response]:
        transport = httpx.ASGITransport(app=world.system.asgi())
        headers = {"authorization": f"Bearer {inspector.token}"}
        async with httpx.AsyncClient(transport=transport, base_url="http://test", headers=headers) as http:
            return await asyncio.gather(*(http.put(url, content=PNG) for _ in range(4)))

    answers = asyncio.run(both())
    assert sorted(answer.status_code for answer in answers) == [201, 403, 403, 403]
    assert len(world.system.files.keys) == before + 2, "the picture and its thumbnail"


def test_a_name_that_cannot_be_stored_is_cleaned(inspector: Somebody) -> None:
    name = "../../\x00\x1bC:\\现场\u202egpj.照片<1>" + "长" * 300
    found = inspector.ask(
        "query($id: ID!) { node(id: $id) { ... on Attachment { name } } }", id=upload(inspector, name=name)
    )
    assert found["node"]["name"] == ("现场gpj.照片_1_" + "长" * 300)[:80] + ".png"
