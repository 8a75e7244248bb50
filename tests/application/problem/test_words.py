"""An SMS about an issue that had to wait asks for what can still be done."""

from __future__ import annotations

from datetime import datetime, timedelta

import pytest

from yanbao.application.problem.words import sms_of
from yanbao.domain.notice.notice import MessageKind
from yanbao.domain.problem.problem import Problem
from yanbao.domain.problem.workflow import ProblemState

from ...support.builders import NOW
from ...support.dates import TODAY, in_days, month_day
from ...support.inspections import MICROSECOND, a_problem_in, issued

SIGN, RECTIFY = NOW + timedelta(hours=2), NOW + timedelta(days=7)


@pytest.mark.parametrize(
    ("problem", "at", "ask"),
    [
        (
            issued(),
            SIGN - MICROSECOND,
            f"请于{month_day(TODAY)}11:30前签收，{month_day(in_days(7))}09:30前完成整改并反馈结果。",
        ),
        (issued(), SIGN, f"签收期限已过，请立即签收，并于{month_day(in_days(7))}09:30前完成整改并反馈结果。"),
        (
            a_problem_in(ProblemState.ACKNOWLEDGED),
            SIGN,
            f"请于{month_day(in_days(7))}09:30前完成整改并反馈结果。",
        ),
        (issued(), RECTIFY, "整改期限已过，请立即整改并反馈结果。"),
    ],
)
def test_no_time_is_named_that_has_passed(problem: Problem, at: datetime, ask: str) -> None:
    said = sms_of(MessageKind.PROBLEM_ISSUED, [problem], at)
    assert said.partition("），")[2] == ask
