"""Reminders of terms and of waiting reviews, the same for every kind of matter: problems and alerts.

A `MatterKind` says in which points the kinds differ.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Generic, Protocol, TypeVar
from uuid import UUID

from ...domain.deadlines import business_date
from ...domain.directory.organisation import Person
from ...domain.handling.feedback import Addressee
from ...domain.handling.recipients import Recipient
from ...domain.handling.terms import Mark, Term, newest_marks, next_mark_of
from ...domain.notice.notice import MatterTopic, Message, MessageKind, Sms, SmsTopic
from ...domain.policy import Policy
from ...domain.signed import Signed
from ...domain.values import MessageId, PersonId, RegionId, fact_id
from ..notice.inbox import SmsText
from ..policies import PolicyBook
from ..ports.signals import Clock, Doorbell
from ..ports.work import Storage, UnitOfWork
from .receivers import Concern, Receivers, works_for
from .reminding import Reminder, ReminderPlan, ReminderSource, remind


class _Entry(Protocol):
    @property
    def signed(self) -> Signed: ...


class Handled(Protocol):
    """A problem or an alert, as far as reminders need it."""

    @property
    def id(self) -> UUID: ...
    @property
    def addressee(self) -> Addressee: ...
    @property
    def running_terms(self) -> tuple[Term, ...]: ...
    @property
    def awaits_review(self) -> int | None: ...
    @property
    def timeline(self) -> Sequence[_Entry]: ...


M = TypeVar("M", bound=Handled)
M_co = TypeVar("M_co", bound=Handled, covariant=True)


class Matters(Protocol[M_co]):
    """The collection of one kind of matter; see the ports of problems and alerts."""

    def find(self, id: UUID) -> M_co | None: ...
    def find_all(self, ids: Sequence[UUID]) -> Mapping[UUID, M_co]: ...
    def to_remind(self, now: datetime, *, limit: int) -> Sequence[M_co]: ...
    def remind_again(self, id: UUID, at: datetime) -> None: ...
    def to_review(self, now: datetime, *, limit: int) -> Sequence[M_co]: ...
    def check_review(self, id: UUID, at: datetime | None) -> None: ...


@dataclass(frozen=True, slots=True)
class MatterKind(Generic[M]):
    """In which points problems and alerts differ.

    `name` is the kind in English, plural, for the log; `key` begins the ids of its messages; `subject` is the
    GraphQL type of a matter. `told_of` gives who was told of a change, by its revision. `unlooked` is who is
    told when nobody has looked at what waits for review. `reviewer_region` is where the reviewer's settings
    come from. `reminder_policy` adapts the settings by which its terms are reminded of. The last four make titles, bodies and SMS texts.
    """

    name: str
    key: str
    subject: str
    collection: Callable[[UnitOfWork], Matters[M]]
    topic: Callable[[date, MessageKind, tuple[UUID, ...], tuple[str, ...]], SmsTopic]
    concern_of: Callable[[M], Concern]
    told_of: Callable[[M, int], frozenset[Recipient]]
    reminded: Callable[[M, bool], frozenset[Recipient]]
    unlooked: frozenset[Recipient]
    reviewer_region: Callable[[M], RegionId]
    look_by: Callable[[M, datetime, Policy], datetime]
    reminder_policy: Callable[[M, Policy], Policy]
    reminder_kind: MessageKind
    overdue_kind: MessageKind
    review_kind: MessageKind
    notice_id: Callable[[M, int, PersonId], MessageId]
    reminder_of: Callable[[M, Mark, bool], tuple[str, str]]
    reminder_sms: Callable[[Sequence[tuple[M, Mark]], Collection[UUID]], str]
    review_of: Callable[[M, int, datetime], tuple[str, str]]
    review_sms: Callable[[Sequence[M]], str]

    def policy(self, work: UnitOfWork, matter: M, now: datetime, policies: PolicyBook) -> Policy:
        """The settings for the reminders of its terms: those of the addressee's region."""
        policy = policies.policy(work, matter.addressee.region_id, business_date(now), now=now)
        return self.reminder_policy(matter, policy)

    def message(
        self,
        matter: M,
        kind: MessageKind,
        id: MessageId,
        person: Person,
        texts: tuple[str, str],
        at: datetime,
    ) -> Message:
        """The in-app message to a person about the matter."""
        title, body = texts
        return Message(
            id=id,
            receiver_id=person.id,
            kind=kind,
            title=title,
            body=body,
            subject_type=self.subject,
            subject_id=str(matter.id),
            created_at=at,
        )

    def topic_of(self, kind: MessageKind, day: date, due: Sequence[Reminder]) -> SmsTopic:
        """The topic of one person's SMS about several reminders."""
        return self.topic(day, kind, tuple(one.matter_id for one in due), tuple(one.key for one in due))


class TermReminders(Generic[M]):
    """Sends reminders of unfed-back matters whose next mark has come; after an outage, only the newest."""

    def __init__(
        self, kind: MatterKind[M], storage: Storage, clock: Clock, policies: PolicyBook, doorbell: Doorbell
    ) -> None:
        self._kind = kind
        self._storage = storage
        self._clock = clock
        self._policies = policies
        self._doorbell = doorbell

    def remind(self) -> int:
        """Send the reminders due since the last run; return for how many matters somebody was reminded.

        Raises RemindersMissing at the end when one or more matters could not be processed.
        """
        kind = self._kind
        source = ReminderSource(
            name=kind.name,
            due=lambda work, now, limit: kind.collection(work).to_remind(now, limit=limit),
            planner=self._planner,
            postpone=self._postpone,
            topic=lambda day, due: kind.topic_of(kind.reminder_kind, day, due),
        )
        return remind(source, self._storage, self._clock, self._doorbell)

    def _planner(self, work: UnitOfWork, matters: Sequence[M], now: datetime) -> Callable[[M], ReminderPlan]:
        kind = self._kind
        concerns = {matter.id: kind.concern_of(matter) for matter in matters}
        receivers = Receivers(work, list(concerns.values()))

        def plan(matter: M) -> ReminderPlan:
            policy = kind.policy(work, matter, now, self._policies)
            reminders = [
                self._reminder(matter, mark, person, now)
                for mark in newest_marks(matter.running_terms, now, policy)
                for person in receivers.of(concerns[matter.id], kind.reminded(matter, mark.escalated))
            ]
            return ReminderPlan(reminders, next_mark_of(matter.running_terms, now, policy))

        return plan

    def _reminder(self, matter: M, mark: Mark, person: Person, now: datetime) -> Reminder:
        kind = self._kind
        from_above = not works_for(person, matter.addressee)
        message = kind.message(
            matter,
            kind.overdue_kind if mark.escalated else kind.reminder_kind,
            MessageId(fact_id(f"{kind.key}-reminder", matter.id, mark.key, person.id)),
            person,
            kind.reminder_of(matter, mark, from_above),
            now,
        )
        return Reminder(person, matter.id, mark.key, mark.at, mark.term.due, message)

    def _postpone(self, work: UnitOfWork, matters: Sequence[tuple[M, datetime | None]]) -> None:
        for matter, at in matters:
            assert at is not None, "a running term always has a next mark"
            self._kind.collection(work).remind_again(matter.id, at)


def reminder_now(
    kind: MatterKind[M], work: UnitOfWork, sms: Sms, now: datetime, policies: PolicyBook
) -> SmsText | None:
    """The text of a reminder SMS for what is still owed; None when nothing is, or newer marks replace all."""
    topic = sms.topic
    assert isinstance(topic, MatterTopic)  # The table has this check for its kinds only.
    due: list[tuple[M, Mark]] = []
    found = kind.collection(work).find_all(topic.matter_ids)
    for id, key in zip(topic.matter_ids, topic.marks, strict=True):
        if id in found:
            policy = kind.policy(work, found[id], now, policies)
            newest = newest_marks(found[id].running_terms, now, policy)
            due += [(found[id], mark) for mark in newest if mark.key == key]
    if not due:
        return None
    due.sort(key=lambda one: one[1].term.due)
    receiver = work.people.find_all([sms.receiver_id]).get(sms.receiver_id)
    own = {matter.id for matter, _ in due if receiver is not None and works_for(receiver, matter.addressee)}
    return SmsText(due[0][0].addressee.region_id, kind.reminder_sms(due, own))


class Reviews(Generic[M]):
    """Tells the reviewing department once of each thing that waits for it and that nobody has looked at.

    Somebody has looked if a receiver has read the in-app message about it, or somebody has decided.
    """

    def __init__(
        self, kind: MatterKind[M], storage: Storage, clock: Clock, policies: PolicyBook, doorbell: Doorbell
    ) -> None:
        self._kind = kind
        self._storage = storage
        self._clock = clock
        self._policies = policies
        self._doorbell = doorbell

    def remind(self) -> int:
        """Tell of what has waited too long; return of how many matters somebody was told.

        Raises RemindersMissing at the end when one or more matters could not be processed.
        """
        kind = self._kind
        source = ReminderSource(
            name=f"reviews of {kind.name}",
            due=lambda work, now, limit: kind.collection(work).to_review(now, limit=limit),
            planner=self._planner,
            postpone=self._postpone,
            topic=lambda day, due: kind.topic_of(kind.review_kind, day, due),
        )
        return remind(source, self._storage, self._clock, self._doorbell)

    def _postpone(self, work: UnitOfWork, matters: Sequence[tuple[M, datetime | None]]) -> None:
        for matter, at in matters:
            self._kind.collection(work).check_review(matter.id, at)

    def _planner(self, work: UnitOfWork, matters: Sequence[M], now: datetime) -> Callable[[M], ReminderPlan]:
        kind = self._kind
        receivers = Receivers(work, [kind.concern_of(matter) for matter in matters])

        def plan(matter: M) -> ReminderPlan:
            revision = matter.awaits_review
            if revision is None or _looked(kind, work, receivers, matter, revision):
                return ReminderPlan((), None)
            policy = _reviewer_policy(kind, work, matter, now, self._policies)
            by = kind.look_by(matter, matter.timeline[revision - 1].signed.at, policy)
            people = receivers.of(kind.concern_of(matter), kind.unlooked)
            return ReminderPlan([self._reminder(matter, revision, one, by, now) for one in people], None)

        return plan

    def _reminder(self, matter: M, revision: int, person: Person, by: datetime, now: datetime) -> Reminder:
        kind = self._kind
        message = kind.message(
            matter,
            kind.review_kind,
            MessageId(fact_id("review-waiting", matter.id, revision, person.id)),
            person,
            kind.review_of(matter, revision, now),
            now,
        )
        return Reminder(person, matter.id, str(revision), by, by, message)


def watch_review(kind: MatterKind[M], work: UnitOfWork, id: UUID, at: datetime, policies: PolicyBook) -> None:
    """Note when to check whether the reviewer has looked at what came at this instant."""
    matter = kind.collection(work).find(id)
    assert matter is not None, "what announced itself has been saved"
    policy = _reviewer_policy(kind, work, matter, at, policies)
    kind.collection(work).check_review(id, kind.look_by(matter, at, policy))


def review_now(
    kind: MatterKind[M], work: UnitOfWork, sms: Sms, now: datetime, policies: PolicyBook
) -> SmsText | None:
    """The text about what still waits and nobody has looked at; None when there is nothing."""
    topic = sms.topic
    assert isinstance(topic, MatterTopic)  # The table has this check for its kinds only.
    found = kind.collection(work).find_all(topic.matter_ids)
    receivers = Receivers(work, [kind.concern_of(matter) for matter in found.values()])
    waiting = [
        found[id]
        for id, key in zip(topic.matter_ids, topic.marks, strict=True)
        if id in found
        and (revision := found[id].awaits_review) is not None
        and str(revision) == key
        and not _looked(kind, work, receivers, found[id], revision)
    ]
    return SmsText(kind.reviewer_region(waiting[0]), kind.review_sms(waiting)) if waiting else None


def _looked(kind: MatterKind[M], work: UnitOfWork, receivers: Receivers, matter: M, revision: int) -> bool:
    """Whether one of those who were told of this revision has read the message; also if there are none."""
    entry = matter.timeline[revision - 1]
    people = receivers.of(kind.concern_of(matter), kind.told_of(matter, revision))
    ids = [
        kind.notice_id(matter, revision, person.id)
        for person in people
        if person.id != entry.signed.person_id
    ]
    return not ids or bool(work.messages.read(ids))


def _reviewer_policy(
    kind: MatterKind[M], work: UnitOfWork, matter: M, now: datetime, policies: PolicyBook
) -> Policy:
    return policies.policy(work, kind.reviewer_region(matter), business_date(now), now=now)
