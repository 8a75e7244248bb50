"""What goes up to the ministry of its problems: every state once, in order, the result only after the review."""

from __future__ import annotations

from datetime import timedelta

from yanbao.application.access import SYSTEM
from yanbao.domain.exchange.duty import Duty, DutyState, Topic
from yanbao.domain.problem.workflow import ProblemAction
from yanbao.domain.restore import Restore
from yanbao.domain.values import SHANGHAI, ProblemId

from ...support.builders import DAY, LINTONG
from ...support.dates import in_days
from ...support.inspections import a_feedback_form, issued
from ...support.rectification import PROVINCE_INSPECTOR, Rectification, a_rectification
from ...support.world import COUNTY_DUTY, DONGFENG, HEAD, PROVINCE_HEAD

A = ProblemAction
KEYS = {
    *("external_id", "kind", "revision", "action", "state", "at", "handler", "region_code", "credit_code"),
    *("note", "rectify_due", "situation", "measure", "progress", "plan_date", "is_finish"),
    *("delay_info", "delay_date", "late"),
}
RESULT = ("situation", "measure", "progress", "plan_date", "is_finish")


def going_up(world: Rectification) -> list[Duty]:
    return sorted(world.duties(Topic.MINISTRY_PROBLEM), key=lambda duty: duty.revision)


def carried_through(world: Rectification, id: ProblemId) -> None:
    """Handed over, fed back, returned, fed back and closed; an hour lies between the steps."""
    for action, by in (
        *((A.HAND_OVER, PROVINCE_INSPECTOR), (A.ACKNOWLEDGE, COUNTY_DUTY), (A.RECTIFY, COUNTY_DUTY)),
        *((A.REPORT_PROGRESS, COUNTY_DUTY), (A.FEED_BACK, COUNTY_DUTY), (A.RETURN, PROVINCE_HEAD)),
        *((A.RECTIFY, COUNTY_DUTY), (A.FEED_BACK, COUNTY_DUTY), (A.CLOSE, PROVINCE_HEAD)),
    ):
        world.system.clock.moment += timedelta(hours=1)
        world.do(action, by, id)


def test_every_state_goes_up_once_in_order_and_the_result_with_the_close() -> None:
    world = a_rectification()
    began = world.system.clock.moment
    _, id = world.state_problem()
    carried_through(world, id)
    duties = going_up(world)
    assert [(duty.revision, duty.facts["action"], duty.facts["state"]) for duty in duties] == [
        (1, "RECEIVED", "ISSUED"),
        (2, "HAND_OVER", "ISSUED"),
        (3, "ACKNOWLEDGE", "ACKNOWLEDGED"),
        (4, "RECTIFY", "RECTIFYING"),
        (5, "REPORT_PROGRESS", "RECTIFYING"),
        (6, "FEED_BACK", "FED_BACK"),
        (7, "RETURN", "RETURNED"),
        (8, "RECTIFY", "RECTIFYING"),
        (9, "FEED_BACK", "FED_BACK"),
        (10, "CLOSE", "CLOSED"),
    ]
    assert {duty.object_key for duty in duties} == {str(id)}
    assert len({duty.id for duty in duties}) == 10
    assert all(set(duty.facts) == KEYS for duty in duties)
    assert all(duty.facts[key] is None for duty in duties[:-1] for key in RESULT)
    assert duties[-1].facts == {
        "external_id": "BJ-1",
        "kind": "PATROL",
        "revision": 10,
        "action": "CLOSE",
        "state": "CLOSED",
        "at": (began + timedelta(hours=9)).astimezone(SHANGHAI).isoformat(),
        "handler": "临潼区应急管理局",
        "region_code": LINTONG,
        "credit_code": None,
        "note": "已核实",
        "rectify_due": f"{in_days(11)}T00:00:00+08:00",
        "situation": "情况属实",
        "measure": "已调整人员",
        "progress": "完成一半\n已整改到位",
        "plan_date": in_days(38).isoformat(),
        "is_finish": True,
        "delay_info": None,
        "delay_date": None,
        "late": False,
    }
    assert [duty.facts["handler"] for duty in duties[:2]] == ["陕西省应急管理厅", "临潼区应急管理局"]
    assert duties[1].facts["note"] == "由陕西省应急管理厅转办至临潼区应急管理局：请现场核实"
    names = {person.name for person in world.state.people.values()}
    assert not any(name in str(duty.facts) for duty in duties for name in names), "no personal data"


def test_a_spot_check_problem_goes_up_with_the_credit_code() -> None:
    world = a_rectification()
    world.state_problem(enterprise=DONGFENG)
    (duty,) = going_up(world)
    assert (duty.facts["kind"], duty.facts["credit_code"]) == ("SPOT_CHECK", DONGFENG.credit_code.text)
    assert (duty.facts["handler"], duty.business_date, duty.due_at) == (DONGFENG.name, DAY, duty.created_at)


def test_a_delay_beyond_the_ministry_s_deadline_is_reported_with_its_reason() -> None:
    world = a_rectification()
    _, id = world.state_problem(enterprise=DONGFENG)
    world.do(A.REQUEST_EXTENSION, HEAD, id, until=in_days(20))
    world.do(A.GRANT_EXTENSION, PROVINCE_HEAD, id)
    world.do(A.ACKNOWLEDGE, HEAD, id)
    asked, granted, acknowledged = (duty.facts for duty in going_up(world)[1:])
    assert (asked["delay_info"], asked["delay_date"], asked["note"]) == (None, None, "")
    for facts in (granted, acknowledged):
        assert (facts["delay_info"], facts["delay_date"]) == ("配件未到货", in_days(20).isoformat())
    world.state_problem(version=2, enterprise=DONGFENG, rectify_on=in_days(30))
    assert going_up(world)[-1].facts["delay_date"] is None, "the ministry has given more time itself"


def test_a_return_that_takes_longer_than_the_ministry_s_deadline_is_reported_too() -> None:
    world = a_rectification()
    _, id = world.state_problem(enterprise=DONGFENG, rectify_on=in_days(1))
    for action in (A.ACKNOWLEDGE, A.RECTIFY, A.FEED_BACK):
        world.do(action, HEAD, id, form=a_feedback_form())
    world.do(A.RETURN, PROVINCE_HEAD, id, rectify_on=in_days(3))
    facts = going_up(world)[-1].facts
    assert (facts["delay_info"], facts["delay_date"]) == ("照片不清楚", in_days(3).isoformat())


def test_what_is_late_is_said_to_be_late() -> None:
    world = a_rectification()
    world.state_problem(rectify_on=in_days(-1))
    assert going_up(world)[0].facts["late"] is True


def test_our_own_problems_do_not_go_up() -> None:
    assert going_up(a_rectification().keep(issued())) == []


def test_after_a_restore_ids_and_revisions_are_others_than_before_it() -> None:
    world = a_rectification()
    _, id = world.state_problem()
    with world.system.storage.work(SYSTEM) as work:
        now = world.system.clock.moment
        restore = Restore(now, "管理员", "磁盘损坏", known_until=now, finished_at=now)
        work.restores.save(restore)
        work.commit()
    world.system.clock.moment += timedelta(days=3)
    world.do(A.ACKNOWLEDGE, PROVINCE_HEAD, id)
    twin = a_rectification()
    twin.state_problem()
    twin.do(A.ACKNOWLEDGE, PROVINCE_HEAD, id)
    ours, lost = going_up(world)[1], going_up(twin)[1]
    assert ours.id != lost.id and ours.revision == lost.revision == 2
    assert ours.facts["revision"] == 2 + restore.revisions_from > lost.facts["revision"] == 2
    assert ours.state is DutyState.PENDING
