"""The certificate watch: windows, levels, and the day to look again."""

from __future__ import annotations

from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from yanbao.domain.alert.form import AlertLevel, CertificateDue, DueKind, certificate_alert_id
from yanbao.domain.alert.watch import dues_of, level_of, newest_window, next_look
from yanbao.domain.directory.certificate import PERMITS, Certificate, CertificateKind
from yanbao.domain.policy import Policy
from yanbao.domain.values import CertificateId, EnterpriseId

from ...support.builders import DAY, an_id

PERMIT, CARD = CertificateKind.PRODUCTION_PERMIT, CertificateKind.SPECIAL_OPERATION_CARD
DUE = CertificateDue(CertificateId(an_id("certificate")), DueKind.EXPIRY, DAY)
POLICY = Policy()


@pytest.mark.parametrize(
    ("days", "level"),
    [
        (61, AlertLevel.BLUE),
        (60, AlertLevel.YELLOW),
        (31, AlertLevel.YELLOW),
        (30, AlertLevel.ORANGE),
        (1, AlertLevel.ORANGE),
        (0, AlertLevel.RED),
        (-1, AlertLevel.RED),
    ],
)
def test_the_level_rises_with_each_month(days: int, level: AlertLevel) -> None:
    assert level_of(days) is level


def windows_seen(kind: CertificateKind, first: int, last: int) -> list[int]:
    """The different newest windows, day by day from `first` days before the due date to `last`."""
    seen: list[int] = []
    for left in range(first, last - 1, -1):
        window = newest_window(DUE, kind, DAY - timedelta(days=left), POLICY)
        if window is not None and window.days not in seen:
            seen.append(window.days)
    return seen


def test_permits_have_eight_windows_and_then_one_a_week() -> None:
    assert windows_seen(PERMIT, 200, -22) == [120, 90, 60, 30, 15, 7, 1, 0, -7, -14, -21]


def test_personal_certificates_have_six_windows_and_no_more() -> None:
    assert windows_seen(CARD, 200, -60) == [90, 60, 30, 15, 7, 0]


def test_a_special_operation_card_has_two_due_dates() -> None:
    card = Certificate(
        id=CertificateId(an_id("card")),
        kind=CARD,
        number="T610115",
        enterprise_id=EnterpriseId(an_id("factory")),
        person_id=None,
        issued_on=date(2023, 12, 1),
        expires_on=date(2029, 11, 30),
        review_due_on=date(2026, 11, 30),
    )
    assert [(due.kind, due.due_on) for due in dues_of(card)] == [
        (DueKind.EXPIRY, date(2029, 11, 30)),
        (DueKind.REVIEW, date(2026, 11, 30)),
    ]
    assert len({certificate_alert_id(due) for due in dues_of(card)}) == 2


@given(st.sampled_from(CertificateKind), st.integers(-400, 500))
def test_nothing_changes_before_the_day_to_look_again_and_something_does_on_it(
    kind: CertificateKind, left: int
) -> None:
    today = DAY - timedelta(days=left)
    again = next_look(DUE, kind, today, POLICY)

    def seen(day: date) -> object:
        window = newest_window(DUE, kind, day, POLICY)
        return None if window is None else (window.days, window.level)

    if again is None:
        assert kind not in PERMITS
        assert left <= 0
        assert seen(today + timedelta(days=400)) == seen(today)
        return
    assert again > today
    assert seen(again - timedelta(days=1)) == seen(today)
    assert seen(again) != seen(today) or (DAY - again).days > max(POLICY.permit_windows)
