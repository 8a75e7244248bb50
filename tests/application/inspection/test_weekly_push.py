"""What was frozen of a week goes up to the ministry by kind, once, and unchanged."""

from __future__ import annotations

from datetime import timedelta

import pytest

from yanbao.application.exchange.exchange import ResendDeadLetters
from yanbao.application.exchange.jobs import RECONCILE_WEEKLY
from yanbao.application.ports.exchange import RecordKind
from yanbao.domain.exchange.duty import DutyState, Topic
from yanbao.domain.notice.notice import MessageKind
from yanbao.domain.problem.workflow import ProblemAction

from ...contracts.inspection.inspections import keep_records
from ...support.builders import XIAN
from ...support.closing import FRIDAY, WEEK, a_check, close, held, owed, push, running, slots, tick_everything
from ...support.dates import in_days
from ...support.rectification import RESPONSIBLE, issued_as
from ...support.world import PROVINCE_DUTY, PROVINCE_HEAD, clock


@pytest.fixture(autouse=True)
def _steady_jitter(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("yanbao.application.exchange.pushes.random.random", lambda: 0.0)


def test_what_the_ministry_holds_is_what_was_frozen() -> None:
    world = running()
    keep_records(world.system.storage, a_check(WEEK.since, problems=2))
    push(close(world))
    assert {duty.state for duty in owed(world)} == {DutyState.DONE}
    checks, patrols = held(world, RecordKind.SPOT_CHECK), held(world, RecordKind.PATROL)
    assert set(checks) == set(patrols) == {"610100", "610500", "611100"}
    assert checks["611100"]["genAreaCode"] == patrols["611100"]["areaCode"] == "610403"
    sent = checks["610100"]
    assert (sent["extWeekStart"], sent["extWeekEnd"]) == tuple(
        f"{day:%Y%m%d}140000" for day in (in_days(-7, FRIDAY), FRIDAY)
    )
    assert (sent["extInspectedNumber"], sent["extIssuedNumber"], sent["extUnfedBackNumber"]) == (1, 2, 2)
    assert sent["extContent"] == (
        "人工抽查企业1个，其中1个发现问题；另有0个企业仅有系统自动记录，未经人工核查；"
        "现场已整改0项，下发问题2个，撤回0个，反馈0个；"
        f"截至{FRIDAY} 14:00未反馈2个，其中逾期2个。"
    )


def test_a_refused_row_is_a_dead_letter_and_is_sent_again_unchanged() -> None:
    world = running()
    problem = issued_as("超员", at=WEEK.since)
    world.keep(problem)
    close(world).system.ministry.refuse([XIAN], code="R103", sentence="区域编码未备案", times=2)
    push(world)
    dead = [duty for duty in owed(world) if duty.state is DutyState.REFUSED]
    assert [(duty.topic, duty.facts["region_code"]) for duty in dead] == [
        (Topic.MINISTRY_PATROL, XIAN),
        (Topic.MINISTRY_SPOT_CHECK, XIAN),
    ]
    for action in (ProblemAction.ACKNOWLEDGE, ProblemAction.RECTIFY, ProblemAction.FEED_BACK):
        world.do(action, RESPONSIBLE, problem.id)
    command = ResendDeadLetters(tuple(duty.id for duty in dead))
    assert world.system.app.exchange.resend(world.actor(PROVINCE_HEAD), command) == 2
    push(world.after(timedelta(days=3)))
    assert {duty.state for duty in owed(world)} == {DutyState.DONE}
    sent = held(world, RecordKind.SPOT_CHECK)["610100"]
    assert (sent["extFedBackNumber"], sent["extUnfedBackNumber"]) == (0, 1)


def test_after_an_outage_and_a_wish_to_wait_every_row_arrives_once() -> None:
    world = close(running())
    world.system.ministry.fail_next(2)
    world.system.ministry.fail_next(answered=429, reason="HTTP 429", retry_after=600.0)
    world.system.ministry.lose_answers()
    for _ in range(40):
        push(world)
        world.after(timedelta(minutes=1))
    assert {duty.state for duty in owed(world)} == {DutyState.DONE}
    assert len(held(world, RecordKind.PATROL)) == len(held(world, RecordKind.SPOT_CHECK)) == 3


def test_what_the_ministry_lost_is_found_the_same_night_and_sent_again() -> None:
    world = close(running())
    world.system.ministry.lose_next()
    push(world)
    assert held(world, RecordKind.PATROL) == {}
    tick_everything(world, clock("23:45", FRIDAY))
    (slot,) = [one for one in slots(world, RECONCILE_WEEKLY) if one.slot_at == clock("23:45", FRIDAY)]
    assert slot.note == "近31日已推送6条，部级平台持有3条，缺少3条"
    (alarm,) = [m for m in world.messages(PROVINCE_DUTY) if m.kind is MessageKind.EXCHANGE_ALARM]
    assert alarm.title == f"部级平台缺少3条{FRIDAY}的每周巡查情况"
    push(world)
    assert len(held(world, RecordKind.PATROL)) == 3
