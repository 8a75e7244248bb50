"""The events of the directory, named in the past tense."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime

from ..values import AccountId, Client, DepartmentId, EnterpriseId, PersonId, ShutdownPeriodId


@dataclass(frozen=True, slots=True)
class EnterpriseViewed:
    """A department's person viewed an enterprise; automatic spot-check records are made from these."""

    account_id: AccountId
    person_id: PersonId
    department_id: DepartmentId
    enterprise_id: EnterpriseId
    client: Client
    at: datetime


@dataclass(frozen=True, slots=True)
class DirectoryChanged:
    """A directory entry was added or changed: `what` is the kind of entry, `subject` its id as text."""

    what: str
    subject: str
    summary: str
    at: datetime


@dataclass(frozen=True, slots=True)
class PhoneNumberRead:
    """Somebody read a whole phone number: of a person, or of the duty leader in a commitment.

    `what` is the kind of entry, Person or Commitment, `subject` its id as text. The number is not in it.
    """

    what: str
    subject: str
    at: datetime


@dataclass(frozen=True, slots=True)
class ShutdownDeclared:
    """An enterprise declared its own shutdown period in the report of its first day."""

    period_id: ShutdownPeriodId
    enterprise_id: EnterpriseId
    first_day: date
    last_day: date
    at: datetime


@dataclass(frozen=True, slots=True)
class ShutdownAnnulled:
    """A department cancelled a shutdown period that an enterprise had declared."""

    period_id: ShutdownPeriodId
    enterprise_id: EnterpriseId
    first_day: date
    last_day: date
    reason: str
    at: datetime


DirectoryEvent = EnterpriseViewed | DirectoryChanged | PhoneNumberRead | ShutdownDeclared | ShutdownAnnulled
