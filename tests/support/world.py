"""A small province for the tests of the use cases: who works where, who has to report, and what time it is."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import date, datetime, time, timedelta
from functools import cache
from typing import Any, Final

from yanbao.adapters.memory.tables import State
from yanbao.application.access import SYSTEM, Actor
from yanbao.application.commitment.commitments import CorrectCommitment, ReopenCommitment, SubmitCommitment
from yanbao.application.ports.commitment import CommitmentRow
from yanbao.application.ports.operations import AuditEntry
from yanbao.domain.commitment.commitment import Commitment, commitment_id
from yanbao.domain.commitment.form import CommitmentForm
from yanbao.domain.deadlines import instant
from yanbao.domain.directory.enterprise import Enterprise
from yanbao.domain.directory.organisation import Person, Role
from yanbao.domain.exchange.duty import Duty, Topic
from yanbao.domain.identity.account import Account
from yanbao.domain.notice.notice import Message, Sms

from .accounts import an_account
from .builders import (
    DAY,
    PUCHENG,
    YANGLING,
    a_department_tree,
    a_form_for,
    a_permit,
    a_person,
    a_region_tree,
    a_wholesaler,
    an_enterprise,
    an_id,
)
from .settling import settle_in
from .system import PASSWORD, PlainHasher, TwinSystem, make_system

PROVINCE_OFFICE, XIAN, WEINAN, YANGLING_OFFICE, LINTONG, CHANGAN, PUCHENG_OFFICE = a_department_tree()
"""The departments: the province, two cities, a local region of city rank, three counties."""

DONGFENG: Final = an_enterprise("东风烟花厂")
HONGXING: Final = an_enterprise("红星花炮厂")
LIMIN: Final = a_wholesaler("利民烟花公司")
FAR: Final = an_enterprise("蒲城花炮厂", region=PUCHENG)
LOCAL: Final = a_wholesaler("杨凌烟花公司", region=YANGLING)
"""Directly in the local region of city rank, where there is no county department."""

HEAD: Final = a_person("李永红", Role.ENTERPRISE_HEAD, of=DONGFENG)
MANAGER: Final = a_person("赵安全", Role.SAFETY_MANAGER, of=DONGFENG)
HONGXING_HEAD: Final = a_person("钱红星", Role.ENTERPRISE_HEAD, of=HONGXING)
LIMIN_HEAD: Final = a_person("孙利民", Role.ENTERPRISE_HEAD, of=LIMIN)
FAR_HEAD: Final = a_person("周蒲城", Role.ENTERPRISE_HEAD, of=FAR)
LOCAL_HEAD: Final = a_person("吴杨凌", Role.ENTERPRISE_HEAD, of=LOCAL)
COUNTY_DUTY: Final = a_person("郑临潼", of=LINTONG)
COUNTY_HEAD: Final = a_person("王局长", Role.DEPARTMENT_HEAD, of=LINTONG)
CHANGAN_DUTY: Final = a_person("冯长安", of=CHANGAN)
PUCHENG_DUTY: Final = a_person("陈蒲城", of=PUCHENG_OFFICE)
CITY_DUTY: Final = a_person("褚西安", of=XIAN)
WEINAN_DUTY: Final = a_person("卫渭南", of=WEINAN)
YANGLING_DUTY: Final = a_person("蒋杨凌", of=YANGLING_OFFICE)
PROVINCE_DUTY: Final = a_person("沈省厅", of=PROVINCE_OFFICE)
PROVINCE_HEAD: Final = a_person("韩厅长", Role.DEPARTMENT_HEAD, of=PROVINCE_OFFICE)
INSPECTOR: Final = a_person("杨检查", Role.INSPECTOR, of=PROVINCE_OFFICE)
SYSTEM_ADMIN: Final = a_person("朱系统", Role.SYSTEM_ADMINISTRATOR, of=PROVINCE_OFFICE)
SECURITY_ADMIN: Final = a_person("秦安全", Role.SECURITY_ADMINISTRATOR, of=PROVINCE_OFFICE)
AUDIT_ADMIN: Final = a_person("尤审计", Role.AUDIT_ADMINISTRATOR, of=PROVINCE_OFFICE)

DEPARTMENTS: Final = (PROVINCE_OFFICE, XIAN, WEINAN, YANGLING_OFFICE, LINTONG, CHANGAN, PUCHENG_OFFICE)
ENTERPRISES: Final = (DONGFENG, HONGXING, LIMIN, FAR, LOCAL)
HEADS: Final = (HEAD, HONGXING_HEAD, LIMIN_HEAD, FAR_HEAD, LOCAL_HEAD)
STAFF: Final = (
    *(COUNTY_DUTY, COUNTY_HEAD, CHANGAN_DUTY, PUCHENG_DUTY, CITY_DUTY, WEINAN_DUTY, YANGLING_DUTY),
    *(PROVINCE_DUTY, PROVINCE_HEAD, INSPECTOR, SYSTEM_ADMIN, SECURITY_ADMIN, AUDIT_ADMIN),
)
USERNAMES: Final = {HEAD.id: "lihong", SECURITY_ADMIN.id: "security", COUNTY_DUTY.id: "lintong"}


def clock(text: str, day: date = DAY) -> datetime:
    """The instant of a time of day in Shanghai, "10:00" or "10:00:30"."""
    return instant(day, time.fromisoformat(text))


@dataclass
class World:
    """A world with the small province in it; `day(...)` has been opened unless a test says otherwise."""

    system: TwinSystem = field(default_factory=make_system)

    def settle(self, *things: object) -> World:
        settle_in(self.system.storage, SYSTEM, *things)
        return self

    def at(self, text: str, day: date = DAY) -> World:
        """Turn the clock."""
        self.system.clock.moment = clock(text, day)
        return self

    def after(self, wait: timedelta) -> World:
        self.system.clock.moment += wait
        return self

    def actor(self, person: Person) -> Actor:
        """Who the person is to the use cases, as if logged in."""
        found = self.system.readers.access.actor(person.id)
        assert found is not None, f"{person.name} works nowhere"
        return replace(found, account_id=an_account(person).id, session_id=an_id("session of", person.id))

    # ------------------------------------------------------------ what people do

    def submit(
        self,
        by: Person = HEAD,
        of: Enterprise = DONGFENG,
        *,
        form: CommitmentForm | None = None,
        day: date = DAY,
        key: str | None = None,
    ) -> CommitmentRow:
        command = SubmitCommitment(of.id, day, form or a_form_for(of))
        return self.system.app.commitments.submit(self.actor(by), command, key=key)

    def correct(
        self,
        by: Person = HEAD,
        of: Enterprise = DONGFENG,
        *,
        revision: int = 1,
        day: date = DAY,
        key: str | None = None,
        **changes: Any,
    ) -> CommitmentRow:
        command = CorrectCommitment(commitment_id(of.id, day), revision, a_form_for(of, **changes))
        return self.system.app.commitments.correct(self.actor(by), command, key=key)

    def reopen(
        self,
        by: Person = COUNTY_DUTY,
        of: Enterprise = DONGFENG,
        *,
        reason: str = "填报人数有误",
        day: date = DAY,
        key: str | None = None,
    ) -> CommitmentRow:
        command = ReopenCommitment(commitment_id(of.id, day), reason)
        return self.system.app.commitments.reopen(self.actor(by), command, key=key)

    # ------------------------------------------------------------ what is there

    @property
    def state(self) -> State:
        """Everything that has landed, to look at."""
        landed: State = self.system.storage.landed
        return landed

    def commitment(self, of: Enterprise = DONGFENG, day: date = DAY) -> Commitment:
        with self.system.storage.work(SYSTEM) as work:
            found = work.commitments.find(of.id, day)
        assert found is not None, f"{of.name} owes nothing on {day}"
        return found

    def duties(self, topic: Topic = Topic.MINISTRY_COMMITMENT) -> list[Duty]:
        rows = (row.duty for row in self.state.duties.values())
        return sorted((d for d in rows if d.topic is topic), key=lambda d: (d.created_at, d.revision, d.id))

    def duty_of(self, of: Enterprise = DONGFENG, revision: int = 1, day: date = DAY) -> Duty:
        key = str(commitment_id(of.id, day))
        (found,) = [d for d in self.duties() if (d.object_key, d.revision) == (key, revision)]
        return found

    def messages(self, person: Person) -> list[Message]:
        mine = [m for m in self.state.messages.values() if m.receiver_id == person.id]
        return sorted(mine, key=lambda m: (m.created_at, m.id))

    def texts(self, person: Person) -> list[Sms]:
        mine = [t for t in self.state.texts.values() if t.receiver_id == person.id]
        return sorted(mine, key=lambda t: (t.created_at, t.id))

    def told(self) -> set[str]:
        """The names of everybody who has an in-app message."""
        return {self.state.people[m.receiver_id].name for m in self.state.messages.values()}


def some_enterprises(number: int) -> dict[Enterprise, Person]:
    """So many enterprises in the usual county, each with its head."""
    firms = [an_enterprise(f"第{n}厂") for n in range(number)]
    return {of: a_person(f"厂长{n}", Role.ENTERPRISE_HEAD, of=of) for n, of in enumerate(firms)}


def _account(person: Person) -> Account:
    account = an_account(person, USERNAMES.get(person.id, f"user-{person.id.hex[:8]}"))
    account.password_digest, account.must_change_password = PlainHasher().hash(PASSWORD), False
    return account


def a_world(
    *, enterprises: Sequence[Enterprise] = ENTERPRISES, opened: bool = True, at: str = "08:30"
) -> World:
    """The small province at half past eight, with the day opened; every permit is valid, nobody stands still."""
    world = World().at(at)
    world.system.storage.landed = _filled(tuple(enterprises), opened).fork()
    return world


@cache
def _filled(enterprises: tuple[Enterprise, ...], opened: bool) -> State:
    """Filled once; what has landed in the twin is never written again, so that every stage starts from it."""
    return filled(World(), enterprises, opened=opened).state


def filled(world: World, enterprises: Sequence[Enterprise] = ENTERPRISES, *, opened: bool = True) -> World:
    """Put the small province into an empty storage of any kind."""
    world.settle(*a_region_tree(), *DEPARTMENTS, *STAFF, *enterprises)
    world.settle(*(a_permit(of) for of in enterprises))
    staff = [p for p in (*HEADS, MANAGER) if p.enterprise_id in {of.id for of in enterprises}]
    world.settle(*staff, *(_account(person) for person in (*STAFF, *staff)))
    if opened:
        world.system.app.commitments.open_day(DAY)
    return world


def entries(world: World) -> list[AuditEntry]:
    return sorted(world.state.audit.values(), key=lambda entry: (entry.at, entry.id))


def actions(world: World) -> list[str]:
    return [entry.action for entry in entries(world)]
