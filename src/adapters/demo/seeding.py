"""Writes the demo province to a storage; entries that exist already stay as they are."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Sequence
from datetime import datetime
from itertools import islice
from typing import Final, TypeVar
from uuid import UUID

from ...application.access import EVERYTHING, SYSTEM
from ...application.ports.work import Storage, UnitOfWork
from ...domain.directory.certificate import Certificate
from ...domain.directory.enterprise import Enterprise
from ...domain.directory.events import DirectoryChanged
from ...domain.directory.organisation import Department, Person, Region
from ...domain.directory.shutdown import ShutdownPeriod
from ...domain.identity.account import Account
from ...domain.refusals import NotFound
from ...domain.values import AccountId, EnterpriseId, fact_id
from .province import PlannedAccount, Province

CHUNK: Final = 100
"""How many regions, departments, enterprises or periods are written in one commit."""

Progress = Callable[[int, int], None]
T = TypeVar("T")


def _silent(done: int, total: int) -> None:
    """Report no progress."""


def seed(
    storage: Storage, province: Province, *, password_digest: str, at: datetime, progress: Progress = _silent
) -> int:
    """Add what is missing; returns how many regions, departments, enterprises and periods were added.

    A department or enterprise is written with its people, certificates and accounts in one commit, so an
    interrupted run can be repeated. Existing entries are never changed. All accounts get the same digest,
    because hashing is slow on purpose.
    """
    return _Seeding(storage, province, password_digest, at, progress).run()


class _Seeding:
    def __init__(
        self, storage: Storage, province: Province, password_digest: str, at: datetime, progress: Progress
    ) -> None:
        self._storage = storage
        self._province = province
        self._digest = password_digest
        self._at = at
        self._progress = progress
        self._people: dict[UUID, list[Person]] = defaultdict(list)
        for person in province.people:
            self._people[_employer(person)].append(person)
        self._certificates: dict[EnterpriseId, list[Certificate]] = defaultdict(list)
        for certificate in province.certificates:
            self._certificates[certificate.enterprise_id].append(certificate)
        self._accounts: dict[UUID, PlannedAccount] = {a.person_id: a for a in province.accounts}
        self._done = 0
        self._total = sum(
            len(entries)
            for entries in (
                province.regions,
                province.departments,
                province.enterprises,
                province.shutdown_periods,
            )
        )

    def run(self) -> int:
        province = self._province
        return (
            self._write(province.regions, "Region", self._region)
            + self._write(province.departments, "Department", self._department)
            + self._write(province.enterprises, "Enterprises", self._enterprise)
            + self._write(province.shutdown_periods, "ShutdownPeriod", self._shutdown_period)
        )

    def _write(self, entries: Sequence[T], what: str, add: Callable[[UnitOfWork, T], bool]) -> int:
        added = 0
        for chunk in _chunks(entries):
            with self._storage.work(SYSTEM) as work:
                new = sum([add(work, entry) for entry in chunk])
                if new:
                    subject = f"demo {self._done + 1}..{self._done + len(chunk)}"
                    work.note(DirectoryChanged(what, subject, f"{new} demo entries added", self._at))
                    work.commit()
            added += new
            self._done += len(chunk)
            self._progress(self._done, self._total)
        return added

    def _region(self, work: UnitOfWork, region: Region) -> bool:
        if work.regions.find(region.id) is not None:
            return False
        work.regions.save(region)
        return True

    def _department(self, work: UnitOfWork, department: Department) -> bool:
        if _is_there(lambda: work.departments.get(department.id, within=EVERYTHING)):
            return False
        work.departments.save(department)
        self._staff(work, department.id)
        return True

    def _enterprise(self, work: UnitOfWork, enterprise: Enterprise) -> bool:
        if _is_there(lambda: work.enterprises.get(enterprise.id, within=EVERYTHING)):
            return False
        work.enterprises.save(enterprise, at=self._at)
        self._staff(work, enterprise.id)
        for certificate in self._certificates[enterprise.id]:
            work.certificates.save(certificate)
        return True

    def _shutdown_period(self, work: UnitOfWork, period: ShutdownPeriod) -> bool:
        if _is_there(lambda: work.shutdown_periods.get(period.id, within=EVERYTHING)):
            return False
        work.shutdown_periods.save(period)
        return True

    def _staff(self, work: UnitOfWork, employer: UUID) -> None:
        for person in self._people[employer]:
            work.people.save(person)
            planned = self._accounts.get(person.id)
            if planned is not None:
                work.accounts.save(
                    Account(
                        id=AccountId(fact_id("account", planned.username)),
                        username=planned.username,
                        person_id=person.id,
                        password_digest=self._digest,
                        password_set_at=self._at,
                        must_change_password=False,
                    )
                )


def _employer(person: Person) -> UUID:
    employer = person.enterprise_id if person.department_id is None else person.department_id
    assert employer is not None  # Person.parse rejects a person without one.
    return employer


def _is_there(get: Callable[[], object]) -> bool:
    try:
        get()
    except NotFound:  # EVERYTHING covers all scopes, so it does not exist.
        return False
    return True


def _chunks(entries: Iterable[T]) -> Iterable[list[T]]:
    rest = iter(entries)
    while chunk := list(islice(rest, CHUNK)):
        yield chunk
