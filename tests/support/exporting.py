"""A small catalogue for tests of the work around it: numbered rows of commitments' days, as many as a test wants."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from yanbao.application.access import Actor, Permission, check
from yanbao.application.day_range import check_range
from yanbao.application.ports.commitment import CommitmentFilter
from yanbao.application.ports.export import Catalogue
from yanbao.application.ports.readers import Readers
from yanbao.application.ports.workbook import Book, CellKind, Column, Sheet
from yanbao.application.within import check_region
from yanbao.domain.export.kind import ExportKind
from yanbao.domain.values import RegionId

PAGE = 1_000


@dataclass
class SmallCatalogue:
    """Has as many rows as it is told, in pages of PAGE; `each_page` is called before a page is read."""

    readers: Readers
    rows: int = 12
    each_page: Callable[[int], None] = lambda page: None
    counted: Callable[[], None] = lambda: None
    pages: list[int] = field(default_factory=list)
    actors: list[Actor] = field(default_factory=list)

    def filter_of(self, kind: ExportKind) -> type:
        return CommitmentFilter

    def selection_of(self, kind: ExportKind, where: Any) -> Mapping[str, Any]:
        if not isinstance(where, CommitmentFilter):
            raise TypeError("this catalogue has commitments only")
        days = {"first_day": where.first_day.isoformat(), "last_day": where.last_day.isoformat()}
        return days if where.region_id is None else days | {"region_id": where.region_id}

    def count(self, actor: Actor, kind: ExportKind, selection: Mapping[str, Any]) -> int:
        check(actor, Permission.READ_COMMITMENTS)
        self._check(actor, _filter(selection))
        self.counted()
        return self.rows

    def book(self, actor: Actor, kind: ExportKind, selection: Mapping[str, Any], *, at: datetime) -> Book:
        check(actor, Permission.READ_COMMITMENTS)
        self._check(actor, _filter(selection))
        self.actors.append(actor)
        columns = [Column("序号", CellKind.INTEGER), Column("单位")]
        sheet = Sheet("安全承诺", columns, self._rows(actor))
        return Book("安全承诺", "测试单位", "全部", actor.name, at, [sheet])

    def _check(self, actor: Actor, where: CommitmentFilter) -> None:
        check_range(where.first_day, where.last_day)
        check_region(self.readers.directory, actor, where.region_id)

    def _rows(self, actor: Actor) -> Iterator[tuple[int, str]]:
        for first in range(0, self.rows, PAGE):
            self.each_page(first // PAGE)
            self.pages.append(first // PAGE)
            for number in range(first, min(first + PAGE, self.rows)):
                yield number + 1, actor.name


def _filter(selection: Mapping[str, Any]) -> CommitmentFilter:
    region = selection.get("region_id")
    return CommitmentFilter(
        datetime.fromisoformat(selection["first_day"]).date(),
        datetime.fromisoformat(selection["last_day"]).date(),
        region_id=None if region is None else RegionId(region),
    )


_: type[Catalogue] = SmallCatalogue
