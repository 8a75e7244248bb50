"""Store the outbox: duties wait for a worker, which takes a lease on them by the database's clock."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date, datetime, timedelta
from typing import Any, Final
from uuid import UUID

from sqlalchemy import (
    Boolean,
    Row,
    and_,
    bindparam,
    func,
    null,
    select,
    update,
)
from sqlalchemy import false as sql_false
from sqlalchemy import insert as plain_insert
from sqlalchemy import true as sql_true
from sqlalchemy.dialects.postgresql import insert

from ...application.ports.exchange import ASK_FIRST, Attempt, Claim, Outcome
from ...domain.exchange.duty import DEAD, Duty, DutyState, Topic
from ...domain.exchange.events import given_up
from .batches import in_batches
from .claiming import CLAIM, CLAIM_CRASHED
from .clock import database_time, database_time_plus
from .constants import dead, pending
from .kept import Kept
from .tables.exchange import exchange_attempt, outbox
from .transaction import Transaction

_ADD: Final = insert(outbox).on_conflict_do_nothing(index_elements=[outbox.c.id])
_ADD_ONE: Final = Kept(
    _ADD,
    columns=(
        "id",
        "topic",
        "object_key",
        "revision",
        "business_date",
        "facts",
        "created_at",
        "due_at",
        "state",
        "attempts",
        "crashes",
        "answer_code",
        "answer",
        "message_id",
        "sent_at",
        "settled_at",
        "ask_first",
    ),
)
_ADD_DEAD: Final = _ADD.returning(outbox.c.id)

_RENEW: Final = (
    update(outbox)
    .where(
        outbox.c.id == bindparam("claimed"),
        outbox.c.fence == bindparam("claimed_fence"),
        outbox.c.leased_until > database_time(),
    )
    .values(leased_until=database_time_plus("lease"))
)
_SETTLE: Final = (
    update(outbox)
    .where(
        outbox.c.id == bindparam("claimed"),
        outbox.c.fence == bindparam("claimed_fence"),
        outbox.c.leased_until.is_not(None),
    )
    .values(
        state=bindparam("new_state"),
        answer_code=bindparam("new_code"),
        answer=bindparam("new_answer"),
        message_id=func.coalesce(bindparam("new_message_id"), outbox.c.message_id),
        due_at=func.coalesce(bindparam("new_due_at", type_=outbox.c.due_at.type), outbox.c.due_at),
        sent_at=func.coalesce(bindparam("new_sent_at", type_=outbox.c.sent_at.type), outbox.c.sent_at),
        settled_at=bindparam("new_settled_at"),
        ask_first=and_(outbox.c.ask_first, bindparam("new_pending", type_=Boolean())),
        leased_until=null(),
        crashes=0,
    )
)
_DOUBT: Final = (
    update(outbox)
    .where(outbox.c.topic == bindparam("of_topic"), pending())
    .values(
        ask_first=sql_true(),
        fence=outbox.c.fence + 1,
        attempts=0,
        crashes=0,
        leased_until=null(),
        answer_code=ASK_FIRST,
        answer=bindparam("sentence"),
    )
)
_DOUBT_THE_DEAD: Final = (
    update(outbox)
    .where(
        outbox.c.topic == bindparam("of_topic"),
        outbox.c.state.in_(sorted(DEAD, key=lambda state: state.value)),
    )
    .values(ask_first=sql_true())
)
_ASKED: Final = (
    update(outbox).where(outbox.c.id.in_(bindparam("ids", expanding=True))).values(ask_first=sql_false())
)
_ANSWERED_WITH: Final = (
    select(outbox.c.id)
    .where(
        outbox.c.topic == bindparam("topic"),
        outbox.c.object_key == bindparam("key"),
        outbox.c.id != bindparam("own"),
        outbox.c.answer_code == bindparam("code"),
        outbox.c.settled_at >= bindparam("since", type_=outbox.c.settled_at.type),
    )
    .limit(1)
)
_in_nobodys_hands = and_(pending(), outbox.c.leased_until.is_(None))
_WAITING: Final = (
    select(outbox.c.id)
    .where(
        outbox.c.topic == bindparam("topic"),
        outbox.c.object_key == bindparam("key"),
        outbox.c.id != bindparam("own"),
        _in_nobodys_hands,
    )
    .order_by(outbox.c.revision, outbox.c.created_at, outbox.c.id)
)
_TAKE_BACK: Final = (
    update(outbox)
    .where(outbox.c.id.in_(bindparam("ids", expanding=True)), _in_nobodys_hands)
    .values(
        state=DutyState.DROPPED,
        answer_code=bindparam("code"),
        answer=bindparam("sentence"),
        settled_at=bindparam("now"),
    )
    .returning(outbox.c.id)
)
_DELIVERED: Final = (
    select(outbox.c.object_key, func.max(outbox.c.revision).label("highest"))
    .where(
        outbox.c.topic == bindparam("topic"),
        outbox.c.object_key.in_(bindparam("keys", expanding=True)),
        outbox.c.state == DutyState.DONE,
    )
    .group_by(outbox.c.object_key)
)
_LOG: Final = plain_insert(exchange_attempt)
_of_ids = outbox.c.id.in_(bindparam("ids", expanding=True))
_DEAD: Final = select(outbox).where(_of_ids, dead())
_owe_again = update(outbox).values(
    state=DutyState.PENDING, due_at=bindparam("again"), settled_at=null(), leased_until=null()
)
_REVIVE: Final = _owe_again.where(_of_ids, dead()).values(attempts=0, crashes=0)
_REQUEUE: Final = _owe_again.where(_of_ids, outbox.c.state == DutyState.DONE)
_of_day = (
    select(outbox)
    .where(outbox.c.topic == bindparam("topic"), outbox.c.business_date == bindparam("day"))
    .order_by(outbox.c.id)
)
_SETTLED: Final = _of_day.where(outbox.c.state == DutyState.DONE)
_PARKED: Final = _of_day.where(outbox.c.state == DutyState.PARKED)
_ARRIVED: Final = (
    update(outbox)
    .where(_of_ids, outbox.c.state == DutyState.PARKED)
    .values(
        state=DutyState.DONE,
        answer_code=bindparam("code"),
        answer=bindparam("sentence"),
        settled_at=bindparam("now"),
        crashes=0,
    )
)


class SqlOutbox:
    """Duties to send, and the log of calls."""

    def __init__(self, transaction: Transaction) -> None:
        self._transaction = transaction

    def add(self, duties: Sequence[Duty]) -> None:
        for duty in duties:
            if duty.state in DEAD and self._transaction.run(_ADD_DEAD, _row_of(duty)).all():
                self._give_up(duty, duty.settled_at or duty.created_at)
        rows = [_row_of(duty) for duty in duties if duty.state not in DEAD]
        if len(rows) == 1:
            self._transaction.later(_ADD_ONE, rows[0])
        elif rows:
            self._transaction.run(_ADD, rows)

    def claim(self, topic: Topic, *, now: datetime, limit: int, lease: timedelta) -> Sequence[Claim]:
        params = {"asked_topic": topic, "now": now, "lease": lease.total_seconds()}
        while crashed := self._transaction.run(CLAIM_CRASHED, params | {"most": 1}).first():
            duty = duty_of(crashed)
            if duty.state is DutyState.PENDING:
                return [Claim(duty, crashed.fence)]
            self._give_up(duty, now)  # It was parked: another one may have crashed, too.
        rows = self._transaction.run(CLAIM, params | {"most": limit}).all()
        claims = [Claim(duty_of(row), row.fence) for row in rows]
        return sorted(claims, key=lambda claim: (claim.duty.due_at, claim.duty.id))

    def renew(self, claim: Claim, *, lease: timedelta) -> bool:
        params = {
            "claimed": claim.duty.id,
            "claimed_fence": claim.fence,
            "lease": lease.total_seconds(),
        }
        return self._transaction.run(_RENEW, params).rowcount == 1

    def settle(self, outcomes: Sequence[Outcome], *, at: datetime) -> int:
        # Update in the order of the ids, so that two workers never deadlock.
        in_order = sorted(outcomes, key=lambda outcome: outcome.claim.duty.id)
        rows = [_outcome(outcome, at) for outcome in in_order if outcome.state not in DEAD]
        stored = 0
        if rows:
            stored += self._transaction.run(_SETTLE, rows if len(rows) > 1 else rows[0]).rowcount
        for outcome in in_order:
            if outcome.state in DEAD and self._transaction.run(_SETTLE, _outcome(outcome, at)).rowcount == 1:
                stored += 1
                self._give_up(outcome.settled, at)
        return stored

    def doubt(self, topics: Sequence[Topic], *, answer: str) -> Mapping[Topic, int]:
        found = {}
        for topic in topics:
            self._transaction.run(_DOUBT_THE_DEAD, {"of_topic": topic})
            found[topic] = self._transaction.run(_DOUBT, {"of_topic": topic, "sentence": answer}).rowcount
        return found

    def asked(self, ids: Sequence[UUID]) -> None:
        for batch in in_batches(ids):
            self._transaction.run(_ASKED, {"ids": batch})

    def answered_with(self, duty: Duty, code: str, *, since: datetime) -> bool:
        params = {"topic": duty.topic, "key": duty.object_key, "own": duty.id, "code": code, "since": since}
        return self._transaction.run(_ANSWERED_WITH, params).first() is not None

    def waiting_with(self, duty: Duty) -> Sequence[UUID]:
        params = {"topic": duty.topic, "key": duty.object_key, "own": duty.id}
        return [row.id for row in self._transaction.run(_WAITING, params)]

    def take_back(self, ids: Sequence[UUID], *, code: str, answer: str, at: datetime) -> frozenset[UUID]:
        taken: set[UUID] = set()
        for batch in in_batches(ids):
            params = {"ids": batch, "code": code, "sentence": answer, "now": at}
            taken.update(row.id for row in self._transaction.run(_TAKE_BACK, params))
        return frozenset(taken)

    def delivered_revisions(self, topic: Topic, object_keys: Sequence[str]) -> Mapping[str, int]:
        highest: dict[str, int] = {}
        for keys in in_batches(object_keys):
            for row in self._transaction.run(_DELIVERED, {"topic": topic, "keys": keys}):
                highest[row.object_key] = row.highest
        return highest

    def log(self, attempt: Attempt) -> None:
        self._transaction.run(
            _LOG,
            {
                "id": attempt.id,
                "topic": attempt.topic,
                "message_id": attempt.message_id,
                "at": attempt.at,
                "took_ms": attempt.took_ms,
                "http_status": attempt.http_status,
                "code": attempt.code,
                "sentence": attempt.sentence,
                "sent": attempt.sent,
                "accepted": attempt.accepted,
                "refused": attempt.refused,
            },
        )

    def dead(self, ids: Sequence[UUID]) -> Sequence[Duty]:
        found: dict[UUID, Duty] = {}
        for batch in in_batches(ids):
            found |= {row.id: duty_of(row) for row in self._transaction.run(_DEAD, {"ids": batch})}
        return [found[id] for id in dict.fromkeys(ids) if id in found]

    def revive(self, ids: Sequence[UUID], *, due_at: datetime) -> int:
        return sum(
            self._transaction.run(_REVIVE, {"ids": batch, "again": due_at}).rowcount
            for batch in in_batches(ids)
        )

    def requeue_lost(self, ids: Sequence[UUID], *, due_at: datetime) -> int:
        return sum(
            self._transaction.run(_REQUEUE, {"ids": batch, "again": due_at}).rowcount
            for batch in in_batches(ids)
        )

    def settled(self, topic: Topic, business_date: date) -> Sequence[Duty]:
        rows = self._transaction.run(_SETTLED, {"topic": topic, "day": business_date})
        return [duty_of(row) for row in rows]

    def parked(self, topic: Topic, business_date: date) -> Sequence[Duty]:
        rows = self._transaction.run(_PARKED, {"topic": topic, "day": business_date})
        return [duty_of(row) for row in rows]

    def arrived(self, ids: Sequence[UUID], *, code: str, answer: str, at: datetime) -> int:
        return sum(
            self._transaction.run(
                _ARRIVED, {"ids": batch, "code": code, "sentence": answer, "now": at}
            ).rowcount
            for batch in in_batches(ids)
        )

    def _give_up(self, duty: Duty, at: datetime) -> None:
        self._transaction.events.append(given_up(duty, at))


def duty_of(row: Row[Any]) -> Duty:
    return Duty(
        id=row.id,
        topic=row.topic,
        object_key=row.object_key,
        revision=row.revision,
        business_date=row.business_date,
        facts=row.facts,
        created_at=row.created_at,
        due_at=row.due_at,
        state=row.state,
        attempts=row.attempts,
        crashes=row.crashes,
        answer_code=row.answer_code,
        answer=row.answer,
        message_id=row.message_id,
        sent_at=row.sent_at,
        settled_at=row.settled_at,
        ask_first=row.ask_first,
    )


def _row_of(duty: Duty) -> dict[str, Any]:
    return {
        "id": duty.id,
        "topic": duty.topic,
        "object_key": duty.object_key,
        "revision": duty.revision,
        "business_date": duty.business_date,
        "facts": dict(duty.facts),
        "created_at": duty.created_at,
        "due_at": duty.due_at,
        "state": duty.state,
        "attempts": duty.attempts,
        "crashes": duty.crashes,
        "answer_code": duty.answer_code,
        "answer": duty.answer,
        "message_id": duty.message_id,
        "sent_at": duty.sent_at,
        "settled_at": duty.settled_at,
        "ask_first": duty.ask_first,
    }


def _outcome(outcome: Outcome, at: datetime) -> dict[str, Any]:
    pending = outcome.state is DutyState.PENDING
    return {
        "claimed": outcome.claim.duty.id,
        "claimed_fence": outcome.claim.fence,
        "new_state": outcome.state,
        "new_pending": pending,
        "new_code": outcome.code,
        "new_answer": outcome.answer,
        "new_message_id": outcome.message_id or None,
        "new_due_at": outcome.due_at if pending else None,
        "new_sent_at": outcome.sent_at,
        "new_settled_at": None if pending else at,
    }
