"""The forms of patrol and spot check (巡查情况表, 抽查情况表): the pre-filled sheet and what the inspector fills in."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import datetime
from decimal import ROUND_HALF_UP, Decimal
from enum import Enum
from typing import Final, Self

from ..directory.certificate import PermitFact
from ..directory.enterprise import EnterpriseKind
from ..directory.organisation import DepartmentSnapshot
from ..problem.form import ProblemStatement
from ..values import AttachmentId, EnterpriseId, PersonId, RegionId, plain

NO_PROBLEM_FOUND: Final = "未发现问题"
NOT_CONNECTED: Final = "未接入"
NOTHING: Final = "无"
"""The source is there and has nothing to say."""


class InspectionKind(Enum):
    """A patrol (巡查) looks at a lower department's area, a spot check (抽查) at an enterprise."""

    PATROL = "PATROL"
    SPOT_CHECK = "SPOT_CHECK"


INSPECTION_KIND_NAMES: Final = {InspectionKind.PATROL: "巡查", InspectionKind.SPOT_CHECK: "抽查"}


# ---------------------------------------------------------------- who inspects whom, as they were at the time


@dataclass(frozen=True, slots=True)
class Inspector:
    """Who inspects (巡查单位): the department, and the person of it; nobody (None) for an automatic record."""

    department: DepartmentSnapshot
    person_id: PersonId | None
    name: str


@dataclass(frozen=True, slots=True)
class PatrolTarget:
    """A lower department and the region of it that is patrolled; `city_id` is the region of city rank that counts it."""

    department: DepartmentSnapshot
    region_name: str
    city_id: RegionId

    @property
    def region_id(self) -> RegionId:
        return self.department.region_id


@dataclass(frozen=True, slots=True)
class SpotCheckTarget:
    """The enterprise that is checked; `city_id` is the region of city rank that counts it."""

    enterprise_id: EnterpriseId
    name: str
    kind: EnterpriseKind
    region_id: RegionId
    region_name: str
    city_id: RegionId


Target = PatrolTarget | SpotCheckTarget


def same_target(one: Target, other: Target) -> bool:
    """Whether a record of the one takes the place of a record of the other: of the area or its department, or the enterprise."""
    if isinstance(one, PatrolTarget):
        return isinstance(other, PatrolTarget) and (
            one.department.id == other.department.id or one.region_id == other.region_id
        )
    return isinstance(other, SpotCheckTarget) and one.enterprise_id == other.enterprise_id


# ---------------------------------------------------------------- the pre-filled sheet


@dataclass(frozen=True, slots=True)
class Rank:
    """第n名，共m个: the place of a region among those of its rank, 1 being the best; equals share a place."""

    place: int
    among: int


@dataclass(frozen=True, slots=True)
class Figure:
    """An automatic figure as a person checks it; `as_of` is aware, UTC.

    `value` is None where nothing is connected, which is not the same as 0; where there is nothing to say (the last
    log-in of a department that never logged in, a rate of nothing) it is NOTHING.
    """

    key: str
    label: str
    value: str | None
    unit: str
    source: str
    as_of: datetime | None
    rank: Rank | None = None

    @property
    def shown(self) -> str:
        """The figure as one reads it: 87.5%（第3名，共107个）, or 未接入."""
        if self.value is None:
            return NOT_CONNECTED
        place = f"（第{self.rank.place}名，共{self.rank.among}个）" if self.rank is not None else ""
        return f"{self.value}{self.unit}{place}"


PATROL_FIGURES: Final[Mapping[str, tuple[str, str]]] = {
    "productionEnterprises": ("生产企业", "家"),
    "wholesaleEnterprises": ("批发企业", "家"),
    "commitmentsExpected": ("应报承诺", "家"),
    "commitmentsReported": ("已报承诺", "家"),
    "commitmentsLate": ("逾期上报", "家"),
    "commitmentsUnreported": ("未上报", "家"),
    "commitmentRate": ("承诺率", "%"),
    "inProduction": ("在产", "家"),
    "stopped": ("停产", "家"),
    "logIns": ("被巡查单位登录次数", "次"),
    "logInUsers": ("被巡查单位登录人数", "人"),
    "lastLogIn": ("被巡查单位最近登录", ""),
    "openAlerts": ("未办结预警", "条"),
    "unfedBackAlerts": ("未反馈预警", "条"),
    "dueProblems": ("应整改问题", "个"),
    "fedBackProblems": ("已反馈问题", "个"),
    "overdueProblems": ("逾期问题", "个"),
    "ownSpotChecks": ("被巡查单位当日抽查", "次"),
    "videoOnlineRate": ("视频在线率", "%"),
    "sensorOnlineRate": ("传感器在线率", "%"),
}
SPOT_CHECK_FIGURES: Final[Mapping[str, tuple[str, str]]] = {
    "commitmentStatus": ("当日承诺", ""),
    "commitmentReportedAt": ("承诺上报时间", ""),
    "commitmentLate": ("是否逾期上报", ""),
    "openProblems": ("未办结问题", "个"),
    "openAlerts": ("未办结预警", "条"),
    "highestAlertLevel": ("近7日最高预警等级", ""),
}
FIGURES: Final = {
    InspectionKind.PATROL: PATROL_FIGURES,
    InspectionKind.SPOT_CHECK: SPOT_CHECK_FIGURES,
}
"""The pre-filled figures of each form: key, then label and unit."""


def figure(
    kind: InspectionKind,
    key: str,
    value: int | Decimal | str | None,
    *,
    source: str,
    as_of: datetime | None,
    rank: Rank | None = None,
) -> Figure:
    """A figure of the form; None: its source is not connected. A key that the form does not have is a KeyError."""
    label, unit = FIGURES[kind][key]
    text = value if value is None or isinstance(value, str) else plain(Decimal(value))
    return Figure(key, label, text, "" if text == NOTHING else unit, source, as_of, rank)


def rate(part: int, whole: int) -> Decimal | str:
    """Part of the whole in percent, to one decimal, halves up; NOTHING where there is no whole."""
    if whole == 0:
        return NOTHING
    return (Decimal(part) * 100 / Decimal(whole)).quantize(Decimal("0.1"), ROUND_HALF_UP)


def rank_of(own: Decimal, all_rates: Collection[Decimal]) -> Rank:
    """Where a rate stands among all of its rank, its own included: one more than there are better ones."""
    return Rank(1 + sum(1 for other in all_rates if other > own), len(all_rates))


@dataclass(frozen=True, slots=True)
class Visit:
    """An enterprise that the inspector looked at or checked that day, and what was seen there, in Chinese phrases."""

    enterprise_id: EnterpriseId
    name: str
    views: int
    last_at: datetime
    spot_checked: bool
    seen: tuple[str, ...] = ()

    @property
    def shown(self) -> str:
        how = [f"查看{self.views}次"] if self.views else []
        how += ["已抽查"] if self.spot_checked else []
        return "；".join((*how, *self.seen))


@dataclass(frozen=True, slots=True)
class Sheet:
    """The pre-filled part of a form, as it was at `taken_at`: figures, visits of a patrol, permits of a spot check."""

    taken_at: datetime
    figures: tuple[Figure, ...]
    visits: tuple[Visit, ...] = ()
    permits: tuple[PermitFact, ...] = ()


@dataclass(frozen=True, slots=True)
class SheetChange:
    """One line of a sheet that reads otherwise than before; `before` or `after` is None where the line is not there."""

    key: str
    label: str
    before: str | None
    after: str | None


def sheet_changes(before: Sheet, after: Sheet) -> tuple[SheetChange, ...]:
    """What a refresh would change, in the order of the form. A newer time or source alone is no change."""
    old, new = _lines(before), _lines(after)
    nowhere = (None, None)
    changes = (
        SheetChange(key, label, old.get(key, nowhere)[1], new.get(key, nowhere)[1])
        for key, (label, _) in (new | old).items()
    )
    return tuple(change for change in changes if change.before != change.after)


def _lines(sheet: Sheet) -> dict[str, tuple[str, str]]:
    """Every line of a sheet by its key: what it is called and how it reads."""
    lines = {line.key: (line.label, line.shown) for line in sheet.figures}
    lines |= {f"visit:{visit.enterprise_id}": (visit.name, visit.shown) for visit in sheet.visits}
    for permit in sheet.permits:
        state = f"{'有效' if permit.valid else '无效'}，有效期至{permit.expires_on or '不详'}"
        lines[f"permit:{permit.name}|{permit.number or ''}"] = (permit.name, state)
    return lines


# ---------------------------------------------------------------- what the inspector fills in


class CheckMeans(Enum):
    """How it was checked that somebody is on duty."""

    PHONE = "PHONE"
    VIDEO = "VIDEO"
    ON_SITE = "ON_SITE"


CHECK_MEANS_NAMES: Final = {
    CheckMeans.PHONE: "电话",
    CheckMeans.VIDEO: "视频",
    CheckMeans.ON_SITE: "现场",
}


@dataclass(frozen=True, slots=True)
class DutyCheck:
    """值班值守: who of the patrolled department was on duty; somebody who was not needs a note."""

    means: CheckMeans
    officer: str
    on_duty: bool
    note: str = ""


class FindingResult(Enum):
    """What came of one item of the checklist."""

    OK = "OK"
    NOT_OK = "NOT_OK"
    NOT_APPLICABLE = "NOT_APPLICABLE"


FINDING_RESULT_NAMES: Final = {
    FindingResult.OK: "符合",
    FindingResult.NOT_OK: "不符合",
    FindingResult.NOT_APPLICABLE: "不涉及",
}


@dataclass(frozen=True, slots=True)
class Finding:
    """One item of the checklist (by its code) and what was found; NOT_OK needs a note."""

    item: str
    result: FindingResult
    note: str = ""
    attachments: tuple[AttachmentId, ...] = ()


@dataclass(frozen=True, slots=True)
class InspectionForm:
    """What the inspector states: the duty check belongs to patrols, findings to spot checks, the rest to both."""

    duty_check: DutyCheck | None = None
    findings: tuple[Finding, ...] = ()
    observations: str = ""
    conclusion: str = ""
    attachments: tuple[AttachmentId, ...] = ()
    problems: tuple[ProblemStatement, ...] = ()

    @classmethod
    def automatic(cls) -> Self:
        """The form of an automatic record: nobody has looked, so it states nothing but that no problem was found."""
        return cls(conclusion=NO_PROBLEM_FOUND)
