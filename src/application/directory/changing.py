"""One change of a directory entry: in one transaction, once per key, with its line in the audit trail."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from itertools import count
from typing import TypeVar

from ...domain.directory.events import DirectoryChanged
from ...domain.refusals import NotFound
from ..access import Actor
from ..once import once
from ..ports.signals import Clock
from ..ports.work import Storage, UnitOfWork

Id = TypeVar("Id")


def change_entry(
    storage: Storage,
    clock: Clock,
    actor: Actor,
    command: object,
    key: str | None,
    act: Callable[[UnitOfWork, datetime], str],
) -> str:
    """Run `act` once and commit; returns the id that it returned, or returned the first time."""
    now = clock.now()
    with storage.work(actor) as work:
        reference = once(work, actor, key, command, now=now, act=lambda: act(work, now))
        work.commit()
    return reference


def note_change(work: UnitOfWork, what: str, id: object, summary: str, now: datetime) -> str:
    """Note the change for the audit trail; returns the id as text."""
    work.note(DirectoryChanged(what=what, subject=str(id), summary=summary, at=now))
    return str(id)


def unused_id(make: Callable[[int], Id], get: Callable[[Id], object]) -> Id:
    """The first id of `make(1)`, `make(2)` and so on for which `get` raises NotFound.

    Ids are made from what an entry says when it is added. An entry that says something else since keeps its
    id, so the next entry to say the same must get another one.
    """
    for attempt in count(1):
        id = make(attempt)
        try:
            get(id)
        except NotFound:  # No entry has this id: it is free.
            return id
    raise AssertionError("count() never ends")
