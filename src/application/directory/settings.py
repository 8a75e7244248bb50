"""Set and lock the settings of regions, show them with their origin and limits, and their history."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from uuid import UUID, uuid4

from ...domain.deadlines import business_date
from ...domain.directory.events import DirectoryChanged
from ...domain.directory.organisation import LEVEL_NAMES, Level
from ...domain.faults import Faults
from ...domain.policy import (
    SETTINGS,
    InForce,
    Policy,
    Setting,
    SettingDirection,
    SettingKey,
    policy_in_force,
    text_of,
    values_in_force,
)
from ...domain.refusals import ActionNotAllowed, Forbidden, NotFound
from ...domain.signed import Signed
from ...domain.supervision import (
    ProvinceOnly,
    SettingChange,
    SettingChangeKind,
    SettingLock,
    Supervision,
    stated_faults,
)
from ...domain.values import RegionId, fact_id
from ..access import EVERYTHING, Actor, Permission, check
from ..once import once
from ..ports.directory import RegionRow, SettingChangeOrder
from ..ports.paging import Page, Slice
from ..ports.readers import Readers
from ..ports.signals import Clock
from ..ports.work import Storage, UnitOfWork


@dataclass(frozen=True, slots=True)
class SetSetting:
    """Set a value for a region and everything below it, from a future day on."""

    region_id: RegionId
    key: SettingKey
    value: str
    effective_from: date


@dataclass(frozen=True, slots=True)
class LockSetting:
    """Lock a setting, so that no lower department sets it for this region or a region below."""

    region_id: RegionId
    key: SettingKey


@dataclass(frozen=True, slots=True)
class UnlockSetting:
    """Remove the lock of a setting."""

    region_id: RegionId
    key: SettingKey


@dataclass(frozen=True, slots=True)
class SettingView:
    """One setting of a region as a viewer sees it, enough to draw its form.

    `obstacle` says why the viewer cannot set it; it is None if the viewer can. `least` and `most` are the
    viewer's limits from tomorrow on. `required` are the numbers that a list must have.
    """

    key: SettingKey
    in_force: InForce
    lock: SettingLock | None
    obstacle: str | None
    least: time | int
    most: time | int
    required: tuple[int, ...] = ()


@dataclass(frozen=True, slots=True)
class PolicyView:
    """The policy of a region today, every setting on its path to the province, and one view per key."""

    policy: Policy
    settings: Sequence[Setting]
    items: Sequence[SettingView]


class Settings:
    """Use cases of settings. What lies outside the actor's scope is not found."""

    def __init__(self, storage: Storage, readers: Readers, clock: Clock) -> None:
        self._storage = storage
        self._directory = readers.directory
        self._clock = clock

    # ------------------------------------------------------------ changing

    def set(self, actor: Actor, command: SetSetting, *, key: str | None = None) -> UUID:
        """Set a value from a future day on, so that what is already open today keeps its deadlines.

        Raises ProvinceOnly, SettingIsLocked, LooserThanAbove, SettingsContradict, ReminderPastMidnight or
        InvalidValue; several faults together as InvalidForm.
        """
        check(actor, Permission.SET_SETTING)

        def act(work: UnitOfWork, now: datetime) -> str:
            authority, today = _authority(actor), business_date(now)
            faults = Faults()
            with faults:
                supervision = _supervision(work, actor, command.region_id)
            if faults.found:
                faults.found += stated_faults(command.key, command.value, command.effective_from, today=today)
                faults.raise_together()
            setting = supervision.proposed(
                command.key,
                command.region_id,
                command.value,
                command.effective_from,
                authority,
                today=today,
            )
            before = supervision.in_force(command.key, command.region_id, command.effective_from)
            work.settings.save(setting, at=now, by=actor.person_id)
            department, signed = _department(work, actor), _signed(actor, now)
            change = SettingChange(
                id=uuid4(),
                region_id=setting.region_id,
                key=setting.key,
                kind=SettingChangeKind.SET,
                authority=authority,
                department=department,
                signed=signed,
                before=text_of(before.value),
                after=text_of(SETTINGS[setting.key].read(setting.value)),
                effective_from=setting.effective_from,
            )
            work.settings.keep_change(change)
            summary = f"{setting.region_id} {setting.key.value}={setting.value} from {setting.effective_from}"
            return _noted(work, setting.id, summary, now)

        return UUID(self._run(actor, command, key, act))

    def lock(self, actor: Actor, command: LockSetting, *, key: str | None = None) -> UUID:
        """Lock at once; values already set below stay as they are. Raises ActionNotAllowed or ProvinceOnly."""
        check(actor, Permission.LOCK_SETTING)
        name = SETTINGS[command.key].name

        def act(work: UnitOfWork, now: datetime) -> str:
            supervision, authority = _supervision(work, actor, command.region_id), _authority(actor)
            if SETTINGS[command.key].direction is SettingDirection.UNIFORM:
                raise ProvinceOnly(f"{name}全省统一，只能设在省级，不需要锁定。", field="key")
            present = _lock_of(supervision, command.key, command.region_id)
            if present is not None and not _outranks(authority, present.authority):
                raise ActionNotAllowed(
                    f"{name}{supervision.sentence_of(present)}，不能重复锁定。", field="key"
                )
            lock = SettingLock(
                command.region_id, command.key, authority, _department(work, actor), _signed(actor, now)
            )
            work.settings.lock(lock)
            return self._changed_lock(work, supervision, lock, SettingChangeKind.LOCK, now)

        return UUID(self._run(actor, command, key, act))

    def unlock(self, actor: Actor, command: UnlockSetting, *, key: str | None = None) -> UUID:
        """Remove a lock; nobody removes that of a higher department. Raises ActionNotAllowed or Forbidden."""
        check(actor, Permission.LOCK_SETTING)
        name = SETTINGS[command.key].name

        def act(work: UnitOfWork, now: datetime) -> str:
            supervision, authority = _supervision(work, actor, command.region_id), _authority(actor)
            present = _lock_of(supervision, command.key, command.region_id)
            if present is None:
                where = supervision.name_of(command.region_id)
                raise ActionNotAllowed(f"{name}没有对{where}锁定，不需要解除。", field="key")
            if _outranks(present.authority, authority):
                raise Forbidden(
                    f"{name}{supervision.sentence_of(present)}，只能由{_or_higher(present)}解除。"
                )
            work.settings.unlock(command.region_id, command.key)
            lock = SettingLock(
                command.region_id, command.key, authority, _department(work, actor), _signed(actor, now)
            )
            return self._changed_lock(work, supervision, lock, SettingChangeKind.UNLOCK, now)

        return UUID(self._run(actor, command, key, act))

    def _changed_lock(
        self,
        work: UnitOfWork,
        supervision: Supervision,
        lock: SettingLock,
        kind: SettingChangeKind,
        now: datetime,
    ) -> str:
        value = supervision.in_force(lock.key, lock.region_id, business_date(now)).value
        change = SettingChange(
            id=uuid4(),
            region_id=lock.region_id,
            key=lock.key,
            kind=kind,
            authority=lock.authority,
            department=lock.department,
            signed=lock.locked,
            before=text_of(value),
        )
        work.settings.keep_change(change)
        id = fact_id("setting-lock", lock.region_id, lock.key.value)
        return _noted(work, id, f"{lock.region_id} {lock.key.value} {kind.value}", now)

    def _run(
        self, actor: Actor, command: object, key: str | None, act: Callable[[UnitOfWork, datetime], str]
    ) -> str:
        now = self._clock.now()
        with self._storage.work(actor) as work:
            reference = once(work, actor, key, command, now=now, act=lambda: act(work, now))
            work.commit()
        return reference

    # ------------------------------------------------------------ looking

    def policy(self, actor: Actor, region_id: RegionId) -> PolicyView:
        """The settings of a region, with where each comes from and what the actor may set.

        Raises NotFound for a region outside the actor's scope. An enterprise's people see their own region's.
        """
        check(actor, Permission.READ_SETTINGS)
        regions = {row.id: row for row in self._directory.regions()}
        lineage = self._lineage(actor, regions, region_id)
        settings = self._directory.settings(region_id)
        locks = self._directory.setting_locks(region_id)
        supervision = Supervision(
            settings, locks, {region_id: lineage}, lambda id: regions[id].name if id in regions else id
        )
        today = business_date(self._clock.now())
        found = values_in_force(settings, lineage, today)
        items = [_view(actor, supervision, region_id, key, found[key], today) for key in SettingKey]
        return PolicyView(policy_in_force(settings, lineage, today), settings, items)

    def changes(
        self,
        actor: Actor,
        region_id: RegionId,
        key: SettingKey | None,
        page: Page,
        order: SettingChangeOrder = SettingChangeOrder.NEWEST,
    ) -> Slice[SettingChange]:
        """The history of the settings that bind a region, or that were changed below it.

        Raises NotFound as `policy` does. An enterprise's people see only what binds their region.
        """
        check(actor, Permission.READ_SETTINGS)
        self._lineage(actor, {row.id: row for row in self._directory.regions()}, region_id)
        return self._directory.setting_changes(region_id, key, actor.scope, page, order)

    def _lineage(
        self, actor: Actor, regions: Mapping[RegionId, RegionRow], region_id: RegionId
    ) -> tuple[RegionId, ...]:
        """The region and its ancestors. Raises NotFound unless the actor lives by its settings."""
        lineage: list[RegionId] = []
        step = region_id if region_id in regions else None
        while step is not None:
            lineage.append(step)
            step = regions[step].parent_id
        if not lineage or not self._lives_by(actor, lineage):
            raise NotFound("区域", field="regionId")
        return tuple(lineage)

    def _lives_by(self, actor: Actor, lineage: Sequence[RegionId]) -> bool:
        """Whether the actor may see the policy of a region; `lineage` is the region and its ancestors."""
        if actor.scope.everything or not actor.scope.regions.isdisjoint(lineage):
            return True
        own = actor.scope.enterprise_id
        row = None if own is None else self._directory.enterprises([own], actor.scope).get(own)
        return row is not None and row.region_id == lineage[0]


def _view(
    actor: Actor, supervision: Supervision, region: RegionId, key: SettingKey, found: InForce, today: date
) -> SettingView:
    rule, authority = SETTINGS[key], _authority(actor)
    lock = supervision.lock(key, region, Level.COUNTY)
    least, most = rule.least, rule.most
    required: tuple[int, ...] = ()
    try:
        check(actor, Permission.SET_SETTING)
    except Forbidden as refusal:
        # Shown as the reason: everybody who may read the policy sees its limits.
        return SettingView(key, found, lock, refusal.sentence, least, most)
    obstacle = next(supervision.obstacles(key, region, authority), None)
    limit = supervision.limit(key, region, authority, today + timedelta(days=1))
    if limit is not None:
        match rule.direction:
            case SettingDirection.EARLIER | SettingDirection.SHORTER:
                most = limit.value
            case SettingDirection.HIGHER:
                least = limit.value
            case SettingDirection.MORE:
                required = limit.value
    return SettingView(
        key, found, lock, None if obstacle is None else obstacle.sentence, least, most, required
    )


def _supervision(work: UnitOfWork, actor: Actor, region: RegionId) -> Supervision:
    """Everything that binds. Raises NotFound for a region outside the actor's scope."""
    if not work.regions.within(region, actor.scope):
        raise NotFound("区域", field="regionId")

    def name_of(id: RegionId) -> str:
        found = work.regions.find(id)
        return id if found is None else found.name

    return Supervision(work.settings.all(), work.settings.locks(), work.regions.lineages(), name_of)


def _authority(actor: Actor) -> Level:
    """The level for which the actor sets; the system acts for the province."""
    return Level.PROVINCE if actor.level is None else actor.level


def _outranks(one: Level, other: Level) -> bool:
    return one is not other and list(Level).index(one) < list(Level).index(other)


def _or_higher(lock: SettingLock) -> str:
    return "省级部门" if lock.authority is Level.PROVINCE else f"{LEVEL_NAMES[lock.authority]}或上级部门"


def _lock_of(supervision: Supervision, key: SettingKey, region: RegionId) -> SettingLock | None:
    return next((lock for lock in supervision.locks if (lock.region_id, lock.key) == (region, key)), None)


def _department(work: UnitOfWork, actor: Actor) -> str:
    """The name of the actor's department now; empty for the system."""
    if actor.department_id is None:
        return ""
    return work.departments.get(actor.department_id, within=EVERYTHING).name


def _signed(actor: Actor, now: datetime) -> Signed:
    return Signed(actor.person_id, actor.name, now)


def _noted(work: UnitOfWork, id: UUID, summary: str, now: datetime) -> str:
    work.note(DirectoryChanged(what="Setting", subject=str(id), summary=summary, at=now))
    return str(id)
