"""What the source states again: newer wins, older and equal change nothing, in any order of arrival."""

from __future__ import annotations

from copy import deepcopy
from datetime import datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from yanbao.domain.alert.alert import Alert
from yanbao.domain.alert.form import AlertKind, AlertLevel
from yanbao.domain.alert.workflow import ALERT_UNFED_BACK, AlertAction, AlertState
from yanbao.domain.handling.terms import Phase
from yanbao.domain.handling.updates import UpdateOutcome
from yanbao.domain.refusals import InvalidValue

from ...support.alerts import an_alert, an_alert_in, restated
from ...support.builders import NOW

LATER = NOW + timedelta(hours=1)


@pytest.mark.parametrize("state", AlertState)
def test_an_older_or_equal_version_changes_nothing(state: AlertState) -> None:
    alert = an_alert_in(state)
    restated(alert, version=7, at=LATER)
    before = deepcopy(alert)
    assert restated(alert, version=6, at=LATER, level=AlertLevel.RED) is UpdateOutcome.OLDER
    assert restated(alert, version=7, at=LATER, ended="已解除") is UpdateOutcome.SAME
    assert alert == before


@pytest.mark.parametrize("state", AlertState)
def test_a_graver_level_tightens_terms_and_makes_a_new_round_of_what_was_answered(state: AlertState) -> None:
    alert = an_alert_in(state)
    before = alert.term(Phase.FEED_BACK).due
    assert restated(alert, version=2 if state is not AlertState.ENDED else 3, at=LATER, level=AlertLevel.RED)
    answered = state not in ALERT_UNFED_BACK
    assert alert.state is (AlertState.OPEN if answered else state)
    assert alert.term(Phase.FEED_BACK).due == LATER + timedelta(hours=2)
    assert alert.term(Phase.FEED_BACK).due < before
    if answered:
        assert (alert.acknowledged, alert.verification, alert.closed, alert.ended) == (None,) * 4
    wanted = AlertAction.REOPEN if state is AlertState.ENDED else AlertAction.RAISE
    assert alert.timeline[-1].action is wanted


def test_no_change_of_level_gives_more_time() -> None:
    alert = an_alert(AlertLevel.RED)
    terms = alert.terms
    restated(alert, version=2, at=NOW + timedelta(minutes=5), level=AlertLevel.BLUE)
    assert alert.terms == terms
    assert alert.timeline[-1].note == "由红色（重大）变为蓝色（低）"
    restated(alert, version=3, at=NOW + timedelta(minutes=10), level=AlertLevel.RED)
    assert alert.terms == terms


def test_the_end_stops_what_is_owed_and_keeps_what_was_closed() -> None:
    closed = an_alert_in(AlertState.CLOSED)
    restated(closed, version=2, at=LATER, ended="人员已撤离")
    assert (closed.state, closed.ended is not None) == (AlertState.CLOSED, True)
    owed = an_alert_in(AlertState.HANDLING)
    restated(owed, version=2, at=LATER, ended="人员已撤离")
    assert (owed.state, owed.running_terms) == (AlertState.ENDED, ())
    revision = owed.revision
    assert restated(owed, version=3, at=LATER, ended="人员已撤离") is UpdateOutcome.APPLIED
    assert owed.revision == revision


def test_an_alert_does_not_turn_into_one_of_another_kind() -> None:
    alert = an_alert()
    before = deepcopy(alert)
    with pytest.raises(InvalidValue, match="类别"):
        restated(alert, version=2, at=LATER, kind=AlertKind.CERTIFICATE)
    assert alert == before


Statement = tuple[int, AlertLevel, bool]
STATEMENTS = st.lists(
    st.tuples(st.integers(1, 6), st.sampled_from(AlertLevel), st.booleans()),
    min_size=1,
    max_size=6,
    unique_by=lambda stated: stated[0],
)


def _received(statements: list[Statement]) -> Alert:
    alert: Alert | None = None
    at: datetime = NOW
    for version, level, ends in statements:
        at += timedelta(minutes=1)
        over = "已解除" if ends else None
        if alert is None:
            alert = an_alert(level, version=version, at=at)
            if ends:
                alert = an_alert(level, version=version - 1, at=at)
                restated(alert, version=version, at=at, ended=over)
        else:
            restated(alert, version=version, at=at, level=level, ended=over)
    assert alert is not None
    return alert


@given(STATEMENTS, st.randoms(use_true_random=False))
def test_shuffled_and_repeated_statements_end_where_the_newest_says(
    statements: list[Statement], chance: object
) -> None:
    shuffled = [*statements, *statements]
    chance.shuffle(shuffled)  # type: ignore[attr-defined]
    alert = _received(shuffled)
    version, level, ends = max(statements)
    assert (alert.source_version, alert.level) == (version, level)
    assert (alert.state is AlertState.ENDED) == ends
