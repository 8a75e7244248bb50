"""A mutation with a client-made key takes effect once: repeated with the same input it gives the first answer."""

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
    """The reference that `act` gives, or the one it gave when this actor sent the same key and command before.

    The command must be a frozen dataclass: its `repr` is what makes two inputs the same. Raises Conflict when the key
    was used for another input. Who knows the `reference` beforehand spares the database a statement by saying it.
    """
    if key is None or actor.account_id is None:
        return act()
    if not 8 <= len(key) <= LONGEST_KEY or not key.isprintable() or " " in key:
        raise InvalidValue(f"clientMutationKey应为8至{LONGEST_KEY}个可见字符。", field="clientMutationKey")
    fingerprint = hashlib.sha256(repr(command).encode()).hexdigest()
    # Claimed before anything is done: of two calls at once with one key, the second waits here and then sees the first.
    known = work.answers.claim(actor.account_id, key, fingerprint=fingerprint, reference=reference, at=now)
    if known is not None:
        if known[0] != fingerprint:
            raise Conflict(OTHER_INPUT, field="clientMutationKey")
        return known[1]
    found = act()
    if found != reference:
        work.answers.settle(actor.account_id, key, reference=found)
    return found
