"""Phone numbers of those that a department must chase: shown in full, and each reading is audited."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from uuid import UUID

from ...domain.directory.events import PhoneNumberRead
from ...domain.directory.organisation import is_chased
from ...domain.values import CommitmentId, PersonId
from ..access import Actor, Permission, check, may
from ..ports.directory import PersonRow
from ..ports.readers import Readers
from ..ports.signals import Clock
from ..ports.work import Storage, UnitOfWork


class Contacts:
    """Reads phone numbers. Whom the actor need not chase is missing from the answers, and not audited."""

    def __init__(self, storage: Storage, readers: Readers, clock: Clock) -> None:
        self._storage = storage
        self._readers = readers
        self._clock = clock

    def phone_numbers(self, actor: Actor, ids: Sequence[PersonId]) -> Mapping[PersonId, str]:
        """The whole number of each person in scope whom the actor's department must chase, and its own.

        Writes one audit entry per person, without the number; none for the actor's own.
        """
        check(actor, Permission.READ_OWN)
        own = {actor.person_id} if actor.person_id in ids else set()
        people = self._readers.directory.people(ids, actor.scope)
        shown = {row.id: row.phone for row in people.values() if row.id in own}
        if may(actor, Permission.READ_PHONE_NUMBERS):
            check(actor, Permission.READ_PHONE_NUMBERS)
            others = [row for row in people.values() if row.id not in own]
            with self._storage.work(actor) as work:
                chased = [row for row in others if _must_chase(work, actor, row)]
                shown |= {row.id: row.phone for row in chased}
                _audit(work, "Person", (row.id for row in chased), self._clock.now())
        return shown

    def duty_phone_numbers(self, actor: Actor, ids: Sequence[CommitmentId]) -> Mapping[CommitmentId, str]:
        """The whole number of the duty leader in each commitment in scope that names one.

        An enterprise sees its own. For a department, writes one audit entry per commitment.
        """
        check(actor, Permission.READ_COMMITMENTS)
        regulator = may(actor, Permission.READ_PHONE_NUMBERS)
        rows = self._readers.commitments.commitments(ids, actor.scope)
        seen = [row.id for row in rows.values() if regulator or row.enterprise_id == actor.enterprise_id]
        phones = {
            id: report.form.duty_phone for id, report in self._readers.commitments.reports(seen).items()
        }
        shown = {id: phone.text for id, phone in phones.items() if phone is not None}
        if regulator:
            with self._storage.work(actor) as work:
                _audit(work, "Commitment", shown, self._clock.now())
        return shown


def _audit(work: UnitOfWork, what: str, subjects: Iterable[UUID], now: datetime) -> None:
    noted = list(subjects)
    for subject in noted:
        work.note(PhoneNumberRead(what=what, subject=str(subject), at=now))
    if noted:
        work.commit()


def _must_chase(work: UnitOfWork, actor: Actor, person: PersonRow) -> bool:
    if not person.active or not is_chased(person.role):
        return False
    above = frozenset() if person.department_id is None else work.departments.above(person.department_id)
    return person.department_id is None or actor.department_id in above
