"""Who is told of a problem: the table in the words of the people concerned."""

from __future__ import annotations

import pytest

from yanbao.domain.handling.recipients import RECIPIENT_NAMES, Recipient
from yanbao.domain.problem.form import ProblemOrigin
from yanbao.domain.problem.recipients import recipients_of, reminder_recipients_of
from yanbao.domain.problem.workflow import ProblemAction

OURS, THEIRS = ProblemOrigin.DEPARTMENT, ProblemOrigin.MINISTRY
WAYS = [(origin, firm) for origin in ProblemOrigin for firm in (False, True)]


@pytest.mark.parametrize("firm", [False, True])
def test_our_own_problems_are_told_to_the_responsible_persons(firm: bool) -> None:
    assert recipients_of(None, OURS, to_enterprise=firm) == {Recipient.RESPONSIBLE}


def test_the_ministry_s_patrol_problems_are_told_to_the_province_heads() -> None:
    assert recipients_of(None, THEIRS, to_enterprise=False) == {Recipient.PROVINCE_HEADS}


def test_the_ministry_s_spot_check_problems_are_told_to_the_head_and_the_province_heads() -> None:
    assert recipients_of(None, THEIRS, to_enterprise=True) == {
        Recipient.ENTERPRISE_HEAD,
        Recipient.PROVINCE_HEADS,
    }


@pytest.mark.parametrize(("origin", "firm"), WAYS)
def test_reminders_go_where_the_issue_went_and_one_level_up_once_it_is_overdue(
    origin: ProblemOrigin, firm: bool
) -> None:
    issue = recipients_of(None, origin, to_enterprise=firm)
    assert reminder_recipients_of(origin, to_enterprise=firm, escalated=False) == issue
    assert reminder_recipients_of(origin, to_enterprise=firm, escalated=True) == issue | {Recipient.SUPERIOR}


@pytest.mark.parametrize(("origin", "firm"), WAYS)
@pytest.mark.parametrize("action", ProblemAction)
def test_the_reviewer_is_told_what_waits_for_review_and_the_others_what_was_decided(
    action: ProblemAction, origin: ProblemOrigin, firm: bool
) -> None:
    expected = {
        ProblemAction.ACKNOWLEDGE: frozenset[Recipient](),
        ProblemAction.RECTIFY: frozenset[Recipient](),
        ProblemAction.REPORT_PROGRESS: frozenset[Recipient](),
        ProblemAction.FEED_BACK: {Recipient.REVIEWER},
        ProblemAction.REQUEST_EXTENSION: {Recipient.REVIEWER},
    }
    told = recipients_of(action, origin, to_enterprise=firm)
    assert told == expected.get(action, recipients_of(None, origin, to_enterprise=firm))


def test_everybody_who_can_be_told_has_a_name() -> None:
    assert set(RECIPIENT_NAMES) == set(Recipient)
