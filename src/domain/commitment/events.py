"""What happens to commitments, in the past tense."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime

from ..values import CommitmentId, EnterpriseId, RegionId
from .report import Report


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


CommitmentEvent = CommitmentReported | CommitmentReopened
