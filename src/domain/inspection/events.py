"""The events of patrols and spot checks, named in the past tense."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime

from ..values import DepartmentId, EnterpriseId, InspectionId, RegionId


@dataclass(frozen=True, slots=True, kw_only=True)
class _InspectionFact:
    inspection_id: InspectionId
    department_id: DepartmentId
    region_id: RegionId
    enterprise_id: EnterpriseId | None
    business_date: date
    revision: int
    at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class InspectionOpened(_InspectionFact):
    """Somebody opened a patrol or a spot check: a draft with pre-filled figures."""


@dataclass(frozen=True, slots=True, kw_only=True)
class InspectionSubmitted(_InspectionFact):
    """A patrol or spot check became a record; each of its problems has an event of its own."""


@dataclass(frozen=True, slots=True, kw_only=True)
class InspectionDiscarded(_InspectionFact):
    """A draft was thrown away."""


InspectionEvent = InspectionOpened | InspectionSubmitted | InspectionDiscarded
