"""Idempotency: a mutation that is repeated with the same client-made key and input gives the first answer."""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from datetime import datetime
from typing import Final

from ..domain.refusals import Conflict, InvalidValue
from .access import Actor
from .ports.work import UnitOfWork

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
    if key is None or actor.account_id is None:
        return act()
    if not 8 <= len(key) <= LONGEST_KEY or not key.isprintable() or " " in key:
        raise InvalidValue(f"clientMutationKey应为8至{LONGEST_KEY}个可见字符。", field="clientMutationKey")
    fingerprint = hashlib.sha256(repr(command).encode()).hexdigest()
    # Claim the key first: a second call at the same time waits here and then sees the first one's answer.
    known = work.answers.claim(actor.account_id, key, fingerprint=fingerprint, reference=reference, at=now)
    if known is not None:
        if known[0] != fingerprint:
            raise Conflict(OTHER_INPUT, field="clientMutationKey")
        return known[1]
    found = act()
    if found != reference:
        work.answers.settle(actor.account_id, key, reference=found)
    return found
