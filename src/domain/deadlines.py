"""When things are due: pure functions from days and settings to instants. All intervals are half-open, [from, until)."""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta
from typing import Final

from .policy import Policy
from .values import SHANGHAI

BEGINNING: Final = datetime.min.replace(tzinfo=UTC)
"""The first instant that can be said. Days are asked for by people, who mean "from ever" and "for ever" by the ends."""


def business_date(now: datetime) -> date:
    """The day it is in Asia/Shanghai; the last day there is for the hours that are the next one's there."""
    try:
        return now.astimezone(SHANGHAI).date()
    except OverflowError:
        return date.max


def instant(day: date, clock: time) -> datetime:
    """The instant, in UTC, of a time of day of Asia/Shanghai; the first there is for the hours that lie before it."""
    try:
        return datetime.combine(day, clock, SHANGHAI).astimezone(UTC)
    except OverflowError:
        return BEGINNING


def day_start(day: date) -> datetime:
    return instant(day, time.min)


def day_end(day: date) -> datetime:
    """The first instant that no longer belongs to the day."""
    if day == date.max:
        return day_start(day) + timedelta(days=1)  # There is no next day, but there is its beginning.
    return day_start(day + timedelta(days=1))


def commitment_due(day: date, policy: Policy) -> datetime:
    """The reporting deadline: a report before this instant is on time, at it or after it is late."""
    return instant(day, policy.commitment_deadline)


def is_late(reported_at: datetime, due_at: datetime) -> bool:
    return reported_at >= due_at


def reminder_times(due_at: datetime, policy: Policy) -> tuple[tuple[int, datetime], ...]:
    """(stage, instant) of every reminder for a duty that is due at `due_at`; stages count from 1."""
    return tuple(
        (number, due_at + timedelta(minutes=minutes))
        for number, minutes in enumerate(policy.reminder_stages, start=1)
    )


def push_due(reported_at: datetime, policy: Policy) -> datetime:
    """When a report made at this instant goes up to the ministry.

    Before the first push of the day: with it. Afterwards: at the next step of the interval, up to and including the
    last push of the day. After that: with the first push of the next day.
    """
    day = business_date(reported_at)
    first, until = instant(day, policy.push_first), instant(day, policy.push_until)
    if reported_at < first:
        return first
    step = timedelta(minutes=policy.push_every_minutes)
    due = first + step * ((reported_at - first) // step + 1)
    return due if due <= until else instant(day + timedelta(days=1), policy.push_first)


def sms_allowed_from(now: datetime, policy: Policy) -> datetime:
    """Now, or the end of the quiet hours when now lies within them."""
    local = now.astimezone(SHANGHAI)
    quiet_from, quiet_until = policy.sms_quiet_from, policy.sms_quiet_until
    clock = local.time()
    if quiet_from == quiet_until:
        return now
    if quiet_from < quiet_until:
        return instant(local.date(), quiet_until) if quiet_from <= clock < quiet_until else now
    if clock >= quiet_from:
        return instant(local.date() + timedelta(days=1), quiet_until)
    return instant(local.date(), quiet_until) if clock < quiet_until else now
