"""The addressee, who has to act, and its feedback: shared by everything that is handled."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from ..refusals import InvalidValue
from ..signed import Signed
from ..values import AttachmentId, DepartmentId, EnterpriseId, RegionId


@dataclass(frozen=True, slots=True)
class Addressee:
    """The inspected party (被检查单位): a department or an enterprise, never both.

    `region_id` is its region at the time of issue. `city_id` is the region of city rank in whose figures it
    was counted then; for the province's department it is the province.
    """

    department_id: DepartmentId | None
    enterprise_id: EnterpriseId | None
    name: str
    region_id: RegionId
    city_id: RegionId

    def __post_init__(self) -> None:
        if (self.department_id is None) == (self.enterprise_id is None):
            raise InvalidValue("问题必须且只能下发给一个部门或一家企业。", field="addressee")


@dataclass(frozen=True, slots=True)
class FeedbackForm:
    """What the inspected party answers: situation 情况, measures 措施, progress 进展, outcome 结果.

    Interim feedback requires `progress` and `planned_on`, final feedback requires `outcome`.
    """

    situation: str
    measures: str
    progress: str = ""
    outcome: str = ""
    planned_on: date | None = None
    attachments: tuple[AttachmentId, ...] = ()


@dataclass(frozen=True, slots=True)
class Feedback:
    """One feedback, never changed.

    `late` is true for a final one after the term to rectify, and for the first interim one after the term to
    feed back.
    """

    signed: Signed
    form: FeedbackForm
    final: bool
    late: bool
