"""Read sessions, actors, accounts, log-ins and page views."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, Final

from sqlalchemy import ColumnElement, Row, Select, and_, bindparam, case, func, literal, select, true

from ....application.access import Actor, Scope
from ....application.ports.identity import (
    AccountFilter,
    AccountOrder,
    AccountRow,
    LogInRow,
    SessionFacts,
)
from ....application.ports.paging import Page, Slice
from ....domain.directory.organisation import Level, Role
from ....domain.values import AccountId, Client, DepartmentId, EnterpriseId, PersonId, RegionId
from ..batches import in_batches
from ..tables.directory import department, department_region, person
from ..tables.identity import account, known_address, session
from ..tables.operations import enterprise_view, failed_log_in, log_in
from .layout import Layout, of
from .paging import Reading, contains, instant, instant_key, slice_of
from .sorting import By, Sorting

_jurisdiction = (
    select(func.aggregate_strings(department_region.c.region_id, ","))
    .where(department_region.c.department_id == person.c.department_id)
    .correlate(person)
    .scalar_subquery()
    .label("jurisdiction")
)
_who = (
    person.c.id,
    person.c.name,
    person.c.role,
    department.c.level,
    person.c.department_id,
    person.c.enterprise_id,
    _jurisdiction,
)


def _actor(
    person_id: PersonId,
    name: str,
    role: Role,
    level: Level | None,
    department_id: DepartmentId | None,
    enterprise_id: EnterpriseId | None,
    jurisdiction: str | None,
    *session_of: Any,
) -> Actor:
    """Make the Actor of `_who`, and of `_which` if there is a session; an enterprise's people have no level."""
    codes = jurisdiction.split(",") if jurisdiction else ()
    scope = Scope(
        regions=frozenset(RegionId(code) for code in codes),
        department_id=department_id,
        enterprise_id=enterprise_id,
    )
    account_id, session_id, client = session_of or (None, None, Client.WEB)
    return Actor(
        person_id=person_id,
        name=name,
        role=role,
        level=level,
        department_id=department_id,
        enterprise_id=enterprise_id,
        scope=scope,
        account_id=account_id,
        session_id=session_id,
        client=client,
    )


_which = (account.c.id, session.c.id, session.c.client)


@dataclass(slots=True)
class _Found:
    digest: str
    facts: SessionFacts


_SESSION: Final = Layout(
    _Found,
    digest=session.c.token_digest,
    facts=Layout(
        SessionFacts,
        session_id=session.c.id,
        actor=of(_actor, *_who, *_which),
        created_at=session.c.created_at,
        last_seen_at=session.c.last_seen_at,
        revoked_at=session.c.revoked_at,
        account_disabled=account.c.disabled,
        must_change_password=account.c.must_change_password,
        password_set_at=account.c.password_set_at,
    ),
)
_sessions: Final = (
    select(*_SESSION.columns)
    .select_from(
        session.join(account, account.c.id == session.c.account_id)
        .join(person, person.c.id == account.c.person_id)
        .outerjoin(department, department.c.id == person.c.department_id)
    )
    .where(person.c.active)
)


def _session(digest: str) -> Select[Any]:
    return _sessions.where(session.c.token_digest == digest)


@dataclass(slots=True)
class _Somebody:
    actor: Actor


_SOMEBODY: Final = Layout(_Somebody, actor=of(_actor, *_who))
_ACTOR: Final = (
    select(*_SOMEBODY.columns)
    .select_from(person.outerjoin(department, department.c.id == person.c.department_id))
    .where(person.c.id == bindparam("id"), person.c.active)
)
_account_person: Final = account.join(person, person.c.id == account.c.person_id)
_accounts: Final = select(
    account.c.id,
    account.c.username,
    account.c.person_id,
    person.c.name.label("person_name"),
    person.c.role,
    account.c.locked_until,
    select(func.max(known_address.c.locked_until))
    .where(known_address.c.account_id == account.c.id)
    .correlate(account)
    .scalar_subquery()
    .label("address_locked_until"),
    account.c.disabled,
    account.c.must_change_password,
).select_from(_account_person)
_NEVER: Final = datetime(1970, 1, 1, tzinfo=UTC)
_until = func.coalesce(account.c.locked_until, literal(_NEVER, account.c.locked_until.type))
_rank = case(*((person.c.role == role, rank) for rank, role in enumerate(Role)))
_RANKS: Final = {role: str(rank) for rank, role in enumerate(Role)}
_username: Final = By[AccountRow](account.c.username, False, str, lambda row: row.username)
_ACCOUNTS: Final = {
    AccountOrder.USERNAME: Sorting.by(_username),
    AccountOrder.ROLE: Sorting.by(By[AccountRow](_rank, False, int, lambda row: _RANKS[row.role]), _username),
    AccountOrder.LOCKED: Sorting.by(
        By[AccountRow](_until, True, instant, lambda row: instant_key(row.locked_until or _NEVER)), _username
    ),
}
_FAILED_LOG_INS: Final = (
    select(failed_log_in.c.at)
    .where(failed_log_in.c.address == bindparam("address"))
    .order_by(failed_log_in.c.at.desc())
    .limit(bindparam("most"))
)
_LOG_INS: Final = (
    select(log_in.c.department_id, log_in.c.at, log_in.c.person_id, person.c.name, log_in.c.client)
    .join(person, person.c.id == log_in.c.person_id)
    .where(
        log_in.c.department_id.in_(bindparam("ids", expanding=True)),
        log_in.c.at >= bindparam("first"),
        log_in.c.at < bindparam("until"),
    )
    .order_by(log_in.c.at.desc())
)
_VIEWS: Final = (
    select(enterprise_view.c.at, enterprise_view.c.person_id, person.c.name, enterprise_view.c.client)
    .join(person, person.c.id == enterprise_view.c.person_id)
    .where(
        enterprise_view.c.enterprise_id == bindparam("enterprise"),
        enterprise_view.c.at >= bindparam("first"),
        enterprise_view.c.at < bindparam("until"),
    )
    .order_by(enterprise_view.c.at.desc())
)


class SqlAccessReader(Reading):
    """Reads who is asking, who may log in, and who has logged in or viewed an enterprise."""

    def session(self, token_digest: str) -> SessionFacts | None:
        found = self.listed(_SESSION, _session, token_digest)
        return found[0].facts if found else None

    def sessions(self, token_digests: Sequence[str]) -> Mapping[str, SessionFacts]:
        found: dict[str, SessionFacts] = {}
        for batch in in_batches(token_digests):
            statement = _sessions.where(self.of_these(session.c.token_digest, batch, true()))
            found |= {each.digest: each.facts for each in self.shown(_SESSION, statement)}
        return found

    def actor(self, person_id: PersonId) -> Actor | None:
        found = self.shown(_SOMEBODY, _ACTOR, {"id": person_id})
        return found[0].actor if found else None

    def accounts(
        self, where: AccountFilter, page: Page, order: AccountOrder = AccountOrder.USERNAME
    ) -> Slice[AccountRow]:
        by = _ACCOUNTS[order]
        statement = (
            _accounts.where(_matching(where), by.rest(by.after(page)))
            .order_by(*by.order)
            .limit(page.first + 1)
        )
        return slice_of(self.rows(statement), page, _account, by.key)

    def account_count(self, where: AccountFilter) -> int:
        return self.number(select(func.count()).select_from(_account_person).where(_matching(where)))

    def accounts_by_id(self, ids: Sequence[AccountId]) -> Mapping[AccountId, AccountRow]:
        found: dict[AccountId, AccountRow] = {}
        for batch in in_batches(ids):
            statement = _accounts.where(account.c.id.in_(batch))
            found |= {row.id: _account(row) for row in self.rows(statement)}
        return found

    def failed_log_ins(self, network: str, limit: int) -> Sequence[datetime]:
        return [row.at for row in self.rows(_FAILED_LOG_INS, {"address": network, "most": limit})]

    def log_ins(
        self, department_ids: Sequence[DepartmentId], first: datetime, until: datetime
    ) -> Mapping[DepartmentId, Sequence[LogInRow]]:
        grouped: dict[DepartmentId, list[LogInRow]] = {}
        for ids in in_batches(department_ids):
            for row in self.rows(_LOG_INS, {"ids": ids, "first": first, "until": until}):
                grouped.setdefault(row.department_id, []).append(_log_in(row))
        return grouped

    def enterprise_views(
        self, enterprise_id: EnterpriseId, first: datetime, until: datetime
    ) -> Sequence[LogInRow]:
        params = {"enterprise": enterprise_id, "first": first, "until": until}
        return [_log_in(row) for row in self.rows(_VIEWS, params)]


def _matching(where: AccountFilter) -> ColumnElement[bool]:
    return and_(
        contains(where.text, account.c.username, person.c.name),
        person.c.role.in_(where.roles) if where.roles else true(),
        true() if where.person_id is None else account.c.person_id == where.person_id,
        true() if where.disabled is None else account.c.disabled.is_(where.disabled),
    )


def _account(row: Row[Any]) -> AccountRow:
    locks = [until for until in (row.locked_until, row.address_locked_until) if until is not None]
    return AccountRow(
        id=row.id,
        username=row.username,
        person_id=row.person_id,
        person_name=row.person_name,
        role=row.role,
        locked_until=max(locks, default=None),
        disabled=row.disabled,
        must_change_password=row.must_change_password,
    )


def _log_in(row: Row[Any]) -> LogInRow:
    return LogInRow(row.at, row.person_id, row.name, row.client)
