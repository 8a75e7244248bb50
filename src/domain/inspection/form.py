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

NOT_CONNECTED: Final = "未接入"
NOTHING: Final = "无"
"""The value of a figure whose source is connected but has nothing to tell."""


class InspectionKind(Enum):
    """A patrol (巡查) looks at a lower department's area, a spot check (抽查) at an enterprise."""

    PATROL = "PATROL"
    SPOT_CHECK = "SPOT_CHECK"


INSPECTION_KIND_NAMES: Final = {InspectionKind.PATROL: "巡查", InspectionKind.SPOT_CHECK: "抽查"}


# ---------------------------------------------------------------- who inspects whom, as they were at the time


@dataclass(frozen=True, slots=True)
class Inspector:
    """The inspecting department (巡查单位) and its person; `person_id` is None for an automatic record."""

    department: DepartmentSnapshot
    person_id: PersonId | None
    name: str


@dataclass(frozen=True, slots=True)
class PatrolTarget:
    """The lower department and its patrolled region.

    `city_id` is the region of city rank in whose figures the patrol is counted. `is_area`: whether the region
    is an inspected area, that is a county, or a city without counties.
    """

    department: DepartmentSnapshot
    region_name: str
    city_id: RegionId
    is_area: bool = True

    @property
    def region_id(self) -> RegionId:
        return self.department.region_id


@dataclass(frozen=True, slots=True)
class SpotCheckTarget:
    """The checked enterprise; `city_id` is the region of city rank in whose figures it is counted."""

    enterprise_id: EnterpriseId
    name: str
    kind: EnterpriseKind
    region_id: RegionId
    region_name: str
    city_id: RegionId


Target = PatrolTarget | SpotCheckTarget


def same_target(one: Target, other: Target) -> bool:
    """Whether a record of one target replaces a record of the other.

    Patrols match by area or department, spot checks by enterprise.
    """
    if isinstance(one, PatrolTarget):
        return isinstance(other, PatrolTarget) and (
            one.department.id == other.department.id or one.region_id == other.region_id
        )
    return isinstance(other, SpotCheckTarget) and one.enterprise_id == other.enterprise_id


# ---------------------------------------------------------------- the pre-filled sheet


@dataclass(frozen=True, slots=True)
class Rank:
    """A region's place among the regions of its rank (第n名，共m个); 1 is best.

    Equal rates share a place; a rate of 0 has none.
    """

    place: int
    among: int


@dataclass(frozen=True, slots=True)
class Figure:
    """A pre-filled figure as people see it; `as_of` is an aware datetime in UTC.

    `value` is None if the source is not connected, which is not the same as 0. It is NOTHING if there is no
    value: a department that never logged in, a rate of nothing.
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
        """The figure as people read it: 87.5%（第3名，共107个）, or 未接入."""
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
    "ownSpotChecks": ("被巡查单位当日人工抽查", "次"),
    "ownAutomaticSpotChecks": ("被巡查单位当日自动抽查记录", "条"),
    "videoOnlineRate": ("视频在线率", "%"),
    "sensorOnlineRate": ("传感器在线率", "%"),
}
SPOT_CHECK_FIGURES: Final[Mapping[str, tuple[str, str]]] = {
    "commitmentStatus": ("当日承诺", ""),
    "commitmentReportedAt": ("承诺上报时间", ""),
    "commitmentLate": ("是否逾期上报", ""),
    "openProblems": ("未办结问题", "个"),
    "unfedBackProblems": ("未反馈问题", "个"),
    "overdueProblems": ("逾期问题", "个"),
    "openAlerts": ("未办结预警", "条"),
    "unfedBackAlerts": ("未反馈预警", "条"),
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
    """Make a figure of the form. Raises KeyError for a key that the form does not have.

    `value` is None if the source is not connected.
    """
    label, unit = FIGURES[kind][key]
    text = value if value is None or isinstance(value, str) else plain(Decimal(value))
    return Figure(key, label, text, "" if text == NOTHING else unit, source, as_of, rank)


def rate(part: int, whole: int) -> Decimal | str:
    """The part in percent of the whole, to one decimal, halves up; NOTHING if `whole` is 0."""
    if whole == 0:
        return NOTHING
    return (Decimal(part) * 100 / Decimal(whole)).quantize(Decimal("0.1"), ROUND_HALF_UP)


def rank_of(own: Decimal, all_rates: Collection[Decimal]) -> Rank | None:
    """The place of a rate among `all_rates`, which include it: one more than the number of better rates.

    A rate of 0 has no place: those who have reported nothing come unranked below the last with a rate.
    """
    if own == 0:
        return None
    return Rank(1 + sum(1 for other in all_rates if other > own), len(all_rates))


@dataclass(frozen=True, slots=True)
class Visit:
    """An enterprise viewed or checked that day; `seen` says in Chinese phrases what was seen there."""

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
    """The pre-filled part of a form as of `taken_at`; patrols have `visits`, spot checks have `permits`."""

    taken_at: datetime
    figures: tuple[Figure, ...]
    visits: tuple[Visit, ...] = ()
    permits: tuple[PermitFact, ...] = ()


@dataclass(frozen=True, slots=True)
class SheetChange:
    """One changed line of a sheet; `before` or `after` is None if the line does not exist there."""

    key: str
    label: str
    before: str | None
    after: str | None


def sheet_changes(before: Sheet, after: Sheet) -> tuple[SheetChange, ...]:
    """List what a refresh changes, in the order of the form; a newer time or source alone is no change."""
    old, new = _lines(before), _lines(after)
    nowhere = (None, None)
    changes = (
        SheetChange(key, label, old.get(key, nowhere)[1], new.get(key, nowhere)[1])
        for key, (label, _) in (new | old).items()
    )
    return tuple(change for change in changes if change.before != change.after)


def _lines(sheet: Sheet) -> dict[str, tuple[str, str]]:
    """Map the key of every line of a sheet to its label and its text."""
    lines = {line.key: (line.label, line.shown) for line in sheet.figures}
    lines |= {f"visit:{visit.enterprise_id}": (visit.name, visit.shown) for visit in sheet.visits}
    for permit in sheet.permits:
        state = f"{'有效' if permit.valid else '无效'}，有效期至{permit.expires_on or '不详'}"
        lines[f"permit:{permit.name}|{permit.number or ''}"] = (permit.name, state)
    return lines


# ---------------------------------------------------------------- what the inspector fills in


class CheckMeans(Enum):
    """How the inspector checked that somebody is on duty."""

    PHONE = "PHONE"
    VIDEO = "VIDEO"
    ON_SITE = "ON_SITE"


CHECK_MEANS_NAMES: Final = {
    CheckMeans.PHONE: "电话",
    CheckMeans.VIDEO: "视频",
    CheckMeans.ON_SITE: "现场",
}


@dataclass(frozen=True, slots=True)
class OnSiteRectification:
    """现场已整改: what was done on site, and when; a draft may leave both open."""

    measures: str = ""
    at: datetime | None = None


@dataclass(frozen=True, slots=True)
class DutyCheck:
    """值班值守: who was on duty at the patrolled department; if nobody was, a note is required.

    If nobody was, `problem` is the number of a problem of the form (from 1), or `rectified` says what was
    done.
    """

    means: CheckMeans
    officer: str
    on_duty: bool
    note: str = ""
    problem: int | None = None
    rectified: OnSiteRectification | None = None


class FindingResult(Enum):
    """The result of one item of the checklist."""

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
    """The result of one item of the checklist (by its code); NOT_OK requires a note.

    NOT_OK also requires either: `problem`, the number of a problem of the form (from 1), or `rectified`.
    """

    item: str
    result: FindingResult
    note: str = ""
    attachments: tuple[AttachmentId, ...] = ()
    problem: int | None = None
    rectified: OnSiteRectification | None = None


class Conclusion(Enum):
    """The conclusion of an inspection; people choose one of the first three, the last is for the system."""

    NO_PROBLEM_FOUND = "NO_PROBLEM_FOUND"
    PROBLEMS_ISSUED = "PROBLEMS_ISSUED"
    RECTIFIED_ON_SITE = "RECTIFIED_ON_SITE"
    NOT_VERIFIED = "NOT_VERIFIED"


CONCLUSION_NAMES: Final = {
    Conclusion.NO_PROBLEM_FOUND: "未发现问题",
    Conclusion.PROBLEMS_ISSUED: "已下发问题",
    Conclusion.RECTIFIED_ON_SITE: "现场已整改",
    Conclusion.NOT_VERIFIED: "系统自动生成，未经人工核查",
}


@dataclass(frozen=True, slots=True)
class InspectionForm:
    """What the inspector states: the duty check belongs to patrols, findings to spot checks, the rest to both.

    `former_conclusion` is the free text that forms had before the conclusion was a choice.
    """

    duty_check: DutyCheck | None = None
    findings: tuple[Finding, ...] = ()
    observations: str = ""
    conclusion: Conclusion | None = None
    attachments: tuple[AttachmentId, ...] = ()
    problems: tuple[ProblemStatement, ...] = ()
    former_conclusion: str = ""

    @classmethod
    def automatic(cls) -> Self:
        """The form of an automatic record: nobody inspected, so nothing has been verified."""
        return cls(conclusion=Conclusion.NOT_VERIFIED)

    @property
    def wrong(self) -> tuple[DutyCheck | Finding, ...]:
        """What was not in order: an unmanned duty post, or findings that are NOT_OK."""
        unmanned = () if self.duty_check is None or self.duty_check.on_duty else (self.duty_check,)
        return (*unmanned, *(one for one in self.findings if one.result is FindingResult.NOT_OK))

    @property
    def rectified_on_site(self) -> int:
        """How many of `wrong` were rectified on site."""
        return sum(one.rectified is not None for one in self.wrong)
