"""What people are told of a problem, word for word: plain sentences, nobody's name, nothing that only we understand."""

from __future__ import annotations

from datetime import date, timedelta

import pytest

from yanbao.application.problem_words import message_of, reminder_of, reminder_sms, sms_of
from yanbao.domain.notice import MessageKind
from yanbao.domain.policy import Policy
from yanbao.domain.problem import Problem
from yanbao.domain.problem_deadlines import Phase, marks
from yanbao.domain.problem_form import ProblemCategory
from yanbao.domain.problem_workflow import ProblemAction

from ..domain.inspections import a_feedback_form, a_statement, issued
from ..support.builders import DAY, NOW
from .rectification import INSPECTOR, RESPONSIBLE, a_rectification, issued_as
from .stage import HEAD

A = ProblemAction
YEAR = timedelta(days=365)


@pytest.mark.parametrize("category", ProblemCategory)
def test_no_sms_carries_personal_data_or_what_somebody_wrote(category: ProblemCategory) -> None:
    secret = "联系人张三，电话13912345678"
    stage = a_rectification()
    problem = issued(statement=a_statement(category=category, description=secret))
    stage.keep(problem, by=INSPECTOR)
    form = a_feedback_form(situation=secret, measures=secret, progress=secret, outcome=secret)
    stage.do(A.ACKNOWLEDGE, HEAD, problem.id)
    stage.do(A.REQUEST_EXTENSION, HEAD, problem.id)
    stage.do(A.REFUSE_EXTENSION, INSPECTOR, problem.id)
    sent = stage.send()
    for action, person in ((A.RECTIFY, HEAD), (A.FEED_BACK, HEAD)):
        stage.do(action, person, problem.id, form=form)
    sent += stage.send()
    stage.do(A.RETURN, INSPECTOR, problem.id, reason=secret)
    sent += stage.send()
    people = list(stage.state.people.values())
    assert len(sent) == 4
    for _, text in sent:
        assert "张三" not in text and "139" not in text
        assert not any(person.name in text or person.phone.text in text for person in people)
        assert "," not in text and "(" not in text and "{" not in text


def test_what_somebody_wrote_is_quoted_in_the_app_shortened_and_without_a_second_full_stop() -> None:
    stage = a_rectification().keep(
        issued(statement=a_statement(description="温度计{损坏}。" + "很" * 900 + "。"))
    )
    (message,) = stage.messages(RESPONSIBLE)
    assert "温度计{损坏}。" in message.body and "…。请于" in message.body and "。。" not in message.body
    assert len(message.body) < 500
    stage.do(A.ACKNOWLEDGE, HEAD, issued().id)
    stage.do(A.REQUEST_EXTENSION, HEAD, issued().id)
    assert stage.messages(INSPECTOR)[0].body == (
        "东风烟花厂申请将“现场违规”问题的整改期限延长至12月14日24:00，现期限为12月1日09:30。原因：配件未到货。"
    )


def test_a_deadline_at_midnight_is_the_end_of_the_day_before() -> None:
    stage = a_rectification().keep(issued(statement=a_statement(rectify_on=DAY + timedelta(days=3))))
    ((_, text),) = stage.send()
    assert text.endswith("11月27日24:00前完成整改并反馈结果。")


def body_of(description: str) -> str:
    problem = issued(statement=a_statement(description=description))
    return message_of(MessageKind.PROBLEM_ISSUED, problem, problem.timeline[-1])[1]


@pytest.mark.parametrize(
    ("written", "quoted"),
    [
        ("围墙有缺口", "围墙有缺口。请于"),
        ("围墙有缺口。", "围墙有缺口。请于"),
        ("围墙有缺口；", "围墙有缺口。请于"),
        ("严重超员！", "严重超员！请于"),
        ("是否有人值班？", "是否有人值班？请于"),
    ],
)
def test_what_somebody_wrote_ends_with_one_mark(written: str, quoted: str) -> None:
    assert f"：{quoted}" in body_of(written)


def test_no_brackets_stand_within_brackets() -> None:
    for category in ProblemCategory:
        problem = issued(statement=a_statement(category=category))
        (mark, *_) = marks(problem.term(Phase.RECTIFY), NOW + YEAR, Policy())
        said = (
            *message_of(MessageKind.PROBLEM_ISSUED, problem, problem.timeline[-1]),
            sms_of(MessageKind.PROBLEM_ISSUED, [problem], NOW),
            *reminder_of(problem, mark, from_above=False),
        )
        assert not any("））" in text or "（（" in text for text in said)


def due_on(day: date) -> Problem:
    return issued(statement=a_statement(rectify_on=day))


def test_a_day_of_another_year_is_said_with_its_year() -> None:
    near, far = due_on(date(2026, 12, 31)), due_on(date(2027, 11, 20))
    kind = MessageKind.PROBLEM_ISSUED
    assert "，12月31日24:00前完成整改" in message_of(kind, near, near.timeline[-1])[1]
    assert "，2027年11月20日24:00前完成整改" in message_of(kind, far, far.timeline[-1])[1]
    assert "，2027年11月20日24:00前完成整改" in sms_of(kind, [far], NOW)
    assert "，12月31日24:00前完成整改" in sms_of(kind, [near], NOW)
    (*_, daily) = marks(near.term(Phase.RECTIFY), near.term(Phase.RECTIFY).due + timedelta(days=3), Policy())
    for text in (reminder_of(near, daily, from_above=True)[1], reminder_sms([(near, daily)])):
        assert "应于2026年12月31日24:00前完成整改" in text


@pytest.mark.parametrize(
    ("late", "early", "said"),
    [
        (1, 0, "1项问题待办理，已逾期，"),
        (2, 0, "2项问题待办理，均已逾期，"),
        (1, 1, "2项问题待办理，其中1项已逾期，"),
        (0, 2, "2项问题待办理，请"),
    ],
)
def test_an_sms_about_several_says_how_many_are_overdue(late: int, early: int, said: str) -> None:
    due = []
    for number in range(late + early):
        problem = issued_as(number)
        first, *_, over = marks(problem.term(Phase.ACKNOWLEDGE), NOW + timedelta(hours=2), Policy())
        due += [(problem, first), (problem, over)] if number < late else [(problem, first), (problem, first)]
    assert reminder_sms(due).startswith(said)
