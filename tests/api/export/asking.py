"""Asking for exports over HTTP, in the words of a client."""

from __future__ import annotations

from typing import Any

import httpx

from ...support.asking import TODAY, Somebody, World
from ..files.filing import call

FIELDS = "id kind kindName state stateName rowsTotal rowsDone fileName size requestedAt endedAt expiresAt failure allowedActions"
REQUEST = (
    "mutation($what: ExportInput!, $key: String) { requestExport(what: $what, clientMutationKey: $key) @ }"
)
CANCEL = "mutation($id: ID!, $key: String) { cancelExport(id: $id, clientMutationKey: $key) @ }"
TICKET = "mutation($id: ID!) { exportTicket(id: $id) @ }"
ONE = f"query($id: ID!) {{ export(id: $id) {{ {FIELDS} }} }}"
DAYS = {"firstDay": f"{TODAY}", "lastDay": f"{TODAY}"}
COMMITMENTS = {"commitments": DAYS}


def requested(who: Somebody, what: Any = COMMITMENTS, key: str | None = None) -> dict[str, Any]:
    """The export as it stands when the request returns."""
    answer = who.change(REQUEST, f"... on ExportRequested {{ export {{ {FIELDS} }} }}", what=what, key=key)
    assert answer["__typename"] == "ExportRequested", answer
    return dict(answer["export"])


def export(who: Somebody, id: str) -> dict[str, Any]:
    return dict(who.ask(ONE, id=id)["export"])


def address_of(who: Somebody, id: str) -> str:
    ready = who.change(TICKET, "... on DownloadReady { url expiresAt }", id=id)
    assert ready["__typename"] == "DownloadReady", ready
    return str(ready["url"])


def download(who: Somebody, id: str) -> httpx.Response:
    return call(who, "GET", address_of(who, id))


def all_in_the_queue(world: World) -> World:
    """Nothing is small enough to be made at once."""
    world.system.app.exports._rows_at_once = 0
    return world
