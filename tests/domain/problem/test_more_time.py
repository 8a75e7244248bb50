"""More time than the settings allow comes by a granted extension only, not by a day that the issuer names."""

from __future__ import annotations

from datetime import timedelta

import pytest

from yanbao.domain.deadlines import day_end
from yanbao.domain.handling.terms import Phase
from yanbao.domain.problem.check import TermExceeded
from yanbao.domain.problem.workflow import ProblemState
from yanbao.domain.refusals import InvalidForm

from ...support.builders import DAY
from ...support.dates import in_days
from ...support.inspections import a_feedback_form, a_problem_in, by


def test_a_return_keeps_the_time_that_was_granted_before_and_gives_no_more() -> None:
    problem = a_problem_in(ProblemState.RECTIFYING)
    problem.request_extension(DAY + timedelta(days=30), "配件未到货", by=by())
    problem.grant_extension(by=by())
    problem.feed_back(a_feedback_form(), by=by())
    with pytest.raises(TermExceeded) as refused:
        problem.return_("照片不清楚", by=by(), rectify_on=DAY + timedelta(days=31))
    assert refused.value.sentence == (
        f"整改期限（含当日）不得晚于原期限，最晚为{in_days(30)}，现为{in_days(31)}；确需更长时间的，由被检查单位申请延期。"
    )
    problem.return_("照片不清楚", by=by(), rectify_on=DAY + timedelta(days=30))
    assert problem.term(Phase.RECTIFY).due == day_end(DAY + timedelta(days=30))


def test_the_faults_of_a_return_come_together() -> None:
    with pytest.raises(InvalidForm) as refused:
        a_problem_in(ProblemState.FED_BACK).return_("", by=by(), rectify_on=DAY - timedelta(days=1))
    assert [fault.field for fault in refused.value.items] == ["reason", "rectifyOn"]
    with pytest.raises(InvalidForm) as refused:
        a_problem_in(ProblemState.ISSUED).request_extension(DAY, "", by=by())
    assert [fault.field for fault in refused.value.items] == ["until", "reason"]
