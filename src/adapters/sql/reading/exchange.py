"""Read the exchange ledger: what was sent and when, the answers, and what is pending."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date, datetime
from typing import Any, Final
from uuid import UUID

from sqlalchemy import ColumnElement, Row, and_, bindparam, func, select, true

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
from ....domain.exchange.duty import DutyState, Topic
from ..batches import in_batches
from ..constants import dead, pending
from ..tables.exchange import exchange_attempt, outbox
from .paging import Reading, instant, instant_key, slice_of, uuid
from .sorting import By, Sorting, backwards

_COUNTS: Final = (
    select(outbox.c.business_date, outbox.c.state, func.count().label("number"))
    .where(
        outbox.c.topic == bindparam("topic"),
        outbox.c.business_date.between(bindparam("first_day"), bindparam("last_day")),
    )
    .group_by(outbox.c.business_date, outbox.c.state)
    .order_by(outbox.c.business_date)
)
_OVERDUE: Final = (
    select(func.count())
    .select_from(outbox)
    .where(
        outbox.c.topic == bindparam("topic"),
        pending(),
        outbox.c.due_at <= bindparam("now"),
    )
)
_DEAD: Final = (
    select(outbox.c.topic, outbox.c.state, func.count().label("number"))
    .where(dead())
    .group_by(outbox.c.topic, outbox.c.state)
)
_DUE: Final = (
    select(outbox.c.topic, func.count().label("number"), func.min(outbox.c.due_at).label("since"))
    .where(pending(), outbox.c.due_at <= bindparam("now"))
    .group_by(outbox.c.topic)
)
_SUCCESSES: Final = select(
    *(
        select(exchange_attempt.c.at)
        .where(exchange_attempt.c.topic == topic, exchange_attempt.c.accepted > 0)
        .order_by(exchange_attempt.c.at.desc(), exchange_attempt.c.id.desc())
        .limit(1)
        .scalar_subquery()
        .label(topic.name)
        for topic in Topic
    )
)


_NEWEST: Final = Sorting[DutyRow].by(
    By(outbox.c.created_at, True, instant, lambda row: instant_key(row.created_at)),
    By(outbox.c.id, True, uuid, lambda row: str(row.id)),
)
_SORTINGS: Final = {DutyOrder.NEWEST: _NEWEST, DutyOrder.OLDEST: backwards(_NEWEST)}
_newest_attempt: Final = Sorting[Attempt].by(
    By(exchange_attempt.c.at, True, instant, lambda row: instant_key(row.at)),
    By(exchange_attempt.c.id, True, uuid, lambda row: str(row.id)),
)
_ATTEMPTS: Final = {AttemptOrder.NEWEST: _newest_attempt, AttemptOrder.OLDEST: backwards(_newest_attempt)}


class SqlExchangeReader(Reading):
    """The exchange ledger."""

    def duties(self, where: DutyFilter, page: Page, order: DutyOrder = DutyOrder.NEWEST) -> Slice[DutyRow]:
        by = _SORTINGS[order]
        statement = (
            select(outbox)
            .where(_matching(where), by.rest(by.after(page)))
            .order_by(*by.order)
            .limit(page.first + 1)
        )
        return slice_of(self.rows(statement), page, _duty, by.key)

    def duty_count(self, where: DutyFilter) -> int:
        return self.number(select(func.count()).select_from(outbox).where(_matching(where)))

    def duties_by_id(self, ids: Sequence[UUID]) -> Mapping[UUID, DutyRow]:
        found: dict[UUID, DutyRow] = {}
        for batch in in_batches(ids):
            statement = select(outbox).where(outbox.c.id.in_(batch))
            found |= {row.id: _duty(row) for row in self.rows(statement)}
        return found

    def duties_of(
        self, topics: Sequence[Topic], object_keys: Sequence[str]
    ) -> Mapping[str, Sequence[DutyRow]]:
        found: dict[str, list[DutyRow]] = {}
        for batch in in_batches(object_keys):
            statement = (
                select(outbox)
                .where(outbox.c.topic.in_(topics), outbox.c.object_key.in_(batch))
                .order_by(outbox.c.object_key, outbox.c.revision, outbox.c.created_at, outbox.c.id)
            )
            for row in self.rows(statement):
                found.setdefault(row.object_key, []).append(_duty(row))
        return found

    def duty_counts(self, topic: Topic, first_day: date, last_day: date) -> Sequence[DutyCounts]:
        by_day: dict[date, dict[DutyState, int]] = {}
        params = {"topic": topic, "first_day": first_day, "last_day": last_day}
        for row in self.rows(_COUNTS, params):
            by_day.setdefault(row.business_date, {})[row.state] = row.number
        return [DutyCounts(topic, day, counts) for day, counts in by_day.items()]

    def attempts(
        self, topic: Topic | None, page: Page, order: AttemptOrder = AttemptOrder.NEWEST
    ) -> Slice[Attempt]:
        by = _ATTEMPTS[order]
        statement = (
            select(exchange_attempt)
            .where(
                true() if topic is None else exchange_attempt.c.topic == topic,
                by.rest(by.after(page)),
            )
            .order_by(*by.order)
            .limit(page.first + 1)
        )
        return slice_of(self.rows(statement), page, _attempt, by.key)

    def overdue(self, topic: Topic, now: datetime) -> int:
        return self.number(_OVERDUE, {"topic": topic, "now": now})

    def health(self, now: datetime) -> Sequence[TopicHealth]:
        given_up = {(row.topic, row.state): row.number for row in self.rows(_DEAD)}
        due = {row.topic: (row.number, row.since) for row in self.rows(_DUE, {"now": now})}
        (successes,) = self.rows(_SUCCESSES)
        return [
            TopicHealth(
                topic,
                given_up.get((topic, DutyState.PARKED), 0),
                given_up.get((topic, DutyState.REFUSED), 0),
                *due.get(topic, (0, None)),
                getattr(successes, topic.name),
            )
            for topic in Topic
        ]


def _matching(where: DutyFilter) -> ColumnElement[bool]:
    return and_(
        true() if where.topic is None else outbox.c.topic == where.topic,
        outbox.c.state.in_(where.states) if where.states else true(),
        true() if where.business_date is None else outbox.c.business_date == where.business_date,
    )


def _duty(row: Row[Any]) -> DutyRow:
    return DutyRow(
        id=row.id,
        topic=row.topic,
        object_key=row.object_key,
        revision=row.revision,
        business_date=row.business_date,
        state=row.state,
        attempts=row.attempts,
        created_at=row.created_at,
        due_at=row.due_at,
        sent_at=row.sent_at,
        settled_at=row.settled_at,
        answer_code=row.answer_code,
        answer=row.answer,
        message_id=row.message_id,
        facts=row.facts,
    )


def _attempt(row: Row[Any]) -> Attempt:
    return Attempt(
        id=row.id,
        topic=row.topic,
        message_id=row.message_id,
        at=row.at,
        took_ms=row.took_ms,
        http_status=row.http_status,
        code=row.code,
        sentence=row.sentence,
        sent=row.sent,
        accepted=row.accepted,
        refused=row.refused,
    )
