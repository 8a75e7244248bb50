"""The events of the directory, named in the past tense."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from ..values import AccountId, Client, DepartmentId, EnterpriseId, PersonId


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


DirectoryEvent = EnterpriseViewed | DirectoryChanged
