"""A county head who would like less supervision: every attempt over the use cases, and what is refused."""

from __future__ import annotations

from datetime import date, timedelta

import pytest

from yanbao.application.access import SYSTEM, Actor
from yanbao.application.directory.directory import SaveDepartment, SaveRegion
from yanbao.application.directory.imports.columns import IMPORT_NAMES
from yanbao.application.directory.settings import LockSetting, SetSetting, UnlockSetting
from yanbao.application.policies import PolicyBook
from yanbao.application.ports.paging import Page
from yanbao.domain.deadlines import business_date
from yanbao.domain.directory.organisation import Level, Person, Role
from yanbao.domain.handling.terms import Phase
from yanbao.domain.policy import Policy, SettingKey, text_of
from yanbao.domain.problem.check import TermExceeded
from yanbao.domain.refusals import ActionNotAllowed, Forbidden, NotFound, Refused
from yanbao.domain.supervision import LooserThanAbove, ProvinceOnly, SettingIsLocked
from yanbao.domain.values import RegionId

from ...support.builders import CHANGAN, DAY, LINTONG, PROVINCE, WEINAN, XIAN, a_person, a_setting
from ...support.dates import in_days
from ...support.inspections import PEOPLE, USUAL, a_check_form, a_check_target, a_draft, a_statement, by
from ...support.world import CHANGAN as CHANGAN_OFFICE
from ...support.world import (
    COUNTY_DUTY,
    COUNTY_HEAD,
    DONGFENG,
    FAR_HEAD,
    HEAD,
    PROVINCE_HEAD,
    SYSTEM_ADMIN,
    World,
    a_world,
)
from ...support.world import LINTONG as LINTONG_OFFICE
from ...support.world import XIAN as XIAN_OFFICE

TOMORROW = DAY + timedelta(days=1)
DEADLINE, MAJOR = SettingKey.COMMITMENT_DEADLINE, SettingKey.RECTIFY_DAYS_MAJOR
CITY_HEAD = a_person("褚局长", Role.DEPARTMENT_HEAD, of=XIAN_OFFICE)
CHANGAN_HEAD = a_person("冯局长", Role.DEPARTMENT_HEAD, of=CHANGAN_OFFICE)
COUNTY_ADMIN = a_person("县系统", Role.SYSTEM_ADMINISTRATOR, of=LINTONG_OFFICE)


@pytest.fixture
def world() -> World:
    return a_world(opened=False).settle(CITY_HEAD, CHANGAN_HEAD, COUNTY_ADMIN)


def set_to(
    world: World,
    who: Person | Actor,
    value: str,
    key: SettingKey = DEADLINE,
    region: RegionId = LINTONG,
    since: date = TOMORROW,
) -> None:
    actor = who if isinstance(who, Actor) else world.actor(who)
    world.system.app.settings.set(actor, SetSetting(region, key, value, since))


def policy(world: World, region: RegionId = LINTONG, day: date = TOMORROW) -> Policy:
    """The policy in force at eight on that day."""
    world.at("08:00", day)
    with world.system.storage.work(SYSTEM) as work:
        return PolicyBook().policy(work, region, day, now=world.system.clock.now())


LOOSER = [
    (DEADLINE, "10:30"),
    (SettingKey.REMINDER_STAGES, "0"),
    (SettingKey.SMS_DAILY_CAP, "1"),
    (SettingKey.ACKNOWLEDGE_HOURS_GENERAL, "24"),
    (SettingKey.ACKNOWLEDGE_HOURS_MAJOR, "24"),
    (SettingKey.FEED_BACK_HOURS_GENERAL, "72"),
    (SettingKey.FEED_BACK_HOURS_MAJOR, "72"),
    (SettingKey.RECTIFY_DAYS_GENERAL, "30"),
    (MAJOR, "60"),
    (SettingKey.PROBLEM_REMINDER_PERCENTS, "99"),
    (SettingKey.PUSH_FIRST, "13:00"),
    (SettingKey.PUSH_EVERY_MINUTES, "720"),
    (SettingKey.PUSH_UNTIL, "18:00"),
    (SettingKey.SMS_QUIET_FROM, "18:00"),
    (SettingKey.SMS_QUIET_UNTIL, "10:00"),
    (SettingKey.AUTO_INSPECTION_AT, "23:59"),
    (SettingKey.WEEKLY_PUSH_WEEKDAY, "1"),
    (SettingKey.WEEKLY_PUSH_AT, "20:00"),
    (SettingKey.RECONCILE_AT, "23:59"),
    (SettingKey.DAILY_REPORT_AT, "23:59"),
    (SettingKey.ALERT_ACKNOWLEDGE_MINUTES_RED, "1440"),
    (SettingKey.ALERT_ACKNOWLEDGE_MINUTES_ORANGE, "1440"),
    (SettingKey.ALERT_ACKNOWLEDGE_MINUTES_YELLOW, "1440"),
    (SettingKey.ALERT_ACKNOWLEDGE_MINUTES_BLUE, "1440"),
    (SettingKey.ALERT_FEED_BACK_HOURS_RED, "240"),
    (SettingKey.ALERT_FEED_BACK_HOURS_ORANGE, "240"),
    (SettingKey.ALERT_FEED_BACK_HOURS_YELLOW, "240"),
    (SettingKey.ALERT_FEED_BACK_HOURS_BLUE, "240"),
    (SettingKey.CERTIFICATE_ACKNOWLEDGE_HOURS, "240"),
    (SettingKey.CERTIFICATE_FEED_BACK_DAYS, "30"),
    (SettingKey.CERTIFICATE_FEED_BACK_DAYS_RED, "30"),
    (SettingKey.PERMIT_WINDOWS, "0"),
    (SettingKey.PERSONAL_WINDOWS, "0"),
]


def test_every_key_is_tried() -> None:
    assert {key for key, _ in LOOSER} == set(SettingKey)


@pytest.mark.parametrize(("key", "value"), LOOSER)
@pytest.mark.parametrize("who", [COUNTY_HEAD, COUNTY_ADMIN, CITY_HEAD, SYSTEM_ADMIN, PROVINCE_HEAD, None])
def test_nobody_loosens_the_supervision_of_a_county_whoever_lends_a_hand(
    world: World, who: Person | None, key: SettingKey, value: str
) -> None:
    for since in (TOMORROW, DAY + timedelta(days=400)):
        with pytest.raises((LooserThanAbove, ProvinceOnly)):
            set_to(world, SYSTEM if who is None else who, value, key, since=since)
    assert len(world.state.settings) == len(world.state.setting_changes) == 0


@pytest.mark.parametrize(("key", "value"), LOOSER)
def test_nobody_sets_it_above_or_beside_themselves(world: World, key: SettingKey, value: str) -> None:
    for region in (XIAN, PROVINCE, CHANGAN, WEINAN):
        for who in (COUNTY_HEAD, COUNTY_ADMIN):
            with pytest.raises(NotFound):
                set_to(world, who, value, key, region)
    for person in (COUNTY_DUTY, HEAD):
        with pytest.raises(Forbidden):
            set_to(world, person, value, key)


def test_the_60_days_that_a_county_once_gave_itself_are_no_longer_in_force(world: World) -> None:
    world.settle(
        a_setting("60", MAJOR, region=LINTONG), a_setting("0", SettingKey.REMINDER_STAGES, region=LINTONG)
    )
    found = policy(world, day=DAY)
    assert (found.rectify_days_major, found.reminder_stages) == (7, (0, 120))


def test_a_superiors_later_stricter_change_prevails_at_once(world: World) -> None:
    set_to(world, COUNTY_HEAD, "09:30")
    set_to(world, CITY_HEAD, "09:00", region=XIAN, since=TOMORROW + timedelta(days=1))
    assert text_of(policy(world).commitment_deadline) == "09:30"
    for region in (LINTONG, CHANGAN):
        assert text_of(policy(world, region, TOMORROW + timedelta(days=1)).commitment_deadline) == "09:00"


def test_a_county_does_not_take_back_what_the_city_set_for_it_not_even_on_the_same_day(world: World) -> None:
    set_to(world, CITY_HEAD, "09:00")
    for since in (TOMORROW, TOMORROW + timedelta(days=5)):
        with pytest.raises(LooserThanAbove, match="市级对临潼区设置"):
            set_to(world, COUNTY_HEAD, "10:00", since=since)
    set_to(world, COUNTY_HEAD, "08:00")
    assert len(world.state.settings) == 2
    set_to(world, COUNTY_HEAD, "09:00", since=TOMORROW + timedelta(days=5))
    assert text_of(policy(world, day=TOMORROW + timedelta(days=5)).commitment_deadline) == "09:00"


def test_a_looser_value_put_in_ahead_of_the_citys_never_comes_into_force(world: World) -> None:
    later = TOMORROW + timedelta(days=10)
    set_to(world, COUNTY_HEAD, "10:00", since=later)
    set_to(world, CITY_HEAD, "09:00", since=TOMORROW)
    assert text_of(policy(world, day=later).commitment_deadline) == "09:00"


def test_a_county_cannot_move_itself_below_another_city(world: World) -> None:
    with pytest.raises(Forbidden):
        world.system.app.directory.save_region(
            world.actor(COUNTY_ADMIN), SaveRegion(LINTONG, "临潼区", Level.COUNTY, WEINAN)
        )
    with pytest.raises(Refused):
        world.system.app.directory.save_department(
            world.actor(COUNTY_ADMIN),
            SaveDepartment(LINTONG_OFFICE.id, LINTONG_OFFICE.name, Level.CITY, None, frozenset({LINTONG})),
        )


def test_a_county_moved_below_a_stricter_city_lives_by_it_at_once(world: World) -> None:
    world.settle(a_setting("08:00", region=WEINAN), a_setting("09:30", region=LINTONG))
    world.system.app.directory.save_region(SYSTEM, SaveRegion(LINTONG, "临潼区", Level.COUNTY, WEINAN))
    assert text_of(policy(world, day=DAY).commitment_deadline) == "08:00"


def test_settings_are_no_table_that_can_be_imported() -> None:
    assert not any("参数" in name for name in IMPORT_NAMES.values())


# ---------------------------------------------------------------- locks


def test_a_city_locks_a_setting_for_its_counties_and_unlocks_it(world: World) -> None:
    lock, unlock = LockSetting(XIAN, DEADLINE), UnlockSetting(XIAN, DEADLINE)
    settings = world.system.app.settings
    settings.lock(world.actor(CITY_HEAD), lock)
    for person, region in ((COUNTY_HEAD, LINTONG), (CHANGAN_HEAD, CHANGAN)):
        with pytest.raises(
            SettingIsLocked, match=f"已由西安市应急管理局褚局长于{business_date(world.system.clock.now())}"
        ):
            set_to(world, person, "09:00", region=region)
    with pytest.raises(ActionNotAllowed, match="不能重复锁定"):
        settings.lock(world.actor(CITY_HEAD), lock)
    settings.unlock(world.actor(CITY_HEAD), unlock)
    with pytest.raises(ActionNotAllowed, match="没有对西安市锁定"):
        settings.unlock(world.actor(CITY_HEAD), unlock)
    set_to(world, COUNTY_HEAD, "09:00")


def test_a_county_neither_locks_nor_unlocks(world: World) -> None:
    settings = world.system.app.settings
    settings.lock(world.actor(CITY_HEAD), LockSetting(LINTONG, DEADLINE))
    for who in (COUNTY_HEAD, COUNTY_ADMIN):
        with pytest.raises(Forbidden):
            settings.lock(world.actor(who), LockSetting(LINTONG, MAJOR))
        with pytest.raises(Forbidden):
            settings.unlock(world.actor(who), UnlockSetting(LINTONG, DEADLINE))
    with pytest.raises(SettingIsLocked):
        set_to(world, COUNTY_HEAD, "09:00")


def test_the_provinces_lock_is_removed_by_the_province_only(world: World) -> None:
    settings = world.system.app.settings
    settings.lock(world.actor(CITY_HEAD), LockSetting(XIAN, DEADLINE))
    settings.lock(world.actor(PROVINCE_HEAD), LockSetting(XIAN, DEADLINE))
    with pytest.raises(Forbidden, match="只能由省级部门解除"):
        settings.unlock(world.actor(CITY_HEAD), UnlockSetting(XIAN, DEADLINE))
    with pytest.raises(SettingIsLocked, match="已由陕西省应急管理厅韩厅长"):
        set_to(world, CITY_HEAD, "09:00", region=XIAN)
    with pytest.raises(NotFound):
        settings.lock(world.actor(CITY_HEAD), LockSetting(PROVINCE, DEADLINE))
    with pytest.raises(ProvinceOnly):
        settings.lock(world.actor(CITY_HEAD), LockSetting(XIAN, SettingKey.PUSH_FIRST))
    settings.unlock(world.actor(PROVINCE_HEAD), UnlockSetting(XIAN, DEADLINE))
    set_to(world, CITY_HEAD, "09:00", region=XIAN)


# ---------------------------------------------------------------- history


def test_every_change_says_who_when_before_and_after_to_those_whom_it_binds(world: World) -> None:
    set_to(world, PROVINCE_HEAD, "09:45", region=PROVINCE)
    set_to(world, CITY_HEAD, "09:30", region=XIAN)
    set_to(world, COUNTY_HEAD, "09:15")
    set_to(world, CHANGAN_HEAD, "09:00", region=CHANGAN)
    world.system.app.settings.lock(world.actor(CITY_HEAD), LockSetting(XIAN, MAJOR))

    def seen(person: Person, region: RegionId, key: SettingKey | None = DEADLINE) -> set[tuple[str, ...]]:
        rows = world.system.app.settings.changes(world.actor(person), region, key, Page(50)).rows
        return {(row.signed.name, row.before, row.after or row.kind.value) for row in rows}

    above = {("韩厅长", "10:00", "09:45"), ("褚局长", "09:45", "09:30")}
    own, beside = ("王局长", "09:30", "09:15"), ("冯局长", "09:30", "09:00")
    assert seen(COUNTY_DUTY, LINTONG) == seen(HEAD, LINTONG) == {*above, own}
    assert seen(CHANGAN_HEAD, CHANGAN) == {*above, beside}
    assert seen(CITY_HEAD, XIAN) == seen(PROVINCE_HEAD, XIAN) == {*above, own, beside}
    assert seen(PROVINCE_HEAD, WEINAN) == {("韩厅长", "10:00", "09:45")}
    assert seen(COUNTY_HEAD, LINTONG, MAJOR) == {("褚局长", "7", "LOCK")}
    for person, region in ((COUNTY_HEAD, CHANGAN), (CITY_HEAD, WEINAN), (FAR_HEAD, LINTONG), (HEAD, XIAN)):
        with pytest.raises(NotFound):
            seen(person, region)
    (row,) = (c for c in world.state.setting_changes.values() if c.signed.name == "王局长")
    assert (row.department, row.authority, row.effective_from) == (
        LINTONG_OFFICE.name,
        Level.COUNTY,
        TOMORROW,
    )
    assert row.signed.at == world.system.clock.now() and row.signed.person_id == COUNTY_HEAD.id


def test_a_refused_change_is_no_part_of_the_history(world: World) -> None:
    with pytest.raises(LooserThanAbove):
        set_to(world, COUNTY_HEAD, "11:00")
    assert len(world.state.setting_changes) == 0


# ---------------------------------------------------------------- terms of a problem


def test_the_terms_of_a_problem_are_the_stricter_of_the_issuers_and_the_addressees() -> None:
    check = a_draft(a_check_target(), form=a_check_form(problems=(a_statement(rectify_on=None),)))
    strict = Policy(acknowledge_hours_general=1, feed_back_hours_general=72, rectify_days_general=30)
    problems = check.submit(by=by(), people=PEOPLE, policy=USUAL, issuer_policy=strict)
    assert problems
    for problem in problems:
        lengths = [problem.term(phase).due - problem.term(phase).since for phase in Phase]
        assert lengths == [timedelta(hours=1), timedelta(hours=24), timedelta(days=7)]


@pytest.mark.parametrize(("addressee", "issuer"), [(7, 3), (3, 7)])
def test_a_day_named_at_the_issue_gives_no_more_time_than_the_stricter_party(
    addressee: int, issuer: int
) -> None:
    def submitted(days: int) -> None:
        form = a_check_form(problems=(a_statement(rectify_on=in_days(days)),))
        a_draft(a_check_target(), form=form).submit(
            by=by(),
            people=PEOPLE,
            policy=Policy(rectify_days_general=addressee),
            issuer_policy=Policy(rectify_days_general=issuer),
        )

    submitted(2)
    for days in (3, 7, 300):
        with pytest.raises(TermExceeded) as refused:
            submitted(days)
        assert refused.value.field == "problems.0.rectifyOn"
        assert (
            f"整改时限为3天，整改期限（含当日）最晚为{in_days(2)}，现为{in_days(days)}"
            in refused.value.sentence
        )


def test_what_a_viewer_may_set_and_why_not(world: World) -> None:
    world.settle(a_setting("09:30", region=XIAN), a_setting("50,70,80", SettingKey.PROBLEM_REMINDER_PERCENTS))
    world.system.app.settings.lock(world.actor(CITY_HEAD), LockSetting(XIAN, MAJOR))

    def views(person: Person, region: RegionId = LINTONG) -> dict[SettingKey, tuple[object, ...]]:
        found = world.system.app.settings.policy(world.actor(person), region).items
        assert [item.key for item in found] == list(SettingKey)
        return {
            item.key: (text_of(item.in_force.value), item.obstacle, text_of(item.least), text_of(item.most))
            for item in found
        }

    county = views(COUNTY_HEAD)
    assert county[DEADLINE] == ("09:30", None, "06:00", "09:30")
    assert county[SettingKey.SMS_DAILY_CAP] == ("20", None, "20", "50")
    assert county[MAJOR][1] == (
        f"重大问题整改时限（天）已由西安市应急管理局褚局长于{DAY}对西安市及其下级锁定，不能另行设置。"
    )
    assert "全省统一" in str(county[SettingKey.PUSH_FIRST][1])
    (percents,) = (
        item
        for item in world.system.app.settings.policy(world.actor(COUNTY_HEAD), LINTONG).items
        if item.key is SettingKey.PROBLEM_REMINDER_PERCENTS
    )
    assert percents.required == (50, 70, 80)
    assert views(CITY_HEAD, XIAN)[DEADLINE] == ("09:30", None, "06:00", "10:00")
    assert views(PROVINCE_HEAD, PROVINCE)[DEADLINE] == ("10:00", None, "06:00", "18:00")
    for person in (COUNTY_DUTY, HEAD):
        assert {str(view[1]) for view in views(person).values()} == {"您的角色不能进行此项操作。"}
    assert DONGFENG.region_id == LINTONG


def test_a_book_of_policies_resolves_them_again_only_when_a_setting_has_changed(world: World) -> None:
    book = PolicyBook()

    def at(time: str) -> Policy:
        world.at(time, DAY)
        with world.system.storage.work(SYSTEM) as work:
            return book.policy(work, LINTONG, TOMORROW, now=world.system.clock.now())

    first, second = at("07:00"), at("07:01")
    assert second is first
    set_to(world, COUNTY_HEAD, "09:00")
    third, fourth = at("07:02"), at("07:03")
    assert third.commitment_deadline != first.commitment_deadline
    assert fourth is third
