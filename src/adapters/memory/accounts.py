"""Keeps accounts, sessions, business events and remembered answers in memory."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime
from uuid import UUID

from ...application.access import Scope
from ...domain.directory.events import EnterpriseViewed
from ...domain.events import Event
from ...domain.identity.account import Account, Session
from ...domain.identity.events import LoggedIn, LogInFailed
from ...domain.refusals import Conflict, NotFound
from ...domain.values import AccountId, PersonId
from .sight import Sight
from .tables import Answer, kept, utc
from .unit import Unit


class MemoryAccounts:
    """Accounts, unique by lower-case user name. Hands out copies."""

    def __init__(self, unit: Unit) -> None:
        self._unit = unit

    def save(self, account: Account) -> None:
        state = self._unit.to_write()
        if account.person_id not in state.people:
            raise NotFound("人员", field="personId")
        folded = account.username.lower()
        if any(a.username == folded and a.id != account.id for a in state.accounts.values()):
            raise Conflict(f"用户名“{folded}”已被使用。", field="username")
        before = state.accounts.get(account.id)
        if account.version != (0 if before is None else before.version):
            raise Conflict("该账号已被他人修改，请刷新后重试。")
        account.version += 1
        state.accounts.put(account.id, kept(replace(account, username=folded)))
        self._unit.collect(account.events)

    def by_username(self, username: str, *, hold: bool = False) -> Account | None:
        folded = username.lower()
        accounts = (self._unit.to_write() if hold else self._unit.reading()).accounts.values()
        return _copy(next((a for a in accounts if a.username == folded), None))

    def get(self, id: AccountId, *, within: Scope, hold: bool = False) -> Account:
        state = self._unit.to_write() if hold else self._unit.reading()
        account = _copy(state.accounts.get(id))
        if account is None or not Sight(state, within).person(state.people[account.person_id]):
            raise NotFound("账号")
        return account

    def of_person(self, person_id: PersonId) -> Account | None:
        accounts = (a for a in self._unit.reading().accounts.values() if a.person_id == person_id)
        return _copy(min(accounts, key=lambda a: a.id, default=None))


def _copy(account: Account | None) -> Account | None:
    return None if account is None else replace(account, events=[])


class MemorySessions:
    """Server-side sessions."""

    def __init__(self, unit: Unit) -> None:
        self._unit = unit

    def add(self, session: Session) -> None:
        state = self._unit.to_write()
        if session.account_id not in state.accounts:
            raise NotFound("账号")
        if any(s.token_digest == session.token_digest or s.id == session.id for s in state.sessions.values()):
            raise Conflict("该会话已存在。")
        state.sessions.put(session.id, kept(session))

    def touch(self, ids: Sequence[UUID], at: datetime) -> None:
        state = self._unit.to_write()
        for id in ids:
            session = state.sessions.get(id)
            if session is not None and session.last_seen_at < at:
                state.sessions.put(id, replace(session, last_seen_at=utc(at)))

    def revoke(self, ids: Sequence[UUID], *, at: datetime) -> int:
        wanted = set(ids)
        return self._revoke([s for s in self._alive() if s.id in wanted], at)

    def revoke_all(self, account_id: AccountId, *, at: datetime, but: UUID | None = None) -> int:
        return self._revoke([s for s in self._alive() if s.account_id == account_id and s.id != but], at)

    def revoke_everybodys(self, *, at: datetime) -> int:
        return self._revoke(self._alive(), at)

    def known_address(self, id: UUID) -> str | None:
        session = self._unit.reading().sessions.get(id)
        return None if session is None else session.known_address

    def _alive(self) -> list[Session]:
        return [s for s in self._unit.to_write().sessions.values() if s.revoked_at is None]

    def _revoke(self, sessions: Sequence[Session], at: datetime) -> int:
        state = self._unit.to_write()
        for session in sessions:
            state.sessions.put(session.id, replace(session, revoked_at=utc(at)))
        return len(sessions)


class MemoryBusinessEvents:
    """Log-ins, failed log-ins, and views of enterprise pages."""

    def __init__(self, unit: Unit) -> None:
        self._unit = unit

    def add(self, event: Event) -> None:
        state = self._unit.to_write()
        match event:
            case LoggedIn():
                state.log_ins.put(len(state.log_ins), kept(event))
            case EnterpriseViewed():
                state.views.put(len(state.views), kept(event))
            case LogInFailed():
                state.failed_log_ins.put(len(state.failed_log_ins), kept(event))
            case _:
                raise TypeError(f"{type(event).__name__} is no business event that is kept")


class MemoryAnswers:
    """Answers of mutations by the idempotency key that the client has made."""

    def __init__(self, unit: Unit) -> None:
        self._unit = unit

    def claim(
        self, account_id: AccountId, key: str, *, fingerprint: str, reference: str, at: datetime
    ) -> tuple[str, str] | None:
        state = self._unit.to_write()
        known = state.answers.get((account_id, key))
        if known is not None:
            return known.fingerprint, known.reference
        state.answers.put((account_id, key), Answer(fingerprint, reference, utc(at)))
        return None

    def claim_with_writes(
        self, account_id: AccountId, key: str, *, fingerprint: str, reference: str, at: datetime
    ) -> None:
        if self.claim(account_id, key, fingerprint=fingerprint, reference=reference, at=at) is not None:
            raise Conflict("同一个clientMutationKey已使用过。")

    def find(self, account_id: AccountId, key: str) -> tuple[str, str] | None:
        known = self._unit.reading().answers.get((account_id, key))
        return None if known is None else (known.fingerprint, known.reference)

    def settle(self, account_id: AccountId, key: str, *, reference: str) -> None:
        state = self._unit.to_write()
        known = state.answers.get((account_id, key))
        if known is not None:
            state.answers.put((account_id, key), replace(known, reference=reference))
