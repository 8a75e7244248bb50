"""The terms of an alert by its level: to acknowledge and to feed back. All intervals are half-open."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from ..deadlines import sms_allowed_from
from ..handling.terms import Phase, Term, earlier
from ..policy import Policy
from ..values import aware
from .form import ALERTED_AT_ONCE, AlertLevel

AlertTerms = tuple[Term, Term]
"""The term to acknowledge and the term to feed back."""


def alert_terms(told_of: datetime, level: AlertLevel, policy: Policy) -> AlertTerms:
    """The terms of an alert of which the addressee is to be told at this instant, in UTC.

    They run from when the addressee is told: at once, or at the end of the quiet hours (see ALERTED_AT_ONCE).
    """
    since = told_from(told_of, level, policy)
    acknowledge, feed_back = _lengths(level, policy)
    last = since + feed_back
    return Term(Phase.ACKNOWLEDGE, since, min(since + acknowledge, last)), Term(Phase.FEED_BACK, since, last)


def told_from(at: datetime, level: AlertLevel, policy: Policy) -> datetime:
    """When people are told by SMS of an alert of this level that comes at this instant, in UTC."""
    moment = aware(at)
    return (moment if level in ALERTED_AT_ONCE else sms_allowed_from(moment, policy)).astimezone(UTC)


def look_by(at: datetime, level: AlertLevel, policy: Policy) -> datetime:
    """By when the reviewer must look at a feedback of this instant, in UTC: as long as the addressee had."""
    acknowledge, _ = _lengths(level, policy)
    return told_from(at, level, policy) + acknowledge


def tightened(terms: AlertTerms, told_of: datetime, level: AlertLevel, policy: Policy) -> AlertTerms:
    """The terms after the level rose: of each the earlier end, so that no term becomes longer.

    A term that changes begins anew, so its reminders come again; one that stays keeps its reminders.
    """
    fresh = alert_terms(told_of, level, policy)
    first, second = (earlier(old, new) for old, new in zip(terms, fresh, strict=True))
    return first, second


def _lengths(level: AlertLevel, policy: Policy) -> tuple[timedelta, timedelta]:
    name = level.value.lower()
    return (
        timedelta(minutes=getattr(policy, f"alert_acknowledge_minutes_{name}")),
        timedelta(hours=getattr(policy, f"alert_feed_back_hours_{name}")),
    )
