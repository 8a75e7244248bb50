"""Peers in Node: the same reads by Mercurius and by PostGraphile over the same database."""

from __future__ import annotations

import re
from base64 import urlsafe_b64decode
from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any, Final

import httpx
import orjson
from psycopg.conninfo import conninfo_to_dict

from . import alert_floor, bare_reads, floor, inspection_floor, peer_documents
from .api import Api, free_port, running
from .database import session_settings
from .node import NotInstalled, install, runtime
from .reads import FILTER
from .stage import Stage

SCRIPTS: Final = Path(__file__).parent / "peer"
SCHEMA: Final = Path(__file__).resolve().parent.parent / "schema.graphql"
MERCURIUS: Final = "Mercurius, jit"
POSTGRAPHILE: Final = "PostGraphile 5"
PACKAGES: Final[Mapping[str, tuple[str, ...]]] = {
    MERCURIUS: (runtime(), "mercurius@16", "fastify@5", "graphql@16", "pg@8"),
    POSTGRAPHILE: (runtime(), "postgraphile@5", "graphql@16", "pg@8"),
}
"""With a Node of their own, the same for both: PostGraphile needs 22."""
_NAMED: Final = re.compile(r"%\((\w+)\)s")
_REQUIRED_WITH_DEFAULT: Final = re.compile(r"([\w\]])! =")
_INSTANT: Final = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d")


class Unanswered(Exception):
    """A server has answered a read with errors."""


@dataclass(frozen=True, slots=True)
class Peer:
    """A server, and the body of each read as it takes it. `plain` makes its data and ours comparable."""

    name: str
    server: Api
    bodies: Mapping[str, bytes]
    plain: Callable[[Any], Any] = lambda data: data

    def ask(self, short: str, token: str) -> Any:
        """The data of the answer. Raises Unanswered for any error in it."""
        headers = {"authorization": f"Bearer {token}", "content-type": "application/json"}
        with httpx.Client(trust_env=False, timeout=60) as client:
            sent = client.post(f"{self.server.url}/graphql", content=self.bodies[short], headers=headers)
        answer = sent.json()
        if "errors" in answer:
            raise Unanswered(f"{self.name}, {short}: {answer['errors'][0]['message']}")
        return answer["data"]


@contextmanager
def peers_served(
    stage: Stage, var: Path, bodies: Mapping[str, bytes]
) -> Iterator[tuple[list[Peer], dict[str, str]]]:
    """Those that can be installed, and of each other one why not."""
    found: list[Peer] = []
    missing: dict[str, str] = {}
    with ExitStack() as started:
        for name, serving in ((MERCURIUS, _mercurius), (POSTGRAPHILE, _postgraphile)):
            try:
                found.append(started.enter_context(serving(stage, var, bodies)))
            except (NotInstalled, RuntimeError) as why:
                missing[name] = str(why).splitlines()[0]
        yield found, missing


@contextmanager
def _mercurius(stage: Stage, var: Path, bodies: Mapping[str, bytes]) -> Iterator[Peer]:
    """Our own schema and documents, so the answers are equal as they are."""
    # graphql-jit refuses a variable without a required value that has a default, which GraphQL allows.
    schema = _REQUIRED_WITH_DEFAULT.sub(r"\1 =", SCHEMA.read_text(encoding="utf-8"))
    settings = {"schema": schema, "statements": _statements()}
    with _node(stage, var, MERCURIUS, "mercurius.mjs", "Asia/Shanghai", settings) as server:
        yield Peer(MERCURIUS, server, bodies)


@contextmanager
def _postgraphile(stage: Stage, var: Path, bodies: Mapping[str, bytes]) -> Iterator[Peer]:
    """A schema of its own: a function for each read, and documents with our names for what they select."""
    for statement in peer_documents.FUNCTIONS:
        stage.connection.execute(statement)
    try:
        translated = {short: peer_documents.translated(body) for short, body in bodies.items()}
        with _node(stage, var, POSTGRAPHILE, "postgraphile.mjs", "UTC", {}) as server:
            yield Peer(POSTGRAPHILE, server, translated, plain)
    finally:
        for statement in peer_documents.DROPPED:
            stage.connection.execute(statement)


@contextmanager
def _node(
    stage: Stage, var: Path, name: str, script: str, zone: str, settings: Mapping[str, Any]
) -> Iterator[Api]:
    folder = var / Path(script).stem
    command = install(folder, SCRIPTS / script, PACKAGES[name])
    connection = conninfo_to_dict(session_settings(stage.url))
    connection["database"] = connection.pop("dbname")
    connection["options"] = str(connection["options"]).replace("timezone=UTC", f"timezone={zone}")
    file = folder / "settings.json"
    file.write_bytes(
        orjson.dumps({"connection": connection, "connections": bare_reads.CONNECTIONS, **settings})
    )
    port = free_port()
    environment = {"NODE_ENV": "production", "GRAPHILE_ENV": "production"}
    with running([*command, str(port), str(file)], environment, port, folder / "server.log") as server:
        yield server


def _statements() -> dict[str, dict[str, Any]]:
    """The floors' statements by the field that they answer."""
    level = bare_reads.LEVEL
    (history,) = floor.history(level, tuple(FILTER)).values()
    (records,) = inspection_floor.records_in_sight(level).values()
    (problems,) = inspection_floor.problems_in_sight(level, overdue=False).values()
    (alerts,) = alert_floor.alerts_in_sight(level, "true", alert_floor.NEWEST).values()
    named = {
        "commitments": history,
        "commitmentOverview": floor.OVERVIEW,
        "inspections": records,
        "problems": problems,
        "alerts": alerts,
    }
    return {field: positional(statement) for field, statement in named.items()}


def positional(statement: str) -> dict[str, Any]:
    """The statement with `$1` for its first named parameter, and the names in that order."""
    names = list(dict.fromkeys(_NAMED.findall(statement)))
    text = _NAMED.sub(lambda found: f"${names.index(found[1]) + 1}", statement)
    return {"text": text.replace("%%", "%"), "names": names}


def plain(data: Any) -> Any:
    """Our data and PostGraphile's in one form: ids as the tables have them, instants as such, an overview as rows."""
    if isinstance(data, list):
        return [plain(each) for each in data]
    if isinstance(data, str):
        return datetime.fromisoformat(data) if _INSTANT.match(data) else data
    if not isinstance(data, dict):
        return data
    if "whole" in data:
        rows = [data["whole"], *data["parts"]]
        data = {"nodes": [each["region"] | each["tally"] for each in rows]}
    return {name: _own_id(each) if name == "id" else plain(each) for name, each in data.items()}


def _own_id(id: str) -> str:
    """What a global id holds; the id of a row as it is."""
    try:
        _, colon, own = urlsafe_b64decode(id + "=" * (-len(id) % 4)).decode().partition(":")
    except ValueError:
        return id  # A row's id is no base64, or no text in it.
    return own if colon else id
