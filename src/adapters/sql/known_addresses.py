"""Store the addresses from which accounts have logged in, and count the attempts that concern no account."""

from __future__ import annotations

from datetime import datetime
from typing import Final

from sqlalchemy import bindparam, delete, select, update
from sqlalchemy.dialects.postgresql import insert

from ...domain.identity.known_address import KnownAddress
from ...domain.values import AccountId
from .tables.identity import known_address, stray_attempt
from .transaction import Transaction

_mine = known_address.c.account_id == bindparam("account")
_FIND: Final = select(known_address).where(_mine, known_address.c.digest == bindparam("given"))
_insert = insert(known_address)
_SAVE: Final = _insert.on_conflict_do_update(
    index_elements=[known_address.c.account_id, known_address.c.digest],
    set_={name: _insert.excluded[name] for name in ("logged_in_at", "failures", "locked_until")},
)
_newest = (
    select(known_address.c.digest)
    .where(_mine)
    .order_by(known_address.c.logged_in_at.desc(), known_address.c.digest)
    .limit(bindparam("most"))
)
_KEEP_NEWEST: Final = delete(known_address).where(_mine, known_address.c.digest.not_in(_newest))
_UNLOCK: Final = update(known_address).where(_mine).values(failures=0, locked_until=None)
_FORGET: Final = delete(known_address).where(_mine, known_address.c.digest != bindparam("but"))
_FORGET_BEFORE: Final = delete(known_address).where(known_address.c.logged_in_at <= bindparam("before"))
_COUNT: Final = (
    insert(stray_attempt)
    .values(slot=bindparam("slot"), attempts=1, at=bindparam("at"))
    .on_conflict_do_update(
        index_elements=[stray_attempt.c.slot],
        set_={"attempts": stray_attempt.c.attempts + 1, "at": bindparam("at")},
    )
)
_ATTEMPTS: Final = select(stray_attempt.c.attempts).where(stray_attempt.c.slot == bindparam("slot"))


class SqlKnownAddresses:
    """Known addresses, by account and digest."""

    def __init__(self, transaction: Transaction) -> None:
        self._transaction = transaction

    def find(self, account_id: AccountId, digest: str, *, at: datetime) -> KnownAddress | None:
        row = self._transaction.run(_FIND, {"account": account_id, "given": digest}).first()
        if row is None:
            return None
        known = KnownAddress(row.account_id, row.digest, row.logged_in_at, row.failures, row.locked_until)
        return known if known.is_known(at) else None

    def save(self, known: KnownAddress) -> None:
        self._transaction.run(
            _SAVE,
            {
                "account_id": known.account_id,
                "digest": known.digest,
                "logged_in_at": known.logged_in_at,
                "failures": known.failures,
                "locked_until": known.locked_until,
            },
            missing=("账号", None),
        )

    def keep_newest(self, account_id: AccountId, most: int) -> None:
        self._transaction.run(_KEEP_NEWEST, {"account": account_id, "most": most})

    def unlock(self, account_id: AccountId) -> None:
        self._transaction.run(_UNLOCK, {"account": account_id})

    def forget(self, account_id: AccountId, *, but: str | None = None) -> None:
        self._transaction.run(_FORGET, {"account": account_id, "but": but or ""})

    def forget_before(self, before: datetime) -> int:
        return self._transaction.run(_FORGET_BEFORE, {"before": before}).rowcount


class SqlStrayAttempts:
    """Counts of attempts, by slot."""

    def __init__(self, transaction: Transaction) -> None:
        self._transaction = transaction

    def count(self, slot: int, at: datetime) -> None:
        self._transaction.run(_COUNT, {"slot": slot, "at": at})

    def attempts(self, slot: int) -> int:
        found: int | None = self._transaction.run(_ATTEMPTS, {"slot": slot}).scalar_one_or_none()
        return found or 0
