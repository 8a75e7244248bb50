"""One call for everything that must be refused: what comes back is a code and a sentence, and nothing is stored."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import fields
from typing import Any

from hypothesis import HealthCheck, settings

from yanbao.adapters.memory.storage import MemoryStorage
from yanbao.graphql.execution.errors import Code

from ..support.asking import SUBMIT, TODAY, Somebody, a_world, id_of

SCENE = a_world()
HEAD = SCENE("enterprise-head")
RED = SCENE.red
WHOLESALER = SCENE.enterprises[5]
SELLER = SCENE.head_of(WHOLESALER)
SCENE("county-duty")  # Logging in leaves its line: before anything is compared.

QUICK = settings(
    max_examples=25,
    deadline=None,
    derandomize=True,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
    database=None,
)


@contextmanager
def nothing_stored() -> Iterator[None]:
    """Every table of the scene is the same afterwards; see `nothing_stored_in`."""
    with nothing_stored_in(SCENE.system.storage):
        yield


@contextmanager
def nothing_stored_in(storage: MemoryStorage) -> Iterator[None]:
    """Every table is the same afterwards, but for when a session was last seen."""
    before = {entry.name: dict(getattr(storage.landed, entry.name)) for entry in fields(storage.landed)}
    yield
    for entry in fields(storage.landed):
        if entry.name != "sessions":
            assert dict(getattr(storage.landed, entry.name)) == before[entry.name], entry.name


def codes_of(answer: dict[str, Any]) -> list[str]:
    """The codes of errors and of refusals in an answer; fails where one carries no sentence."""
    found = []
    for error in answer.get("errors", ()):
        assert error["message"] and error["extensions"]["sentence"], error
        found.append(error["extensions"]["code"])
        assert error["extensions"]["code"] in Code.__members__
    for result in (answer.get("data") or {}).values():
        if isinstance(result, dict) and "code" in result:
            assert result["message"] and "traceback" not in result["message"].lower()
            found.append(result["code"])
    return found


def refused(answer: dict[str, Any]) -> list[str]:
    """The codes of an answer that must be a no, and must not be our own failure."""
    found = codes_of(answer)
    assert found, answer
    assert "INTERNAL_SERVER_ERROR" not in found, answer
    return found


REFUSAL = "{ __typename ... on Refusal { code message field } }"


def submit(form: Any, of: Any = RED, who: Somebody = HEAD, day: Any = f"{TODAY}") -> dict[str, Any]:
    return who.send(SUBMIT.replace("@", REFUSAL), id=id_of(of), day=day, form=form)


def put(form: dict[str, Any], path: str, value: Any) -> dict[str, Any]:
    """A copy of the form with one field changed; "production.presentPersons"."""
    head, _, rest = path.partition(".")
    return form | {head: put(form.get(head) or {}, rest, value) if rest else value}


TOO_MUCH = 2_147_483_647
