"""The events of commitments, named in the past tense."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime

from ..values import CommitmentId, EnterpriseId, RegionId
from .report import Report


@dataclass(frozen=True, slots=True)
class CommitmentReported:
    """A commitment was reported, corrected or reported automatically; `report` is its new revision."""

    commitment_id: CommitmentId
    enterprise_id: EnterpriseId
    region_id: RegionId
    business_date: date
    report: Report
    at: datetime


@dataclass(frozen=True, slots=True)
class CommitmentReopened:
    """The department reopened a commitment for correction."""

    commitment_id: CommitmentId
    enterprise_id: EnterpriseId
    region_id: RegionId
    business_date: date
    reason: str
    at: datetime


@dataclass(frozen=True, slots=True)
class CommitmentsOwed:
    """`count` enterprises owe a commitment for the day from now on; their days are unreported."""

    business_date: date
    count: int
    at: datetime


CommitmentEvent = CommitmentReported | CommitmentReopened | CommitmentsOwed
