"""The steps of an alert: who may take which, what they are told, and who is told of it."""

from __future__ import annotations

from datetime import timedelta

import pytest

from yanbao.application.ports.alert import AlertFilter, AlertOrder
from yanbao.application.ports.paging import Page
from yanbao.domain.alert.form import AlertLevel, Verification
from yanbao.domain.alert.workflow import AlertAction, AlertState
from yanbao.domain.notice.notice import MessageKind
from yanbao.domain.refusals import ActionNotAllowed, Conflict, Forbidden, InvalidValue, NotFound

from ...support.alerting import Alerting, an_alerting, of_the_county, of_the_ministry
from ...support.builders import DAY
from ...support.dates import month_day
from ...support.world import (
    CHANGAN_DUTY,
    CITY_DUTY,
    COUNTY_DUTY,
    COUNTY_HEAD,
    FAR,
    HEAD,
    HONGXING_HEAD,
    MANAGER,
    PROVINCE_DUTY,
    PROVINCE_HEAD,
    SYSTEM_ADMIN,
    clock,
)

A = AlertAction
WAY = (A.ACKNOWLEDGE, A.HANDLE, A.FEED_BACK)


def told_both_ways(world: Alerting, kind: MessageKind) -> set[str]:
    """Who has one message and one SMS about it, and nobody has the one without the other."""
    state = world.state
    in_app = [state.people[m.receiver_id].name for m in state.messages.values() if m.kind is kind]
    by_sms = [state.people[t.receiver_id].name for t in state.texts.values() if t.topic.kind is kind]
    assert sorted(in_app) == sorted(by_sms) == sorted(set(in_app))
    return set(in_app)


def test_an_alert_of_the_ministry_is_told_to_the_head_and_the_heads_of_the_province() -> None:
    world = an_alerting().keep(of_the_ministry())
    assert told_both_ways(world, MessageKind.ALERT_OPENED) == {HEAD.name, PROVINCE_HEAD.name}
    (message,) = world.messages(HEAD)
    assert message.title == "橙色预警：超员"
    assert (message.subject_type, message.subject_id) == ("Alert", str(of_the_ministry().id))
    day = month_day(DAY)
    wanted = f"部级平台对东风烟花厂发出1项橙色预警（超员），请于{day}10:00前签收，{day}17:30前反馈处置结果。"
    assert set(world.send()) == {(HEAD.name, wanted), (PROVINCE_HEAD.name, wanted)}


def test_at_night_a_red_alert_goes_out_and_an_orange_one_waits_with_its_terms() -> None:
    night = clock("23:00")
    world = an_alerting(night).keep(
        of_the_ministry(level=AlertLevel.ORANGE, at=night, external_id="W-1"),
    )
    assert world.send() == []
    world.keep(of_the_ministry(level=AlertLevel.RED, at=night, external_id="W-2"))
    texts = world.send()
    assert {who for who, _ in texts} == {HEAD.name, PROVINCE_HEAD.name}
    assert all("红色" in text for _, text in texts)
    orange = world.alert(of_the_ministry(external_id="W-1").id)
    assert orange.terms[0].since == clock("08:00", DAY + timedelta(days=1))


def test_the_whole_way_from_opening_to_close_through_a_return() -> None:
    alert = of_the_ministry()
    world = an_alerting().keep(alert)
    for action in WAY:
        world.after(timedelta(minutes=5)).do(action, HEAD, alert.id)
    assert told_both_ways(world, MessageKind.ALERT_FED_BACK) == {PROVINCE_DUTY.name}
    world.do(A.RETURN, PROVINCE_HEAD, alert.id)
    world.do(A.HANDLE, MANAGER, alert.id, verification=Verification.FALSE_ALARM, note="现场清点为8人")
    world.do(A.FEED_BACK, MANAGER, alert.id)
    row = world.do(A.CLOSE, PROVINCE_HEAD, alert.id)
    assert (row.state, row.verification) == (AlertState.CLOSED, Verification.FALSE_ALARM)
    assert told_both_ways(world, MessageKind.ALERT_CLOSED) == {HEAD.name}


@pytest.mark.parametrize("action", WAY)
@pytest.mark.parametrize("person", [COUNTY_HEAD, PROVINCE_HEAD])
def test_no_department_answers_in_the_place_of_the_enterprise(action: A, person: object) -> None:
    alert = of_the_ministry()
    world = an_alerting().keep(alert)
    with pytest.raises(Forbidden, match="被预警企业"):
        world.do(action, person, alert.id)  # type: ignore[arg-type]


def test_only_the_reviewing_department_closes_and_no_neighbour_sees_it() -> None:
    alert = of_the_ministry()
    world = an_alerting().keep(alert)
    for action in WAY:
        world.do(action, HEAD, alert.id)
    with pytest.raises(Forbidden, match="核查部门"):
        world.do(A.CLOSE, COUNTY_HEAD, alert.id)
    for person in (HEAD, PROVINCE_DUTY):
        with pytest.raises(Forbidden):
            world.do(A.CLOSE, person, alert.id)
    for stranger in (CHANGAN_DUTY, HONGXING_HEAD):
        with pytest.raises(NotFound):
            world.do(A.ACKNOWLEDGE, stranger, alert.id)


def test_two_who_decide_at_once_and_a_step_twice_by_key() -> None:
    alert = of_the_ministry()
    world = an_alerting().keep(alert)
    first = world.do(A.ACKNOWLEDGE, HEAD, alert.id, key="key-0001")
    assert world.do(A.ACKNOWLEDGE, HEAD, alert.id, revision=1, key="key-0001") == first
    with pytest.raises(Conflict, match="第2版"):
        world.do(A.ACKNOWLEDGE, MANAGER, alert.id, revision=1)
    with pytest.raises(ActionNotAllowed):
        world.do(A.ACKNOWLEDGE, MANAGER, alert.id)


def test_escalating_goes_up_one_level_and_ends_at_the_province() -> None:
    alert = of_the_county()
    world = an_alerting().keep(alert)
    row = world.do(A.ESCALATE, COUNTY_HEAD, alert.id)
    assert row.reviewer_name == "西安市应急管理局"
    assert told_both_ways(world, MessageKind.ALERT_ESCALATED) == {HEAD.name, CITY_DUTY.name}
    with pytest.raises(Forbidden, match="核查部门"):
        world.do(A.ESCALATE, COUNTY_HEAD, alert.id)
    top = of_the_ministry(external_id="W-5")
    world.keep(top)
    with pytest.raises(ActionNotAllowed, match="最高一级"):
        world.do(A.ESCALATE, PROVINCE_HEAD, top.id)


def test_allowed_actions_follow_person_and_state() -> None:
    alert = of_the_county()
    world = an_alerting().keep(alert)
    alerts = world.system.app.alerts

    def allowed(person: object) -> list[A]:
        actor = world.actor(person)  # type: ignore[arg-type]
        return list(alerts.allowed_actions(actor, alerts.rows(actor, [alert.id])[alert.id]))

    assert allowed(HEAD) == [A.ACKNOWLEDGE]
    assert allowed(COUNTY_HEAD) == [A.ESCALATE]
    assert allowed(COUNTY_DUTY) == []
    for action in WAY:
        world.do(action, HEAD, alert.id)
    assert allowed(HEAD) == []
    assert allowed(COUNTY_HEAD) == [A.CLOSE, A.RETURN, A.ESCALATE]
    assert allowed(PROVINCE_HEAD) == []


def test_reminders_come_by_the_terms_of_the_level_and_go_up_once_overdue() -> None:
    alert = of_the_county(level=AlertLevel.RED)
    world = an_alerting().keep(alert)
    world.send()
    remind = world.system.app.alert_reminders.remind
    assert remind() == 0
    world.after(timedelta(minutes=8))
    assert remind() == 1
    assert {who for who, _ in world.send()} == {HEAD.name, PROVINCE_HEAD.name}
    world.after(timedelta(minutes=8))
    assert remind() == 1
    overdue = world.send()
    assert {who for who, _ in overdue} == {HEAD.name, PROVINCE_HEAD.name, COUNTY_DUTY.name}
    assert any(text.endswith("现已逾期，请督办。") for who, text in overdue if who == COUNTY_DUTY.name)
    assert any(text.endswith("现已逾期，请立即办理。") for who, text in overdue if who == HEAD.name)
    for action in WAY:
        world.do(action, HEAD, alert.id)
    world.after(timedelta(hours=9))
    assert remind() == 0


def test_a_feedback_that_nobody_looks_at_is_told_to_the_heads_of_the_reviewing_department() -> None:
    alert = of_the_county(level=AlertLevel.RED)
    world = an_alerting().keep(alert)
    for action in WAY:
        world.do(action, HEAD, alert.id)
    reviews = world.system.app.alert_reviews
    world.after(timedelta(minutes=14))
    assert reviews.remind() == 0
    world.after(timedelta(minutes=1))
    assert reviews.remind() == 1
    assert told_both_ways(world, MessageKind.ALERT_REVIEW_WAITING) == {COUNTY_HEAD.name}
    world.after(timedelta(minutes=30))
    assert reviews.remind() == 0


def test_changes_of_the_source_are_told_with_the_new_level() -> None:
    alert = of_the_ministry()
    world = an_alerting().keep(alert)
    world.after(timedelta(minutes=2)).restate(alert.id, level=AlertLevel.RED)
    assert told_both_ways(world, MessageKind.ALERT_RAISED) == {HEAD.name, PROVINCE_HEAD.name}
    world.after(timedelta(minutes=2)).restate(alert.id, ended="人员已撤离")
    assert told_both_ways(world, MessageKind.ALERT_ENDED) == {HEAD.name, PROVINCE_HEAD.name}
    texts = [text for who, text in world.send() if who == HEAD.name]
    assert texts == ["东风烟花厂的1项预警（超员）已解除，不再需要处置。"]
    with pytest.raises(ActionNotAllowed, match="已解除"):
        world.do(A.ACKNOWLEDGE, HEAD, alert.id)


def test_lists_count_and_refuse_what_no_index_supports() -> None:
    world = an_alerting().keep(of_the_ministry(), of_the_county(external_id="W-2", level=AlertLevel.RED))
    alerts, actor = world.system.app.alerts, world.actor(COUNTY_HEAD)
    rows = alerts.page(actor, AlertFilter(unfed_back=True), Page(10), AlertOrder.GRAVEST).rows
    assert [row.level for row in rows] == [AlertLevel.RED, AlertLevel.ORANGE]
    assert alerts.count(actor, AlertFilter()) == 2
    with pytest.raises(InvalidValue, match="按等级排序"):
        alerts.page(actor, AlertFilter(), Page(10), AlertOrder.GRAVEST)
    with pytest.raises(InvalidValue, match="按文字查询"):
        alerts.count(actor, AlertFilter(text="超员"))
    with pytest.raises(NotFound):
        alerts.page(actor, AlertFilter(region_id=FAR.region_id), Page(1))
    with pytest.raises(Forbidden):
        alerts.page(world.actor(SYSTEM_ADMIN), AlertFilter(), Page(10))
    assert sum(alerts.unfed_back(world.actor(HEAD)).values()) == 2
    assert alerts.unfed_back(actor) == {}
