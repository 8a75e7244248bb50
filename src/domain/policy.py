"""The settings that a province can change without a release: per region, inherited, valid from a day on."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, time
from enum import Enum
from typing import Any, Final
from uuid import UUID

from .refusals import InvalidValue
from .values import RegionId

MINUTES_OF_A_DAY: Final = 24 * 60


class SettingKey(Enum):
    """The keys of all settings; `Policy` has the type and the starting value of each."""

    COMMITMENT_DEADLINE = "COMMITMENT_DEADLINE"
    REMINDER_STAGES = "REMINDER_STAGES"
    PUSH_FIRST = "PUSH_FIRST"
    PUSH_EVERY_MINUTES = "PUSH_EVERY_MINUTES"
    PUSH_UNTIL = "PUSH_UNTIL"
    SMS_QUIET_FROM = "SMS_QUIET_FROM"
    SMS_QUIET_UNTIL = "SMS_QUIET_UNTIL"
    SMS_DAILY_CAP = "SMS_DAILY_CAP"
    ACKNOWLEDGE_HOURS_GENERAL = "ACKNOWLEDGE_HOURS_GENERAL"
    ACKNOWLEDGE_HOURS_MAJOR = "ACKNOWLEDGE_HOURS_MAJOR"
    FEED_BACK_HOURS_GENERAL = "FEED_BACK_HOURS_GENERAL"
    FEED_BACK_HOURS_MAJOR = "FEED_BACK_HOURS_MAJOR"
    RECTIFY_DAYS_GENERAL = "RECTIFY_DAYS_GENERAL"
    RECTIFY_DAYS_MAJOR = "RECTIFY_DAYS_MAJOR"
    PROBLEM_REMINDER_PERCENTS = "PROBLEM_REMINDER_PERCENTS"
    AUTO_INSPECTION_AT = "AUTO_INSPECTION_AT"
    WEEKLY_PUSH_WEEKDAY = "WEEKLY_PUSH_WEEKDAY"
    WEEKLY_PUSH_AT = "WEEKLY_PUSH_AT"


PROVINCE_WIDE: Final = frozenset({SettingKey.WEEKLY_PUSH_WEEKDAY, SettingKey.WEEKLY_PUSH_AT})
"""Settings that only the province can set, because all regions share one week."""

SETTING_NAMES: Final = {
    SettingKey.COMMITMENT_DEADLINE: "每日承诺上报时限",
    SettingKey.REMINDER_STAGES: "未上报提醒阶段（时限后的分钟数）",
    SettingKey.PUSH_FIRST: "每日首次推送部级平台时间",
    SettingKey.PUSH_EVERY_MINUTES: "后续推送间隔（分钟）",
    SettingKey.PUSH_UNTIL: "每日最后一次推送时间",
    SettingKey.SMS_QUIET_FROM: "短信免打扰开始时间",
    SettingKey.SMS_QUIET_UNTIL: "短信免打扰结束时间",
    SettingKey.SMS_DAILY_CAP: "每个号码每日短信上限（条）",
    SettingKey.ACKNOWLEDGE_HOURS_GENERAL: "一般问题签收时限（小时）",
    SettingKey.ACKNOWLEDGE_HOURS_MAJOR: "重大问题签收时限（小时）",
    SettingKey.FEED_BACK_HOURS_GENERAL: "一般问题反馈时限（小时）",
    SettingKey.FEED_BACK_HOURS_MAJOR: "重大问题反馈时限（小时）",
    SettingKey.RECTIFY_DAYS_GENERAL: "一般问题整改时限（天）",
    SettingKey.RECTIFY_DAYS_MAJOR: "重大问题整改时限（天）",
    SettingKey.PROBLEM_REMINDER_PERCENTS: "问题办理提醒（已用时限的百分比）",
    SettingKey.AUTO_INSPECTION_AT: "自动生成巡查抽查记录时间",
    SettingKey.WEEKLY_PUSH_WEEKDAY: "每周推送巡查抽查情况的星期（1至7，周一为1）",
    SettingKey.WEEKLY_PUSH_AT: "每周推送巡查抽查情况的时间",
}


@dataclass(frozen=True, slots=True)
class Policy:
    """The settings in force for one region on one day; the defaults are the starting values.

    Times of day are in Asia/Shanghai. `reminder_stages` are minutes after the deadline, ascending. Stage 1
    reminds the enterprise's head and the county's duty person; each later stage reminds the city's duty
    person, too. `problem_reminder_percents` are percentages of a problem's term, ascending. Weekdays count
    from Monday, 1.
    """

    commitment_deadline: time = time(10, 0)
    reminder_stages: tuple[int, ...] = (0, 120)
    push_first: time = time(12, 0)
    push_every_minutes: int = 30
    push_until: time = time(23, 30)
    sms_quiet_from: time = time(21, 0)
    sms_quiet_until: time = time(8, 0)
    sms_daily_cap: int = 20
    acknowledge_hours_general: int = 2
    acknowledge_hours_major: int = 2
    feed_back_hours_general: int = 24
    feed_back_hours_major: int = 24
    rectify_days_general: int = 7
    rectify_days_major: int = 7
    problem_reminder_percents: tuple[int, ...] = (50, 80)
    auto_inspection_at: time = time(23, 30)
    weekly_push_weekday: int = 5
    weekly_push_at: time = time(14, 0)

    @property
    def reminders_end_today(self) -> bool:
        """Whether the last reminder stage falls before midnight, after which the report is no longer owed."""
        return _last_reminder(self) < MINUTES_OF_A_DAY


class ReminderPastMidnight(InvalidValue):
    """The last reminder stage after the deadline would fall on the next day."""

    code = "REMINDER_PAST_MIDNIGHT"

    def __init__(self, policy: Policy, *, where: str, since: date) -> None:
        hours, minutes = divmod(_last_reminder(policy) - MINUTES_OF_A_DAY, 60)
        super().__init__(
            f"{where}自{since}起的上报时限为{policy.commitment_deadline:%H:%M}，"
            f"最后一次提醒在其后{policy.reminder_stages[-1]}分钟，即次日{hours:02}:{minutes:02}；"
            "提醒不得晚于当日23:59。",
            field="value",
        )


def _last_reminder(policy: Policy) -> int:
    """The time of the last reminder, in minutes since the start of the day."""
    deadline = policy.commitment_deadline
    return deadline.hour * 60 + deadline.minute + policy.reminder_stages[-1]


@dataclass(frozen=True, slots=True)
class Setting:
    """One value, set for a region from a day on; regions below inherit it unless they have their own."""

    id: UUID
    region_id: RegionId
    key: SettingKey
    value: str
    effective_from: date


_CLOCK: Final = re.compile("(?:[01][0-9]|2[0-3]):[0-5][0-9]")


def _time(raw: str) -> time:
    text = raw.strip()
    if not _CLOCK.fullmatch(text):
        raise InvalidValue(f"时间应写作“HH:MM”，现为“{raw[:20]}”。", field="value")
    return time.fromisoformat(text)


def _number(least: int, most: int) -> Callable[[str], int]:
    def parse(raw: str) -> int:
        text = raw.strip()
        if not (text.isascii() and text.isdigit() and len(text) <= 9 and least <= int(text) <= most):
            raise InvalidValue(f"应为{least}至{most}之间的整数，现为“{raw[:20]}”。", field="value")
        return int(text)

    return parse


def _stages(raw: str) -> tuple[int, ...]:
    parts = [_number(0, 840)(part) for part in raw.split(",")]
    if sorted(set(parts)) != parts or len(parts) > 5:
        raise InvalidValue("提醒阶段应为1至5个递增的分钟数，以逗号分隔，例如“0,120”。", field="value")
    return tuple(parts)


def _percents(raw: str) -> tuple[int, ...]:
    parts = [_number(1, 99)(part) for part in raw.split(",")]
    if sorted(set(parts)) != parts or len(parts) > 5:
        raise InvalidValue("应为1至5个递增的百分数，以逗号分隔，例如“50,80”。", field="value")
    return tuple(parts)


PARSERS: Final[Mapping[SettingKey, Callable[[str], Any]]] = {
    SettingKey.COMMITMENT_DEADLINE: _time,
    SettingKey.REMINDER_STAGES: _stages,
    SettingKey.PUSH_FIRST: _time,
    SettingKey.PUSH_EVERY_MINUTES: _number(5, 720),
    SettingKey.PUSH_UNTIL: _time,
    SettingKey.SMS_QUIET_FROM: _time,
    SettingKey.SMS_QUIET_UNTIL: _time,
    SettingKey.SMS_DAILY_CAP: _number(1, 50),
    SettingKey.ACKNOWLEDGE_HOURS_GENERAL: _number(1, 240),
    SettingKey.ACKNOWLEDGE_HOURS_MAJOR: _number(1, 240),
    SettingKey.FEED_BACK_HOURS_GENERAL: _number(1, 720),
    SettingKey.FEED_BACK_HOURS_MAJOR: _number(1, 720),
    SettingKey.RECTIFY_DAYS_GENERAL: _number(1, 365),
    SettingKey.RECTIFY_DAYS_MAJOR: _number(1, 365),
    SettingKey.PROBLEM_REMINDER_PERCENTS: _percents,
    SettingKey.AUTO_INSPECTION_AT: _time,
    SettingKey.WEEKLY_PUSH_WEEKDAY: _number(1, 7),
    SettingKey.WEEKLY_PUSH_AT: _time,
}
"""The parser of each value. A value that does not parse cannot be set, so stored values always parse."""


def parse_setting(key: SettingKey, value: str) -> str:
    """Return the value as it is stored. Raises InvalidValue if it does not fit its key."""
    PARSERS[key](value)
    return value.strip()


def policy_in_force(settings: Iterable[Setting], lineage: Sequence[RegionId], day: date) -> Policy:
    """Resolve the settings of a region: the nearest region's value wins, then the newest already in force.

    `lineage` is the region and its ancestors, nearest first. Settings of other regions or of later days are
    ignored.
    """
    rank = {region: depth for depth, region in enumerate(lineage)}
    best: dict[SettingKey, Setting] = {}
    for setting in settings:
        if setting.region_id not in rank or setting.effective_from > day:
            continue
        current = best.get(setting.key)
        if current is None or (-rank[setting.region_id], setting.effective_from) > (
            -rank[current.region_id],
            current.effective_from,
        ):
            best[setting.key] = setting
    return Policy(**{key.value.lower(): PARSERS[key](setting.value) for key, setting in best.items()})
