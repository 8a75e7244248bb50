"""What readers count for the statistics of problems, alerts and records: how it is divided, and the counts."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from enum import Enum
from typing import Final, Generic, TypeVar

from ...domain.values import RegionId


class ProblemDimension(Enum):
    """What problems are divided by; REGION is that of the addressee at the time."""

    STATE = "STATE"
    CATEGORY = "CATEGORY"
    SEVERITY = "SEVERITY"
    REGION = "REGION"
    ORIGIN = "ORIGIN"
    KIND = "KIND"


PROBLEM_DIMENSION_NAMES: Final = {
    ProblemDimension.STATE: "按状态",
    ProblemDimension.CATEGORY: "按类别",
    ProblemDimension.SEVERITY: "按严重程度",
    ProblemDimension.REGION: "按区域",
    ProblemDimension.ORIGIN: "按来源",
    ProblemDimension.KIND: "按检查类型",
}


class AlertDimension(Enum):
    """What alerts are divided by; CATEGORY is the risk type, REGION that of the enterprise at the time."""

    STATE = "STATE"
    CATEGORY = "CATEGORY"
    LEVEL = "LEVEL"
    REGION = "REGION"
    ORIGIN = "ORIGIN"
    KIND = "KIND"


ALERT_DIMENSION_NAMES: Final = {
    AlertDimension.STATE: "按状态",
    AlertDimension.CATEGORY: "按风险类型",
    AlertDimension.LEVEL: "按等级",
    AlertDimension.REGION: "按区域",
    AlertDimension.ORIGIN: "按来源",
    AlertDimension.KIND: "按类别",
}

Dimension = TypeVar("Dimension", ProblemDimension, AlertDimension)
Counts = TypeVar("Counts")


@dataclass(frozen=True, slots=True)
class Split(Generic[Dimension]):
    """How the counted rows are divided: by the values of `by`, and by periods. Both, one, or neither.

    `heads`: with REGION, a row counts for the head at or above its region, else for its region itself; no head
    lies below another. `starts`: the first days of the periods, ascending; each ends before the next begins.
    `percentiles` False leaves the 90th percentiles out: they take nearly as long as all other figures together.
    """

    by: Dimension | None = None
    heads: tuple[RegionId, ...] = ()
    starts: tuple[date, ...] = ()
    percentiles: bool = True


@dataclass(frozen=True, slots=True)
class ProblemCounts:
    """`issued == fed_back + unfed_back`; `closed` is part of `fed_back`, `overdue` of `unfed_back`.

    The seconds are from the issue to the last final feedback, of those fed back; None if there are none.
    """

    issued: int = 0
    unfed_back: int = 0
    fed_back: int = 0
    closed: int = 0
    withdrawn: int = 0
    overdue: int = 0
    mean_feedback_seconds: int | None = None
    p90_feedback_seconds: int | None = None


@dataclass(frozen=True, slots=True)
class AlertCounts:
    """`opened == fed_back + unfed_back + ended`; `closed` is part of `fed_back`, `overdue` of `unfed_back`.

    The seconds are from the opening to the last final feedback, of those fed back; None if there are none.
    """

    opened: int = 0
    unfed_back: int = 0
    fed_back: int = 0
    closed: int = 0
    ended: int = 0
    overdue: int = 0
    mean_feedback_seconds: int | None = None
    p90_feedback_seconds: int | None = None


@dataclass(frozen=True, slots=True)
class RecordCounts:
    """`manual` and `automatic` are records; `inspected` and `seen_automatically` their distinct targets.

    A target with records of both origins counts in both. Replaced records count nowhere.
    """

    manual: int = 0
    automatic: int = 0
    inspected: int = 0
    seen_automatically: int = 0


@dataclass(frozen=True, slots=True)
class Counted(Generic[Counts]):
    """All figures of one statistic, as of one moment; what counts nothing is missing.

    `by_key`: by the value of the dimension as stored, or by region; None for alerts without a risk type.
    `by_period`: by the number of the period, from 0.
    """

    whole: Counts
    by_key: Mapping[str | None, Counts]
    by_period: Mapping[int, Counts]
