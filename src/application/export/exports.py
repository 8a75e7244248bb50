"""What people do with exports: ask for one, see their own, cancel, and fetch the file by a ticket."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Any, Final
from uuid import UUID, uuid4

from ...domain.deadlines import business_date
from ...domain.exchange.duty import Duty, Topic
from ...domain.export.job import ExportJob, ExportOwner, check_rows
from ...domain.export.kind import ExportKind
from ...domain.export.workflow import ExportState
from ...domain.files.attachment import MediaType
from ...domain.files.ticket import FileTicket, TicketSubject
from ...domain.refusals import Forbidden, NotFound
from ...domain.values import ExportId, PersonId
from ..access import Actor, Permission, check
from ..files.tickets import Download, IssuedTicket, Tickets
from ..once import once
from ..ports.export import Catalogue, ExportOrder, ExportRow
from ..ports.files import FileStore
from ..ports.paging import Page, Slice
from ..ports.readers import Readers
from ..ports.signals import Clock, Doorbell
from ..ports.work import Storage
from .runs import ExportRuns

WORKER_STEPS_IN: Final = timedelta(minutes=2)
"""An export that is made while its owner waits falls due for a worker then, in case that process dies."""
WITHDRAWN: Final = "WITHDRAWN"
"""The answer code of a duty whose export needs no worker any more."""


@dataclass(frozen=True, slots=True)
class RequestExport:
    """Ask for the list or statistic; `where` is the filter of the same list in the application."""

    kind: ExportKind
    where: Any


class Exports:
    """Every export belongs to the person who asked for it; nobody else sees it."""

    def __init__(
        self,
        storage: Storage,
        readers: Readers,
        clock: Clock,
        catalogue: Catalogue,
        runs: ExportRuns,
        tickets: Tickets,
        store: FileStore,
        doorbell: Doorbell,
        rows_at_once: int,
    ) -> None:
        self._storage = storage
        self._readers = readers
        self._clock = clock
        self._catalogue = catalogue
        self._runs = runs
        self._tickets = tickets
        self._store = store
        self._doorbell = doorbell
        self._rows_at_once = rows_at_once

    def request(self, actor: Actor, command: RequestExport, *, key: str | None = None) -> ExportRow:
        """Ask for an export. A small one is READY when this returns, a large one waits for a worker.

        Raises ExportTooLarge, TooManyExports, and the refusals of the filter, before any work begins.
        """
        check(actor, Permission.EXPORT)
        owner = _owner(actor)
        selection = self._catalogue.selection_of(command.kind, command.where)
        rows = self._catalogue.count(actor, command.kind, selection)
        check_rows(rows)
        at_once = rows <= self._rows_at_once
        added: list[ExportId] = []
        with self._storage.work(actor) as work:
            now = self._clock.now()

            def add() -> str:
                # The account is locked, so that two requests at once do not both find the last free place.
                work.accounts.get(owner.account_id, within=actor.scope, hold=True)
                job = ExportJob.request(
                    id=ExportId(uuid4()),
                    kind=command.kind,
                    selection=selection,
                    owner=owner,
                    regions=actor.scope.regions,
                    rows=rows,
                    waiting=work.exports.open_of(owner.person_id),
                    at=now,
                )
                work.exports.save(job)
                work.outbox.add(
                    [
                        Duty(
                            id=job.id,
                            topic=Topic.EXPORT,
                            object_key=f"export:{job.id}",
                            revision=1,
                            business_date=business_date(now),
                            facts={},
                            created_at=now,
                            due_at=now + WORKER_STEPS_IN if at_once else now,
                        )
                    ]
                )
                added.append(job.id)
                return str(job.id)

            reference = once(work, actor, key, command, now=now, act=add)
            work.commit()
        if added and at_once:
            self._runs.run_at_once(actor, added[0])
        elif added:
            self._doorbell.ring(Topic.EXPORT.value)
        return self.export(actor, ExportId(UUID(reference)))

    # ------------------------------------------------------------ reading

    def page(
        self,
        actor: Actor,
        states: tuple[ExportState, ...],
        page: Page,
        order: ExportOrder = ExportOrder.NEWEST,
    ) -> Slice[ExportRow]:
        """The actor's own exports."""
        check(actor, Permission.EXPORT)
        return self._readers.exports.page(_person(actor), states, page, order)

    def count_own(self, actor: Actor, states: tuple[ExportState, ...]) -> int:
        check(actor, Permission.EXPORT)
        return self._readers.exports.count(_person(actor), states)

    def rows(self, actor: Actor, ids: Sequence[ExportId]) -> Mapping[ExportId, ExportRow]:
        """Those that are the actor's own."""
        check(actor, Permission.EXPORT)
        return self._readers.exports.exports(ids, _person(actor))

    def export(self, actor: Actor, id: ExportId) -> ExportRow:
        """One of the actor's own. Raises NotFound."""
        row = self.rows(actor, [id]).get(id)
        if row is None:
            raise NotFound("导出", field="id")
        return row

    # ------------------------------------------------------------ cancelling and downloading

    def cancel(self, actor: Actor, id: ExportId, *, key: str | None = None) -> ExportRow:
        """Cancel an export that waits or runs. Raises NotFound or ActionNotAllowed."""
        check(actor, Permission.EXPORT)
        with self._storage.work(actor) as work:
            now = self._clock.now()

            def act() -> str:
                job = work.exports.get(id, of=actor.person_id)
                job.cancel(at=now)
                work.exports.save(job)
                # Whoever runs it just now finds out when it next saves its progress.
                work.outbox.take_back([id], code=WITHDRAWN, answer="已取消", at=now)
                return str(id)

            once(work, actor, key, ("cancel_export", id), now=now, act=act, reference=str(id))
            work.commit()
        return self.export(actor, id)

    def request_download(self, actor: Actor, id: ExportId) -> IssuedTicket:
        """A ticket for the file, for this session. Raises NotFound, ActionNotAllowed or ExportOutdated."""
        check(actor, Permission.EXPORT)
        with self._storage.work(actor) as work:
            job = work.exports.get(id, of=actor.person_id)
        job.check_downloadable(
            department_id=actor.department_id, regions=actor.scope.regions, at=self._clock.now()
        )
        return self._tickets.issue(actor, TicketSubject.EXPORT, id)

    def open(self, actor: Actor, ticket: FileTicket) -> Download:
        """Open the file of a redeemed ticket, after checking everything again.

        Raises NotFound, ActionNotAllowed, ExportOutdated or FileStoreFailed.
        """
        check(actor, Permission.EXPORT)
        with self._storage.work(actor) as work:
            job = work.exports.get(ExportId(ticket.subject_id), of=actor.person_id)
            file = job.download(
                department_id=actor.department_id, regions=actor.scope.regions, at=self._clock.now()
            )
            # Nothing of the job changes: two downloads at once do not get into each other's way.
            for event in job.events:
                work.note(event)
            work.commit()
        return Download(file.name, MediaType.XLSX, self._store.open(file.key))


def _owner(actor: Actor) -> ExportOwner:
    if actor.person_id is None or actor.account_id is None or actor.department_id is None:
        raise Forbidden("只有监管部门的人员可以导出。")
    return ExportOwner(actor.person_id, actor.account_id, actor.department_id)


def _person(actor: Actor) -> PersonId:
    if actor.person_id is None:
        raise Forbidden("只有监管部门的人员可以导出。")
    return actor.person_id
