"""Store accounts and sessions."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any, Final
from uuid import UUID

from sqlalchemy import Executable, Row, Select, bindparam, select, update
from sqlalchemy import insert as plain_insert
from sqlalchemy.dialects.postgresql import insert

from ...application.access import Scope
from ...domain.identity.account import Account, Session
from ...domain.refusals import Conflict, NotFound
from ...domain.values import AccountId, PersonId
from .batches import in_batches
from .scope import person_in
from .tables.directory import person
from .tables.identity import account, session
from .transaction import Transaction

_ADD: Final = (
    insert(account)
    .on_conflict_do_nothing(index_elements=[account.c.id])
    .execution_options(preserve_rowcount=True)
)
_SAVE: Final = (
    update(account)
    .where(account.c.id == bindparam("old_id"), account.c.version == bindparam("old_version"))
    .values({c: bindparam(f"new_{c.name}") for c in account.c if c.name != "id"})
)
_ONE: Final = select(account).where(account.c.id == bindparam("id"))
_BY_USERNAME: Final = select(account).where(account.c.username == bindparam("username"))
_OF_PERSON: Final = (
    select(account).where(account.c.person_id == bindparam("person_id")).order_by(account.c.id).limit(1)
)


class SqlAccounts:
    """Accounts, unique by user name in lower case."""

    def __init__(self, transaction: Transaction) -> None:
        self._transaction = transaction

    def save(self, account: Account) -> None:
        row = _row_of(account)
        taken = f"用户名“{row['username']}”已被使用。"
        statement: Executable = _ADD
        params = row
        if account.version > 0:
            statement = _SAVE
            params = {f"new_{name}": value for name, value in row.items() if name != "id"}
            params |= {"old_id": account.id, "old_version": account.version}
        saved = self._transaction.run(
            statement, params, taken=taken, field="username", missing=("人员", "personId")
        )
        if saved.rowcount != 1:
            raise Conflict("该账号已被他人修改，请刷新后重试。")
        account.version += 1
        self._transaction.announce(account.events)

    def by_username(self, username: str, *, hold: bool = False) -> Account | None:
        statement = _held(_BY_USERNAME) if hold else _BY_USERNAME
        return _account(self._transaction.run(statement, {"username": username.lower()}).first())

    def get(self, id: AccountId, *, within: Scope, hold: bool = False) -> Account:
        statement = _held(_ONE) if hold else _ONE
        if not within.everything:
            statement = statement.join(person, person.c.id == account.c.person_id).where(
                person_in(within, person.c.department_id, person.c.enterprise_id)
            )
        found = _account(self._transaction.run(statement, {"id": id}).first())
        if found is None:
            raise NotFound("账号")
        return found

    def of_person(self, person_id: PersonId) -> Account | None:
        return _account(self._transaction.run(_OF_PERSON, {"person_id": person_id}).first())


def _held(statement: Select[Any]) -> Select[Any]:
    """Add a row lock on the account. SQLite ignores it: it has only one writer anyway."""
    return statement.with_for_update(of=account)


def _row_of(account: Account) -> dict[str, Any]:
    return {
        "id": account.id,
        "username": account.username.lower(),
        "person_id": account.person_id,
        "password_digest": account.password_digest,
        "password_set_at": account.password_set_at,
        "must_change_password": account.must_change_password,
        "former": list(account.former),
        "failures": account.failures,
        "locked_until": account.locked_until,
        "disabled": account.disabled,
        "version": account.version + 1,
    }


def _account(row: Row[Any] | None) -> Account | None:
    if row is None:
        return None
    return Account(
        id=row.id,
        username=row.username,
        person_id=row.person_id,
        password_digest=row.password_digest,
        password_set_at=row.password_set_at,
        must_change_password=row.must_change_password,
        former=tuple(row.former),
        failures=row.failures,
        locked_until=row.locked_until,
        disabled=row.disabled,
        version=row.version,
    )


_KNOWN_ADDRESS: Final = select(session.c.known_address).where(session.c.id == bindparam("id"))
_ADD_SESSION: Final = plain_insert(session)
_TOUCH: Final = (
    update(session)
    .where(session.c.id.in_(bindparam("touched", expanding=True)), session.c.last_seen_at < bindparam("now"))
    .values(last_seen_at=bindparam("now"))
)
_revoke = update(session).where(session.c.revoked_at.is_(None)).values(revoked_at=bindparam("now"))
_REVOKE: Final = _revoke.where(session.c.id.in_(bindparam("ids", expanding=True)))
_REVOKE_ALL: Final = _revoke.where(session.c.account_id == bindparam("of_account"))
_REVOKE_EVERYBODYS: Final = _revoke
_REVOKE_OTHERS: Final = _REVOKE_ALL.where(session.c.id != bindparam("but"))


class SqlSessions:
    """Sessions kept on the server."""

    def __init__(self, transaction: Transaction) -> None:
        self._transaction = transaction

    def add(self, session: Session) -> None:
        self._transaction.run(
            _ADD_SESSION,
            {
                "id": session.id,
                "token_digest": session.token_digest,
                "account_id": session.account_id,
                "client": session.client,
                "created_at": session.created_at,
                "last_seen_at": session.last_seen_at,
                "revoked_at": session.revoked_at,
                "known_address": session.known_address,
            },
            taken="该会话已存在。",
            missing=("账号", None),
        )

    def touch(self, ids: Sequence[UUID], at: datetime) -> None:
        for batch in in_batches(ids):
            self._transaction.run(_TOUCH, {"touched": batch, "now": at})

    def revoke(self, ids: Sequence[UUID], *, at: datetime) -> int:
        return sum(
            self._transaction.run(_REVOKE, {"ids": batch, "now": at}).rowcount for batch in in_batches(ids)
        )

    def revoke_everybodys(self, *, at: datetime) -> int:
        return self._transaction.run(_REVOKE_EVERYBODYS, {"now": at}).rowcount

    def revoke_all(self, account_id: AccountId, *, at: datetime, but: UUID | None = None) -> int:
        params = {"of_account": account_id, "now": at}
        if but is None:
            return self._transaction.run(_REVOKE_ALL, params).rowcount
        return self._transaction.run(_REVOKE_OTHERS, params | {"but": but}).rowcount

    def known_address(self, id: UUID) -> str | None:
        found: str | None = self._transaction.run(_KNOWN_ADDRESS, {"id": id}).scalar_one_or_none()
        return found
