"""Ports of accounts and sessions: collections, reader and rows; password hashes and tokens."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol
from uuid import UUID

from ...domain.directory.organisation import Role
from ...domain.identity.account import Account, Session
from ...domain.values import AccountId, Client, DepartmentId, EnterpriseId, PersonId
from ..access import Actor, Scope
from .paging import Page, Slice


class Accounts(Protocol):
    """Accounts, by id and user name (folded to lower case).

    With `hold` nobody else changes the account until this unit of work ends; who wants to, waits and then sees it.
    """

    def save(self, account: Account) -> None:
        """Raises Conflict when the user name is taken or the account was changed meanwhile."""
        ...

    def by_username(self, username: str, *, hold: bool = False) -> Account | None: ...

    def get(self, id: AccountId, *, within: Scope, hold: bool = False) -> Account: ...

    def of_person(self, person_id: PersonId) -> Account | None: ...


class Sessions(Protocol):
    """Server-side sessions."""

    def add(self, session: Session) -> None: ...

    def touch(self, id: UUID, at: datetime) -> None:
        """Move `last_seen_at` forward; never back."""
        ...

    def revoke(self, ids: Sequence[UUID], *, at: datetime) -> int: ...

    def revoke_all(self, account_id: AccountId, *, at: datetime, but: UUID | None = None) -> int: ...


@dataclass(frozen=True, slots=True)
class LogInRow:
    """A log-in, as a business event."""

    at: datetime
    person_id: PersonId
    person_name: str
    client: Client


@dataclass(frozen=True, slots=True)
class AccountRow:
    """An account as administrators see it: nothing of its password."""

    id: AccountId
    username: str
    person_id: PersonId
    person_name: str
    role: Role
    locked_until: datetime | None
    disabled: bool
    must_change_password: bool


@dataclass(frozen=True, slots=True)
class SessionFacts:
    """A session as a request finds it, with the actor it stands for."""

    session_id: UUID
    actor: Actor
    created_at: datetime
    last_seen_at: datetime
    revoked_at: datetime | None
    account_disabled: bool
    must_change_password: bool
    password_set_at: datetime


class AccessReader(Protocol):
    """Who is asking, and who may log in."""

    def session(self, token_digest: str) -> SessionFacts | None:
        """In one statement: it is asked on every request. `actor.must_change_password` is left False."""
        ...

    def actor(self, person_id: PersonId) -> Actor | None:
        """The actor that a person is, with the scope of its department or enterprise; None when it has left."""
        ...

    def accounts(self, page: Page, *, text: str | None = None) -> Slice[AccountRow]:
        """By user name."""
        ...

    def accounts_by_id(self, ids: Sequence[AccountId]) -> Mapping[AccountId, AccountRow]: ...

    def failed_log_ins(self, address: str, limit: int) -> Sequence[datetime]:
        """When the newest log-ins from an address failed, at most `limit`, newest first."""
        ...

    def log_ins(
        self, department_ids: Sequence[DepartmentId], first: datetime, until: datetime
    ) -> Mapping[DepartmentId, Sequence[LogInRow]]:
        """[first, until), newest first."""
        ...

    def enterprise_views(
        self, enterprise_id: EnterpriseId, first: datetime, until: datetime
    ) -> Sequence[LogInRow]:
        """Who looked at the enterprise's page in [first, until), newest first."""
        ...


class PasswordHasher(Protocol):
    """argon2id in a bounded pool."""

    def hash(self, password: str) -> str: ...

    def matches(self, password: str, digest: str | None) -> bool:
        """Whether the password fits. With no digest it takes as long as with one and says False."""
        ...


class Tokens(Protocol):
    """Opaque session tokens: random, and stored only as a hash."""

    def new(self) -> str: ...

    def digest(self, token: str) -> str: ...
