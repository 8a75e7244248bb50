"""Everything that can be exported: from a kind and a filter to a workbook whose rows are read while it is written."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from ...domain.deadlines import business_date
from ...domain.export.kind import EXPORT_KIND_NAMES, ExportKind
from ..access import Actor
from ..ports.readers import Readers
from ..ports.signals import Clock
from ..ports.workbook import Book
from .conditions import conditions_of, period_of
from .listing import AnyListing, Listing
from .lists import Areas, Statistics, all_lists, all_statistics
from .selections import filter_of, selection_of
from .span import check_span
from .statistics import AnyStatistic


class ExportCatalogue:
    """Makes workbooks of five years at most. Each needs the permission of its list or statistic, and shows what that shows this actor."""

    def __init__(self, areas: Areas, statistics: Statistics, readers: Readers, clock: Clock) -> None:
        self._readers = readers
        self._clock = clock
        self._entries: Mapping[ExportKind, AnyListing | AnyStatistic] = {
            **all_lists(areas, readers),
            **all_statistics(statistics),
        }

    def selection_of(self, kind: ExportKind, where: Any) -> Mapping[str, Any]:
        """The filter as plain JSON values. Raises TypeError when the filter is not one of this kind."""
        wanted = self._entries[kind].filter
        if type(where) is not wanted:
            raise TypeError(f"{kind.name} takes a {wanted.__name__}, not {where!r}")
        return selection_of(where)

    def filter_of(self, kind: ExportKind) -> type:
        """The class of the filter of this kind."""
        return self._entries[kind].filter

    def count(self, actor: Actor, kind: ExportKind, selection: Mapping[str, Any]) -> int:
        """How many rows of data the workbook would have, in the actor's scope.

        Raises InvalidValue for a range that is reversed or too long, ExportSpanTooLong for more than five years,
        NotFound for an id outside the scope, Forbidden when the actor may not read this.
        """
        entry = self._entries[kind]
        where = filter_of(entry.filter, selection)
        rows = entry.count(actor, where)
        if isinstance(entry, Listing):
            check_span(entry, actor, where, today=business_date(self._clock.now()))
        return rows

    def book(self, actor: Actor, kind: ExportKind, selection: Mapping[str, Any], *, at: datetime) -> Book:
        """The workbook in the actor's scope; the rows of a list are read in pages of 1,000 while they are pulled.

        Raises the same as `count`, except ExportSpanTooLong.
        """
        entry, title = self._entries[kind], EXPORT_KIND_NAMES[kind]
        where = filter_of(entry.filter, selection)
        return Book(
            title=title,
            unit=self._unit(actor),
            period=period_of(where, at),
            prepared_by=actor.name,
            prepared_at=at,
            sheets=entry.sheets(actor, where, at, title),
            conditions=conditions_of(where, actor, self._readers.directory),
        )

    def _unit(self, actor: Actor) -> str:
        id = actor.department_id
        row = None if id is None else self._readers.directory.departments([id], actor.scope).get(id)
        return "" if row is None else row.name
