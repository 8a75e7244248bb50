"""One step of an aggregate: check access, load it within the scope, act and save, once per key."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from typing import TypeVar

from ..domain.refusals import Refused
from ..domain.signed import Signed
from .access import Actor, Permission, check
from .once import check_key, claim_last, was_answered
from .ports.signals import Clock
from .ports.work import LONGEST_STEP, Storage, UnitOfWork

Aggregate = TypeVar("Aggregate")


def signed(actor: Actor, now: datetime) -> Signed:
    """The actor's signature at `now`."""
    return Signed(person_id=actor.person_id, name=actor.name, at=now)


def take_step(
    storage: Storage,
    clock: Clock,
    actor: Actor,
    permission: Permission,
    command: object,
    key: str | None,
    *,
    reference: str,
    get: Callable[[UnitOfWork, datetime], Aggregate],
    act: Callable[[UnitOfWork, Aggregate, Signed], None],
    save: Callable[[UnitOfWork, Aggregate], None],
    then: Callable[[UnitOfWork, Aggregate, Signed], None] = lambda work, aggregate, by: None,
) -> Aggregate | None:
    """Take one step in one transaction; returns the aggregate as it was saved.

    Returns None when the same actor has sent the same key and command before; nothing is done again then.
    The key is claimed together with the last write: a first call pays for no statement of its own.
    `get` must look within the actor's scope and raise NotFound outside of it. `reference` is the aggregate's
    id. `then` does what needs the stored aggregate: for example, what it issues or claims.

    The clock is read inside the unit of work: a step that waited for the database is signed after the wait.
    `commit` refuses a step that took longer than LONGEST_STEP. So others know when everything that was signed
    before an instant has been stored; the weekly push relies on it.
    """
    check(actor, permission)
    if not actor.rehearses:
        check_key(key)
    try:
        with storage.work(actor) as work:
            now = clock.now()
            by = signed(actor, now)
            aggregate = get(work, now)
            act(work, aggregate, by)
            save(work, aggregate)
            then(work, aggregate, by)
            claim_last(work, actor, key, command, now=now, reference=reference)
            work.commit(within=LONGEST_STEP)
    except Refused:
        # A repeated call is refused, by the state that the first has reached or by its key. Nothing is stored then.
        if not was_answered(storage, actor, key, command):
            raise
        return None
    return aggregate
