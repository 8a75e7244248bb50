"""Keeps the outbox in memory: leases by the database's clock, fences, order per object, crash counts."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from datetime import date, datetime, timedelta
from uuid import UUID

from ...application.ports.exchange import ASK_FIRST, Attempt, Claim, Outcome
from ...domain.exchange.duty import CRASHED, DEAD, MOST_CRASHES, Duty, DutyState, Topic
from ...domain.exchange.events import given_up
from .tables import KeptDuty, State, kept, utc
from .unit import Unit


class MemoryOutbox:
    """Duties to send, and the log of attempts."""

    def __init__(self, unit: Unit, database_clock: Callable[[], datetime]) -> None:
        self._unit = unit
        self._database_clock = database_clock

    def add(self, duties: Sequence[Duty]) -> None:
        state = self._unit.to_write()
        for duty in duties:
            if duty.id not in state.duties:
                state.duties.put(duty.id, KeptDuty(kept(duty)))
                if duty.state in DEAD:
                    self._give_up(duty, duty.settled_at or duty.created_at)

    def claim(self, topic: Topic, *, now: datetime, limit: int, lease: timedelta) -> Sequence[Claim]:
        state = self._unit.to_write()
        clock = utc(self._database_clock())
        while crashed := _crashed(state, topic, now, clock):
            duty = replace(crashed.duty, crashes=crashed.duty.crashes + 1)
            if duty.crashes < MOST_CRASHES:
                return [_take(state, replace(crashed, duty=duty), clock + lease)]
            # It is parked: another one may have crashed, too.
            duty = replace(duty, state=DutyState.PARKED, answer_code=CRASHED, answer="", settled_at=utc(now))
            state.duties.put(duty.id, KeptDuty(duty, None, crashed.fence))
            self._give_up(duty, now)
        free = [row for row in _due(state, topic, now) if row.leased_until is None]
        return [_take(state, row, clock + lease) for row in free[:limit]]

    def renew(self, claim: Claim, *, lease: timedelta) -> bool:
        state = self._unit.to_write()
        clock = utc(self._database_clock())
        row = state.duties.get(claim.duty.id)
        if row is None or row.fence != claim.fence or row.leased_until is None or row.leased_until <= clock:
            return False
        state.duties.put(claim.duty.id, replace(row, leased_until=clock + lease))
        return True

    def settle(self, outcomes: Sequence[Outcome], *, at: datetime) -> int:
        state = self._unit.to_write()
        stored = 0
        for outcome in outcomes:
            row = state.duties.get(outcome.claim.duty.id)
            if row is None or row.leased_until is None or row.fence != outcome.claim.fence:
                continue
            pending = outcome.state is DutyState.PENDING
            duty = replace(
                row.duty,
                state=outcome.state,
                answer_code=outcome.code,
                answer=outcome.answer,
                message_id=outcome.message_id or row.duty.message_id,
                due_at=outcome.due_at if pending and outcome.due_at is not None else row.duty.due_at,
                sent_at=outcome.sent_at if outcome.sent_at is not None else row.duty.sent_at,
                settled_at=None if pending else at,
                crashes=0,
                ask_first=row.duty.ask_first and pending,
            )
            state.duties.put(duty.id, KeptDuty(kept(duty), None, row.fence))
            stored += 1
            if outcome.state in DEAD:
                self._give_up(outcome.settled, at)
        return stored

    def doubt(self, topics: Sequence[Topic], *, answer: str) -> Mapping[Topic, int]:
        state = self._unit.to_write()
        found = dict.fromkeys(topics, 0)
        for row in list(state.duties.values()):
            duty = row.duty
            if duty.topic not in found:
                continue
            if duty.state in DEAD:
                state.duties.put(duty.id, replace(row, duty=replace(duty, ask_first=True)))
            elif duty.state is DutyState.PENDING:
                doubted = replace(
                    duty, ask_first=True, attempts=0, crashes=0, answer_code=ASK_FIRST, answer=answer
                )
                state.duties.put(duty.id, KeptDuty(doubted, None, row.fence + 1))
                found[duty.topic] += 1
        return found

    def asked(self, ids: Sequence[UUID]) -> None:
        state = self._unit.to_write()
        for id in dict.fromkeys(ids):
            if (row := state.duties.get(id)) is not None:
                state.duties.put(id, replace(row, duty=replace(row.duty, ask_first=False)))

    def answered_with(self, duty: Duty, code: str, *, since: datetime) -> bool:
        others = (row.duty for row in self._unit.reading().duties.values())
        return any(
            (other.topic, other.object_key, other.answer_code) == (duty.topic, duty.object_key, code)
            and other.id != duty.id
            and other.settled_at is not None
            and other.settled_at >= since
            for other in others
        )

    def waiting_with(self, duty: Duty) -> Sequence[UUID]:
        waiting = [
            row.duty
            for row in self._unit.reading().duties.values()
            if (row.duty.topic, row.duty.object_key) == (duty.topic, duty.object_key)
            and row.duty.id != duty.id
            and _in_nobodys_hands(row)
        ]
        waiting.sort(key=lambda other: (other.revision, other.created_at, other.id))
        return [other.id for other in waiting]

    def take_back(self, ids: Sequence[UUID], *, code: str, answer: str, at: datetime) -> frozenset[UUID]:
        state = self._unit.to_write()
        taken = [
            id for id in dict.fromkeys(ids) if id in state.duties and _in_nobodys_hands(state.duties[id])
        ]
        for id in taken:
            row = state.duties[id]
            dropped = replace(
                row.duty, state=DutyState.DROPPED, answer_code=code, answer=answer, settled_at=utc(at)
            )
            state.duties.put(id, replace(row, duty=dropped))
        return frozenset(taken)

    def delivered_revisions(self, topic: Topic, object_keys: Sequence[str]) -> Mapping[str, int]:
        wanted = set(object_keys)
        highest: dict[str, int] = {}
        for row in self._unit.reading().duties.values():
            duty = row.duty
            if duty.topic is topic and duty.state is DutyState.DONE and duty.object_key in wanted:
                highest[duty.object_key] = max(duty.revision, highest.get(duty.object_key, duty.revision))
        return highest

    def log(self, attempt: Attempt) -> None:
        self._unit.to_write().attempts.put(attempt.id, kept(attempt))

    def dead(self, ids: Sequence[UUID]) -> Sequence[Duty]:
        duties = self._unit.reading().duties
        return [
            kept(duties[id].duty)
            for id in dict.fromkeys(ids)
            if id in duties and duties[id].duty.state in DEAD
        ]

    def revive(self, ids: Sequence[UUID], *, due_at: datetime) -> int:
        state = self._unit.to_write()
        dead = [duty.id for duty in self.dead(ids)]
        for id in dead:
            _owe_again(state, id, due_at, attempts=0, crashes=0)
        return len(dead)

    def requeue_lost(self, ids: Sequence[UUID], *, due_at: datetime) -> int:
        state = self._unit.to_write()
        found = (state.duties.get(id) for id in dict.fromkeys(ids))
        done = [row.duty for row in found if row is not None and row.duty.state is DutyState.DONE]
        for duty in done:
            _owe_again(state, duty.id, due_at, attempts=duty.attempts, crashes=duty.crashes)
        return len(done)

    def settled(self, topic: Topic, business_date: date) -> Sequence[Duty]:
        return self._of_day(topic, business_date, DutyState.DONE)

    def parked(self, topic: Topic, business_date: date) -> Sequence[Duty]:
        return self._of_day(topic, business_date, DutyState.PARKED)

    def arrived(self, ids: Sequence[UUID], *, code: str, answer: str, at: datetime) -> int:
        state = self._unit.to_write()
        found = (state.duties.get(id) for id in dict.fromkeys(ids))
        parked = [row for row in found if row is not None and row.duty.state is DutyState.PARKED]
        for row in parked:
            duty = replace(
                row.duty,
                state=DutyState.DONE,
                answer_code=code,
                answer=answer,
                settled_at=utc(at),
                crashes=0,
            )
            state.duties.put(duty.id, replace(row, duty=duty))
        return len(parked)

    def _of_day(self, topic: Topic, business_date: date, wanted: DutyState) -> Sequence[Duty]:
        duties = (row.duty for row in self._unit.reading().duties.values())
        return [
            kept(duty)
            for duty in sorted(duties, key=lambda duty: duty.id)
            if duty.topic is topic and duty.business_date == business_date and duty.state is wanted
        ]

    def _give_up(self, duty: Duty, at: datetime) -> None:
        self._unit.collect([given_up(duty, at)])


def _first_pending(state: State, topic: Topic, now: datetime) -> dict[str, KeptDuty]:
    """For each object key the only pending duty that may be sent next.

    It has the lowest revision. Of several, a due one comes first, then the one that was created first.
    """

    def place(duty: Duty) -> tuple[int, bool, datetime, UUID]:
        return duty.revision, duty.due_at > now, duty.created_at, duty.id

    first: dict[str, KeptDuty] = {}
    for row in state.duties.values():
        duty = row.duty
        if duty.topic is topic and duty.state is DutyState.PENDING:
            other = first.get(duty.object_key)
            if other is None or place(duty) < place(other.duty):
                first[duty.object_key] = row
    return first


def _due(state: State, topic: Topic, now: datetime) -> list[KeptDuty]:
    """The due duties, earliest `due_at` first."""
    found = (row for row in _first_pending(state, topic, now).values() if row.duty.due_at <= now)
    return sorted(found, key=lambda row: (row.duty.due_at, row.duty.id))


def _crashed(state: State, topic: Topic, now: datetime, clock: datetime) -> KeptDuty | None:
    """Of the due duties whose lease ran out without an outcome, the one whose lease ran out first."""
    found = [
        (row.leased_until, place, row)
        for place, row in enumerate(_due(state, topic, now))
        if row.leased_until is not None and row.leased_until <= clock
    ]
    return min(found)[2] if found else None


def _take(state: State, row: KeptDuty, leased_until: datetime) -> Claim:
    """Lease a duty to a worker, and count its attempt."""
    duty = replace(row.duty, attempts=row.duty.attempts + 1)
    claimed = KeptDuty(duty, leased_until, row.fence + 1)
    state.duties.put(duty.id, claimed)
    return Claim(kept(duty), claimed.fence)


def _in_nobodys_hands(row: KeptDuty) -> bool:
    return row.duty.state is DutyState.PENDING and row.leased_until is None


def _owe_again(state: State, id: UUID, due_at: datetime, *, attempts: int, crashes: int) -> None:
    row = state.duties[id]
    duty = replace(
        row.duty,
        state=DutyState.PENDING,
        due_at=utc(due_at),
        attempts=attempts,
        crashes=crashes,
        settled_at=None,
    )
    state.duties.put(id, KeptDuty(duty, None, row.fence))
