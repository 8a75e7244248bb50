"""Ports of accounts and sessions: the collections, the reader and its rows, password hashes and tokens."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import Enum
from typing import Protocol
from uuid import UUID

from ...domain.directory.organisation import Role
from ...domain.identity.account import Account, Session
from ...domain.identity.known_address import KnownAddress
from ...domain.values import AccountId, Client, DepartmentId, EnterpriseId, PersonId
from ..access import Actor, Scope
from .paging import Page, Slice


class Accounts(Protocol):
    """Accounts, by id and user name (folded to lower case).

    `hold` locks the account: others who want to change it wait until this unit of work ends, then see it.
    """

    def save(self, account: Account) -> None:
        """Add or change. Raises Conflict when the user name is taken or the account was changed meanwhile."""
        ...

    def by_username(self, username: str, *, hold: bool = False) -> Account | None: ...

    def get(self, id: AccountId, *, within: Scope, hold: bool = False) -> Account: ...

    def of_person(self, person_id: PersonId) -> Account | None: ...


class Sessions(Protocol):
    """Server-side sessions."""

    def add(self, session: Session) -> None: ...

    def touch(self, ids: Sequence[UUID], at: datetime) -> None:
        """Move `last_seen_at` of these sessions forward; never back."""
        ...

    def revoke(self, ids: Sequence[UUID], *, at: datetime) -> int: ...

    def revoke_all(self, account_id: AccountId, *, at: datetime, but: UUID | None = None) -> int: ...

    def revoke_everybodys(self, *, at: datetime) -> int:
        """Revoke every session of every account; return how many had not been revoked."""
        ...

    def known_address(self, id: UUID) -> str | None:
        """The digest of the address that the session was opened from; None when it is unknown."""
        ...


class KnownAddresses(Protocol):
    """The addresses from which accounts have logged in. Hold the account while you change its addresses."""

    def find(self, account_id: AccountId, digest: str, *, at: datetime) -> KnownAddress | None:
        """The address, None when it is not known at this instant."""
        ...

    def save(self, known: KnownAddress) -> None:
        """Add or replace. Raises NotFound when there is no such account."""
        ...

    def keep_newest(self, account_id: AccountId, most: int) -> None:
        """Forget all but the `most` addresses with the latest log-ins."""
        ...

    def unlock(self, account_id: AccountId) -> None:
        """Open the locks of all addresses of the account and start their counts again."""
        ...

    def forget(self, account_id: AccountId, *, but: str | None = None) -> None:
        """Forget all addresses of the account but the one with this digest."""
        ...

    def forget_before(self, before: datetime) -> int:
        """Forget the addresses whose last log-in was at `before` or earlier; return how many."""
        ...


class StrayAttempts(Protocol):
    """Counts attempts that count towards no lock, in slots from 0 to STRAY_SLOTS - 1."""

    def count(self, slot: int, at: datetime) -> None: ...

    def attempts(self, slot: int) -> int:
        """How many have been counted in the slot."""
        ...


@dataclass(frozen=True, slots=True)
class LogInRow:
    """A log-in, or a view of an enterprise's page, as a business event."""

    at: datetime
    person_id: PersonId
    person_name: str
    client: Client


@dataclass(frozen=True, slots=True)
class AccountRow:
    """An account as administrators see it, without its password.

    `locked_until` is the latest end of its own lock and those of its known addresses; it may be past.
    """

    id: AccountId
    username: str
    person_id: PersonId
    person_name: str
    role: Role
    locked_until: datetime | None
    disabled: bool
    must_change_password: bool


@dataclass(frozen=True, slots=True)
class AccountFilter:
    """None or empty: no restriction. `text` is searched in the user name and in the person's name."""

    text: str | None = None
    roles: tuple[Role, ...] = ()
    person_id: PersonId | None = None
    disabled: bool | None = None


class AccountOrder(Enum):
    """How accounts are sorted, the last resort is always the user name.

    ROLE: in the order of `Role`. LOCKED: by the end of the lock, the latest first; those without one are last.
    """

    USERNAME = "USERNAME"
    ROLE = "ROLE"
    LOCKED = "LOCKED"


@dataclass(frozen=True, slots=True)
class SessionFacts:
    """A session as a request finds it, with its actor."""

    session_id: UUID
    actor: Actor
    created_at: datetime
    last_seen_at: datetime
    revoked_at: datetime | None
    account_disabled: bool
    must_change_password: bool
    password_set_at: datetime


class AccessReader(Protocol):
    """Reads sessions, actors, accounts and log-ins."""

    def session(self, token_digest: str) -> SessionFacts | None:
        """Read a session in one statement, for every request; leaves `actor.must_change_password` False."""
        ...

    def sessions(self, token_digests: Sequence[str]) -> Mapping[str, SessionFacts]:
        """The same for many sessions, by digest; unknown ones are missing."""
        ...

    def actor(self, person_id: PersonId) -> Actor | None:
        """The person as actor, with the scope of their department or enterprise; None when they have left."""
        ...

    def accounts(
        self, where: AccountFilter, page: Page, order: AccountOrder = AccountOrder.USERNAME
    ) -> Slice[AccountRow]: ...

    def account_count(self, where: AccountFilter) -> int: ...

    def accounts_by_id(self, ids: Sequence[AccountId]) -> Mapping[AccountId, AccountRow]: ...

    def failed_log_ins(self, network: str, limit: int) -> Sequence[datetime]:
        """The instants of failed log-ins from a network, at most `limit`, newest first."""
        ...

    def log_ins(
        self, department_ids: Sequence[DepartmentId], first: datetime, until: datetime
    ) -> Mapping[DepartmentId, Sequence[LogInRow]]:
        """The log-ins of each department in [first, until), newest first."""
        ...

    def enterprise_views(
        self, enterprise_id: EnterpriseId, first: datetime, until: datetime
    ) -> Sequence[LogInRow]:
        """Who looked at the enterprise's page in [first, until), newest first."""
        ...


class PasswordHasher(Protocol):
    """Hashes passwords with argon2id in a bounded pool."""

    def hash(self, password: str) -> str: ...

    def matches(self, password: str, digest: str | None) -> bool:
        """Whether the password matches. Without a digest it takes as long as with one and returns False."""
        ...


class Tokens(Protocol):
    """Opaque session tokens: random, and stored only as a hash."""

    def new(self) -> str: ...

    def digest(self, token: str) -> str: ...
