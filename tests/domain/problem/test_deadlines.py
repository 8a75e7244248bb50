"""The terms of a problem and the marks of its reminders: by policy and day, and to the microsecond."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from yanbao.domain.deadlines import business_date, day_end, sms_allowed_from
from yanbao.domain.handling.terms import Phase, Term, marks, next_mark_at
from yanbao.domain.policy import Policy
from yanbao.domain.problem.deadlines import look_by, terms
from yanbao.domain.problem.form import Severity
from yanbao.domain.refusals import InvalidValue

from ...support.builders import DAY, NOW
from ...support.dates import in_days
from ...support.inspections import MICROSECOND, USUAL, at

DAY_LONG = Term(Phase.FEED_BACK, NOW, NOW + timedelta(hours=24))
YEAR = datetime(2026, 1, 1, tzinfo=UTC)
moments = st.timedeltas(timedelta(0), timedelta(days=365)).map(lambda since: YEAR + since)
lengths = st.timedeltas(timedelta(hours=1), timedelta(days=60))


def stages(term: Term, now: datetime, policy: Policy = USUAL) -> list[str]:
    return [mark.stage for mark in marks(term, now, policy)]


# ---------------------------------------------------------------- terms


def test_each_severity_has_terms_of_its_own() -> None:
    policy = Policy(
        acknowledge_hours_general=1,
        acknowledge_hours_major=2,
        feed_back_hours_general=3,
        feed_back_hours_major=4,
        rectify_days_general=5,
        rectify_days_major=6,
    )
    for severity, hours in ((Severity.GENERAL, (1, 3, 5 * 24)), (Severity.MAJOR, (2, 4, 6 * 24))):
        made = terms(NOW, severity, policy)
        assert [term.phase for term in made] == list(Phase)
        assert [term.due - term.since for term in made] == [timedelta(hours=count) for count in hours]
        assert {term.since for term in made} == {NOW}


def test_a_day_for_rectification_counts_in_full_and_cuts_the_earlier_terms_short() -> None:
    acknowledge, feed_back, rectify = terms(at("20:59"), Severity.GENERAL, USUAL, DAY)
    assert acknowledge.due == at("22:59") and feed_back.due == rectify.due == day_end(DAY)
    acknowledge, feed_back, rectify = terms(at("23:00"), Severity.MAJOR, USUAL, DAY)
    assert acknowledge.due == feed_back.due == rectify.due == day_end(DAY)
    acknowledge, feed_back, rectify = terms(NOW, Severity.GENERAL, USUAL, DAY + timedelta(days=30))
    assert (acknowledge.due, feed_back.due) == (NOW + timedelta(hours=2), NOW + timedelta(hours=24))
    assert rectify.due == day_end(DAY + timedelta(days=30))


def test_a_day_that_has_passed_is_over_at_once_and_not_before_it_began() -> None:
    for term in terms(NOW, Severity.GENERAL, USUAL, DAY - timedelta(days=9)):
        assert term.due == term.since == NOW and term.overdue(NOW)


@pytest.mark.parametrize(
    ("issued_at", "since", "days"),
    [
        (at("21:00") - MICROSECOND, at("21:00") - MICROSECOND, 0),
        (at("21:00"), at("08:00"), 1),
        (at("23:10"), at("08:00"), 1),
        (at("03:00"), at("08:00"), 0),
        (at("08:00") - MICROSECOND, at("08:00"), 0),
        (at("08:00"), at("08:00"), 0),
    ],
)
def test_the_terms_of_a_general_problem_begin_when_the_quiet_hours_end(
    issued_at: datetime, since: datetime, days: int
) -> None:
    begin = since + timedelta(days=days)
    made = terms(issued_at, Severity.GENERAL, USUAL)
    assert [(term.since, term.due - term.since) for term in made] == [
        (begin, timedelta(hours=2)),
        (begin, timedelta(hours=24)),
        (begin, timedelta(days=7)),
    ]
    assert {term.since for term in terms(issued_at, Severity.MAJOR, USUAL)} == {issued_at}


def test_a_day_that_ends_in_the_quiet_hours_leaves_the_time_to_acknowledge_after_them() -> None:
    made = terms(at("23:10"), Severity.GENERAL, USUAL, DAY)
    assert {term.due for term in made} == {at("10:00") + timedelta(days=1)}
    passed = terms(at("23:10"), Severity.GENERAL, USUAL, DAY - timedelta(days=1))
    assert {term.due for term in passed} == {at("08:00") + timedelta(days=1)}, "overdue as soon as it is told"


@given(moments, st.sampled_from(Severity), st.none() | st.integers(0, 400))
def test_nobody_is_overdue_before_being_told(
    issued_at: datetime, severity: Severity, days: int | None
) -> None:
    rectify_on = None if days is None else business_date(issued_at) + timedelta(days=days)
    told_at = issued_at if severity is Severity.MAJOR else sms_allowed_from(issued_at, USUAL)
    for term in terms(issued_at, severity, USUAL, rectify_on):
        assert term.since == told_at < term.due


def test_the_issuer_has_the_time_to_acknowledge_for_a_look_and_not_the_quiet_hours() -> None:
    assert look_by(NOW, Severity.GENERAL, USUAL) == NOW + timedelta(hours=2)
    assert look_by(at("22:00"), Severity.MAJOR, USUAL) == at("10:00") + timedelta(days=1)


def test_terms_are_instants_in_utc() -> None:
    with pytest.raises(InvalidValue):
        terms(NOW.replace(tzinfo=None), Severity.GENERAL, USUAL)
    assert all(term.due.tzinfo is UTC for term in terms(NOW, Severity.MAJOR, USUAL))


@pytest.mark.parametrize(
    ("offset", "overdue"), [(-MICROSECOND, False), (timedelta(0), True), (MICROSECOND, True)]
)
def test_a_term_is_overdue_from_its_end_on(offset: timedelta, overdue: bool) -> None:
    assert DAY_LONG.overdue(DAY_LONG.due + offset) is overdue


# ---------------------------------------------------------------- marks


@pytest.mark.parametrize(
    ("after", "fallen"),
    [
        (timedelta(0), []),
        (timedelta(hours=12) - MICROSECOND, []),
        (timedelta(hours=12), ["50%"]),
        (timedelta(hours=19, minutes=12) - MICROSECOND, ["50%"]),
        (timedelta(hours=19, minutes=12), ["50%", "80%"]),
        (timedelta(hours=24) - MICROSECOND, ["50%", "80%"]),
        (timedelta(hours=24), ["50%", "80%", "OVERDUE"]),
        (timedelta(hours=48) - MICROSECOND, ["50%", "80%", "OVERDUE"]),
        (timedelta(hours=48), ["50%", "80%", "OVERDUE", f"{in_days(2)}"]),
        (timedelta(hours=73), ["50%", "80%", "OVERDUE", f"{in_days(2)}", f"{in_days(3)}"]),
    ],
)
def test_marks_fall_at_half_at_four_fifths_at_the_end_and_then_once_a_day(
    after: timedelta, fallen: list[str]
) -> None:
    assert stages(DAY_LONG, NOW + after) == fallen


def test_a_daily_mark_is_named_by_the_date_in_shanghai() -> None:
    early = Term(Phase.RECTIFY, at("00:30") - timedelta(days=1), at("00:30"))
    assert business_date(early.due) == DAY and early.due.date() == DAY - timedelta(days=1)
    assert stages(early, early.due + timedelta(days=1))[-1] == f"{in_days(1)}"


def test_only_what_is_over_escalates() -> None:
    found = marks(DAY_LONG, DAY_LONG.due + timedelta(days=1), USUAL)
    assert [mark.escalated for mark in found] == [False, False, True, True]


def test_the_percents_are_a_setting() -> None:
    policy = Policy(problem_reminder_percents=(25,))
    assert stages(DAY_LONG, NOW + timedelta(hours=6), policy) == ["25%"]
    assert stages(DAY_LONG, DAY_LONG.due, policy) == ["25%", "OVERDUE"]


def test_keys_tell_phases_and_renewed_terms_apart_and_stay_when_only_the_end_moves() -> None:
    def key(term: Term) -> str:
        return marks(term, DAY_LONG.due, USUAL)[0].key

    assert key(DAY_LONG) == f"FEED_BACK|{DAY:%Y%m%d}T013000.000000Z|50%"
    assert key(Term(Phase.RECTIFY, DAY_LONG.since, DAY_LONG.due)) != key(DAY_LONG)
    assert key(Term(Phase.FEED_BACK, NOW + MICROSECOND, DAY_LONG.due)) != key(DAY_LONG)
    assert key(Term(Phase.FEED_BACK, NOW, DAY_LONG.due - timedelta(hours=1))) == key(DAY_LONG)


@given(moments, lengths, st.timedeltas(timedelta(0), timedelta(days=90)), st.sampled_from(Phase))
def test_marks_come_in_order_never_early_each_once_and_stay(
    since: datetime, length: timedelta, after: timedelta, phase: Phase
) -> None:
    term, now = Term(phase, since, since + length), since + after
    found = marks(term, now, USUAL)
    assert all(since <= mark.at <= now for mark in found)
    assert all(earlier.at < later.at for earlier, later in pairwise(found))
    assert len({mark.key for mark in found}) == len(found)
    assert marks(term, now + timedelta(days=2), USUAL)[: len(found)] == found
    assert all(mark.escalated is term.overdue(mark.at) for mark in found)


@given(moments, lengths, st.integers(0, 60))
def test_whoever_is_overdue_is_reminded_on_every_day(since: datetime, length: timedelta, days: int) -> None:
    term = Term(Phase.RECTIFY, since, since + length)
    found = [mark for mark in marks(term, term.due + timedelta(days=days), USUAL) if mark.escalated]
    first = business_date(term.due)
    assert [business_date(mark.at) for mark in found] == [first + timedelta(days=n) for n in range(days + 1)]


@given(since=moments, length=lengths, gone=st.floats(0, 4))
def test_the_next_mark_is_the_first_that_has_not_come(
    since: datetime, length: timedelta, gone: float
) -> None:
    term = Term(Phase.RECTIFY, since, since + length)
    now = since + length * gone
    following = next_mark_at(term, now, USUAL)
    assert following > now
    assert marks(term, following - MICROSECOND, USUAL) == marks(term, now, USUAL)
    assert marks(term, following, USUAL)[-1].at == following
