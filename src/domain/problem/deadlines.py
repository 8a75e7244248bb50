"""The terms of a problem: how long each phase lasts. All intervals are half-open."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from typing import Final

from ..deadlines import business_date, day_end, sms_allowed_from
from ..handling.terms import Phase, Term, Terms, earlier
from ..policy import Policy
from ..values import aware
from .form import TOLD_AT_ONCE, Severity

LEAST_AFTER_RETURN: Final = timedelta(days=1)
"""The least time that is left after a feedback was returned without a new day."""


def terms(issued_at: datetime, severity: Severity, policy: Policy, rectify_on: date | None = None) -> Terms:
    """The terms of a problem that is issued at this instant, in UTC.

    `policy` is the stricter of the issuer's and the addressee's. All three terms run from when the addressee is told: at once,
    or at the end of the quiet hours (see TOLD_AT_ONCE). `rectify_on` counts in full: the terms end at its end
    at the latest, so it can shorten the earlier ones, too. If it ends within the quiet hours, the time to
    acknowledge is left after them.
    """
    issued, since = aware(issued_at), _told_at(issued_at, severity, policy)
    acknowledge, _, rectify = _lengths(severity, policy)
    if rectify_on is None:
        last = since + rectify
    elif issued < (ends := day_end(rectify_on)) <= since:
        last = since + acknowledge
    else:
        last = max(ends, since)
    return _until(last, since, severity, policy)


def terms_within(at: datetime, severity: Severity, policy: Policy, due: datetime) -> Terms:
    """The terms of a problem that is handed over at this instant and must be rectified by `due`, in UTC.

    A `due` that has passed when the department is told makes the problem overdue from then on.
    """
    since = _told_at(at, severity, policy)
    return _until(max(due, since), since, severity, policy)


def due_as_restated(known_due: datetime, fresh: Terms, *, newly_named: bool, graver: bool) -> datetime:
    """The ministry's deadline after a newer statement; `known_due` is the one before.

    It is the end of the day that the statement newly names. Without such a day it stays: a day that is taken
    back gives no more time. A graver severity can only shorten it.
    """
    stated = fresh[2].due
    if newly_named:
        return stated
    return min(known_due, stated) if graver else known_due


def restated_terms(
    present: Terms, fresh: Terms, *, known_due: datetime, stated_due: datetime, graver: bool
) -> Terms:
    """The terms after the ministry changed its deadline from `known_due` to `stated_due`, or the severity.

    `fresh` are the terms as if the problem were received now. A shorter deadline or a graver severity ends
    each term at the earlier of both ends. A later deadline lengthens the term to rectify, unless the province
    gave less time than the ministry did. A term that changes begins anew, so its reminders come again.
    """
    acknowledge, feed_back, rectify = present
    since = fresh[2].since
    if graver or stated_due < known_due:
        acknowledge, feed_back = earlier(acknowledge, fresh[0]), earlier(feed_back, fresh[1])
    if stated_due < known_due:
        rectify = earlier(rectify, Term(Phase.RECTIFY, since, max(stated_due, since)))
    elif known_due < stated_due and known_due <= rectify.due < stated_due:
        rectify = Term(Phase.RECTIFY, since, stated_due)
    return acknowledge, feed_back, rectify


def rectify_days(severity: Severity, policy: Policy) -> int:
    """The days for rectification by the settings."""
    return policy.rectify_days_major if severity is Severity.MAJOR else policy.rectify_days_general


def due_after_return(present: datetime, at: datetime, rectify_on: date | None, policy: Policy) -> datetime:
    """The deadline after a feedback was returned at this instant; `present` is the one before, in UTC.

    It is the end of `rectify_on`. Without that day it stays, but at least 24 hours are left. Nobody is overdue
    before being told: a deadline within the quiet hours moves to the end of the day on which they end.
    """
    due = max(present, aware(at).astimezone(UTC) + LEAST_AFTER_RETURN)
    if rectify_on is not None:
        due = day_end(rectify_on)
    told_at = sms_allowed_from(at, policy)
    return due if due > told_at else day_end(business_date(told_at))


def look_by(at: datetime, severity: Severity, policy: Policy) -> datetime:
    """By when the issuer must look at a feedback or an extension request of this instant, in UTC.

    It is as long as the term to acknowledge. It runs from when the issuer is told, after the quiet hours.
    `policy` is that of the issuer's region.
    """
    acknowledge, _, _ = _lengths(severity, policy)
    return sms_allowed_from(aware(at), policy).astimezone(UTC) + acknowledge


def _told_at(at: datetime, severity: Severity, policy: Policy) -> datetime:
    """When the addressee is told of what happens at this instant, in UTC."""
    moment = aware(at)
    told_at = moment if severity in TOLD_AT_ONCE else sms_allowed_from(moment, policy)
    return told_at.astimezone(UTC)


def _until(last: datetime, since: datetime, severity: Severity, policy: Policy) -> Terms:
    acknowledge, feed_back, _ = _lengths(severity, policy)
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
            timedelta(days=rectify_days(severity, policy)),
        )
    return (
        timedelta(hours=policy.acknowledge_hours_general),
        timedelta(hours=policy.feed_back_hours_general),
        timedelta(days=rectify_days(severity, policy)),
    )
