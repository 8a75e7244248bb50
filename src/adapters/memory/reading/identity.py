"""Reads sessions, actors, accounts and log-ins from memory."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import replace
from datetime import UTC, datetime
from typing import Final, TypeVar

from ....application.access import Actor, Scope
from ....application.ports.identity import (
    AccountFilter,
    AccountOrder,
    AccountRow,
    LogInRow,
    SessionFacts,
)
from ....application.ports.paging import Page, Slice
from ....domain.directory.events import EnterpriseViewed
from ....domain.directory.organisation import Person, Role
from ....domain.identity.account import Account
from ....domain.identity.events import LoggedIn
from ....domain.values import AccountId, DepartmentId, EnterpriseId, PersonId
from ..paging import By, Sorting, instant, instant_key
from ..tables import State

Kept = TypeVar("Kept", LoggedIn, EnterpriseViewed)


class MemoryAccessReader:
    """Reads committed sessions, actors, accounts and log-ins."""

    def __init__(self, state: Callable[[], State]) -> None:
        self._state = state

    def sessions(self, token_digests: Sequence[str]) -> Mapping[str, SessionFacts]:
        found = {digest: self.session(digest) for digest in token_digests}
        return {digest: facts for digest, facts in found.items() if facts is not None}

    def session(self, token_digest: str) -> SessionFacts | None:
        state = self._state()
        session = next((s for s in state.sessions.values() if s.token_digest == token_digest), None)
        if session is None:
            return None
        account = state.accounts[session.account_id]
        actor = _actor(state, state.people[account.person_id])
        if actor is None:
            return None
        return SessionFacts(
            session_id=session.id,
            actor=replace(actor, account_id=account.id, session_id=session.id, client=session.client),
            created_at=session.created_at,
            last_seen_at=session.last_seen_at,
            revoked_at=session.revoked_at,
            account_disabled=account.disabled,
            must_change_password=account.must_change_password,
            password_set_at=account.password_set_at,
        )

    def actor(self, person_id: PersonId) -> Actor | None:
        state = self._state()
        person = state.people.get(person_id)
        return None if person is None else _actor(state, person)

    def accounts(
        self, where: AccountFilter, page: Page, order: AccountOrder = AccountOrder.USERNAME
    ) -> Slice[AccountRow]:
        return ACCOUNTS[order].slice_of(self._among(where), page)

    def account_count(self, where: AccountFilter) -> int:
        return len(self._among(where))

    def _among(self, where: AccountFilter) -> list[AccountRow]:
        state = self._state()
        wanted = (where.text or "").strip().lower()
        return [
            row
            for row in (_account(state, account) for account in state.accounts.values())
            if (wanted in row.username or wanted in row.person_name.lower())
            and (not where.roles or row.role in where.roles)
            and where.person_id in (None, row.person_id)
            and where.disabled in (None, row.disabled)
        ]

    def accounts_by_id(self, ids: Sequence[AccountId]) -> Mapping[AccountId, AccountRow]:
        state = self._state()
        return {id: _account(state, state.accounts[id]) for id in ids if id in state.accounts}

    def failed_log_ins(self, network: str, limit: int) -> Sequence[datetime]:
        moments = (event.at for event in self._state().failed_log_ins.values() if event.network == network)
        return sorted(moments, reverse=True)[:limit]

    def log_ins(
        self, department_ids: Sequence[DepartmentId], first: datetime, until: datetime
    ) -> Mapping[DepartmentId, Sequence[LogInRow]]:
        state = self._state()
        wanted = set(department_ids)
        grouped: dict[DepartmentId, list[LogInRow]] = {}
        for event in _newest_first(state.log_ins.values(), first, until):
            if event.department_id in wanted and event.department_id is not None:
                grouped.setdefault(event.department_id, []).append(_log_in(state, event))
        return grouped

    def enterprise_views(
        self, enterprise_id: EnterpriseId, first: datetime, until: datetime
    ) -> Sequence[LogInRow]:
        state = self._state()
        views = [event for event in state.views.values() if event.enterprise_id == enterprise_id]
        return [_log_in(state, event) for event in _newest_first(views, first, until)]


_NEVER: Final = datetime(1970, 1, 1, tzinfo=UTC)
_RANKS: Final = {role: str(rank) for rank, role in enumerate(Role)}
_username: Final = By[AccountRow](lambda row: row.username, False, str)
ACCOUNTS: Final = {
    AccountOrder.USERNAME: Sorting((_username,)),
    AccountOrder.ROLE: Sorting((By[AccountRow](lambda row: _RANKS[row.role], False, int), _username)),
    AccountOrder.LOCKED: Sorting(
        (By[AccountRow](lambda row: instant_key(row.locked_until or _NEVER), True, instant), _username)
    ),
}


def _newest_first(events: Iterable[Kept], first: datetime, until: datetime) -> list[Kept]:
    return sorted((e for e in events if first <= e.at < until), key=lambda e: e.at, reverse=True)


def _log_in(state: State, event: LoggedIn | EnterpriseViewed) -> LogInRow:
    return LogInRow(event.at, event.person_id, state.people[event.person_id].name, event.client)


def _account(state: State, account: Account) -> AccountRow:
    person = state.people[account.person_id]
    locks = [account.locked_until]
    locks += [
        known.locked_until for known in state.known_addresses.values() if known.account_id == account.id
    ]
    return AccountRow(
        id=account.id,
        username=account.username,
        person_id=person.id,
        person_name=person.name,
        role=person.role,
        locked_until=max((until for until in locks if until is not None), default=None),
        disabled=account.disabled,
        must_change_password=account.must_change_password,
    )


def _actor(state: State, person: Person) -> Actor | None:
    """The person as an actor, None when not active; people of an enterprise have no level."""
    if not person.active:
        return None
    department = None if person.department_id is None else state.departments[person.department_id]
    return Actor(
        person_id=person.id,
        name=person.name,
        role=person.role,
        level=None if department is None else department.level,
        department_id=person.department_id,
        enterprise_id=person.enterprise_id,
        scope=Scope(
            regions=frozenset() if department is None else department.jurisdiction,
            department_id=person.department_id,
            enterprise_id=person.enterprise_id,
        ),
    )
