"""Store business events, and the answers remembered for repeated calls."""

from __future__ import annotations

from datetime import datetime
from typing import Any, Final
from uuid import uuid4

from sqlalchemy import Executable, bindparam, select, update
from sqlalchemy import insert as plain_insert
from sqlalchemy.dialects.postgresql import insert

from ...domain.directory.events import EnterpriseViewed
from ...domain.events import Event
from ...domain.identity.events import LoggedIn, LogInFailed
from ...domain.values import AccountId
from .kept import Kept
from .tables.operations import enterprise_view, failed_log_in, log_in, remembered_answer
from .transaction import Transaction

_LOG_IN: Final = plain_insert(log_in)
_VIEW: Final = plain_insert(enterprise_view)
_FAILED_LOG_IN: Final = plain_insert(failed_log_in)


class SqlBusinessEvents:
    """Log-ins, failed log-ins and views of enterprise pages; later records are made from them."""

    def __init__(self, transaction: Transaction) -> None:
        self._transaction = transaction

    def add(self, event: Event) -> None:
        match event:
            case LoggedIn():
                self._add(_LOG_IN, event)
            case EnterpriseViewed():
                self._add(_VIEW, event)
            case LogInFailed():
                row = {"id": uuid4(), "address": event.network, "at": event.at}
                self._transaction.run(_FAILED_LOG_IN, row)
            case _:
                raise TypeError(f"{type(event).__name__} is no business event that is kept")

    def _add(self, statement: Executable, event: LoggedIn | EnterpriseViewed) -> None:
        self._transaction.run(statement, business_event_row(event), missing=("人员", None))


def business_event_row(event: LoggedIn | EnterpriseViewed) -> dict[str, Any]:
    """The row of a log-in, or of a view of an enterprise's page, with a new id."""
    return {
        "id": uuid4(),
        "account_id": event.account_id,
        "person_id": event.person_id,
        "department_id": event.department_id,
        "enterprise_id": event.enterprise_id,
        "client": event.client,
        "at": event.at,
    }


_mine = (
    remembered_answer.c.account_id == bindparam("account"),
    remembered_answer.c.key == bindparam("wanted"),
)
_claim = insert(remembered_answer).on_conflict_do_nothing()
_CLAIMED: Final = ("account_id", "key", "fingerprint", "reference", "at")
_CLAIM: Final = Kept(_claim.returning(remembered_answer.c.key), columns=_CLAIMED)
_CLAIM_WITH_WRITES: Final = Kept(_claim, columns=_CLAIMED)
_FIND: Final = select(remembered_answer.c.fingerprint, remembered_answer.c.reference).where(*_mine)
_SETTLE: Final = update(remembered_answer).where(*_mine).values(reference=bindparam("found"))


class SqlAnswers:
    """Answers of mutations, found by account and a key that the client made."""

    def __init__(self, transaction: Transaction) -> None:
        self._transaction = transaction

    def claim(
        self, account_id: AccountId, key: str, *, fingerprint: str, reference: str, at: datetime
    ) -> tuple[str, str] | None:
        claimed = (account_id, key, fingerprint, reference, at)
        if self._transaction.fetch(_CLAIM, dict(zip(_CLAIMED, claimed, strict=True))):
            return None
        return self.find(account_id, key)

    def claim_with_writes(
        self, account_id: AccountId, key: str, *, fingerprint: str, reference: str, at: datetime
    ) -> None:
        claimed = (account_id, key, fingerprint, reference, at)
        self._transaction.later(
            _CLAIM_WITH_WRITES,
            dict(zip(_CLAIMED, claimed, strict=True)),
            stale="同一个clientMutationKey已使用过。",
        )

    def find(self, account_id: AccountId, key: str) -> tuple[str, str] | None:
        row = self._transaction.run(_FIND, {"account": account_id, "wanted": key}).first()
        return None if row is None else (row.fingerprint, row.reference)

    def settle(self, account_id: AccountId, key: str, *, reference: str) -> None:
        self._transaction.run(_SETTLE, {"account": account_id, "wanted": key, "found": reference})
