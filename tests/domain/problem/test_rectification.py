"""Feedback, review, more time and terms of a problem: what stands beside its table."""

from __future__ import annotations

from collections.abc import Callable
from copy import deepcopy
from datetime import date, timedelta

import pytest

from yanbao.domain.deadlines import day_end
from yanbao.domain.handling.feedback import Feedback, FeedbackForm
from yanbao.domain.handling.parties import Party
from yanbao.domain.handling.terms import Phase
from yanbao.domain.problem.form import ProblemOrigin
from yanbao.domain.problem.history import ExtensionOutcome
from yanbao.domain.problem.problem import Problem
from yanbao.domain.problem.workflow import ProblemAction, ProblemState, check_party
from yanbao.domain.refusals import ActionNotAllowed, Forbidden, InvalidForm, InvalidValue, Refused

from ...support.builders import DAY, NOW
from ...support.dates import in_days
from ...support.inspections import (
    MICROSECOND,
    a_feedback_form,
    a_problem_in,
    a_statement,
    an_attachment,
    asking_for_more_time,
    by,
    issued,
)
from .test_problem import ACTS, DECISIONS, LATER, UNTIL

# ---------------------------------------------------------------- feedback


def test_every_feedback_is_kept_as_it_was_given() -> None:
    problem = a_problem_in(ProblemState.RECTIFYING)
    first, second, last = a_feedback_form(), a_feedback_form(progress="快好了"), a_feedback_form()
    problem.report_progress(first, by=by(at=LATER))
    problem.report_progress(second, by=by(at=LATER))
    assert problem.is_unfed_back
    problem.feed_back(last, by=by(at=LATER))
    assert problem.feedbacks == (
        Feedback(by(at=LATER), first, final=False, late=False),
        Feedback(by(at=LATER), second, final=False, late=False),
        Feedback(by(at=LATER), last, final=True, late=False),
    )
    assert not problem.is_unfed_back


@pytest.mark.parametrize("offset", [-MICROSECOND, timedelta(0), MICROSECOND])
def test_a_feedback_is_late_from_its_deadline_on(offset: timedelta) -> None:
    late = offset >= timedelta(0)
    problem = a_problem_in(ProblemState.RECTIFYING)
    moment = problem.term(Phase.FEED_BACK).due + offset
    problem.report_progress(a_feedback_form(planned_on=UNTIL), by=by(at=moment))
    assert problem.feedbacks[-1].late is late
    problem.feed_back(a_feedback_form(), by=by(at=problem.term(Phase.RECTIFY).due + offset))
    assert problem.feedbacks[-1].late is late


def test_only_the_first_interim_feedback_can_be_late() -> None:
    problem = a_problem_in(ProblemState.RECTIFYING)
    problem.report_progress(a_feedback_form(), by=by(at=LATER))
    after = problem.term(Phase.FEED_BACK).due + timedelta(days=1)
    problem.report_progress(a_feedback_form(planned_on=UNTIL), by=by(at=after))
    assert [feedback.late for feedback in problem.feedbacks] == [False, False]


def test_a_rectification_may_be_planned_for_a_year_at_most() -> None:
    problem = a_problem_in(ProblemState.RECTIFYING)
    problem.report_progress(a_feedback_form(planned_on=DAY + timedelta(days=365)), by=by())
    with pytest.raises(InvalidValue) as refused:
        problem.report_progress(a_feedback_form(planned_on=DAY + timedelta(days=366)), by=by())
    assert refused.value.sentence == f"计划完成日期自今日起最长365天，现至{in_days(366)}。"


@pytest.mark.parametrize(
    ("final", "changes", "fields"),
    [
        (False, {"progress": ""}, ["progress"]),
        (False, {"planned_on": None}, ["plannedOn"]),
        (False, {"planned_on": DAY - timedelta(days=1)}, ["plannedOn"]),
        (False, {"planned_on": DAY + timedelta(days=366)}, ["plannedOn"]),
        (False, {"planned_on": date.max}, ["plannedOn"]),
        (True, {"planned_on": date.max}, ["plannedOn"]),
        (False, {"situation": " ", "measures": "改" * 1001}, ["situation", "measures"]),
        (True, {"outcome": ""}, ["outcome"]),
        (True, {"outcome": "", "situation": ""}, ["situation", "outcome"]),
        (True, {"attachments": (an_attachment("甲"), an_attachment("甲"))}, ["attachments"]),
        (True, {"attachments": tuple(an_attachment(str(n)) for n in range(21))}, ["attachments"]),
    ],
)
def test_a_feedback_with_faults_is_refused_with_all_of_them(
    final: bool, changes: dict[str, object], fields: list[str]
) -> None:
    problem = a_problem_in(ProblemState.RECTIFYING)
    before = deepcopy(problem)
    give = problem.feed_back if final else problem.report_progress
    with pytest.raises(Refused) as refused:
        give(a_feedback_form(**changes), by=by())
    found = refused.value.items if isinstance(refused.value, InvalidForm) else (refused.value,)
    assert [item.field for item in found] == fields
    assert problem == before and problem.events == []


def test_an_interim_feedback_may_plan_for_today() -> None:
    problem = a_problem_in(ProblemState.RECTIFYING)
    problem.report_progress(a_feedback_form(planned_on=DAY), by=by())
    assert problem.feedbacks[-1].form.planned_on == DAY


@pytest.mark.parametrize(
    "form",
    [
        a_feedback_form(progress="", planned_on=None),
        a_feedback_form(planned_on=DAY - timedelta(days=9)),
    ],
)
def test_the_final_feedback_owes_neither_progress_nor_plan(form: FeedbackForm) -> None:
    problem = a_problem_in(ProblemState.RECTIFYING)
    problem.feed_back(form, by=by())
    assert problem.state is ProblemState.FED_BACK


# ---------------------------------------------------------------- review


def test_a_return_leaves_at_least_a_day() -> None:
    problem = a_problem_in(ProblemState.FED_BACK)
    first_due = problem.term(Phase.RECTIFY).due
    problem.return_("照片不清楚", by=by(at=LATER))
    assert (problem.term(Phase.RECTIFY).since, problem.term(Phase.RECTIFY).due) == (LATER, first_due)
    late, moment = a_problem_in(ProblemState.FED_BACK), first_due + timedelta(days=3)
    late.return_("照片不清楚", by=by(at=moment))
    assert late.term(Phase.RECTIFY).due == moment + timedelta(days=1)
    assert late.is_unfed_back and not late.overdue(moment)


TOO_LONG = (
    "一般问题的整改时限为7天，整改期限（含当日）最晚为{}，现为{}；确需更长时间的，由被检查单位申请延期。"
)


@pytest.mark.parametrize(
    ("day", "sentence"),
    [
        (DAY - timedelta(days=1), f"整改期限{in_days(-1)}早于今日{DAY}。"),
        (DAY + timedelta(days=7), TOO_LONG.format(in_days(6), in_days(7))),
        (date.max, TOO_LONG.format(in_days(6), date.max)),
    ],
)
def test_a_return_names_no_day_that_has_passed_or_lies_beyond_the_term(day: date, sentence: str) -> None:
    problem = a_problem_in(ProblemState.FED_BACK)
    before = deepcopy(problem)
    with pytest.raises(InvalidValue) as refused:
        problem.return_("照片不清楚", by=by(), rectify_on=day)
    assert (refused.value.sentence, refused.value.field) == (sentence, "rectifyOn")
    assert problem == before and problem.events == []


def test_a_return_can_name_a_day() -> None:
    problem = a_problem_in(ProblemState.FED_BACK)
    problem.return_("照片不清楚", by=by(), rectify_on=DAY)
    assert problem.term(Phase.RECTIFY).due == day_end(DAY)
    assert problem.returned == by() and problem.timeline[-1].note == "照片不清楚"


@pytest.mark.parametrize(
    ("state", "act", "what"),
    [
        (ProblemState.FED_BACK, lambda p, why: p.return_(why, by=by()), "退回的原因"),
        (ProblemState.ISSUED, lambda p, why: p.withdraw(why, by=by()), "撤回的原因"),
        (ProblemState.ISSUED, lambda p, why: p.request_extension(UNTIL, why, by=by()), "申请延期的原因"),
    ],
)
@pytest.mark.parametrize("why", ["错", "错" * 501, "错误\x00"])
def test_what_goes_back_needs_a_reason(
    state: ProblemState, act: Callable[[Problem, str], None], what: str, why: str
) -> None:
    problem = a_problem_in(state)
    before = deepcopy(problem)
    with pytest.raises(InvalidValue) as refused:
        act(problem, why)
    assert refused.value.sentence.startswith(what) and refused.value.field == "reason"
    assert problem == before and problem.events == []


def test_after_a_return_it_can_be_fed_back_and_closed() -> None:
    problem = a_problem_in(ProblemState.RETURNED)
    problem.rectify(by=by(at=LATER))
    problem.feed_back(a_feedback_form(), by=by(at=LATER))
    problem.close(by=by(at=LATER))
    assert [feedback.final for feedback in problem.feedbacks] == [True, True]
    assert problem.closed == by(at=LATER)


def test_what_was_fed_back_once_is_not_withdrawn_any_more() -> None:
    problem = a_problem_in(ProblemState.RETURNED)
    problem.rectify(by=by())
    before = deepcopy(problem)
    with pytest.raises(ActionNotAllowed) as refused:
        problem.withdraw("下发有误", by=by())
    assert refused.value.sentence == "该问题已有最终反馈，不能撤回，请核查后办结或退回。"
    assert problem == before
    assert ProblemAction.WITHDRAW not in problem.allowed_actions(list(Party), NOW)


def test_interim_feedback_does_not_keep_a_problem_from_being_withdrawn() -> None:
    problem = a_problem_in(ProblemState.RECTIFYING)
    problem.report_progress(a_feedback_form(), by=by())
    problem.withdraw("下发有误", by=by())
    assert problem.withdrawn == by()


# ---------------------------------------------------------------- more time


def test_more_time_is_asked_for_once_at_a_time() -> None:
    problem = asking_for_more_time(a_problem_in(ProblemState.RECTIFYING))
    with pytest.raises(ActionNotAllowed) as refused:
        problem.request_extension(UNTIL, "再延", by=by())
    assert refused.value.sentence == "已有待审批的延期申请，不能再次申请延期。"
    problem.refuse_extension("理由不足", by=by())
    problem.request_extension(UNTIL, "配件仍未到货", by=by())
    assert [extension.outcome for extension in problem.extensions] == [ExtensionOutcome.REFUSED, None]


def test_granted_time_lasts_to_the_end_of_the_day_and_counts_from_the_grant() -> None:
    problem = asking_for_more_time(a_problem_in(ProblemState.RECTIFYING))
    problem.grant_extension("同意", by=by(at=LATER))
    term = problem.term(Phase.RECTIFY)
    assert (term.since, term.due) == (LATER, day_end(UNTIL))
    (extension,) = problem.extensions
    assert (extension.outcome, extension.decided, extension.note) == (
        ExtensionOutcome.GRANTED,
        by(at=LATER),
        "同意",
    )


def test_refused_time_leaves_the_deadline_as_it_was() -> None:
    problem = asking_for_more_time(a_problem_in(ProblemState.RECTIFYING))
    terms = problem.terms
    problem.refuse_extension("理由不足", by=by(at=LATER))
    assert problem.terms == terms and problem.open_extension is None


@pytest.mark.parametrize("decide", DECISIONS)
def test_without_a_request_there_is_nothing_to_decide(decide: ProblemAction) -> None:
    problem = a_problem_in(ProblemState.RECTIFYING)
    with pytest.raises(ActionNotAllowed) as refused:
        ACTS[decide](problem, NOW)
    assert refused.value.sentence == "没有待审批的延期申请。"


def test_time_that_has_passed_meanwhile_can_be_refused_but_not_granted() -> None:
    problem = asking_for_more_time(a_problem_in(ProblemState.RECTIFYING))
    with pytest.raises(ActionNotAllowed) as refused:
        problem.grant_extension(by=by(at=day_end(UNTIL)))
    assert refused.value.sentence == f"申请延期至{in_days(20)}，该日已过，不能批准延期。"
    problem.grant_extension(by=by(at=day_end(UNTIL) - MICROSECOND))
    assert problem.open_extension is None


@pytest.mark.parametrize(
    ("until", "fine"),
    [
        (DAY, False),
        (DAY + timedelta(days=6), False),
        (DAY + timedelta(days=7), True),
        (DAY + timedelta(days=365), True),
        (DAY + timedelta(days=366), False),
        (date.max, False),
    ],
)
def test_more_time_lies_after_the_deadline_and_within_a_year(until: date, fine: bool) -> None:
    problem = a_problem_in(ProblemState.RECTIFYING)
    if fine:
        problem.request_extension(until, "配件未到货", by=by())
        assert problem.open_extension is not None
        return
    with pytest.raises(InvalidValue) as refused:
        problem.request_extension(until, "配件未到货", by=by())
    assert refused.value.field == "until" and problem.extensions == ()


def test_the_day_on_which_it_is_due_anyway_is_no_more_time() -> None:
    statement = a_statement(rectify_on=DAY + timedelta(days=3))
    problem = a_problem_in(ProblemState.RECTIFYING, statement=statement)
    with pytest.raises(InvalidValue):
        problem.request_extension(DAY + timedelta(days=3), "配件未到货", by=by())
    problem.request_extension(DAY + timedelta(days=4), "配件未到货", by=by())


def test_once_it_is_overdue_more_time_begins_tomorrow() -> None:
    problem = a_problem_in(ProblemState.RECTIFYING, statement=a_statement(rectify_on=DAY))
    today, moment = DAY + timedelta(days=5), NOW + timedelta(days=5)
    with pytest.raises(InvalidValue) as refused:
        problem.request_extension(today, "配件未到货", by=by(at=moment))
    assert refused.value.sentence == f"延期应至今日以后、现整改期限以后的日期，现为{in_days(5)}。"
    problem.request_extension(today + timedelta(days=1), "配件未到货", by=by(at=moment))


def test_an_overdue_problem_can_still_be_given_more_time() -> None:
    problem = a_problem_in(ProblemState.RECTIFYING)
    moment = problem.term(Phase.RECTIFY).due + timedelta(days=1)
    problem.request_extension(UNTIL, "配件未到货", by=by(at=moment))
    assert problem.overdue(moment), "nothing stops running while it is asked for"
    problem.grant_extension(by=by(at=moment))
    problem.report_progress(a_feedback_form(planned_on=UNTIL), by=by(at=moment))
    assert not problem.overdue(moment)


@pytest.mark.parametrize("action", [ProblemAction.FEED_BACK, ProblemAction.WITHDRAW])
def test_a_request_lapses_when_the_problem_moves_on(action: ProblemAction) -> None:
    problem = asking_for_more_time(a_problem_in(ProblemState.RECTIFYING))
    ACTS[action](problem, LATER)
    (extension,) = problem.extensions
    assert (extension.outcome, extension.decided) == (ExtensionOutcome.LAPSED, by(at=LATER))
    assert extension.decision is None, "nobody has decided it"


@pytest.mark.parametrize(
    ("note", "said"), [("", f"延期至{in_days(20)}"), ("每周报进展", f"延期至{in_days(20)}：每周报进展")]
)
def test_the_timeline_says_how_much_time_was_given_and_on_what_terms(note: str, said: str) -> None:
    problem = asking_for_more_time(a_problem_in(ProblemState.RECTIFYING))
    problem.grant_extension(note, by=by())
    assert problem.timeline[-1].note == said
    assert problem.extensions[-1].decision == by()


# ---------------------------------------------------------------- what is owed and when


def test_terms_end_when_what_they_ask_for_is_done() -> None:
    problem = issued()
    running = [[term.phase for term in problem.running_terms]]
    for act in (
        ACTS[ProblemAction.ACKNOWLEDGE],
        ACTS[ProblemAction.RECTIFY],
        ACTS[ProblemAction.REPORT_PROGRESS],
        ACTS[ProblemAction.FEED_BACK],
        ACTS[ProblemAction.RETURN],
        ACTS[ProblemAction.RECTIFY],
        ACTS[ProblemAction.FEED_BACK],
        ACTS[ProblemAction.CLOSE],
    ):
        act(problem, LATER)
        running.append([term.phase for term in problem.running_terms])
    every, answer, last = list(Phase), [Phase.FEED_BACK, Phase.RECTIFY], [Phase.RECTIFY]
    assert running == [every, answer, answer, last, [], last, last, [], []]


def test_it_is_overdue_from_a_deadline_on_until_what_was_due_is_done() -> None:
    problem = issued()
    due = problem.term(Phase.ACKNOWLEDGE).due
    assert [problem.overdue(due + n * MICROSECOND) for n in (-1, 0, 1)] == [False, True, True]
    problem.acknowledge(by=by(at=due))
    assert not problem.overdue(due)


@pytest.mark.parametrize("decide", [ProblemAction.GRANT_EXTENSION, ProblemAction.REFUSE_EXTENSION])
def test_a_decision_that_is_nobody_s_to_take_is_named_as_a_decision(decide: ProblemAction) -> None:
    """不能不批准延期 would say the opposite of what is meant."""
    with pytest.raises(ActionNotAllowed) as refused:
        ACTS[decide](a_problem_in(ProblemState.CLOSED), LATER)
    assert refused.value.sentence == "该问题已办结，不能审批延期申请。"
    with pytest.raises(Forbidden) as forbidden:
        check_party(decide, ProblemOrigin.DEPARTMENT, [Party.ADDRESSEE])
    assert forbidden.value.sentence == "只有下发部门可以审批延期申请。"


def test_a_window_sees_the_state_just_before_it_closes() -> None:
    problem = issued()
    problem.acknowledge(by=by(at=LATER))
    assert problem.state_at(NOW) is None
    assert problem.state_at(NOW + MICROSECOND) is problem.state_at(LATER) is ProblemState.ISSUED
    assert problem.state_at(LATER + MICROSECOND) is ProblemState.ACKNOWLEDGED
