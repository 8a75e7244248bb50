"""The terms within which something must be handled, and the marks at which people are reminded of them."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from enum import Enum

from ..deadlines import business_date, is_late
from ..policy import Policy


class Phase(Enum):
    """What the addressee owes in turn: to acknowledge, to feed back at all, and to have rectified."""

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
    """One moment at which somebody is reminded of a term: at some percents of it, when it is over, then once a day.

    `stage` is 50%, 80%, OVERDUE or a date; from OVERDUE on the reminder goes one level up as well.
    """

    term: Term
    stage: str
    at: datetime
    escalated: bool

    @property
    def key(self) -> str:
        """Stable for ever: the same reminder of the same term. A term that is renewed begins anew, and so do its marks."""
        return f"{self.term.phase.value}|{self.term.since.astimezone(UTC):%Y%m%dT%H%M%S.%fZ}|{self.stage}"


def marks(term: Term, now: datetime, policy: Policy) -> tuple[Mark, ...]:
    """The marks that have come by now, in order; whoever sends after a standstill needs the last one only.

    After OVERDUE there is one a day, 24 hours apart, named by the business date it falls on.
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
    """When the next mark of the term comes after now: there always is one, once a day in the end."""
    until = max(now, term.due) + timedelta(days=1)
    return next(mark.at for mark in marks(term, until, policy) if mark.at > now)


def newest_marks(terms: Iterable[Term], now: datetime, policy: Policy) -> tuple[Mark, ...]:
    """The newest mark that has come of each term, where one has."""
    return tuple(come[-1] for come in (marks(term, now, policy) for term in terms) if come)


def next_mark_of(terms: Iterable[Term], now: datetime, policy: Policy) -> datetime:
    """When the next mark of any of the terms comes; there must be one term at least."""
    return min(next_mark_at(term, now, policy) for term in terms)
