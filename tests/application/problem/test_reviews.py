"""Feedback and extension requests that the inspector does not look at reach the duty person; the head may act."""

from __future__ import annotations

from datetime import timedelta

import pytest

from yanbao.domain.deadlines import day_end
from yanbao.domain.directory.organisation import Person
from yanbao.domain.exchange.duty import Topic
from yanbao.domain.notice.notice import Message, MessageKind, SmsState
from yanbao.domain.policy import SettingKey
from yanbao.domain.problem.check import TermExceeded
from yanbao.domain.problem.form import ProblemOrigin
from yanbao.domain.problem.workflow import ProblemAction, ProblemState
from yanbao.domain.values import ProblemId

from ...support.builders import DAY, LINTONG, NOW, XIAN, a_setting
from ...support.dates import in_days
from ...support.inspections import a_problem_in, asking_for_more_time
from ...support.rectification import (
    CITY_HEAD,
    COLLEAGUE,
    INSPECTOR,
    Rectification,
    a_rectification,
    issued_as,
)
from ...support.world import CITY_DUTY, COUNTY_DUTY, HEAD, PROVINCE_DUTY, PROVINCE_HEAD, clock

A = ProblemAction
S = ProblemState
MINUTE, TWO_HOURS = timedelta(minutes=1), timedelta(hours=2)
FEEDBACK, REQUEST = (A.FEED_BACK, S.RECTIFYING), (A.REQUEST_EXTENSION, S.ISSUED)


def after(step: tuple[A, S] = FEEDBACK, **detail: object) -> tuple[Rectification, ProblemId]:
    """The addressee has just fed back, or asked for more time."""
    action, state = step
    problem = a_problem_in(state, **detail)
    problem.events = []
    world = a_rectification().keep(problem)
    world.do(action, HEAD, problem.id)
    world.send()
    return world, problem.id


def review(world: Rectification) -> int:
    return world.system.app.problem_reviews.remind()


def told(world: Rectification, person: Person = CITY_DUTY) -> list[Message]:
    return [m for m in world.messages(person) if m.kind is MessageKind.REVIEW_WAITING]


def read_everything(world: Rectification, person: Person) -> None:
    assert world.system.app.notices.mark_read(world.actor(person), None) > 0


# ---------------------------------------------------------------- not looked at


@pytest.mark.parametrize(
    ("step", "title", "sms"),
    [
        (
            FEEDBACK,
            "东风烟花厂的反馈尚未查看，请安排核查",
            "东风烟花厂已反馈1项问题（现场违规）的整改结果，至今无人查看，请登录系统安排核查。",
        ),
        (
            REQUEST,
            "东风烟花厂的延期申请尚未查看，请安排审批",
            "东风烟花厂申请延长1项问题（现场违规）的整改期限，至今无人查看，请登录系统安排审批。",
        ),
    ],
)
def test_what_the_inspector_has_not_looked_at_within_the_term_reaches_the_duty_person(
    step: tuple[A, S], title: str, sms: str
) -> None:
    world, id = after(step)
    assert world.after(TWO_HOURS - MINUTE) and review(world) == 0 and told(world) == []
    assert world.after(MINUTE) and review(world) == 1
    (message,) = told(world)
    assert (message.title, message.subject_id) == (title, str(id))
    assert f"（下发人：{INSPECTOR.name}）" in message.body
    assert world.send() == [(CITY_DUTY.name, sms)]
    assert told(world, COUNTY_DUTY) == told(world, CITY_HEAD) == []


def test_it_is_told_once() -> None:
    world, _ = after()
    assert world.after(TWO_HOURS) and review(world) == 1
    for _ in range(20):
        assert world.after(TWO_HOURS) and review(world) == 0
    assert len(told(world)) == 1


@pytest.mark.parametrize("step", [FEEDBACK, REQUEST])
def test_who_has_read_the_message_has_looked(step: tuple[A, S]) -> None:
    world, _ = after(step)
    read_everything(world, INSPECTOR)
    assert world.after(TWO_HOURS) and review(world) == 0
    assert told(world) == []


@pytest.mark.parametrize(
    ("step", "action", "by"),
    [
        (FEEDBACK, A.CLOSE, INSPECTOR),
        (FEEDBACK, A.RETURN, COLLEAGUE),
        (REQUEST, A.GRANT_EXTENSION, CITY_HEAD),
        (REQUEST, A.REFUSE_EXTENSION, INSPECTOR),
        (REQUEST, A.WITHDRAW, CITY_HEAD),
    ],
)
def test_who_has_acted_has_looked(step: tuple[A, S], action: A, by: Person) -> None:
    world, id = after(step)
    world.do(action, by, id)
    assert world.after(TWO_HOURS) and review(world) == 0


def test_who_looks_before_the_sms_goes_out_spares_it() -> None:
    world, _ = after()
    assert world.after(TWO_HOURS) and review(world) == 1
    read_everything(world, INSPECTOR)
    assert world.send() == []
    (sms,) = world.texts(CITY_DUTY)
    assert (sms.state, sms.note) == (SmsState.DROPPED, "发送前已查看或已办理")


def test_a_step_in_between_does_not_end_the_watch_over_a_request() -> None:
    world, id = after((A.REQUEST_EXTENSION, S.RECTIFYING))
    world.after(MINUTE) and world.do(A.REPORT_PROGRESS, HEAD, id)
    assert world.after(TWO_HOURS) and review(world) == 1


def test_each_feedback_has_its_own_term() -> None:
    world, id = after()
    world.after(TWO_HOURS) and review(world)
    world.send()
    for action, by in ((A.RETURN, INSPECTOR), (A.RECTIFY, HEAD), (A.FEED_BACK, HEAD)):
        world.do(action, by, id)
    assert world.after(TWO_HOURS - MINUTE) and review(world) == 0
    assert world.after(MINUTE) and review(world) == 1
    assert len(told(world)) == 2


def test_the_term_is_the_issuer_s_setting_and_leaves_out_the_quiet_hours() -> None:
    problem = a_problem_in(S.RECTIFYING)
    world = a_rectification(clock("22:00"))
    world.settle(a_setting("3", SettingKey.ACKNOWLEDGE_HOURS_GENERAL))
    world.keep(problem).do(A.FEED_BACK, HEAD, problem.id)
    tomorrow = DAY + timedelta(days=1)
    assert world.at("10:59", tomorrow) and review(world) == 0
    assert world.at("11:00", tomorrow) and review(world) == 1


def test_a_problem_of_the_ministry_is_watched_for_the_province() -> None:
    world, _ = after(origin=ProblemOrigin.MINISTRY)
    assert [m.kind for m in world.messages(PROVINCE_HEAD)] == [MessageKind.PROBLEM_FED_BACK]
    assert world.after(TWO_HOURS) and review(world) == 1
    assert len(told(world, PROVINCE_DUTY)) == 1


def test_several_that_nobody_looked_at_are_one_sms() -> None:
    world = a_rectification()
    for number in range(2):
        problem = a_problem_in(S.FED_BACK)
        problem.id = issued_as(number).id
        problem.events = []
        world.keep(problem)
        with world.system.storage.work(world.actor(INSPECTOR)) as work:
            work.problems.check_review(problem.id, NOW)
            work.commit()
    assert review(world) == 2
    assert world.send() == [
        (CITY_DUTY.name, "2项问题的反馈或延期申请至今无人查看，请登录系统安排核查、审批：东风烟花厂。")
    ]


def test_the_schedule_looks_for_it() -> None:
    world, _ = after()
    world.system.app.schedule.tick()
    world.after(TWO_HOURS + 10 * MINUTE)
    world.system.app.schedule.tick()
    assert len(told(world)) == 1 and Topic.SMS.value in world.system.doorbell.rung


# ---------------------------------------------------------------- the head acts


@pytest.mark.parametrize(
    ("state", "action"),
    [
        (S.FED_BACK, A.CLOSE),
        (S.FED_BACK, A.RETURN),
        (S.RECTIFYING, A.GRANT_EXTENSION),
        (S.RECTIFYING, A.REFUSE_EXTENSION),
        (S.ISSUED, A.WITHDRAW),
    ],
)
def test_the_departments_head_may_act_for_an_absent_inspector_and_is_named_for_it(
    state: ProblemState, action: A
) -> None:
    problem = a_problem_in(state)
    if action in (A.GRANT_EXTENSION, A.REFUSE_EXTENSION):
        asking_for_more_time(problem)
    world = a_rectification().keep(problem)
    actor = world.actor(CITY_HEAD)
    (row,) = world.system.app.problems.rows(actor, [problem.id]).values()
    assert action in world.system.app.problems.allowed_actions(actor, row)
    world.do(action, CITY_HEAD, problem.id)
    signed = world.history(problem.id).timeline[-1].signed
    assert (signed.person_id, signed.name) == (CITY_HEAD.id, CITY_HEAD.name)
    entry = max(world.state.audit.values(), key=lambda entry: (entry.at, entry.actor_name == CITY_HEAD.name))
    assert (entry.actor_name, entry.subject) == (CITY_HEAD.name, f"Problem:{problem.id}")


def test_a_return_gives_no_more_time_than_the_stricter_party_allows() -> None:
    for region in (LINTONG, XIAN):  # The addressee's county and the issuer's city.
        world, id = after()
        world.settle(a_setting("3", SettingKey.RECTIFY_DAYS_GENERAL, region=region, since=DAY))
        world.system.clock.moment += timedelta(days=10)  # The deadline of before has passed.
        with pytest.raises(TermExceeded) as refused:
            world.do(A.RETURN, INSPECTOR, id, rectify_on=in_days(13))
        assert f"一般问题的整改时限为3天，整改期限（含当日）最晚为{in_days(12)}" in refused.value.sentence
        assert world.do(A.RETURN, INSPECTOR, id, rectify_on=in_days(12)).rectify_due == day_end(in_days(12))
