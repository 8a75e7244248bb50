"""Facts that have happened, in the past tense; the application decides what follows from them."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from enum import Enum
from typing import TYPE_CHECKING

from .attachment import MediaType
from .inspection_events import InspectionEvent, ProblemEvent
from .problem_form import AttachmentId
from .values import AccountId, CommitmentId, DepartmentId, EnterpriseId, PersonId, RegionId

if TYPE_CHECKING:  # The commitment announces itself with these events: at run time they must not need it.
    from .commitment import Report


@dataclass(frozen=True, slots=True)
class CommitmentReported:
    """A commitment was submitted, corrected or made automatically: `report` is the new revision of it."""

    commitment_id: CommitmentId
    enterprise_id: EnterpriseId
    region_id: RegionId
    business_date: date
    report: Report
    at: datetime


@dataclass(frozen=True, slots=True)
class CommitmentReopened:
    """The department opened a closed commitment again so that it can be corrected."""

    commitment_id: CommitmentId
    enterprise_id: EnterpriseId
    region_id: RegionId
    business_date: date
    reason: str
    at: datetime


class Client(Enum):
    """Through which client somebody works."""

    WEB = "WEB"
    APP = "APP"


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
class EnterpriseViewed:
    """A department's person looked at an enterprise's page; spot-check records arise from these."""

    account_id: AccountId
    person_id: PersonId
    department_id: DepartmentId
    enterprise_id: EnterpriseId
    client: Client
    at: datetime


@dataclass(frozen=True, slots=True)
class DirectoryChanged:
    """An archive entry was added or changed: `what` is the kind of entry, `subject` its id as text."""

    what: str
    subject: str
    summary: str
    at: datetime


@dataclass(frozen=True, slots=True)
class AccessChanged:
    """An account, password, session or lock was changed: `what` happened to account `account_id`."""

    what: str
    account_id: AccountId
    summary: str
    at: datetime


@dataclass(frozen=True, slots=True)
class FileUploaded:
    """A file was stored; what it belongs to is said by whoever claims it. `sha256` is that of its bytes."""

    attachment_id: AttachmentId
    media_type: MediaType
    size: int
    sha256: str
    at: datetime


@dataclass(frozen=True, slots=True)
class FileDownloaded:
    """Somebody fetched a whole file; thumbnails are not kept."""

    attachment_id: AttachmentId
    at: datetime


@dataclass(frozen=True, slots=True)
class DeadLetterResent:
    """Somebody sent a refused or parked outbox entry again."""

    outbox_id: str
    at: datetime


@dataclass(frozen=True, slots=True)
class InboxChanged:
    """Somebody's in-app messages changed: one came, or some were read. Live clients look again."""

    person_id: PersonId
    at: datetime


Event = (
    CommitmentReported
    | CommitmentReopened
    | LoggedIn
    | LogInFailed
    | EnterpriseViewed
    | DirectoryChanged
    | AccessChanged
    | FileUploaded
    | FileDownloaded
    | DeadLetterResent
    | InboxChanged
    | InspectionEvent
    | ProblemEvent
)
