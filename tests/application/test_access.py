"""Who may do what: the one table, and that every use case keeps to it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta

import pytest

from yanbao.application.access import EVERYTHING, NOTHING, RULES, SYSTEM, Permission, Scope, check, may
from yanbao.application.directory.directory import SaveDepartment, SavePerson, SaveRegion
from yanbao.application.directory.settings import SetSetting
from yanbao.application.ports.commitment import CommitmentFilter
from yanbao.application.ports.directory import DepartmentFilter, EnterpriseFilter, PersonFilter
from yanbao.application.ports.exchange import DutyFilter
from yanbao.application.ports.identity import AccountFilter
from yanbao.application.ports.notice import SmsFilter
from yanbao.application.ports.paging import Page
from yanbao.domain.commitment.commitment import commitment_id
from yanbao.domain.directory.organisation import ADMINISTRATOR_ROLES, REGULATOR_ROLES, Level, Person, Role
from yanbao.domain.exchange.duty import Topic
from yanbao.domain.policy import SettingKey
from yanbao.domain.refusals import Forbidden, NotFound, Refused
from yanbao.domain.values import RegionId

from ..support.builders import DAY, PROVINCE, PUCHENG
from ..support.builders import LINTONG as LINTONG_REGION
from ..support.builders import XIAN as XIAN_REGION
from ..support.world import (
    AUDIT_ADMIN,
    CHANGAN,
    CITY_DUTY,
    COUNTY_DUTY,
    COUNTY_HEAD,
    DONGFENG,
    FAR,
    HEAD,
    HONGXING,
    INSPECTOR,
    LINTONG,
    MANAGER,
    PROVINCE_DUTY,
    PROVINCE_HEAD,
    PROVINCE_OFFICE,
    SECURITY_ADMIN,
    SYSTEM_ADMIN,
    World,
    a_world,
)

ADMINISTRATORS = (SYSTEM_ADMIN, SECURITY_ADMIN, AUDIT_ADMIN)
EVERYBODY = (
    *ADMINISTRATORS,
    PROVINCE_HEAD,
    INSPECTOR,
    PROVINCE_DUTY,
    COUNTY_HEAD,
    COUNTY_DUTY,
    HEAD,
    MANAGER,
)


# ---------------------------------------------------------------- the table


def test_every_command_has_a_rule_and_every_rule_a_command() -> None:
    assert set(RULES) == set(Permission)


def test_the_table_names_no_role_and_no_level_that_does_not_exist() -> None:
    for rule in RULES.values():
        assert rule.roles <= frozenset(Role)
        assert rule.levels is None or rule.levels <= frozenset(Level)


@pytest.mark.parametrize("command", list(Permission), ids=lambda c: c.value)
def test_the_system_itself_may_only_what_the_table_says(command: Permission) -> None:
    assert may(SYSTEM, command) is RULES[command].system


@pytest.mark.parametrize("command", list(Permission), ids=lambda c: c.value)
@pytest.mark.parametrize("by", EVERYBODY, ids=lambda p: f"{p.role.value}-{p.name}")
def test_a_person_may_what_role_and_level_carry_and_nothing_else(by: Person, command: Permission) -> None:
    actor = STAGE.actor(by)
    rule = RULES[command]
    carried = by.role in rule.roles and (rule.levels is None or actor.level in rule.levels)
    assert may(actor, command) is carried
    if not carried:
        with pytest.raises(Forbidden):
            check(actor, command)


@pytest.mark.parametrize("command", list(Permission), ids=lambda c: c.value)
def test_while_a_new_password_is_due_only_that_is_open(command: Permission) -> None:
    actor = replace(STAGE.actor(PROVINCE_HEAD), must_change_password=True)
    if command in (Permission.CHANGE_OWN_PASSWORD, Permission.LOG_OUT, Permission.READ_OWN):
        check(actor, command)
        assert may(actor, command)
    else:
        with pytest.raises(Forbidden, match="请先修改密码"):
            check(actor, command)


def test_the_three_administrators_share_no_power_but_that_over_their_own_account() -> None:
    own = {Permission.CHANGE_OWN_PASSWORD, Permission.LOG_OUT, Permission.READ_OWN}
    shared = {Permission.READ_ACCOUNTS, Permission.DISABLE_ACCOUNT}
    powers = {
        person.role: {command for command, rule in RULES.items() if person.role in rule.roles} - own
        for person in ADMINISTRATORS
    }
    system, security, audit = (powers[person.role] for person in ADMINISTRATORS)
    assert system & security == shared
    # Whoever exports gets what the list shows them: each list has its own permission as well.
    assert audit == {Permission.READ_AUDIT, Permission.EXPORT} and audit & (system | security) == {
        Permission.EXPORT
    }


@pytest.mark.parametrize("role", sorted(ADMINISTRATOR_ROLES, key=lambda r: r.value), ids=lambda r: r.value)
def test_no_administrator_carries_a_command_on_commitments(role: Role) -> None:
    for command in (
        Permission.READ_COMMITMENTS,
        Permission.SUBMIT_COMMITMENT,
        Permission.CORRECT_COMMITMENT,
        Permission.REOPEN_COMMITMENT,
        Permission.VIEW_ENTERPRISE,
    ):
        assert role not in RULES[command].roles


def test_only_enterprises_report_and_only_departments_reopen() -> None:
    for command in (Permission.SUBMIT_COMMITMENT, Permission.CORRECT_COMMITMENT):
        assert RULES[command].roles == {Role.ENTERPRISE_HEAD, Role.SAFETY_MANAGER}
    assert RULES[Permission.REOPEN_COMMITMENT].roles == REGULATOR_ROLES


# ---------------------------------------------------------------- the table is kept to


STAGE = a_world()
COMMITMENTS = STAGE.system.app.commitments
RANGE = CommitmentFilter(DAY, DAY)

READINGS: dict[str, tuple[Permission, Callable[[World, Person], object]]] = {
    "commitments": (
        Permission.READ_COMMITMENTS,
        lambda s, p: s.system.app.commitments.page(s.actor(p), RANGE, Page(5)),
    ),
    "their number": (
        Permission.READ_COMMITMENTS,
        lambda s, p: s.system.app.commitments.count(s.actor(p), RANGE),
    ),
    "commitments by id": (
        Permission.READ_COMMITMENTS,
        lambda s, p: s.system.app.commitments.rows(s.actor(p), list(s.state.commitments)),
    ),
    "reports": (
        Permission.READ_COMMITMENTS,
        lambda s, p: s.system.app.commitments.reports(s.actor(p), list(s.state.commitments)),
    ),
    "a day": (
        Permission.READ_COMMITMENTS,
        lambda s, p: s.system.app.commitments.on_day(s.actor(p), [DONGFENG.id], DAY),
    ),
    "sms": (
        Permission.READ_COMMITMENTS,
        lambda s, p: s.system.app.notices.texts(s.actor(p), SmsFilter(), Page(5)),
    ),
    "enterprises": (
        Permission.READ_DIRECTORY,
        lambda s, p: s.system.app.browsing.enterprise_page(s.actor(p), EnterpriseFilter(), Page(5)),
    ),
    "people": (
        Permission.READ_ORGANISATION,
        lambda s, p: s.system.app.browsing.person_page(s.actor(p), PersonFilter(), Page(5)),
    ),
    "departments": (
        Permission.READ_ORGANISATION,
        lambda s, p: s.system.app.browsing.department_page(s.actor(p), DepartmentFilter(), Page(5)),
    ),
    "settings": (
        Permission.READ_SETTINGS,
        lambda s, p: s.system.app.settings.policy(s.actor(p), LINTONG_REGION),
    ),
    "duties": (
        Permission.READ_EXCHANGE,
        lambda s, p: s.system.app.exchange.duties(s.actor(p), DutyFilter(), Page(5)),
    ),
    "counts": (
        Permission.READ_HEALTH,
        lambda s, p: s.system.app.exchange.counts(s.actor(p), Topic.SMS, DAY, DAY),
    ),
    "attempts": (
        Permission.READ_EXCHANGE,
        lambda s, p: s.system.app.exchange.attempts(s.actor(p), None, Page(5)),
    ),
    "overdue": (Permission.READ_HEALTH, lambda s, p: s.system.app.exchange.overdue(s.actor(p), Topic.SMS)),
    "sms counts": (Permission.READ_HEALTH, lambda s, p: s.system.app.notices.text_counts(s.actor(p), DAY)),
    "slots": (Permission.READ_SCHEDULE, lambda s, p: s.system.app.exchange.slots(s.actor(p), Page(5))),
    "audit": (Permission.READ_AUDIT, lambda s, p: s.system.app.audit.entries(s.actor(p), Page(5))),
    "accounts": (
        Permission.READ_ACCOUNTS,
        lambda s, p: s.system.app.identity.accounts(s.actor(p), AccountFilter(), Page(5)),
    ),
    "messages": (Permission.READ_OWN, lambda s, p: s.system.app.notices.messages(s.actor(p), Page(5))),
}


@pytest.mark.parametrize("by", EVERYBODY, ids=lambda p: f"{p.role.value}-{p.name}")
@pytest.mark.parametrize("what", READINGS)
def test_whoever_may_not_read_is_refused_and_who_may_is_answered(what: str, by: Person) -> None:
    command, read = READINGS[what]
    if may(STAGE.actor(by), command):
        assert read(STAGE, by) is not None
    else:
        with pytest.raises(Forbidden):
            read(STAGE, by)


def test_the_system_does_not_log_out_read_messages_or_reopen() -> None:
    for act in (
        lambda: STAGE.system.app.identity.log_out(SYSTEM),
        lambda: STAGE.system.app.notices.messages(SYSTEM, Page(5)),
        lambda: STAGE.system.app.audit.entries(SYSTEM, Page(5)),
    ):
        with pytest.raises(Forbidden):
            act()


# ---------------------------------------------------------------- what lies outside the scope is not found


def setting(region: object, value: str = "09:00") -> SetSetting:
    return SetSetting(region, SettingKey.COMMITMENT_DEADLINE, value, DAY + timedelta(days=1))


def test_a_county_changes_nothing_above_or_beside_itself() -> None:
    world = a_world(opened=False)
    head = world.actor(COUNTY_HEAD)
    for region in (XIAN_REGION, PUCHENG, "610000", "999999"):
        with pytest.raises(NotFound):
            world.system.app.settings.set(head, setting(region))
    world.system.app.settings.set(head, setting(LINTONG_REGION))
    assert {key[0] for key in world.state.settings} == {LINTONG_REGION}


@pytest.mark.parametrize(
    ("by", "visible"),
    [
        (PROVINCE_HEAD, 5),
        (CITY_DUTY, 3),
        (COUNTY_DUTY, 3),
        (HEAD, 1),
        (MANAGER, 1),
    ],
    ids=lambda value: getattr(value, "name", value),
)
def test_what_people_see_is_what_lies_below_them(by: Person, visible: int) -> None:
    assert STAGE.system.app.browsing.enterprise_count(STAGE.actor(by), EnterpriseFilter()) == visible
    assert COMMITMENTS.count(STAGE.actor(by), RANGE) == visible


def test_a_scope_of_nothing_sees_nothing() -> None:
    blind = replace(STAGE.actor(PROVINCE_HEAD), scope=NOTHING)
    assert COMMITMENTS.count(blind, RANGE) == 0
    assert STAGE.system.app.browsing.enterprises(blind, [DONGFENG.id, FAR.id]) == {}
    assert Scope() == NOTHING and EVERYTHING != NOTHING


def test_a_foreign_commitments_versions_are_not_found() -> None:
    for of in (HONGXING, FAR):
        with pytest.raises(NotFound):
            COMMITMENTS.versions(STAGE.actor(HEAD), commitment_id(of.id, DAY))
    assert COMMITMENTS.versions(STAGE.actor(HEAD), commitment_id(DONGFENG.id, DAY)) == []


# ---------------------------------------------------------------- nobody gives themselves power


def role_of(person: Person, role: Role) -> SavePerson:
    return SavePerson(
        person.id, person.name, person.phone.text, role, person.department_id, person.enterprise_id
    )


def test_nobody_changes_their_own_role() -> None:
    world = a_world(opened=False)
    for person, wished in (
        (INSPECTOR, Role.DEPARTMENT_HEAD),
        (INSPECTOR, Role.SYSTEM_ADMINISTRATOR),
        (PROVINCE_HEAD, Role.AUDIT_ADMINISTRATOR),
        (SYSTEM_ADMIN, Role.AUDIT_ADMINISTRATOR),
        (SYSTEM_ADMIN, Role.DEPARTMENT_HEAD),
    ):
        with pytest.raises(Forbidden):
            world.system.app.directory.save_person(world.actor(person), role_of(person, wished))
        assert world.state.people[person.id].role is person.role


@pytest.mark.parametrize("role", sorted(ADMINISTRATOR_ROLES, key=lambda r: r.value), ids=lambda r: r.value)
def test_only_the_system_administrator_makes_administrators(role: Role) -> None:
    world = a_world(opened=False)
    newcomer = SavePerson(None, "许新来", "13900000077", role, PROVINCE_OFFICE.id, None)
    with pytest.raises(Forbidden, match="管理员"):
        world.system.app.directory.save_person(world.actor(PROVINCE_HEAD), newcomer)
    with pytest.raises(Forbidden, match="管理员"):
        world.system.app.directory.save_person(world.actor(INSPECTOR), role_of(PROVINCE_DUTY, role))
    made = world.system.app.directory.save_person(world.actor(SYSTEM_ADMIN), newcomer)
    assert world.state.people[made].role is role


def test_only_the_system_administrator_touches_administrators() -> None:
    world = a_world(opened=False)
    gone = replace(role_of(AUDIT_ADMIN, Role.AUDIT_ADMINISTRATOR), active=False)
    for by in (PROVINCE_HEAD, INSPECTOR):
        with pytest.raises(Forbidden):
            world.system.app.directory.save_person(world.actor(by), gone)
        with pytest.raises(Forbidden):
            world.system.app.directory.save_person(world.actor(by), role_of(AUDIT_ADMIN, Role.DUTY_PERSON))
    assert world.state.people[AUDIT_ADMIN.id] == AUDIT_ADMIN


def test_a_keeper_may_change_their_own_phone_number() -> None:
    world = a_world(opened=False)
    mine = replace(role_of(INSPECTOR, INSPECTOR.role), phone="13900000088")
    world.system.app.directory.save_person(world.actor(INSPECTOR), mine)
    assert world.state.people[INSPECTOR.id].phone.text == "13900000088"


# ---------------------------------------------------------------- what the directory refuse


@pytest.mark.parametrize(
    ("command", "field"),
    [
        (SaveRegion("610199", " ", Level.COUNTY, XIAN_REGION), "name"),
        (SaveRegion("610199", "名" * 61, Level.COUNTY, XIAN_REGION), "name"),
        (SaveRegion("610199", "带\x00的区", Level.COUNTY, XIAN_REGION), "name"),
        (SaveRegion("61019", "新区", Level.COUNTY, XIAN_REGION), "code"),
        (SaveRegion("610199", "新区", Level.COUNTY, None), "parentId"),
        (SaveRegion("610199", "新区", Level.PROVINCE, XIAN_REGION), "parentId"),
        (SaveRegion("610199", "新区", Level.COUNTY, XIAN_REGION, gb_code="x"), "gbCode"),
        (SaveRegion("610100", "西安市", Level.CITY, LINTONG_REGION), "parentId"),
        (SaveRegion("610100", "西安市", Level.COUNTY, PROVINCE), "level"),
        (SaveRegion("610199", "新区", Level.COUNTY, LINTONG_REGION), "parentId"),
        (SaveRegion("610199", "新区", Level.CITY, XIAN_REGION), "parentId"),
        (SaveRegion("610199", "新区", Level.COUNTY, RegionId("610999")), "parentId"),
    ],
    ids=lambda value: value if isinstance(value, str) else value.name[:4],
)
def test_a_region_that_makes_no_sense_is_refused(command: SaveRegion, field: str) -> None:
    world = a_world(opened=False)
    before = dict(world.state.regions)
    with pytest.raises(Refused) as refusal:
        world.system.app.directory.save_region(world.actor(SYSTEM_ADMIN), command)
    assert refusal.value.field == field
    assert dict(world.state.regions) == before


def test_a_departments_jurisdiction_must_exist() -> None:
    world = a_world(opened=False)
    command = SaveDepartment(None, "新局", Level.COUNTY, CHANGAN.parent_id, frozenset({PUCHENG, "999999"}))
    with pytest.raises(NotFound) as refusal:
        world.system.app.directory.save_department(world.actor(SYSTEM_ADMIN), command)
    assert refusal.value.field == "jurisdiction"


def test_a_person_stays_with_the_employer() -> None:
    world = a_world(opened=False)
    moved = SavePerson(
        COUNTY_DUTY.id, COUNTY_DUTY.name, COUNTY_DUTY.phone.text, COUNTY_DUTY.role, CHANGAN.id, None
    )
    with pytest.raises(Refused, match="所属单位不能更改"):
        world.system.app.directory.save_person(world.actor(SYSTEM_ADMIN), moved)
    hired = SavePerson(HEAD.id, HEAD.name, HEAD.phone.text, HEAD.role, None, HONGXING.id)
    with pytest.raises(Refused, match="所属单位不能更改"):
        world.system.app.directory.save_person(world.actor(SYSTEM_ADMIN), hired)
    assert world.state.people[COUNTY_DUTY.id].department_id == LINTONG.id
