"""A list that can be exported: its columns, and its rows in pages, read as the list on the screen is read."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final, Generic, TypeVar

from ..access import Actor
from ..ports.paging import Page, Slice
from ..ports.workbook import Cell, Column, Sheet

Filter = TypeVar("Filter")
Row = TypeVar("Row")

PAGE_ROWS: Final = 1_000
"""So many rows are read at once; a page of the API has 100 at most."""

Cells = Callable[[Sequence[Row]], Iterator[Sequence[Cell]]]
"""Makes the cells of the rows of one page."""


@dataclass(frozen=True, slots=True)
class Listing(Generic[Filter, Row]):
    """One list of the catalogue.

    `filter` is the class of its filter. `count` and `page` are the use cases of the list, so whoever exports
    it needs the same permission and sees the same rows; they raise what the list raises. `begin` is called
    once for each workbook, with the actor and the instant: it reads what all pages need. `counted` is the
    measure word of the rows, as in 共12条. `open_only` says whether a filter asks only for rows that somebody
    must still do something about; None: the rows of this list are not open or closed.
    """

    filter: type[Filter]
    columns: Sequence[Column]
    counted: str
    count: Callable[[Actor, Filter], int]
    page: Callable[[Actor, Filter, Page], Slice[Row]]
    begin: Callable[[Actor, datetime], Cells[Row]]
    open_only: Callable[[Filter], bool] | None = None

    def rows(self, actor: Actor, where: Filter, at: datetime) -> Iterator[Sequence[Cell]]:
        """All rows from the first to the last; nothing is read before the first is asked for."""
        cells = self.begin(actor, at)
        after = None
        while True:
            page = self.page(actor, where, Page(PAGE_ROWS, after))
            yield from cells(page.rows)
            if not page.has_next:
                return
            after = page.keys[-1]

    def sheets(self, actor: Actor, where: Filter, at: datetime, title: str) -> Sequence[Sheet]:
        """One sheet, whose rows are read while they are pulled. Raises now what the list raises."""
        self.page(actor, where, Page(1))
        return [Sheet(title, self.columns, self.rows(actor, where, at), counted=self.counted)]


AnyListing = Listing[Any, Any]
