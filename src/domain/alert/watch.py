"""The certificate watch: which window of a certificate's due date has come, and how grave it is."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Final

from ..directory.certificate import PERMITS, Certificate, CertificateKind
from ..policy import Policy
from ..values import CertificateId
from .form import AlertLevel, CertificateDue, DueKind

WEEK: Final = 7
"""Permits are told of weekly once they have expired; personal certificates are not."""


@dataclass(frozen=True, slots=True)
class Window:
    """One window that has come: `days` before the due date, 0 on it; -7, -14 … are weeks after it."""

    due: CertificateDue
    days: int
    level: AlertLevel


def dues_of(certificate: Certificate) -> Iterator[CertificateDue]:
    """The due dates of a certificate: its expiry, and the review of a special-operation card."""
    yield from due_dates(certificate.id, certificate.expires_on, certificate.review_due_on)


def due_dates(id: CertificateId, expires_on: date, review_due_on: date | None) -> Iterator[CertificateDue]:
    """The due dates of the certificate with these days; a review that falls on the expiry is none."""
    yield CertificateDue(id, DueKind.EXPIRY, expires_on)
    if review_due_on is not None and review_due_on < expires_on:
        yield CertificateDue(id, DueKind.REVIEW, review_due_on)


def level_of(days_left: int) -> AlertLevel:
    """How grave it is so many days before the due date; on the last day it is as grave as after it."""
    if days_left > 60:
        return AlertLevel.BLUE
    if days_left > 30:
        return AlertLevel.YELLOW
    return AlertLevel.ORANGE if days_left > 0 else AlertLevel.RED


def windows_of(kind: CertificateKind, policy: Policy) -> Sequence[int]:
    """The windows of a kind of certificate in days before its due date, the largest first."""
    windows = policy.permit_windows if kind in PERMITS else policy.personal_windows
    return sorted(windows, reverse=True)


def newest_window(due: CertificateDue, kind: CertificateKind, today: date, policy: Policy) -> Window | None:
    """The newest window that has come by today; None before the first.

    After downtime the windows that were missed are left out.
    """
    left = (due.due_on - today).days
    come = [days for days in windows_of(kind, policy) if days >= left]
    if not come:
        return None
    weeks_expired = max(0, -left // WEEK)
    newest = -WEEK * weeks_expired if kind in PERMITS and weeks_expired else come[-1]
    return Window(due, newest, level_of(left))


def next_look(due: CertificateDue, kind: CertificateKind, today: date, policy: Policy) -> date | None:
    """The first day after today on which a window opens or the level rises; None if nothing more comes."""
    left = (due.due_on - today).days
    steps = {*windows_of(kind, policy), 60, 30, 0}
    ahead = [days for days in steps if days < left]
    if ahead:
        return due.due_on - timedelta(days=max(ahead))
    if kind not in PERMITS:
        return None
    weeks = -left // WEEK + 1
    return due.due_on + timedelta(days=weeks * WEEK)
