"""The small province with a small catalogue, so that a test decides how many rows an export has."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import date
from io import BytesIO

from openpyxl import load_workbook

from yanbao.application.access import SYSTEM, Actor
from yanbao.application.export.exports import RequestExport
from yanbao.application.ports.commitment import CommitmentFilter
from yanbao.application.ports.export import ExportRow
from yanbao.application.ports.readers import Readers
from yanbao.domain.directory.organisation import Person
from yanbao.domain.export.kind import ExportKind
from yanbao.domain.identity.account import Account
from yanbao.domain.values import RegionId

from ...support.accounts import an_account
from ...support.builders import DAY
from ...support.exporting import SmallCatalogue
from ...support.system import make_system
from ...support.world import CITY_DUTY, World, a_world

LARGE = 2_500


class ExportWorld(World):
    """A province whose catalogue a test can look at."""

    catalogue: SmallCatalogue

    def request(
        self,
        by: Person = CITY_DUTY,
        *,
        rows: int = LARGE,
        first_day: date = DAY,
        last_day: date = DAY,
        region: str | None = None,
        key: str | None = None,
    ) -> ExportRow:
        self.catalogue.rows = rows
        where = CommitmentFilter(first_day, last_day, region_id=None if region is None else RegionId(region))
        command = RequestExport(ExportKind.COMMITMENTS, where)
        return self.system.app.exports.request(self.actor(by), command, key=key)

    def work(self) -> int:
        """What one round of a worker does."""
        return self.system.app.export_runs.run_due()

    def seen(self, row: ExportRow, by: Person = CITY_DUTY) -> ExportRow:
        return self.system.app.exports.export(self.actor(by), row.id)

    def fetched(self, row: ExportRow, by: Person = CITY_DUTY) -> bytes:
        """The file, by a ticket of its own."""
        actor, app = self.actor(by), self.system.app
        ticket = app.exports.request_download(actor, row.id)
        download = app.downloads.fetch(actor, ticket.path.removeprefix("/files/"))
        try:
            return download.file.read(download.file.size)
        finally:
            download.file.close()

    def change_account(self, of: Person, change: Callable[[Account], None]) -> None:
        with self.system.storage.work(SYSTEM) as work:
            account = work.accounts.get(an_account(of).id, within=SYSTEM.scope)
            change(account)
            work.accounts.save(account)
            work.commit()

    def move(self, person: Person, **changes: object) -> None:
        self.settle(replace(person, **changes))  # type: ignore[arg-type]

    def actor_without(self, person: Person) -> Actor:
        return replace(self.actor(person), person_id=None)


def an_export_world() -> ExportWorld:
    catalogues: list[SmallCatalogue] = []

    def catalogue_of(readers: Readers) -> SmallCatalogue:
        catalogues.append(SmallCatalogue(readers))
        return catalogues[0]

    world = ExportWorld(make_system(catalogue_of=catalogue_of))
    world.at("08:30").system.storage.landed = a_world().state.fork()  # type: ignore[attr-defined]
    world.catalogue = catalogues[0]
    return world


def rows_in(content: bytes) -> int:
    """How many rows of data the workbook has: those with a number in the first column."""
    book = load_workbook(BytesIO(content), read_only=True)
    return sum(isinstance(row[0], int) for row in book.active.iter_rows(values_only=True))  # type: ignore[union-attr]
