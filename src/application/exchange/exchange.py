"""The exchange ledger: what was sent when, with which answer, what is pending; and sending again."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Final
from uuid import UUID

from ...domain.exchange.duty import EVERY_REVISION, Duty, DutyState, Topic
from ...domain.exchange.events import DeadLetterResent
from ...domain.refusals import InvalidValue, NotFound
from ...domain.values import parse_text
from ..access import Actor, Permission, check, may
from ..day_range import check_range
from ..inspection.weekly import TOPICS
from ..once import once
from ..ports.exchange import Attempt, AttemptOrder, DutyCounts, DutyFilter, DutyOrder, DutyRow
from ..ports.operations import Slot, SlotOrder
from ..ports.paging import Page, Slice
from ..ports.readers import Readers
from ..ports.signals import Clock, Doorbell
from ..ports.work import Storage

MOST_AT_ONCE: Final = 500


@dataclass(frozen=True, slots=True)
class ResendDeadLetters:
    """The outbox entries to send again, at most 500."""

    ids: tuple[UUID, ...]


class Exchange:
    """What people of the province's departments see and do in the exchange.

    The system administrator sees counts and the schedule, never what is exchanged or with which answer.
    """

    def __init__(self, storage: Storage, readers: Readers, clock: Clock, doorbell: Doorbell) -> None:
        self._storage = storage
        self._readers = readers
        self._clock = clock
        self._doorbell = doorbell

    def duties(
        self, actor: Actor, where: DutyFilter, page: Page, order: DutyOrder = DutyOrder.NEWEST
    ) -> Slice[DutyRow]:
        check(actor, Permission.READ_EXCHANGE)
        return self._readers.exchange.duties(where, page, order)

    def duty_count(self, actor: Actor, where: DutyFilter) -> int:
        check(actor, Permission.READ_EXCHANGE)
        return self._readers.exchange.duty_count(where)

    def duties_by_id(self, actor: Actor, ids: Sequence[UUID]) -> Mapping[UUID, DutyRow]:
        check(actor, Permission.READ_EXCHANGE)
        return self._readers.exchange.duties_by_id(ids)

    def reported(self, actor: Actor, ids: Sequence[UUID]) -> Mapping[UUID, Sequence[DutyRow]]:
        """What goes up of each problem or alert, in order; nothing for who may not read the ledger."""
        if not may(actor, Permission.READ_EXCHANGE):
            return {}
        found = self._readers.exchange.duties_of(
            sorted(EVERY_REVISION, key=lambda topic: topic.value), list(map(str, ids))
        )
        return {UUID(key): rows for key, rows in found.items()}

    def counts(self, actor: Actor, topic: Topic, first_day: date, last_day: date) -> Sequence[DutyCounts]:
        """Counts by business date. Raises InvalidValue for a reversed range or more than 366 days."""
        check(actor, Permission.READ_HEALTH)
        check_range(first_day, last_day)
        return self._readers.exchange.duty_counts(topic, first_day, last_day)

    def attempts(
        self, actor: Actor, topic: Topic | None, page: Page, order: AttemptOrder = AttemptOrder.NEWEST
    ) -> Slice[Attempt]:
        check(actor, Permission.READ_EXCHANGE)
        return self._readers.exchange.attempts(topic, page, order)

    def overdue(self, actor: Actor, topic: Topic) -> int:
        """How many entries are due now and not settled."""
        check(actor, Permission.READ_HEALTH)
        return self._readers.exchange.overdue(topic, self._clock.now())

    def slots(
        self, actor: Actor, page: Page, *, job: str | None = None, order: SlotOrder = SlotOrder.NEWEST
    ) -> Slice[Slot]:
        check(actor, Permission.READ_SCHEDULE)
        if job is not None:
            job = parse_text(job, what="作业", field="job", longest=50, shortest=0)
        return self._readers.operations.slots(page, job=job, order=order)

    def resend(self, actor: Actor, command: ResendDeadLetters, *, key: str | None = None) -> int:
        """Send dead letters again, and also unchanged rows of the weekly push that have arrived.

        Returns how many. Raises NotFound when one of the ids is neither.
        """
        check(actor, Permission.RESEND_DEAD_LETTERS)
        now = self._clock.now()
        ids = tuple(dict.fromkeys(command.ids))
        if not 1 <= len(ids) <= MOST_AT_ONCE:
            raise InvalidValue(f"一次应选择1至{MOST_AT_ONCE}条，现为{len(ids)}条。", field="ids")
        topics: set[Topic] = set()
        with self._storage.work(actor) as work:

            def act() -> str:
                again: list[Duty | DutyRow] = [*work.outbox.dead(ids), *self._arrived_weekly(ids)]
                resent = work.outbox.revive(ids, due_at=now)
                resent += work.outbox.requeue_lost([duty.id for duty in again], due_at=now)
                if not len(again) == resent == len(ids):
                    raise NotFound("可重发的推送记录", field="ids")
                topics.update(duty.topic for duty in again)
                for duty in again:
                    work.note(DeadLetterResent(outbox_id=str(duty.id), at=now))
                return str(resent)

            resent = int(once(work, actor, key, command, now=now, act=act))
            work.commit()
        for topic in topics:
            self._doorbell.ring(topic.value)
        return resent

    def _arrived_weekly(self, ids: Sequence[UUID]) -> Sequence[DutyRow]:
        rows = self._readers.exchange.duties_by_id(ids).values()
        return [row for row in rows if row.state is DutyState.DONE and row.topic in TOPICS.values()]
