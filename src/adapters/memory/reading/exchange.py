"""Reads the exchange ledger from memory."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from datetime import date, datetime
from typing import Final
from uuid import UUID

from ....application.ports.exchange import (
    Attempt,
    AttemptOrder,
    DutyCounts,
    DutyFilter,
    DutyOrder,
    DutyRow,
    TopicHealth,
)
from ....application.ports.paging import Page, Slice
from ....domain.exchange.duty import Duty, DutyState, Topic
from ..paging import By, Sorting, instant, instant_key
from ..tables import State, kept


class MemoryExchangeReader:
    """Reads what was sent, when, with which answer, and what is pending."""

    def __init__(self, state: Callable[[], State]) -> None:
        self._state = state

    def duties(self, where: DutyFilter, page: Page, order: DutyOrder = DutyOrder.NEWEST) -> Slice[DutyRow]:
        return SORTINGS[order].slice_of(map(_row, self._matching(where)), page)

    def duty_count(self, where: DutyFilter) -> int:
        return len(self._matching(where))

    def _matching(self, where: DutyFilter) -> list[Duty]:
        return [
            duty
            for duty in self._all()
            if (where.topic is None or duty.topic is where.topic)
            and (not where.states or duty.state in where.states)
            and (where.business_date is None or duty.business_date == where.business_date)
        ]

    def duties_by_id(self, ids: Sequence[UUID]) -> Mapping[UUID, DutyRow]:
        duties = self._state().duties
        return {id: _row(duties[id].duty) for id in ids if id in duties}

    def duties_of(
        self, topics: Sequence[Topic], object_keys: Sequence[str]
    ) -> Mapping[str, Sequence[DutyRow]]:
        wanted = set(object_keys)
        found: dict[str, list[DutyRow]] = {}
        for duty in sorted(self._all(), key=lambda duty: (duty.revision, duty.created_at, duty.id)):
            if duty.topic in topics and duty.object_key in wanted:
                found.setdefault(duty.object_key, []).append(_row(duty))
        return found

    def duty_counts(self, topic: Topic, first_day: date, last_day: date) -> Sequence[DutyCounts]:
        by_day: dict[date, Counter[DutyState]] = {}
        for duty in self._all():
            if duty.topic is topic and first_day <= duty.business_date <= last_day:
                by_day.setdefault(duty.business_date, Counter())[duty.state] += 1
        return [DutyCounts(topic, day, dict(by_day[day])) for day in sorted(by_day)]

    def attempts(
        self, topic: Topic | None, page: Page, order: AttemptOrder = AttemptOrder.NEWEST
    ) -> Slice[Attempt]:
        rows = [a for a in self._state().attempts.values() if topic is None or a.topic is topic]
        return ATTEMPTS[order].slice_of(rows, page)

    def overdue(self, topic: Topic, now: datetime) -> int:
        return sum(
            1
            for duty in self._all()
            if duty.topic is topic and duty.state is DutyState.PENDING and duty.due_at <= now
        )

    def health(self, now: datetime) -> Sequence[TopicHealth]:
        duties = self._all()

        def of(topic: Topic) -> TopicHealth:
            states = Counter(duty.state for duty in duties if duty.topic is topic)
            due = [
                duty.due_at
                for duty in duties
                if duty.topic is topic and duty.state is DutyState.PENDING and duty.due_at <= now
            ]
            return TopicHealth(
                topic,
                parked=states[DutyState.PARKED],
                refused=states[DutyState.REFUSED],
                due=len(due),
                due_since=min(due, default=None),
                last_success_at=max(
                    (
                        call.at
                        for call in self._state().attempts.values()
                        if call.topic is topic and call.accepted
                    ),
                    default=None,
                ),
            )

        return [of(topic) for topic in Topic]

    def _all(self) -> list[Duty]:
        return [row.duty for row in self._state().duties.values()]


_newest: Final = Sorting(
    (
        By[DutyRow](lambda row: instant_key(row.created_at), True, instant),
        By[DutyRow](lambda row: str(row.id), True, UUID),
    )
)
_newest_attempt: Final = Sorting(
    (
        By[Attempt](lambda row: instant_key(row.at), True, instant),
        By[Attempt](lambda row: str(row.id), True, UUID),
    )
)
ATTEMPTS: Final = {AttemptOrder.NEWEST: _newest_attempt, AttemptOrder.OLDEST: _newest_attempt.backwards()}
SORTINGS: Final = {DutyOrder.NEWEST: _newest, DutyOrder.OLDEST: _newest.backwards()}


def _row(duty: Duty) -> DutyRow:
    return DutyRow(
        id=duty.id,
        topic=duty.topic,
        object_key=duty.object_key,
        revision=duty.revision,
        business_date=duty.business_date,
        state=duty.state,
        attempts=duty.attempts,
        created_at=duty.created_at,
        due_at=duty.due_at,
        sent_at=duty.sent_at,
        settled_at=duty.settled_at,
        answer_code=duty.answer_code,
        answer=duty.answer,
        message_id=duty.message_id,
        facts=kept(duty.facts),
    )
