"""The events of accounts and log-ins, named in the past tense."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from ..values import AccountId, Client, DepartmentId, EnterpriseId, PersonId
from .known_address import network_of


@dataclass(frozen=True, slots=True)
class LoggedIn:
    """Somebody logged in; automatic patrol records are made from these events."""

    account_id: AccountId
    person_id: PersonId
    department_id: DepartmentId | None
    enterprise_id: EnterpriseId | None
    client: Client
    at: datetime


@dataclass(frozen=True, slots=True)
class LogInFailed:
    """A log-in failed; `refusal` is the code of the refusal. Failures are counted by network.

    `username` is what was typed, or empty if that could be a password. `account_id` is None for an unknown
    name, `address` is None if it is not known.
    """

    username: str
    account_id: AccountId | None
    address: str | None
    client: Client
    refusal: str
    at: datetime

    @property
    def network(self) -> str | None:
        """The network that the failure counts for; None if the address is not known."""
        return None if self.address is None else network_of(self.address)


@dataclass(frozen=True, slots=True)
class AccessChanged:
    """An account, password, session or lock was changed: `what` happened to account `account_id`."""

    what: str
    account_id: AccountId
    summary: str
    at: datetime


IdentityEvent = LoggedIn | LogInFailed | AccessChanged
