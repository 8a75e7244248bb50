"""What happens to accounts and log-ins, in the past tense."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from ..values import AccountId, Client, DepartmentId, EnterpriseId, PersonId


@dataclass(frozen=True, slots=True)
class LoggedIn:
    """Somebody logged in; patrol records arise from these."""

    account_id: AccountId
    person_id: PersonId
    department_id: DepartmentId | None
    enterprise_id: EnterpriseId | None
    client: Client
    at: datetime


@dataclass(frozen=True, slots=True)
class LogInFailed:
    """Somebody did not get in; `refusal` is the code of the no. Failures are counted by address.

    `username` is what was typed, or empty where that could be a password. `account_id` is None for an unknown name,
    `address` where it is not known from where somebody asked.
    """

    username: str
    account_id: AccountId | None
    address: str | None
    client: Client
    refusal: str
    at: datetime


@dataclass(frozen=True, slots=True)
class AccessChanged:
    """An account, password, session or lock was changed: `what` happened to account `account_id`."""

    what: str
    account_id: AccountId
    summary: str
    at: datetime


IdentityEvent = LoggedIn | LogInFailed | AccessChanged
