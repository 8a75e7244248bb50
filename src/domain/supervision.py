"""Who may set what for whom: limits, locks, contradictions and the history of settings."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, time
from enum import Enum
from typing import Any, Final
from uuid import UUID

from .deadlines import business_date
from .directory.organisation import ABOVE, LEVEL_NAMES, Level
from .faults import Faults, raise_together
from .policy import (
    SETTING_DIRECTION_NAMES,
    SETTINGS,
    InForce,
    Setting,
    SettingDirection,
    SettingKey,
    least_strict,
    text_of,
    values_in_force,
)
from .refusals import InvalidValue, Refused
from .signed import Signed
from .values import RegionId, fact_id

MINUTES_OF_A_DAY: Final = 24 * 60


@dataclass(frozen=True, slots=True)
class SettingLock:
    """A lock of one key for a region and all regions below it.

    It binds every department below `authority`, the level of the department that locked it.
    """

    region_id: RegionId
    key: SettingKey
    authority: Level
    department: str
    locked: Signed


class SettingChangeKind(Enum):
    """What was done to a setting."""

    SET = "SET"
    LOCK = "LOCK"
    UNLOCK = "UNLOCK"


SETTING_CHANGE_NAMES: Final = {
    SettingChangeKind.SET: "设置",
    SettingChangeKind.LOCK: "锁定",
    SettingChangeKind.UNLOCK: "解除锁定",
}


@dataclass(frozen=True, slots=True)
class SettingChange:
    """One entry of the history of settings; it never changes.

    `before` is the value that was in force for the region on `effective_from` without the change, `after` the
    value set. Locks have neither a value after nor a first day.
    """

    id: UUID
    region_id: RegionId
    key: SettingKey
    kind: SettingChangeKind
    authority: Level
    department: str
    signed: Signed
    before: str
    after: str | None = None
    effective_from: date | None = None


class ProvinceOnly(InvalidValue):
    """The setting is the same for the whole province."""

    code = "PROVINCE_ONLY_SETTING"


class LooserThanAbove(InvalidValue):
    """The value would make supervision looser than a superior wants it."""

    code = "LOOSER_THAN_ABOVE"


class SettingIsLocked(InvalidValue):
    """A superior has locked the setting for the region."""

    code = "SETTING_LOCKED"


class SettingsContradict(InvalidValue):
    """Two settings in force on the same day cannot both be kept."""

    code = "SETTINGS_CONTRADICT"


class ReminderPastMidnight(InvalidValue):
    """The last reminder stage after the deadline would fall on the next day."""

    code = "REMINDER_PAST_MIDNIGHT"


@dataclass(frozen=True, slots=True)
class Supervision:
    """All settings and locks, with the lineage of every region; `name_of` gives the name of a region."""

    settings: Sequence[Setting]
    locks: Sequence[SettingLock]
    lineages: Mapping[RegionId, tuple[RegionId, ...]]
    name_of: Callable[[RegionId], str]

    def in_force(self, key: SettingKey, region: RegionId, day: date) -> InForce:
        """The value of one key in force for a region on a day."""
        return values_in_force(self.settings, self._lineage(region), day, (key,))[key]

    def limit(self, key: SettingKey, region: RegionId, authority: Level, day: date) -> InForce | None:
        """The value that this authority must not loosen for the region; None: the bounds are all."""
        return least_strict(key, self.settings, self._lineage(region), authority, day)

    def lock(self, key: SettingKey, region: RegionId, authority: Level) -> SettingLock | None:
        """The lock that keeps this authority from setting the key for the region, the highest of several."""
        path = self._lineage(region)
        binding = [
            lock
            for lock in self.locks
            if lock.key is key and lock.region_id in path and lock.authority in ABOVE[authority]
        ]
        return max(binding, key=lambda lock: path.index(lock.region_id), default=None)

    def obstacles(self, key: SettingKey, region: RegionId, authority: Level) -> Iterator[Refused]:
        """Yield why this authority cannot set the key for the region at all."""
        name = SETTINGS[key].name
        if SETTINGS[key].direction is SettingDirection.UNIFORM and len(self._lineage(region)) > 1:
            yield ProvinceOnly(f"{name}全省统一，只能设在省级。", field="regionId")
        lock = self.lock(key, region, authority)
        if lock is not None:
            yield SettingIsLocked(f"{name}{self.sentence_of(lock)}，不能另行设置。", field="key")

    def sentence_of(self, lock: SettingLock) -> str:
        """Who locked it, when and for whom, as a part of a Chinese sentence."""
        who = f"{lock.department}{lock.locked.name}"
        where = f"{self.name_of(lock.region_id)}及其下级"
        return f"已由{who}于{business_date(lock.locked.at)}对{where}锁定"

    def proposed(
        self, key: SettingKey, region: RegionId, raw: str, since: date, authority: Level, *, today: date
    ) -> Setting:
        """The setting, if the rules allow it; it can be kept as it is. Raises all faults together."""
        faults = [*self.obstacles(key, region, authority), *stated_faults(key, raw, since, today=today)]
        if any(fault.field == "value" for fault in faults):
            raise_together(faults)
        value = SETTINGS[key].parse(raw)
        faults += self._looser(key, region, value, since, authority)
        setting = Setting(
            id=fact_id("setting", region, key.value, since, authority.value),
            region_id=region,
            key=key,
            value=text_of(value),
            effective_from=since,
            authority=authority,
        )
        faults += self._contradictions(setting)
        raise_together(faults)
        return setting

    def _looser(
        self, key: SettingKey, region: RegionId, value: Any, since: date, authority: Level
    ) -> Iterator[Refused]:
        limit, rule = self.limit(key, region, authority, since), SETTINGS[key]
        if limit is None or rule.direction is SettingDirection.UNIFORM:
            return
        if rule.stricter(limit.value, value) != value:
            yield LooserThanAbove(
                f"{self.name_of(region)}自{since}起的{rule.name}：上级规定为{text_of(limit.value)}"
                f"（{self.origin_of(limit)}），{SETTING_DIRECTION_NAMES[rule.direction]}，"
                f"现为{text_of(value)}。",
                field="value",
            )

    def origin_of(self, value: InForce) -> str:
        """Where a value comes from, in Chinese: the starting value, or a department's level and a region."""
        if value.setting is None:
            return "初始值"
        made = value.setting
        where = self.name_of(made.region_id)
        return f"{LEVEL_NAMES[made.authority]}对{where}设置，{made.effective_from}起生效"

    def _contradictions(self, setting: Setting) -> Iterator[Refused]:
        """Yield, for each pair of keys, the first contradiction that the setting would cause there or below."""
        for pair in PAIRS:
            if setting.key in pair.keys:
                yield from self._contradiction(setting, pair)

    def _contradiction(self, setting: Setting, pair: SettingPair) -> Iterator[Refused]:
        before = [known for known in self.settings if known.key in pair.keys]
        place = (setting.region_id, setting.key, setting.effective_from, setting.authority)
        after = [
            setting,
            *(s for s in before if (s.region_id, s.key, s.effective_from, s.authority) != place),
        ]
        for region, lineage in sorted(self.lineages.items(), key=lambda pair: (len(pair[1]), pair[0])):
            if setting.region_id not in lineage:
                continue
            days = {known.effective_from for known in after if known.region_id in lineage}
            for day in sorted(day for day in days if day >= setting.effective_from):
                old, new = (_values(known, lineage, day, pair.keys) for known in (before, after))
                if new == old:
                    continue  # Whatever is wrong there was so before.
                fault = pair.fault(new[0], new[1], f"{self.name_of(region)}自{day}起的")
                if fault is not None:
                    yield fault
                    return

    def _lineage(self, region: RegionId) -> tuple[RegionId, ...]:
        return self.lineages.get(region, (region,))


def stated_faults(key: SettingKey, raw: str, since: date, *, today: date) -> tuple[Refused, ...]:
    """What is wrong with a value and its first day, whatever the region."""
    faults = Faults()
    with faults:
        if since <= today:
            raise InvalidValue(f"生效日期应晚于今日（{today}），现为{since}。", field="effectiveFrom")
    with faults:
        SETTINGS[key].parse(raw)
    return tuple(faults.found)


def _values(
    settings: Sequence[Setting], lineage: Sequence[RegionId], day: date, keys: tuple[SettingKey, ...]
) -> tuple[Any, ...]:
    found = values_in_force(settings, lineage, day, keys)
    return tuple(found[key].value for key in keys)


def _reminders_end_today(deadline: time, stages: Sequence[int], where: str) -> Refused | None:
    last = deadline.hour * 60 + deadline.minute + stages[-1]
    if last < MINUTES_OF_A_DAY:
        return None
    hours, minutes = divmod(last - MINUTES_OF_A_DAY, 60)
    return ReminderPastMidnight(
        f"{where}上报时限为{deadline:%H:%M}，最后一次提醒在其后{stages[-1]}分钟，"
        f"即次日{hours:02}:{minutes:02}；提醒不得晚于当日23:59。",
        field="value",
    )


_MINUTES: Final = {"分钟": 1, "小时": 60, "天": MINUTES_OF_A_DAY}


def _feedback_after_acknowledging(
    what: str, acknowledged_in: str = "小时", fed_back_in: str = "小时"
) -> Callable[[int, int, str], Refused | None]:
    """The rule for two terms of the same matter; the last two arguments are the units of both."""

    def fault(acknowledge: int, feed_back: int, where: str) -> Refused | None:
        if feed_back * _MINUTES[fed_back_in] >= acknowledge * _MINUTES[acknowledged_in]:
            return None
        return SettingsContradict(
            f"{where}{what}反馈时限为{feed_back}{fed_back_in}，短于签收时限{acknowledge}{acknowledged_in}；"
            "反馈时限不得短于签收时限。",
            field="value",
        )

    return fault


def _pushes_begin_before_they_end(first: time, until: time, where: str) -> Refused | None:
    if first <= until:
        return None
    return SettingsContradict(
        f"{where}每日首次推送时间为{first:%H:%M}，晚于最后一次推送时间{until:%H:%M}。", field="value"
    )


def _reconciled_after_the_last_push(until: time, reconcile: time, where: str) -> Refused | None:
    if until <= reconcile:
        return None
    return SettingsContradict(
        f"{where}每日与部级平台对账的时间为{reconcile:%H:%M}，早于最后一次推送时间{until:%H:%M}。",
        field="value",
    )


@dataclass(frozen=True, slots=True)
class SettingPair:
    """Two keys that must fit together.

    `fault` gets both values, and where and since when as a Chinese phrase; it gives the refusal or None.
    """

    keys: tuple[SettingKey, SettingKey]
    fault: Callable[[Any, Any, str], Refused | None]


PAIRS: Final = (
    SettingPair((SettingKey.COMMITMENT_DEADLINE, SettingKey.REMINDER_STAGES), _reminders_end_today),
    SettingPair(
        (SettingKey.ACKNOWLEDGE_HOURS_GENERAL, SettingKey.FEED_BACK_HOURS_GENERAL),
        _feedback_after_acknowledging("一般问题"),
    ),
    SettingPair(
        (SettingKey.ACKNOWLEDGE_HOURS_MAJOR, SettingKey.FEED_BACK_HOURS_MAJOR),
        _feedback_after_acknowledging("重大问题"),
    ),
    *(
        SettingPair(
            (SettingKey[f"ALERT_ACKNOWLEDGE_MINUTES_{level}"], SettingKey[f"ALERT_FEED_BACK_HOURS_{level}"]),
            _feedback_after_acknowledging(f"{colour}预警", "分钟"),
        )
        for level, colour in (("RED", "红色"), ("ORANGE", "橙色"), ("YELLOW", "黄色"), ("BLUE", "蓝色"))
    ),
    SettingPair(
        (SettingKey.CERTIFICATE_ACKNOWLEDGE_HOURS, SettingKey.CERTIFICATE_FEED_BACK_DAYS),
        _feedback_after_acknowledging("证书报警", fed_back_in="天"),
    ),
    SettingPair(
        (SettingKey.CERTIFICATE_ACKNOWLEDGE_HOURS, SettingKey.CERTIFICATE_FEED_BACK_DAYS_RED),
        _feedback_after_acknowledging("红色证书报警", fed_back_in="天"),
    ),
    SettingPair((SettingKey.PUSH_FIRST, SettingKey.PUSH_UNTIL), _pushes_begin_before_they_end),
    SettingPair((SettingKey.PUSH_UNTIL, SettingKey.RECONCILE_AT), _reconciled_after_the_last_push),
)
