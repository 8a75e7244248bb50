"""Store the audit trail: append-only, sealed into a chain of SM3 hashes that shows every later change."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from typing import Any, Final

from sqlalchemy import Row, bindparam, insert, select, text, update

from ...application.ports.operations import AuditEntry
from .batches import in_batches
from .kept import Kept
from .tables.operations import audit_entry
from .transaction import Transaction

SEAL_FORMAT: Final = 2
"""What is hashed of an entry. In format 1, of earlier releases, `sealed_at` was left out."""

_ADD: Final = insert(audit_entry)
_ADD_ONE: Final = Kept(_ADD, columns=("id", "at", "actor_id", "actor_name", "action", "subject", "detail"))
_TAKEN: Final = "该审计记录已存在，审计记录不得更改。"
_HEAD: Final = (
    select(audit_entry.c.sequence, audit_entry.c.hash)
    .where(audit_entry.c.sequence.is_not(None))
    .order_by(audit_entry.c.sequence.desc())
    .limit(1)
)
_HASHES: Final = select(audit_entry.c.sequence, audit_entry.c.hash).where(
    audit_entry.c.sequence.in_(bindparam("ids", expanding=True))
)
_head_row = audit_entry.alias("head")
_EARLIER_RUN: Final = (
    select(audit_entry.c.sequence)
    .where(
        audit_entry.c.sequence.is_not(None),
        audit_entry.c.sealed_at
        != select(_head_row.c.sealed_at)
        .where(_head_row.c.sequence.is_not(None))
        .order_by(_head_row.c.sequence.desc())
        .limit(1)
        .scalar_subquery(),
    )
    .order_by(audit_entry.c.sequence.desc())
    .limit(1)
)
_LOOSE: Final = (
    select(audit_entry)
    .where(audit_entry.c.sequence.is_(None))
    .order_by(audit_entry.c.at, audit_entry.c.id)
    .limit(bindparam("most"))
)
_SEAL: Final = (
    update(audit_entry)
    .where(audit_entry.c.id == bindparam("sealed"), audit_entry.c.sequence.is_(None))
    .values(
        sequence=bindparam("number"),
        hash=bindparam("link"),
        sealed_at=bindparam("now"),
        seal_format=SEAL_FORMAT,
    )
)
_CHAIN: Final = (
    select(audit_entry)
    .where(audit_entry.c.sequence > bindparam("after"))
    .order_by(audit_entry.c.sequence)
    .limit(5_000)
)
_ONE_SEALER: Final = text("SELECT pg_advisory_xact_lock(7521936401)")
"""Advisory lock: two sealers at once would use a number twice. SQLite has only one writer anyway."""


class SqlAudit:
    """The audit trail."""

    def __init__(self, transaction: Transaction) -> None:
        self._transaction = transaction

    def add(self, entries: Sequence[AuditEntry]) -> None:
        rows = [
            {
                "id": entry.id,
                "at": entry.at,
                "actor_id": entry.actor_id,
                "actor_name": entry.actor_name,
                "action": entry.action,
                "subject": entry.subject,
                "detail": dict(entry.detail),
            }
            for entry in entries
        ]
        if len(rows) == 1:
            self._transaction.later(_ADD_ONE, rows[0], taken=_TAKEN)
        elif rows:
            self._transaction.run(_ADD, rows, taken=_TAKEN)

    def seal(self, *, limit: int, at: datetime) -> int:
        if self._transaction.on_postgresql:
            self._transaction.run(_ONE_SEALER)
        number, previous = self.head()
        links = []
        for row in self._transaction.run(_LOOSE, {"most": limit}).all():
            number, previous = number + 1, chained(previous, number + 1, row, at)
            links.append({"sealed": row.id, "number": number, "link": previous, "now": at})
        if links:
            self._transaction.run(_SEAL, links)
        return len(links)

    def verify(self) -> tuple[int, str | None]:
        number, previous, format = 0, "", 1
        while rows := self._transaction.run(_CHAIN, {"after": number}).all():
            for row in rows:
                made = row.seal_format or 1
                sealed_at = row.sealed_at if made >= SEAL_FORMAT else None
                number, previous = number + 1, chained(previous, number + 1, row, sealed_at)
                # A missing entry shows at the next one: its number and its hash do not fit.
                if row.sequence != number or row.hash != previous or made < format:
                    return number, str(row.id)
                format = made
        return number, None

    def head(self) -> tuple[int, str]:
        row = self._transaction.run(_HEAD).first()
        return (0, "") if row is None else (row.sequence, row.hash)

    def hashes(self, numbers: Sequence[int]) -> Mapping[int, str]:
        found: dict[int, str] = {}
        for batch in in_batches(numbers):
            found |= {row.sequence: row.hash for row in self._transaction.run(_HASHES, {"ids": batch})}
        return found

    def end_of_earlier_run(self) -> int:
        return self._transaction.run(_EARLIER_RUN).scalar() or 0


def chained(previous: str, number: int, row: Row[Any], sealed_at: datetime | None) -> str:
    """Return the hash of an entry in the chain, as hex digits.

    It is SM3 over the previous hash, the entry's number in the chain, its stored fields and when it was
    sealed. Without `sealed_at` it is the hash of format 1.
    """
    said = [
        previous,
        number,
        str(row.id),
        row.at.isoformat(),
        None if row.actor_id is None else str(row.actor_id),
        row.actor_name,
        row.action,
        row.subject,
        row.detail,
        *([] if sealed_at is None else [sealed_at.astimezone(UTC).isoformat()]),
    ]
    from cryptography.hazmat.primitives.hashes import SM3, Hash  # Loaded with the first seal.

    digest = Hash(SM3())
    digest.update(json.dumps(said, ensure_ascii=False, sort_keys=True, separators=(",", ":")).encode())
    return digest.finalize().hex()


def entry_of(row: Row[Any]) -> AuditEntry:
    return AuditEntry(
        id=row.id,
        at=row.at,
        actor_id=row.actor_id,
        actor_name=row.actor_name,
        action=row.action,
        subject=row.subject,
        detail=row.detail,
    )
