"""Idempotency: a mutation that is repeated with the same client-made key and input gives the first answer."""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from datetime import datetime
from typing import Final

from ..domain.refusals import Conflict, InvalidValue
from .access import Actor
from .ports.work import Storage, UnitOfWork

LONGEST_KEY = 64
OTHER_INPUT: Final = "同一个clientMutationKey已用于另一项不同的提交。"


class Rehearsed(Exception):
    """A rehearsal has found nothing to refuse; it ends here, so that nothing is stored."""


def once(
    work: UnitOfWork,
    actor: Actor,
    key: str | None,
    command: object,
    *,
    now: datetime,
    act: Callable[[], str],
    reference: str = "",
) -> str:
    """Run `act` and return its reference, or the first reference if this actor repeats key and command.

    Commands are compared by `repr`, so use a frozen dataclass or plain values.
    Raises Rehearsed instead of returning when the actor only rehearses: so nothing is committed.
    Raises Conflict when the key was used for another input, InvalidValue for a malformed key.
    Pass `reference` when you know what `act` will return: it saves a database statement.
    """
    if actor.rehearses:
        act()
        raise Rehearsed
    check_key(key)
    if key is None or actor.account_id is None:
        return act()
    fingerprint = _fingerprint(command)
    # Claim the key first: a second call at the same time waits here and then sees the first one's answer.
    known = work.answers.claim(actor.account_id, key, fingerprint=fingerprint, reference=reference, at=now)
    if known is not None:
        _check_same(known, fingerprint)
        return known[1]
    found = act()
    if found != reference:
        work.answers.settle(actor.account_id, key, reference=found)
    return found


def claim_last(
    work: UnitOfWork, actor: Actor, key: str | None, command: object, *, now: datetime, reference: str
) -> None:
    """Claim the key when all else is done, so that the claim is stored together with it, in the same statement.

    Raises Conflict if the key is claimed, at the latest at the commit; then ask `was_answered`. Raises
    Rehearsed when the actor only rehearses. Check the key before.
    """
    if actor.rehearses:
        raise Rehearsed
    if key is None or actor.account_id is None:
        return
    work.answers.claim_with_writes(
        actor.account_id, key, fingerprint=_fingerprint(command), reference=reference, at=now
    )


def was_answered(storage: Storage, actor: Actor, key: str | None, command: object) -> bool:
    """Whether a call with this key and command has been stored before. Ask it when a step was refused.

    Raises Conflict when the key was used for another input.
    """
    if key is None or actor.account_id is None or actor.rehearses:
        return False
    with storage.work(actor) as work:
        known = work.answers.find(actor.account_id, key)
    if known is None:
        return False
    _check_same(known, _fingerprint(command))
    return True


def check_key(key: str | None) -> None:
    """Raises InvalidValue for a malformed key."""
    if key is not None and not (8 <= len(key) <= LONGEST_KEY and key.isprintable() and " " not in key):
        raise InvalidValue(f"clientMutationKey应为8至{LONGEST_KEY}个可见字符。", field="clientMutationKey")


def _fingerprint(command: object) -> str:
    return hashlib.sha256(repr(command).encode()).hexdigest()


def _check_same(known: tuple[str, str], fingerprint: str) -> None:
    if known[0] != fingerprint:
        raise Conflict(OTHER_INPUT, field="clientMutationKey")
