"""Everything that can be exported: from a kind and a filter to a workbook whose rows are read while it is written."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from ...domain.export.kind import EXPORT_KIND_NAMES, ExportKind
from ..access import Actor
from ..ports.paging import Page
from ..ports.readers import Readers
from ..ports.workbook import Book, Sheet
from .conditions import conditions_of, period_of
from .lists import Areas, all_lists
from .selections import filter_of, selection_of


class ExportCatalogue:
    """Makes workbooks. Each needs the permission of its list, and shows what the list shows this actor."""

    def __init__(self, areas: Areas, readers: Readers) -> None:
        self._readers = readers
        self._lists = all_lists(areas, readers)

    def selection_of(self, kind: ExportKind, where: Any) -> Mapping[str, Any]:
        """The filter as plain JSON values. Raises TypeError when the filter is not one of this kind."""
        wanted = self._lists[kind].filter
        if type(where) is not wanted:
            raise TypeError(f"{kind.name} takes a {wanted.__name__}, not {where!r}")
        return selection_of(where)

    def filter_of(self, kind: ExportKind) -> type:
        """The class of the filter of this kind."""
        return self._lists[kind].filter

    def count(self, actor: Actor, kind: ExportKind, selection: Mapping[str, Any]) -> int:
        """How many rows of data the workbook would have, in the actor's scope.

        Raises InvalidValue for a range that is reversed or too long, NotFound for an id outside the scope,
        Forbidden when the actor may not read this.
        """
        listing = self._lists[kind]
        return listing.count(actor, filter_of(listing.filter, selection))

    def book(self, actor: Actor, kind: ExportKind, selection: Mapping[str, Any], *, at: datetime) -> Book:
        """The workbook in the actor's scope; its rows are read in pages of 1,000 while they are pulled.

        Raises the same as `count`.
        """
        listing = self._lists[kind]
        where = filter_of(listing.filter, selection)
        listing.page(actor, where, Page(1))  # So that a refusal comes now, not while the rows are written.
        title = EXPORT_KIND_NAMES[kind]
        return Book(
            title=title,
            unit=self._unit(actor),
            period=period_of(where, at),
            prepared_by=actor.name,
            prepared_at=at,
            sheets=[Sheet(title, listing.columns, listing.rows(actor, where, at), counted=listing.counted)],
            conditions=conditions_of(where, actor, self._readers.directory),
        )

    def _unit(self, actor: Actor) -> str:
        id = actor.department_id
        row = None if id is None else self._readers.directory.departments([id], actor.scope).get(id)
        return "" if row is None else row.name
