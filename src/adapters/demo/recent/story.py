"""The story of the last days: who stated what, and who did what about it, as a table in the order of time."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import datetime, time, timedelta
from enum import Enum
from typing import Final

from ....application.ports.inbound import MinistryProblem, MinistryWarning
from ....domain.alert.form import AlertLevel, Verification
from ....domain.deadlines import business_date, instant
from .statements import Stated


class Verb(Enum):
    """What happens: the ministry states an item or a newer version of it, or a person acts."""

    STATE = "STATE"
    ENDED_FIRST = "ENDED_FIRST"
    ACKNOWLEDGE = "ACKNOWLEDGE"
    HANDLE = "HANDLE"
    RECTIFY = "RECTIFY"
    REPORT_PROGRESS = "REPORT_PROGRESS"
    FEED_BACK = "FEED_BACK"
    CLOSE = "CLOSE"
    RETURN = "RETURN"
    HAND_OVER = "HAND_OVER"


class Who(Enum):
    """Who acts: the head of the item's enterprise, or the head of one of the shown departments."""

    ENTERPRISE = "ENTERPRISE"
    COUNTY = "COUNTY"
    CITY = "CITY"
    PROVINCE = "PROVINCE"


Moment = Callable[[datetime], datetime]
Change = Callable[[Stated], Stated]


@dataclass(frozen=True, slots=True)
class Step:
    """One thing that happens; `moment` makes its instant from the demo's first instant.

    `change` makes the version that is stated from the one before; None: the first version. `to` is the
    department to which a problem is handed over.
    """

    moment: Moment
    verb: Verb
    item: str = ""
    by: Who = Who.ENTERPRISE
    change: Change | None = None
    verification: Verification = Verification.TRUE
    to: Who = Who.COUNTY


def day(days_ago: int, clock: str) -> Moment:
    """So many days before, at this time in Shanghai."""
    at = time.fromisoformat(clock)
    return lambda now: instant(business_date(now) - timedelta(days=days_ago), at)


def ago(minutes: int) -> Moment:
    """So many minutes before."""
    return lambda now: now - timedelta(minutes=minutes)


def level(to: AlertLevel, reason: str) -> Change:
    """The warning with another level."""

    def change(stated: Stated) -> Stated:
        assert isinstance(stated, MinistryWarning), "a problem has no level"
        return replace(stated, version=stated.version + 1, level=to, reason=reason)

    return change


def over(why: str) -> Change:
    """The warning ended, or the problem withdrawn."""

    def change(stated: Stated) -> Stated:
        if isinstance(stated, MinistryProblem):
            return replace(stated, version=stated.version + 1, withdrawn=why)
        return replace(stated, version=stated.version + 1, ended=why)

    return change


_NORMAL: Final = "监测数值已恢复正常，预警解除。"
_V, _W = Verb, Who

STEPS: Final = (
    # A RED alert, from the first minute to its end.
    Step(day(3, "14:05"), _V.STATE, "smoke"),
    Step(day(3, "14:10"), _V.ACKNOWLEDGE, "smoke"),
    Step(day(3, "14:25"), _V.HANDLE, "smoke"),
    Step(day(3, "14:50"), _V.REPORT_PROGRESS, "smoke"),
    Step(day(3, "15:40"), _V.FEED_BACK, "smoke"),
    Step(day(3, "16:30"), _V.CLOSE, "smoke", _W.PROVINCE),
    # ORANGE: a false alarm of which the province wants to know more.
    Step(day(1, "10:20"), _V.STATE, "persons"),
    Step(day(1, "10:35"), _V.ACKNOWLEDGE, "persons"),
    Step(day(1, "11:00"), _V.HANDLE, "persons", verification=Verification.FALSE_ALARM),
    Step(day(1, "14:00"), _V.FEED_BACK, "persons"),
    Step(ago(50), _V.RETURN, "persons", _W.PROVINCE),
    # YELLOW and BLUE, in the stages in between.
    Step(ago(300), _V.STATE, "heat"),
    Step(ago(240), _V.ACKNOWLEDGE, "heat"),
    Step(ago(200), _V.HANDLE, "heat", verification=Verification.DEVICE_FAULT),
    Step(ago(170), _V.STATE, "video"),
    Step(ago(100), _V.ACKNOWLEDGE, "video"),
    Step(day(1, "09:30"), _V.STATE, "permit"),
    Step(day(1, "11:10"), _V.ACKNOWLEDGE, "permit"),
    Step(day(1, "11:30"), _V.HANDLE, "permit"),
    Step(day(1, "16:00"), _V.FEED_BACK, "permit"),
    Step(ago(25), _V.STATE, "vehicle"),
    Step(ago(18), _V.STATE, "expiring"),
    # It rises, and is over.
    Step(day(2, "09:00"), _V.STATE, "humidity"),
    Step(day(2, "09:40"), _V.ACKNOWLEDGE, "humidity"),
    Step(day(2, "10:30"), _V.STATE, "humidity", change=level(AlertLevel.ORANGE, "湿度继续下降。")),
    Step(day(2, "12:00"), _V.STATE, "humidity", change=over(_NORMAL)),
    # It falls, and was a drill.
    Step(day(2, "13:10"), _V.STATE, "weather"),
    Step(day(2, "13:30"), _V.ACKNOWLEDGE, "weather"),
    Step(day(2, "14:00"), _V.HANDLE, "weather", verification=Verification.DRILL),
    Step(day(2, "14:20"), _V.STATE, "weather", change=level(AlertLevel.BLUE, "雷电活动减弱。")),
    Step(day(2, "15:00"), _V.FEED_BACK, "weather"),
    Step(day(2, "16:10"), _V.CLOSE, "weather", _W.PROVINCE),
    # Nobody reacts: it is overdue.
    Step(day(1, "08:50"), _V.STATE, "flow"),
    # The end comes before the beginning.
    Step(day(2, "17:00"), _V.ENDED_FIRST, "static"),
    # At night, RED is told at once.
    Step(day(2, "23:20"), _V.STATE, "night"),
    Step(day(2, "23:27"), _V.ACKNOWLEDGE, "night"),
    Step(day(2, "23:41"), _V.HANDLE, "night"),
    Step(day(1, "00:30"), _V.FEED_BACK, "night"),
    Step(day(1, "08:40"), _V.CLOSE, "night", _W.PROVINCE),
    # Problems of patrols: handed over to the county, and to the city.
    Step(day(4, "09:10"), _V.STATE, "duty"),
    Step(day(4, "09:40"), _V.ACKNOWLEDGE, "duty", _W.PROVINCE),
    Step(day(4, "10:00"), _V.HAND_OVER, "duty", _W.PROVINCE),
    Step(day(4, "10:30"), _V.ACKNOWLEDGE, "duty", _W.COUNTY),
    Step(day(4, "14:00"), _V.RECTIFY, "duty", _W.COUNTY),
    Step(day(3, "10:00"), _V.FEED_BACK, "duty", _W.COUNTY),
    Step(day(3, "11:00"), _V.CLOSE, "duty", _W.PROVINCE),
    Step(day(2, "09:20"), _V.STATE, "training"),
    Step(day(2, "09:50"), _V.HAND_OVER, "training", _W.PROVINCE),
    Step(day(2, "10:40"), _V.ACKNOWLEDGE, "training", _W.COUNTY),
    Step(day(2, "15:20"), _V.RECTIFY, "training", _W.COUNTY),
    Step(day(3, "09:30"), _V.STATE, "register"),
    Step(day(3, "09:45"), _V.HAND_OVER, "register", _W.PROVINCE, to=_W.CITY),
    Step(day(3, "10:10"), _V.ACKNOWLEDGE, "register", _W.CITY),
    Step(day(3, "11:20"), _V.RECTIFY, "register", _W.CITY),
    Step(day(1, "16:20"), _V.FEED_BACK, "register", _W.CITY),
    Step(ago(90), _V.STATE, "plan"),
    Step(day(1, "09:10"), _V.STATE, "patrols"),
    Step(day(1, "09:35"), _V.ACKNOWLEDGE, "patrols", _W.PROVINCE),
    Step(day(2, "11:00"), _V.STATE, "duplicate"),
    Step(day(2, "16:40"), _V.STATE, "duplicate", change=over("与已下发的问题重复，予以撤回。")),
    # Problems of spot checks.
    Step(ago(40), _V.STATE, "overload"),
    Step(day(3, "09:05"), _V.STATE, "grounding"),
    Step(day(3, "09:20"), _V.ACKNOWLEDGE, "grounding"),
    Step(day(3, "10:45"), _V.RECTIFY, "grounding"),
    Step(day(2, "10:05"), _V.FEED_BACK, "grounding"),
    Step(day(1, "15:10"), _V.RETURN, "grounding", _W.PROVINCE),
    Step(day(3, "13:00"), _V.STATE, "exits"),
    Step(day(3, "13:40"), _V.ACKNOWLEDGE, "exits"),
    Step(day(4, "13:00"), _V.STATE, "cards"),
    Step(day(4, "13:30"), _V.ACKNOWLEDGE, "cards"),
    Step(day(4, "14:10"), _V.RECTIFY, "cards"),
    Step(day(3, "16:00"), _V.FEED_BACK, "cards"),
    Step(day(2, "08:50"), _V.CLOSE, "cards", _W.PROVINCE),
    Step(day(1, "11:40"), _V.STATE, "scrap"),
    Step(day(1, "12:10"), _V.ACKNOWLEDGE, "scrap"),
    Step(day(1, "13:20"), _V.RECTIFY, "scrap"),
    Step(day(1, "17:00"), _V.REPORT_PROGRESS, "scrap"),
    # What nobody here can be told of, and what is not ours.
    Step(day(2, "15:30"), _V.STATE, "unknown"),
    Step(day(1, "10:00"), _V.STATE, "nowhere"),
    Step(day(1, "14:40"), _V.STATE, "foreign"),
)


def in_order(now: datetime) -> list[tuple[datetime, Step]]:
    """The steps with their instants, the earliest first; steps of one instant keep their order."""
    return sorted(((step.moment(now), step) for step in STEPS), key=lambda one: one[0])
