"""Written reports for those who read them: lists, and the document by ticket."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from ...domain.files.attachment import MediaType
from ...domain.files.ticket import FileTicket, TicketSubject
from ...domain.refusals import NotFound
from ...domain.report.events import ReportDownloaded
from ...domain.report.report import file_name, report_key
from ...domain.values import RegionReportId
from ..access import Actor, Permission, check
from ..files.tickets import Download, IssuedTicket, Tickets
from ..ports.files import FileStore
from ..ports.paging import Page, Slice
from ..ports.readers import Readers
from ..ports.report import RegionReportFilter, RegionReportOrder, RegionReportRow
from ..ports.signals import Clock
from ..ports.work import Storage
from ..within import check_region


class Reports:
    """The province sees all reports, a city its own."""

    def __init__(
        self, storage: Storage, readers: Readers, clock: Clock, tickets: Tickets, store: FileStore
    ) -> None:
        self._storage = storage
        self._readers = readers
        self._clock = clock
        self._tickets = tickets
        self._store = store

    def page(
        self, actor: Actor, where: RegionReportFilter, page: Page, order: RegionReportOrder
    ) -> Slice[RegionReportRow]:
        """Raises NotFound for a region outside the scope."""
        check(actor, Permission.READ_REPORTS)
        check_region(self._readers.directory, actor, where.region_id)
        return self._readers.region_reports.page(where, actor.scope, page, order)

    def count(self, actor: Actor, where: RegionReportFilter) -> int:
        check(actor, Permission.READ_REPORTS)
        check_region(self._readers.directory, actor, where.region_id)
        return self._readers.region_reports.count(where, actor.scope)

    def reports(
        self, actor: Actor, ids: Sequence[RegionReportId]
    ) -> Mapping[RegionReportId, RegionReportRow]:
        """Those in scope."""
        check(actor, Permission.READ_REPORTS)
        return self._readers.region_reports.reports(ids, actor.scope)

    def request_download(self, actor: Actor, id: RegionReportId) -> IssuedTicket:
        """A ticket to download the document. Raises NotFound."""
        self._get(actor, id)
        return self._tickets.issue(actor, TicketSubject.REPORT, id)

    def open(self, actor: Actor, ticket: FileTicket) -> Download:
        """Open the document of a redeemed ticket, if the actor may still see the report."""
        row = self._get(actor, RegionReportId(ticket.subject_id))
        with self._storage.work(actor) as work:
            work.note(ReportDownloaded(row.id, self._clock.now()))
            work.commit()
        return Download(file_name(row.title), MediaType.DOCX, self._store.open(report_key(row.id)))

    def _get(self, actor: Actor, id: RegionReportId) -> RegionReportRow:
        row = self.reports(actor, [id]).get(id)
        if row is None:
            raise NotFound("通报", field="id")
        return row
