"""Who is told of a problem: the table in the words of the people concerned."""

from __future__ import annotations

import pytest

from yanbao.domain.handling.recipients import RECIPIENT_NAMES, Recipient
from yanbao.domain.problem.form import ProblemOrigin
from yanbao.domain.problem.recipients import (
    PROBLEM_PATH_NAMES,
    ProblemPath,
    path_of,
    recipients_of,
    reminder_recipients_of,
)
from yanbao.domain.problem.workflow import ProblemAction

OWN = (ProblemPath.OWN_TO_DEPARTMENT, ProblemPath.OWN_TO_ENTERPRISE)


@pytest.mark.parametrize("path", OWN)
def test_our_own_problems_are_told_to_the_responsible_persons(path: ProblemPath) -> None:
    assert recipients_of(None, path) == {Recipient.RESPONSIBLE}


def test_the_ministry_s_patrol_problems_are_told_to_the_province_heads() -> None:
    assert recipients_of(None, ProblemPath.MINISTRY_TO_PROVINCE) == {Recipient.PROVINCE_HEADS}


def test_what_was_handed_over_is_told_to_the_department_and_to_the_province_heads() -> None:
    told = {Recipient.RESPONSIBLE, Recipient.PROVINCE_HEADS}
    assert recipients_of(ProblemAction.HAND_OVER, ProblemPath.MINISTRY_HANDED_OVER) == told
    assert reminder_recipients_of(ProblemPath.MINISTRY_HANDED_OVER, escalated=False) == told


def test_the_ministry_s_spot_check_problems_are_told_to_the_head_and_the_province_heads() -> None:
    assert recipients_of(None, ProblemPath.MINISTRY_TO_ENTERPRISE) == {
        Recipient.ENTERPRISE_HEAD,
        Recipient.PROVINCE_HEADS,
    }


@pytest.mark.parametrize("path", ProblemPath)
def test_reminders_go_where_the_issue_went_and_one_level_up_once_it_is_overdue(path: ProblemPath) -> None:
    issue = recipients_of(None, path)
    assert reminder_recipients_of(path, escalated=False) == issue
    assert reminder_recipients_of(path, escalated=True) == issue | {Recipient.SUPERIOR}


@pytest.mark.parametrize("path", ProblemPath)
@pytest.mark.parametrize("action", ProblemAction)
def test_the_reviewer_is_told_what_waits_for_review_and_the_others_what_was_decided(
    action: ProblemAction, path: ProblemPath
) -> None:
    expected = {
        ProblemAction.ACKNOWLEDGE: frozenset[Recipient](),
        ProblemAction.RECTIFY: frozenset[Recipient](),
        ProblemAction.REPORT_PROGRESS: frozenset[Recipient](),
        ProblemAction.FEED_BACK: {Recipient.REVIEWER},
        ProblemAction.REQUEST_EXTENSION: {Recipient.REVIEWER},
    }
    assert recipients_of(action, path) == expected.get(action, recipients_of(None, path))


@pytest.mark.parametrize("to_enterprise", [False, True])
@pytest.mark.parametrize("handed_over", [False, True])
def test_the_path_follows_from_the_origin_and_who_has_it(to_enterprise: bool, handed_over: bool) -> None:
    ways = {"to_enterprise": to_enterprise, "handed_over": handed_over}
    assert (path_of(ProblemOrigin.DEPARTMENT, **ways) is ProblemPath.OWN_TO_ENTERPRISE) is to_enterprise
    theirs = path_of(ProblemOrigin.MINISTRY, **ways)
    assert (theirs is ProblemPath.MINISTRY_TO_ENTERPRISE) is to_enterprise
    assert (theirs is ProblemPath.MINISTRY_HANDED_OVER) is (handed_over and not to_enterprise)


def test_everybody_who_can_be_told_has_a_name() -> None:
    assert set(RECIPIENT_NAMES) == set(Recipient)
    assert set(PROBLEM_PATH_NAMES) == set(ProblemPath)
