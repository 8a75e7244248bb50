"""Who is reminded of what is not reported, at which stage, and that nobody is told twice."""

from __future__ import annotations

from datetime import timedelta

import pytest

from yanbao.domain.directory.organisation import Level, Person, Role
from yanbao.domain.exchange.duty import Topic
from yanbao.domain.notice.notice import MessageKind, SmsState
from yanbao.domain.policy import SettingKey

from ...support.builders import (
    CHANGAN,
    DAY,
    DUE,
    LINTONG,
    PROVINCE,
    WEINAN,
    XIAN,
    a_department,
    a_permit,
    a_person,
    a_region,
    a_setting,
    a_wholesaler,
    an_enterprise,
)
from ...support.dates import month_day
from ...support.system import send_texts
from ...support.world import (
    CHANGAN_DUTY,
    CITY_DUTY,
    COUNTY_DUTY,
    COUNTY_HEAD,
    DONGFENG,
    FAR_HEAD,
    HEAD,
    HONGXING,
    HONGXING_HEAD,
    LIMIN,
    LIMIN_HEAD,
    LOCAL_HEAD,
    MANAGER,
    PROVINCE_DUTY,
    PROVINCE_OFFICE,
    PUCHENG_DUTY,
    WEINAN_DUTY,
    YANGLING_DUTY,
    World,
    a_world,
    clock,
)
from ...support.world import LINTONG as LINTONG_OFFICE

STAGE_1, STAGE_2 = DUE, DUE + timedelta(hours=2)


def remind(world: World, number: int = 1) -> int:
    """Run a stage at its own time, as the schedule does."""
    world.system.clock.moment = at = (STAGE_1, STAGE_2)[number - 1]
    return world.system.app.commitment_reminders.remind(at)


def sent_texts(world: World, person: Person) -> list[str]:
    """What has gone out to somebody, as text."""
    return [sms.text for sms in world.system.sms.sent if sms.phone == person.phone.text]


# ---------------------------------------------------------------- who is told


def test_at_the_deadline_the_head_and_the_countys_duty_person_are_told() -> None:
    world = a_world(enterprises=[DONGFENG])
    assert remind(world) == 1
    assert world.told() == {HEAD.name, COUNTY_DUTY.name}
    (to_head,) = world.messages(HEAD)
    assert to_head.kind is MessageKind.COMMITMENT_UNREPORTED
    assert "东风烟花厂应于10:00前上报" in to_head.body
    (to_county,) = world.messages(COUNTY_DUTY)
    assert to_county.title == "临潼区1家企业未上报安全承诺" and "东风烟花厂" in to_county.body


def test_nobody_else_of_enterprise_or_department_is_told() -> None:
    world = a_world(enterprises=[DONGFENG])
    remind(world)
    remind(world, 2)
    for person in (MANAGER, COUNTY_HEAD, CHANGAN_DUTY, WEINAN_DUTY, PROVINCE_DUTY):
        assert world.messages(person) == [] and world.texts(person) == []


def test_two_hours_later_the_city_is_told_as_well() -> None:
    world = a_world(enterprises=[DONGFENG])
    remind(world)
    assert remind(world, 2) == 1
    assert world.told() == {HEAD.name, COUNTY_DUTY.name, CITY_DUTY.name}
    (to_city,) = world.messages(CITY_DUTY)
    assert to_city.kind is MessageKind.COMMITMENT_ESCALATED
    assert [m.kind for m in world.messages(COUNTY_DUTY)] == [
        MessageKind.COMMITMENT_UNREPORTED,
        MessageKind.COMMITMENT_ESCALATED,
    ]
    assert "第2次提醒" in world.messages(HEAD)[-1].title


def test_an_in_app_message_and_an_sms_are_written_for_everybody() -> None:
    world = a_world()
    remind(world)
    remind(world, 2)
    for person in (HEAD, HONGXING_HEAD, LIMIN_HEAD, FAR_HEAD, LOCAL_HEAD, COUNTY_DUTY, PUCHENG_DUTY):
        assert [len(world.messages(person)), len(world.texts(person))] == [2, 2]
    assert [len(world.messages(CITY_DUTY)), len(world.texts(CITY_DUTY))] == [1, 1]


def test_in_a_local_region_of_city_rank_its_own_department_is_told_at_both_stages() -> None:
    world = a_world()
    remind(world)
    assert {m.subject_id for m in world.messages(YANGLING_DUTY)} == {"611100"}
    remind(world, 2)
    assert len(world.messages(YANGLING_DUTY)) == len(world.texts(YANGLING_DUTY)) == 2


def test_in_xixian_its_own_department_is_told_too() -> None:
    xixian = a_region("616900", "西咸新区", Level.CITY, PROVINCE, local=True, gb_code="610100")
    office = a_department("西咸新区应急管理局", level=Level.CITY, over=[xixian.id], parent=PROVINCE_OFFICE)
    duty = a_person("严西咸", of=office)
    shop = a_wholesaler("西咸烟花公司", region=xixian.id)
    world = a_world(enterprises=[], opened=False).settle(xixian, office, duty, shop, a_permit(shop))
    world.system.app.commitments.open_day(DAY)
    remind(world)
    assert world.told() == {duty.name}


def test_a_county_without_a_duty_person_falls_to_the_city_at_once() -> None:
    world = a_world(enterprises=[DONGFENG])
    left = Person(
        COUNTY_DUTY.id, COUNTY_DUTY.name, COUNTY_DUTY.phone, COUNTY_DUTY.role, LINTONG_OFFICE.id, None, False
    )
    world.settle(left)
    remind(world)
    assert world.told() == {HEAD.name, CITY_DUTY.name}


def test_an_enterprise_with_two_heads_tells_both_and_one_without_tells_the_county() -> None:
    orphan = an_enterprise("无主的厂")
    second = a_person("李永青", Role.ENTERPRISE_HEAD, of=DONGFENG)
    world = a_world(enterprises=[DONGFENG, orphan]).settle(second)
    assert remind(world) == 2
    assert world.told() == {HEAD.name, second.name, COUNTY_DUTY.name}
    assert "无主的厂" in world.messages(COUNTY_DUTY)[0].body


def test_who_has_reported_is_not_reminded() -> None:
    world = a_world()
    world.submit()
    assert remind(world) == 4
    assert world.messages(HEAD) == []
    (to_county,) = world.messages(COUNTY_DUTY)
    assert "东风烟花厂" not in to_county.body and "红星花炮厂" in to_county.body


def test_when_everybody_has_reported_nobody_is_told() -> None:
    world = a_world(enterprises=[DONGFENG])
    world.submit()
    assert remind(world) == 0
    assert world.told() == set() and world.duties(Topic.SMS) == []


# ---------------------------------------------------------------- once


@pytest.mark.parametrize("number", [1, 2])
def test_a_stage_that_runs_twice_tells_nobody_twice(number: int) -> None:
    world = a_world()
    remind(world, number)
    before = (len(world.state.messages), len(world.state.texts), len(world.duties(Topic.SMS)))
    remind(world, number)
    assert (len(world.state.messages), len(world.state.texts), len(world.duties(Topic.SMS))) == before


def test_a_stage_that_runs_again_after_the_sms_went_out_sends_none_again() -> None:
    world = a_world()
    remind(world)
    send_texts(world.system.app.texts)
    sent = len(world.system.sms.sent)
    remind(world)
    assert send_texts(world.system.app.texts) == 0
    assert len(world.system.sms.sent) == sent > 0


def test_who_reports_between_two_runs_of_a_stage_makes_no_second_sms_of_the_others() -> None:
    neighbour = an_enterprise("长安花炮厂", region=CHANGAN)
    world = a_world(enterprises=[DONGFENG, neighbour]).settle(a_permit(DONGFENG))
    remind(world, 2)
    world.submit()
    assert remind(world, 2) == 1
    assert [len(world.texts(CITY_DUTY)), len(world.messages(CITY_DUTY))] == [1, 1]


def test_a_stage_that_is_run_at_another_time_tells_nobody_of_the_same_enterprise_again() -> None:
    neighbour = an_enterprise("长安花炮厂", region=CHANGAN)
    world = a_world(enterprises=[DONGFENG, neighbour], opened=False).settle(
        a_setting("0,60", SettingKey.REMINDER_STAGES, region=LINTONG)
    )
    world.system.app.commitments.open_day(DAY)
    world.at("11:00").system.app.commitment_reminders.remind(clock("11:00"))
    world.settle(a_setting("0,120", SettingKey.REMINDER_STAGES, region=LINTONG))
    assert remind(world, 2) == 2
    first, second = world.texts(CITY_DUTY)
    assert {DONGFENG.id} == set(first.topic.enterprise_ids)
    assert {neighbour.id} == set(second.topic.enterprise_ids)
    assert len(world.messages(CITY_DUTY)) == 2 and len(world.messages(COUNTY_DUTY)) == 1


def test_no_receiver_gets_two_messages_of_one_enterprise_date_and_stage() -> None:
    world = a_world()
    for number in (1, 2, 1, 2):
        remind(world, number)
    keys = [
        (t.receiver_id, t.topic.business_date, t.topic.stage, id)
        for t in world.state.texts.values()
        for id in t.topic.enterprise_ids
    ]
    assert len(keys) == len(set(keys)) > 0


# ---------------------------------------------------------------- merged SMS


def test_a_duty_person_gets_one_sms_for_all_enterprises_of_the_region() -> None:
    world = a_world()
    remind(world)
    (sms,) = world.texts(COUNTY_DUTY)
    assert set(sms.topic.enterprise_ids) == {DONGFENG.id, HONGXING.id, LIMIN.id}
    send_texts(world.system.app.texts)
    (text,) = sent_texts(world, COUNTY_DUTY)
    assert text.startswith(f"临潼区3家企业未上报{month_day(DAY)}安全承诺，请督促上报：")
    assert all(of.name in text for of in (DONGFENG, HONGXING, LIMIN))


def test_a_duty_person_of_a_city_gets_one_sms_and_one_message_for_all_its_counties() -> None:
    neighbour = an_enterprise("长安花炮厂", region=CHANGAN)
    world = a_world(enterprises=[DONGFENG, HONGXING, neighbour])
    remind(world)
    remind(world, 2)
    (sms,) = world.texts(CITY_DUTY)
    assert set(sms.topic.enterprise_ids) == {DONGFENG.id, HONGXING.id, neighbour.id}
    (message,) = world.messages(CITY_DUTY)
    assert message.title == "临潼区、长安区3家企业逾期仍未上报安全承诺"
    assert (message.subject_type, message.subject_id) == ("Region", XIAN)
    assert message.body == (
        f"{month_day(DAY)}的安全承诺逾期仍未上报。"
        f"上报时限10:00：临潼区{DONGFENG.name}、{HONGXING.name}；长安区长安花炮厂。"
    )
    assert [len(world.texts(person)) for person in (COUNTY_DUTY, CHANGAN_DUTY)] == [2, 2]
    send_texts(world.system.app.texts)
    (text,) = sent_texts(world, CITY_DUTY)
    assert text.startswith(f"临潼区、长安区3家企业逾期仍未上报{month_day(DAY)}安全承诺，请督办：")


def test_a_merged_sms_names_only_the_regions_that_still_owe_when_it_is_sent() -> None:
    neighbour = an_enterprise("长安花炮厂", region=CHANGAN)
    world = a_world(enterprises=[DONGFENG, neighbour])
    remind(world, 2)
    world.submit()
    send_texts(world.system.app.texts)
    assert sent_texts(world, CITY_DUTY) == [
        f"长安区1家企业逾期仍未上报{month_day(DAY)}安全承诺，请督办：长安花炮厂。"
    ]


def test_many_regions_are_named_by_three_and_counted() -> None:
    new = [a_region(f"61019{number}", f"新区{number}", Level.COUNTY, XIAN) for number in range(4)]
    factories = [an_enterprise(f"{region.name}花炮厂", region=region.id) for region in new]
    world = a_world(enterprises=[], opened=False).settle(*new, *factories)
    world.system.app.commitments.open_day(DAY)
    remind(world, 2)
    assert world.messages(CITY_DUTY)[0].title == "新区0、新区1、新区2等4个区域4家企业逾期仍未上报安全承诺"


def test_regions_with_different_deadlines_are_merged_where_their_stages_meet() -> None:
    neighbour = an_enterprise("长安花炮厂", region=CHANGAN)
    world = a_world(enterprises=[DONGFENG, neighbour], opened=False).settle(
        a_setting("11:00"),
        a_setting("10:00", region=LINTONG),
        a_setting("0,60,120", SettingKey.REMINDER_STAGES, region=CHANGAN),
    )
    world.system.app.commitments.open_day(DAY)
    remind(world, 2)
    (message,) = world.messages(CITY_DUTY)
    assert message.body.endswith("。上报时限10:00：临潼区东风烟花厂。上报时限11:00：长安区长安花炮厂。")
    assert len(world.texts(CITY_DUTY)) == 1


def test_a_merged_sms_names_three_and_counts_the_rest() -> None:
    more = [an_enterprise(f"第{number}厂") for number in range(5)]
    world = a_world(enterprises=more)
    remind(world)
    send_texts(world.system.app.texts)
    (text,) = sent_texts(world, COUNTY_DUTY)
    assert "5家企业" in text and text.endswith("等。") and sum(of.name in text for of in more) == 3


def test_the_sms_of_the_second_stage_says_so() -> None:
    world = a_world(enterprises=[DONGFENG])
    remind(world)
    remind(world, 2)
    send_texts(world.system.app.texts)
    assert sent_texts(world, CITY_DUTY) == [
        f"临潼区1家企业逾期仍未上报{month_day(DAY)}安全承诺，请督办：东风烟花厂。"
    ]
    assert any(text.startswith("再次提醒：东风烟花厂") for text in sent_texts(world, HEAD))


def test_no_sms_carries_personal_data() -> None:
    world = a_world()
    for stage in (1, 2):
        remind(world, stage)
        send_texts(world.system.app.texts)
    people = list(world.state.people.values())
    for sms in world.system.sms.sent:
        assert not any(person.name in sms.text or person.phone.text in sms.text for person in people)
    assert len(world.system.sms.sent) > 10


# ---------------------------------------------------------------- stages and deadlines per region


def test_each_region_is_reminded_at_its_own_deadline() -> None:
    world = a_world(opened=False).settle(a_setting("09:00", region=WEINAN))
    world.system.app.commitments.open_day(DAY)
    world.at("09:00")
    assert world.system.app.commitment_reminders.remind(clock("09:00")) == 1
    assert world.told() == {FAR_HEAD.name, PUCHENG_DUTY.name}


def test_the_instants_of_a_day_are_those_of_all_regions() -> None:
    world = a_world(opened=False).settle(
        a_setting("09:00", region=WEINAN), a_setting("0,30,60", SettingKey.REMINDER_STAGES, region=XIAN)
    )
    assert list(world.system.app.commitment_reminders.instants(DAY)) == [
        clock(text) for text in ("09:00", "10:00", "10:30", "11:00", "12:00")
    ]


def test_an_instant_at_which_no_stage_falls_reminds_nobody() -> None:
    world = a_world().at("10:30")
    assert world.system.app.commitment_reminders.remind(clock("10:30")) == 0
    assert world.told() == set()


def test_a_region_can_have_its_stages_elsewhere() -> None:
    world = a_world(opened=False).settle(
        a_setting("15", SettingKey.REMINDER_STAGES),
        a_setting("0,15", SettingKey.REMINDER_STAGES, region=LINTONG),
    )
    world.system.app.commitments.open_day(DAY)
    assert remind(world) == 3, "only the enterprises of 临潼"
    world.at("10:15")
    assert world.system.app.commitment_reminders.remind(clock("10:15")) == 5
    assert {sms.state for sms in world.texts(COUNTY_DUTY)} == {SmsState.QUEUED}


def test_the_worker_is_rung_for_when_there_is_something_to_send() -> None:
    world = a_world(enterprises=[DONGFENG])
    remind(world)
    assert Topic.SMS.value in world.system.doorbell.rung


# ---------------------------------------------------------------- words


def test_the_second_reminder_does_not_say_that_the_deadline_has_just_come() -> None:
    world = a_world(enterprises=[DONGFENG])
    remind(world)
    remind(world, 2)
    first, second = sorted(world.messages(HEAD), key=lambda message: message.created_at)
    assert first.body == f"东风烟花厂应于10:00前上报{month_day(DAY)}的安全承诺，现已到时限，请立即上报。"
    assert (
        second.body == f"东风烟花厂应于10:00前上报{month_day(DAY)}的安全承诺，时限已过仍未上报，请立即上报。"
    )


def test_the_county_is_asked_to_urge_and_only_the_city_to_supervise() -> None:
    world = a_world(enterprises=[DONGFENG])
    remind(world, 2)
    send_texts(world.system.app.texts)
    (county,), (city,) = sent_texts(world, COUNTY_DUTY), sent_texts(world, CITY_DUTY)
    assert "请督促上报：" in county and "督办" not in county
    assert "请督办：" in city
