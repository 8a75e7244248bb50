"""The terms of an alert by kind and level: to acknowledge and to feed back. All intervals are half-open."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

from ..deadlines import sms_allowed_from
from ..handling.terms import Phase, Term, earlier
from ..policy import Policy
from ..values import aware
from .form import ALERTED_AT_ONCE, AlertKind, AlertLevel, AlertStatement

AlertTerms = tuple[Term, Term]
"""The term to acknowledge and the term to feed back."""


def told_at_once(statement: AlertStatement) -> bool:
    """Whether people are told in quiet hours, too: of grave risks. A certificate can wait until morning."""
    return statement.kind is AlertKind.RISK and statement.level in ALERTED_AT_ONCE


def alert_terms(told_of: datetime, statement: AlertStatement, policy: Policy) -> AlertTerms:
    """The terms of an alert of which the addressee is to be told at this instant, in UTC.

    They run from when the addressee is told: at once, or at the end of the quiet hours (see `told_at_once`).
    """
    since = told_from(told_of, statement, policy)
    acknowledge, feed_back = _lengths(statement, policy)
    last = since + feed_back
    return Term(Phase.ACKNOWLEDGE, since, min(since + acknowledge, last)), Term(Phase.FEED_BACK, since, last)


def told_from(at: datetime, statement: AlertStatement, policy: Policy) -> datetime:
    """When people are told by SMS of an alert that comes at this instant, in UTC."""
    moment = aware(at)
    return (moment if told_at_once(statement) else sms_allowed_from(moment, policy)).astimezone(UTC)


def look_by(at: datetime, statement: AlertStatement, policy: Policy) -> datetime:
    """By when the reviewer must look at a feedback of this instant, in UTC: as long as the addressee had."""
    acknowledge, _ = _lengths(statement, policy)
    return told_from(at, statement, policy) + acknowledge


def tightened(terms: AlertTerms, told_of: datetime, statement: AlertStatement, policy: Policy) -> AlertTerms:
    """The terms after the level rose: of each the earlier end, so that no term becomes longer.

    A term that changes begins anew, so its reminders come again; one that stays keeps its reminders.
    """
    fresh = alert_terms(told_of, statement, policy)
    first, second = (earlier(old, new) for old, new in zip(terms, fresh, strict=True))
    return first, second


def reminder_policy(statement: AlertStatement, policy: Policy) -> Policy:
    """The settings by which its terms are reminded of.

    A certificate's windows remind in time, so of its terms people are told only when they are overdue.
    """
    if statement.kind is AlertKind.CERTIFICATE:
        return replace(policy, problem_reminder_percents=())
    return policy


def _lengths(statement: AlertStatement, policy: Policy) -> tuple[timedelta, timedelta]:
    if statement.kind is AlertKind.CERTIFICATE:
        red = statement.level is AlertLevel.RED
        days = policy.certificate_feed_back_days_red if red else policy.certificate_feed_back_days
        return timedelta(hours=policy.certificate_acknowledge_hours), timedelta(days=days)
    name = statement.level.value.lower()
    return (
        timedelta(minutes=getattr(policy, f"alert_acknowledge_minutes_{name}")),
        timedelta(hours=getattr(policy, f"alert_feed_back_hours_{name}")),
    )
