"""The loop of reminders: it finds matters without feedback whose next mark has come; tells each mark once.

After downtime, only the newest mark of each term is told.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any, Final, Generic, Protocol, TypeVar
from uuid import UUID

from ...domain.deadlines import business_date
from ...domain.directory.organisation import Person
from ...domain.exchange.duty import Topic
from ...domain.notice.notice import Message, Sms, SmsTopic
from ...domain.values import fact_id
from ..access import SYSTEM, Permission, check
from ..notice.inbox import lost_until, queue, sms_to, tell
from ..ports.signals import Clock, Doorbell
from ..ports.work import Storage, UnitOfWork

CHUNK: Final = 1_000
"""The most matters that one transaction handles."""
WHOLE_RUN: Final = timedelta(minutes=5)
"""How long SMS wait when a run takes several transactions, so that each person's SMS are merged.

It is half of the time until the next run."""
NEXT_TRY: Final = timedelta(minutes=10)
"""When a matter that failed is tried again."""

log = logging.getLogger(__name__)


class RemindersMissing(Exception):
    """Some matters failed and nobody was reminded of them; the others succeeded. Says how many."""


class Matter(Protocol):
    """Something that somebody has to handle within terms."""

    @property
    def id(self) -> UUID: ...


Handled = TypeVar("Handled", bound=Matter)


@dataclass(frozen=True, slots=True)
class Reminder:
    """What one person is told of one matter, such as the mark of a term.

    `key` says which reminder of the matter it is, `at` when it came, `due` is the deadline that it is about.
    The message's id
    derives from matter, key and receiver, so the message is written once.
    """

    receiver: Person
    matter_id: UUID
    key: str
    at: datetime
    due: datetime
    message: Message


@dataclass(frozen=True, slots=True)
class ReminderPlan:
    """The reminders of one matter for now, and when to look at it again (None: never).

    `changed` is what the planning has changed, and what is to be saved with the reminders.
    """

    reminders: Sequence[Reminder]
    again_at: datetime | None
    changed: Sequence[Any] = ()


def _nothing_to_save(work: UnitOfWork, changed: Sequence[Any]) -> None:
    """For matters that reminding does not change."""
    assert not changed


@dataclass(frozen=True, slots=True)
class ReminderSource(Generic[Handled]):
    """How people are reminded of matters of one kind.

    `name` is the kind in English, plural, for the log.
    `due` locks and returns the matters that must be looked at by now; its last argument is the limit.
    `planner` looks up what several matters need and returns a function that makes the plan of one of them.
    `postpone` stores for each of several matters when to look at it again.
    `topic` makes the topic of one person's SMS about several reminders.
    `save` saves what the plans of several matters have changed.
    """

    name: str
    due: Callable[[UnitOfWork, datetime, int], Sequence[Handled]]
    planner: Callable[[UnitOfWork, Sequence[Handled], datetime], Callable[[Handled], ReminderPlan]]
    postpone: Callable[[UnitOfWork, Sequence[tuple[Handled, datetime | None]]], None]
    topic: Callable[[date, Sequence[Reminder]], SmsTopic]
    save: Callable[[UnitOfWork, Sequence[Any]], None] = _nothing_to_save


def remind(source: ReminderSource[Handled], storage: Storage, clock: Clock, doorbell: Doorbell) -> int:
    """Tell the marks that have come since the last run; returns how many matters somebody was reminded of.

    Raises RemindersMissing at the end when one or more matters failed.
    """
    check(SYSTEM, Permission.RUN_SYSTEM_JOB)
    now = clock.now()
    reminded = failed = 0
    sms_due: datetime | None = None
    while True:
        with storage.work(SYSTEM) as work:
            matters = source.due(work, now, CHUNK)
            if sms_due is None:
                sms_due = now if len(matters) < CHUNK else now + WHOLE_RUN
            plans = _plans(source, work, matters, now)
            source.save(work, [one for plan in plans.values() for one in plan.changed])
            new = _not_told_yet(work, [one for plan in plans.values() for one in plan.reminders])
            _write(source, work, new, now, sms_due)
            planned = [(matter, plans.get(matter.id)) for matter in matters]
            source.postpone(work, [(m, plan.again_at if plan else now + NEXT_TRY) for m, plan in planned])
            work.commit()
        failed += len(matters) - len(plans)
        reminded += len({reminder.matter_id for reminder in new})
        if new:
            doorbell.ring(Topic.SMS.value)
        if len(matters) < CHUNK:
            break
    if failed:
        raise RemindersMissing(
            f"{failed} {source.name} could not be looked at, of {reminded} somebody was reminded"
        )
    return reminded


def _plans(
    source: ReminderSource[Handled], work: UnitOfWork, matters: Sequence[Handled], now: datetime
) -> Mapping[UUID, ReminderPlan]:
    """The plans of the matters for which planning succeeded."""
    plan_of = source.planner(work, matters, now)
    plans = {}
    for matter in matters:
        try:
            plans[matter.id] = plan_of(matter)
        except Exception:
            # Go on with the others; the next run retries this one.
            log.exception("nobody reminded", extra={"kind": source.name, "subject": str(matter.id)})
    return plans


def _not_told_yet(work: UnitOfWork, found: Sequence[Reminder]) -> Sequence[Reminder]:
    """The reminders whose messages are not stored yet, the longest due first."""
    known = work.messages.known([reminder.message.id for reminder in found])
    new = [reminder for reminder in found if reminder.message.id not in known]
    return sorted(new, key=lambda reminder: reminder.due)


def _write(
    source: ReminderSource[Handled],
    work: UnitOfWork,
    reminders: Sequence[Reminder],
    now: datetime,
    sms_due: datetime,
) -> None:
    """Write a message for each reminder, and for each person one SMS about all of them."""
    tell(work, [reminder.message for reminder in reminders])
    until = lost_until(work)
    lost = [reminder for reminder in reminders if reminder.at <= until]
    by_person: dict[Person, list[Reminder]] = {}
    for reminder in reminders:
        if reminder.at > until:
            by_person.setdefault(reminder.receiver, []).append(reminder)
    texts = [_sms(source, person, due, now) for person, due in by_person.items()]
    queue(work, texts, due_at=sms_due)
    # What may have been sent before a restore is asked about alone: the gateway knows an SMS by its id only.
    texts = [_sms(source, reminder.receiver, [reminder], now) for reminder in lost]
    queue(work, texts, due_at=sms_due, ask_first=True)


def _sms(source: ReminderSource[Handled], person: Person, due: Sequence[Reminder], now: datetime) -> Sms:
    topic = source.topic(business_date(now), due)
    matters, marks = (one.matter_id for one in due), (one.key for one in due)
    key = fact_id("sms", topic.kind.value, person.id, *matters, *marks)
    return sms_to(person, topic, id=key, at=now)
