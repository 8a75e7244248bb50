"""The terms within which something must be handled, and the marks: the times of their reminders."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from enum import Enum

from ..deadlines import business_date, is_late
from ..policy import Policy


class Phase(Enum):
    """What the addressee owes, in this order: to acknowledge, to feed back at all, to finish rectifying."""

    ACKNOWLEDGE = "ACKNOWLEDGE"
    FEED_BACK = "FEED_BACK"
    RECTIFY = "RECTIFY"


@dataclass(frozen=True, slots=True)
class Term:
    """The time for one phase, [since, due): from `due` on it is overdue. Instants are in UTC."""

    phase: Phase
    since: datetime
    due: datetime

    def overdue(self, at: datetime) -> bool:
        return is_late(at, self.due)


Terms = tuple[Term, Term, Term]
"""One term per phase, in the order of Phase."""


@dataclass(frozen=True, slots=True)
class Mark:
    """One reminder time of a term: at some percentages of it, when it is overdue, then once a day.

    `stage` is a percentage such as 50%, OVERDUE, or a date. From OVERDUE on, the reminder also goes one level
    up (`escalated`).
    """

    term: Term
    stage: str
    at: datetime
    escalated: bool

    @property
    def key(self) -> str:
        """The permanent key of this reminder of this term. A renewed term begins anew and has new keys."""
        return f"{self.term.phase.value}|{self.term.since.astimezone(UTC):%Y%m%dT%H%M%S.%fZ}|{self.stage}"


def earlier(present: Term, fresh: Term) -> Term:
    """The term that ends first. The present one stays if both end at once, so its reminders stay, too."""
    return fresh if fresh.due < present.due else present


def marks(term: Term, now: datetime, policy: Policy) -> tuple[Mark, ...]:
    """The marks reached by now, in order. A sender that stood still needs only the last one.

    After OVERDUE there is one mark every 24 hours; its stage is the business date on which it falls.
    """
    length = term.due - term.since
    found = [
        Mark(term, f"{percent}%", term.since + length * percent / 100, escalated=False)
        for percent in policy.problem_reminder_percents
    ]
    found.append(Mark(term, "OVERDUE", term.due, escalated=True))
    late = (now - term.due) // timedelta(days=1)
    for days in range(1, late + 1):
        at = term.due + timedelta(days=days)
        found.append(Mark(term, business_date(at).isoformat(), at, escalated=True))
    return tuple(mark for mark in found if mark.at <= now)


def next_mark_at(term: Term, now: datetime, policy: Policy) -> datetime:
    """When the next mark after now comes. There is always one: an overdue term has a mark every day."""
    until = max(now, term.due) + timedelta(days=1)
    return next(mark.at for mark in marks(term, until, policy) if mark.at > now)


def newest_marks(terms: Iterable[Term], now: datetime, policy: Policy) -> tuple[Mark, ...]:
    """The newest mark reached of each term; a term without one is left out."""
    return tuple(come[-1] for come in (marks(term, now, policy) for term in terms) if come)


def next_mark_of(terms: Iterable[Term], now: datetime, policy: Policy) -> datetime:
    """When the next mark of any of the terms comes; `terms` must not be empty."""
    return min(next_mark_at(term, now, policy) for term in terms)
