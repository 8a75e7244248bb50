"""Commands on inspections: open, fill in, refresh, submit and discard a draft."""

from __future__ import annotations

from dataclasses import dataclass

from ...domain.inspection.form import InspectionForm
from ...domain.refusals import Refused
from ...domain.values import EnterpriseId, InspectionId, RegionId


@dataclass(frozen=True, slots=True)
class OpenPatrol:
    """Begin a patrol of the lower department that answers for a region."""

    region_id: RegionId


@dataclass(frozen=True, slots=True)
class OpenSpotCheck:
    """Begin a spot check of an enterprise."""

    enterprise_id: EnterpriseId


@dataclass(frozen=True, slots=True)
class EditInspection:
    """Store the whole form. `revision` is the one the person saw, so that two devices do not clash.

    `unreadable` are faults of inputs that the form cannot hold; they are refused together with its own.
    """

    inspection_id: InspectionId
    revision: int
    form: InspectionForm
    unreadable: tuple[Refused, ...] = ()


@dataclass(frozen=True, slots=True)
class RefreshInspection:
    """Take the newest figures; what has been filled in stays. `revision` is the one the person saw."""

    inspection_id: InspectionId
    revision: int


@dataclass(frozen=True, slots=True)
class SubmitInspection:
    """Turn the draft, as stored last, into a record; `revision` is the one the person saw."""

    inspection_id: InspectionId
    revision: int


@dataclass(frozen=True, slots=True)
class DiscardInspection:
    """Throw the draft away; `revision` is the one the person saw."""

    inspection_id: InspectionId
    revision: int
