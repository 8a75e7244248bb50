"""The settings: one table row per key, the policy of a region on a day, and the stricter of two policies."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, time
from enum import Enum
from typing import Any, Final
from uuid import UUID

from .directory.organisation import ABOVE, Level
from .refusals import InvalidValue
from .values import RegionId


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
    RECONCILE_AT = "RECONCILE_AT"
    ALERT_ACKNOWLEDGE_MINUTES_RED = "ALERT_ACKNOWLEDGE_MINUTES_RED"
    ALERT_ACKNOWLEDGE_MINUTES_ORANGE = "ALERT_ACKNOWLEDGE_MINUTES_ORANGE"
    ALERT_ACKNOWLEDGE_MINUTES_YELLOW = "ALERT_ACKNOWLEDGE_MINUTES_YELLOW"
    ALERT_ACKNOWLEDGE_MINUTES_BLUE = "ALERT_ACKNOWLEDGE_MINUTES_BLUE"
    ALERT_FEED_BACK_HOURS_RED = "ALERT_FEED_BACK_HOURS_RED"
    ALERT_FEED_BACK_HOURS_ORANGE = "ALERT_FEED_BACK_HOURS_ORANGE"
    ALERT_FEED_BACK_HOURS_YELLOW = "ALERT_FEED_BACK_HOURS_YELLOW"
    ALERT_FEED_BACK_HOURS_BLUE = "ALERT_FEED_BACK_HOURS_BLUE"
    PERMIT_WINDOWS = "PERMIT_WINDOWS"
    PERSONAL_WINDOWS = "PERSONAL_WINDOWS"
    CERTIFICATE_ACKNOWLEDGE_HOURS = "CERTIFICATE_ACKNOWLEDGE_HOURS"
    CERTIFICATE_FEED_BACK_DAYS = "CERTIFICATE_FEED_BACK_DAYS"
    CERTIFICATE_FEED_BACK_DAYS_RED = "CERTIFICATE_FEED_BACK_DAYS_RED"
    DAILY_REPORT_AT = "DAILY_REPORT_AT"


class SettingForm(Enum):
    """How the value of a setting is written."""

    TIME = "TIME"
    NUMBER = "NUMBER"
    NUMBERS = "NUMBERS"


SETTING_FORM_NAMES: Final = {
    SettingForm.TIME: "时间（HH:MM）",
    SettingForm.NUMBER: "整数",
    SettingForm.NUMBERS: "递增的整数，以逗号分隔",
}


class SettingDirection(Enum):
    """How a region may differ from the regions above it: only so that its supervision becomes stricter.

    UNIFORM: not at all, only the province sets the value. MORE: every number from above and others besides.
    """

    UNIFORM = "UNIFORM"
    EARLIER = "EARLIER"
    SHORTER = "SHORTER"
    HIGHER = "HIGHER"
    MORE = "MORE"


SETTING_DIRECTION_NAMES: Final = {
    SettingDirection.UNIFORM: "全省统一，只能设在省级",
    SettingDirection.EARLIER: "下级只能更早",
    SettingDirection.SHORTER: "下级只能更短",
    SettingDirection.HIGHER: "下级只能更多",
    SettingDirection.MORE: "下级只能增加，不能减少",
}

MOST_NUMBERS: Final = 5
_CLOCK: Final = re.compile("(?:[01][0-9]|2[0-3]):[0-5][0-9]")


@dataclass(frozen=True, slots=True)
class SettingRule:
    """One row of the table: name, form, bounds, and how a region may differ from the regions above it.

    `least` and `most` are the bounds, both included; of NUMBERS they bound every number. `example` is a list
    in the right form, `numbers` the most numbers that it may have.
    """

    name: str
    form: SettingForm
    least: time | int
    most: time | int
    direction: SettingDirection
    example: str = ""
    numbers: int = MOST_NUMBERS

    @property
    def levels(self) -> tuple[Level, ...]:
        """The levels of regions for which it can be set."""
        return (Level.PROVINCE,) if self.direction is SettingDirection.UNIFORM else tuple(Level)

    def parse(self, raw: str) -> Any:
        """Parse a new value: a time, a number or a tuple of numbers.

        Raises InvalidValue if its form is wrong or it is out of bounds.
        """
        value = self.read(raw)
        if self.form is SettingForm.TIME and not self.least <= value <= self.most:
            raise InvalidValue(
                f"应在{text_of(self.least)}至{text_of(self.most)}之间，现为“{text_of(value)}”。",
                field="value",
            )
        return value

    def read(self, raw: str) -> Any:
        """Parse a stored value; an earlier release stored times without bounds."""
        if self.form is SettingForm.TIME:
            return _time(raw)
        if self.form is SettingForm.NUMBER:
            return self._number(raw)
        numbers = tuple(self._number(part) for part in raw.split(","))
        if sorted(set(numbers)) != list(numbers) or len(numbers) > self.numbers:
            raise InvalidValue(
                f"应为1至{self.numbers}个递增的整数，以逗号分隔，例如“{self.example}”。", field="value"
            )
        return numbers

    def stricter(self, one: Any, other: Any) -> Any:
        """The stricter of two values; of lists, all numbers of both. UNIFORM has none: `one`."""
        match self.direction:
            case SettingDirection.UNIFORM:
                return one
            case SettingDirection.EARLIER | SettingDirection.SHORTER:
                return min(one, other)
            case SettingDirection.HIGHER:
                return max(one, other)
            case SettingDirection.MORE:
                return tuple(sorted({*one, *other}))

    def _number(self, raw: str) -> int:
        text = raw.strip()
        fits = text.isascii() and text.isdigit() and len(text) <= 9
        if not fits or not self.least <= int(text) <= self.most:  # type: ignore[operator]
            raise InvalidValue(f"应为{self.least}至{self.most}之间的整数，现为“{raw[:20]}”。", field="value")
        return int(text)


def _time(raw: str) -> time:
    text = raw.strip()
    if not _CLOCK.fullmatch(text):
        raise InvalidValue(f"时间应写作“HH:MM”，现为“{raw[:20]}”。", field="value")
    return time.fromisoformat(text)


def text_of(value: Any) -> str:
    """A value as it is stored and shown."""
    if isinstance(value, tuple):
        return ",".join(str(number) for number in value)
    return f"{value:%H:%M}" if isinstance(value, time) else str(value)


def _at(name: str, least: str, most: str, direction: SettingDirection) -> SettingRule:
    return SettingRule(name, SettingForm.TIME, _time(least), _time(most), direction)


def _one(name: str, least: int, most: int, direction: SettingDirection) -> SettingRule:
    return SettingRule(name, SettingForm.NUMBER, least, most, direction)


def _list(
    name: str,
    least: int,
    most: int,
    example: str,
    direction: SettingDirection = SettingDirection.MORE,
    numbers: int = MOST_NUMBERS,
) -> SettingRule:
    return SettingRule(name, SettingForm.NUMBERS, least, most, direction, example, numbers)


_D = SettingDirection
SETTINGS: Final[Mapping[SettingKey, SettingRule]] = {
    SettingKey.COMMITMENT_DEADLINE: _at("每日承诺上报时限", "06:00", "18:00", _D.EARLIER),
    SettingKey.REMINDER_STAGES: _list("未上报提醒阶段（时限后的分钟数）", 0, 840, "0,120"),
    SettingKey.PUSH_FIRST: _at("每日首次推送部级平台时间", "06:00", "20:00", _D.UNIFORM),
    SettingKey.PUSH_EVERY_MINUTES: _one("后续推送间隔（分钟）", 5, 720, _D.UNIFORM),
    SettingKey.PUSH_UNTIL: _at("每日最后一次推送时间", "12:00", "23:59", _D.UNIFORM),
    SettingKey.SMS_QUIET_FROM: _at("短信免打扰开始时间", "18:00", "23:59", _D.UNIFORM),
    SettingKey.SMS_QUIET_UNTIL: _at("短信免打扰结束时间", "00:00", "10:00", _D.UNIFORM),
    SettingKey.SMS_DAILY_CAP: _one("每个号码每日短信上限（条）", 1, 50, _D.HIGHER),
    SettingKey.ACKNOWLEDGE_HOURS_GENERAL: _one("一般问题签收时限（小时）", 1, 240, _D.SHORTER),
    SettingKey.ACKNOWLEDGE_HOURS_MAJOR: _one("重大问题签收时限（小时）", 1, 240, _D.SHORTER),
    SettingKey.FEED_BACK_HOURS_GENERAL: _one("一般问题反馈时限（小时）", 1, 720, _D.SHORTER),
    SettingKey.FEED_BACK_HOURS_MAJOR: _one("重大问题反馈时限（小时）", 1, 720, _D.SHORTER),
    SettingKey.RECTIFY_DAYS_GENERAL: _one("一般问题整改时限（天）", 1, 365, _D.SHORTER),
    SettingKey.RECTIFY_DAYS_MAJOR: _one("重大问题整改时限（天）", 1, 365, _D.SHORTER),
    SettingKey.PROBLEM_REMINDER_PERCENTS: _list("问题办理提醒（已用时限的百分比）", 1, 99, "50,80"),
    SettingKey.ALERT_ACKNOWLEDGE_MINUTES_RED: _one("红色预警签收时限（分钟）", 5, 1440, _D.SHORTER),
    SettingKey.ALERT_ACKNOWLEDGE_MINUTES_ORANGE: _one("橙色预警签收时限（分钟）", 5, 1440, _D.SHORTER),
    SettingKey.ALERT_ACKNOWLEDGE_MINUTES_YELLOW: _one("黄色预警签收时限（分钟）", 5, 1440, _D.SHORTER),
    SettingKey.ALERT_ACKNOWLEDGE_MINUTES_BLUE: _one("蓝色预警签收时限（分钟）", 5, 1440, _D.SHORTER),
    SettingKey.ALERT_FEED_BACK_HOURS_RED: _one("红色预警反馈时限（小时）", 1, 240, _D.SHORTER),
    SettingKey.ALERT_FEED_BACK_HOURS_ORANGE: _one("橙色预警反馈时限（小时）", 1, 240, _D.SHORTER),
    SettingKey.ALERT_FEED_BACK_HOURS_YELLOW: _one("黄色预警反馈时限（小时）", 1, 240, _D.SHORTER),
    SettingKey.ALERT_FEED_BACK_HOURS_BLUE: _one("蓝色预警反馈时限（小时）", 1, 240, _D.SHORTER),
    SettingKey.CERTIFICATE_ACKNOWLEDGE_HOURS: _one("证书报警签收时限（小时）", 1, 240, _D.UNIFORM),
    SettingKey.CERTIFICATE_FEED_BACK_DAYS: _one("证书报警反馈时限（天）", 1, 30, _D.UNIFORM),
    SettingKey.CERTIFICATE_FEED_BACK_DAYS_RED: _one("红色证书报警反馈时限（天）", 1, 30, _D.UNIFORM),
    SettingKey.PERMIT_WINDOWS: _list(
        "企业许可证到期提醒（提前的天数）", 0, 365, "0,1,7,15,30,60,90,120", _D.UNIFORM, numbers=12
    ),
    SettingKey.PERSONAL_WINDOWS: _list(
        "人员证书到期提醒（提前的天数）", 0, 365, "0,7,15,30,60,90", _D.UNIFORM, numbers=12
    ),
    SettingKey.AUTO_INSPECTION_AT: _at("自动生成巡查抽查记录时间", "18:00", "23:59", _D.UNIFORM),
    SettingKey.WEEKLY_PUSH_WEEKDAY: _one("每周推送巡查抽查情况的星期（1至7，周一为1）", 1, 7, _D.UNIFORM),
    SettingKey.WEEKLY_PUSH_AT: _at("每周推送巡查抽查情况的时间", "08:00", "20:00", _D.UNIFORM),
    SettingKey.RECONCILE_AT: _at("每日与部级平台对账的时间", "12:00", "23:59", _D.UNIFORM),
    SettingKey.DAILY_REPORT_AT: _at("每日生成安全承诺日报的时间", "10:00", "23:59", _D.UNIFORM),
}
"""One row per key. A low SMS cap hides reminders, so a higher one is the stricter one."""

SETTING_NAMES: Final = {key: rule.name for key, rule in SETTINGS.items()}


@dataclass(frozen=True, slots=True)
class Policy:
    """The settings in force for one region on one day; the defaults are the starting values.

    Times of day are in Asia/Shanghai. `reminder_stages` are minutes after the deadline, ascending. Stage 1
    reminds the enterprise's head and the county's duty person; each later stage reminds the city's duty
    person, too. `problem_reminder_percents` are percentages of a term, ascending, of risk alerts too. The
    windows are days before a certificate's due date, ascending. Weekdays count from Monday, 1.
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
    alert_acknowledge_minutes_red: int = 15
    alert_acknowledge_minutes_orange: int = 30
    alert_acknowledge_minutes_yellow: int = 120
    alert_acknowledge_minutes_blue: int = 480
    alert_feed_back_hours_red: int = 2
    alert_feed_back_hours_orange: int = 8
    alert_feed_back_hours_yellow: int = 24
    alert_feed_back_hours_blue: int = 72
    certificate_acknowledge_hours: int = 24
    certificate_feed_back_days: int = 7
    certificate_feed_back_days_red: int = 2
    permit_windows: tuple[int, ...] = (0, 1, 7, 15, 30, 60, 90, 120)
    personal_windows: tuple[int, ...] = (0, 7, 15, 30, 60, 90)
    auto_inspection_at: time = time(23, 30)
    weekly_push_weekday: int = 5
    weekly_push_at: time = time(14, 0)
    reconcile_at: time = time(23, 45)
    daily_report_at: time = time(12, 30)


@dataclass(frozen=True, slots=True)
class Setting:
    """One value, set for a region and all regions below it, from a day on.

    `authority` is the level of the department that set it: a superior can set a value for a region below.
    """

    id: UUID
    region_id: RegionId
    key: SettingKey
    value: str
    effective_from: date
    authority: Level


@dataclass(frozen=True, slots=True)
class InForce:
    """The value of one key that is in force for a region: a time, a number or a tuple of numbers, by its form.

    `setting` is the lowest one that made it as strict as it is; None: it is the starting value.
    """

    value: Any
    setting: Setting | None


def policy_in_force(settings: Iterable[Setting], lineage: Sequence[RegionId], day: date) -> Policy:
    """Resolve the settings of a region: see `values_in_force`."""
    found = values_in_force(settings, lineage, day)
    return Policy(**{key.value.lower(): each.value for key, each in found.items()})


def values_in_force(
    settings: Iterable[Setting],
    lineage: Sequence[RegionId],
    day: date,
    keys: Iterable[SettingKey] = SettingKey,
) -> Mapping[SettingKey, InForce]:
    """The values in force on a day: the strictest along the lineage, from the province down.

    `lineage` is the region and its ancestors, nearest first. Settings of other regions or of later days are
    ignored. What the province sets takes the place of the starting value, stricter or not.
    """
    path = frozenset(lineage)
    places: dict[tuple[SettingKey, RegionId], list[Setting]] = {}
    for setting in settings:
        if setting.region_id in path and setting.effective_from <= day:
            places.setdefault((setting.key, setting.region_id), []).append(setting)
    return {key: _in_force(key, lineage, places) for key in keys}


def _in_force(
    key: SettingKey,
    lineage: Sequence[RegionId],
    places: Mapping[tuple[SettingKey, RegionId], Sequence[Setting]],
) -> InForce:
    rule = SETTINGS[key]
    found = InForce(getattr(_STARTING, key.value.lower()), None)
    for depth, region in enumerate(reversed(lineage)):
        if depth > 0 and rule.direction is SettingDirection.UNIFORM:
            break  # An earlier release kept values of lower regions for these keys, too.
        for setting in _of_one_region(places.get((key, region), ())):
            value = rule.read(setting.value)
            strictest = value if depth == 0 else rule.stricter(found.value, value)
            if depth == 0 or strictest != found.value:
                found = InForce(strictest, setting)
    return found


def _of_one_region(settings: Sequence[Setting]) -> Iterator[Setting]:
    """The newest of each authority, the highest first; a superior's takes the place of what is not newer."""
    since: date | None = None
    for level in Level:
        of_level = [setting for setting in settings if setting.authority is level]
        if of_level:
            newest = max(of_level, key=lambda setting: setting.effective_from)
            if since is None or newest.effective_from > since:
                since = newest.effective_from
                yield newest


def least_strict(
    key: SettingKey, settings: Iterable[Setting], lineage: Sequence[RegionId], authority: Level, day: date
) -> InForce | None:
    """The value that a department of this level must not loosen for a region; None: it is the province's own.

    It comes from the regions above, and from what a higher department has set for the region itself.
    """
    if len(lineage) == 1:
        return None
    binding = (
        setting
        for setting in settings
        if setting.region_id != lineage[0] or setting.authority in ABOVE[authority]
    )
    return values_in_force(binding, lineage, day, (key,))[key]


def stricter(one: Policy, other: Policy) -> Policy:
    """Combine two policies: of each setting the stricter value. UNIFORM settings are those of `one`."""
    return Policy(
        **{
            name: rule.stricter(getattr(one, name), getattr(other, name))
            for name, rule in ((key.value.lower(), rule) for key, rule in SETTINGS.items())
        }
    )


_STARTING: Final = Policy()
