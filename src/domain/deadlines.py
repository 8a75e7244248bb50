"""Computes when things are due, from days and settings. All intervals are half-open, [from, until)."""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta
from typing import Final

from .policy import Policy
from .values import SHANGHAI

BEGINNING: Final = datetime.min.replace(tzinfo=UTC)
"""The earliest datetime. People enter the first and last possible days to mean "no limit"."""


def business_date(now: datetime) -> date:
    """The date in Asia/Shanghai; `date.max` if that date lies beyond it."""
    try:
        return now.astimezone(SHANGHAI).date()
    except OverflowError:
        return date.max


def instant(day: date, clock: time) -> datetime:
    """Convert a time of day in Asia/Shanghai to UTC; BEGINNING if the result would lie before it."""
    try:
        return datetime.combine(day, clock, SHANGHAI).astimezone(UTC)
    except OverflowError:
        return BEGINNING


def day_start(day: date) -> datetime:
    return instant(day, time.min)


def day_end(day: date) -> datetime:
    """The first instant after the day."""
    if day == date.max:
        return day_start(day) + timedelta(days=1)  # `day + 1` would overflow; its first instant does not.
    return day_start(day + timedelta(days=1))


def last_day(due: datetime) -> date:
    """The last day on which something that is due at this instant is in time; at midnight, the day before."""
    return _to_the_minute(due)[0]


def due_text(due: datetime, now: datetime) -> str:
    """The instant as Chinese text to the minute, such as 11月24日11:30; midnight ends the day: 11月24日24:00.

    The year stands before it when that differs from the year of `now`.
    """
    day, clock = _to_the_minute(due)
    year = "" if day.year == business_date(now).year else f"{day.year}年"
    return f"{year}{day.month}月{day.day}日{clock}"


def _to_the_minute(due: datetime) -> tuple[date, str]:
    """The day and the time of day in Asia/Shanghai; midnight is 24:00 of the day before."""
    local = due.astimezone(SHANGHAI)
    if local.time().replace(second=0, microsecond=0) == time.min:
        return local.date() - timedelta(days=1), "24:00"
    return local.date(), f"{local:%H:%M}"


def commitment_due(day: date, policy: Policy) -> datetime:
    """The reporting deadline: a report before this instant is on time; from this instant on it is late."""
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
    """When a report made at this instant is pushed to the ministry.

    Before the first push of the day: with that push. Later: at the next step of the interval, up to and
    including the last push of the day. After the last push: with the first push of the next day.
    """
    day = business_date(reported_at)
    first, until = instant(day, policy.push_first), instant(day, policy.push_until)
    if reported_at < first:
        return first
    step = timedelta(minutes=policy.push_every_minutes)
    due = first + step * ((reported_at - first) // step + 1)
    return due if due <= until else instant(day + timedelta(days=1), policy.push_first)


def sms_allowed_from(now: datetime, policy: Policy) -> datetime:
    """Now, or the end of the quiet hours if `now` lies within them."""
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
