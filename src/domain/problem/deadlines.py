"""The terms of a problem: how long each phase lasts. All intervals are half-open."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta

from ..deadlines import day_end
from ..handling.terms import Phase, Term, Terms
from ..policy import Policy
from ..values import aware
from .form import Severity


def terms(issued_at: datetime, severity: Severity, policy: Policy, rectify_on: date | None = None) -> Terms:
    """The terms of a problem that is issued at this instant, in UTC.

    `policy` is the stricter of the issuer's and the addressee's. `rectify_on` counts in full: the terms end at
    its end at the latest, so it can shorten the earlier ones, too.
    """
    since = aware(issued_at).astimezone(UTC)
    acknowledge, feed_back, rectify = _lengths(severity, policy)
    last = since + rectify if rectify_on is None else max(day_end(rectify_on), since)
    return (
        Term(Phase.ACKNOWLEDGE, since, min(since + acknowledge, last)),
        Term(Phase.FEED_BACK, since, min(since + feed_back, last)),
        Term(Phase.RECTIFY, since, last),
    )


def _lengths(severity: Severity, policy: Policy) -> tuple[timedelta, timedelta, timedelta]:
    if severity is Severity.MAJOR:
        return (
            timedelta(hours=policy.acknowledge_hours_major),
            timedelta(hours=policy.feed_back_hours_major),
            timedelta(days=policy.rectify_days_major),
        )
    return (
        timedelta(hours=policy.acknowledge_hours_general),
        timedelta(hours=policy.feed_back_hours_general),
        timedelta(days=policy.rectify_days_general),
    )
