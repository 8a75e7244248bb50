"""Ports of exports: the collection of jobs, the reader of somebody's own, and what can be exported."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import Enum
from typing import Any, Protocol

from ...domain.export.job import ExportJob
from ...domain.export.kind import ExportKind
from ...domain.export.workflow import ExportState
from ...domain.values import ExportId, PersonId
from ..access import Actor
from .paging import Page, Slice
from .workbook import Book


@dataclass(frozen=True, slots=True)
class ExportRow:
    """An export as its owner sees it; the domain's `ExportJob` says what the fields mean."""

    id: ExportId
    kind: ExportKind
    state: ExportState
    requested_at: datetime
    rows_total: int
    rows_done: int
    file_name: str
    size: int | None
    ended_at: datetime | None
    expires_at: datetime | None
    why: str


class ExportOrder(Enum):
    """How somebody's exports are sorted, by the instant of the request: NEWEST or OLDEST first, then by id."""

    NEWEST = "NEWEST"
    OLDEST = "OLDEST"


class Exports(Protocol):
    """The export jobs."""

    def save(self, job: ExportJob) -> None:
        """Add or change. Raises Conflict when it was changed meanwhile."""
        ...

    def find(self, id: ExportId) -> ExportJob | None:
        """The job, whoever asked for it; for the system."""
        ...

    def get(self, id: ExportId, *, of: PersonId | None) -> ExportJob:
        """The person's own job. Raises NotFound for any other id."""
        ...

    def open_of(self, person_id: PersonId) -> int:
        """How many jobs of the person wait or run."""
        ...

    def to_expire(self, before: datetime, *, limit: int) -> Sequence[ExportJob]:
        """READY jobs whose file was complete at `before` or earlier, oldest first. Skips what is locked."""
        ...

    def remove_ended(self, before: datetime, *, limit: int) -> int:
        """Remove the rows of jobs without a file that ended before `before`, oldest first; return how many."""
        ...


class ExportReader(Protocol):
    """Reads the exports of one person; those of others are as if they did not exist."""

    def page(
        self,
        person_id: PersonId,
        states: tuple[ExportState, ...],
        page: Page,
        order: ExportOrder = ExportOrder.NEWEST,
    ) -> Slice[ExportRow]:
        """One page of the person's exports in these states; no state: in any."""
        ...

    def count(self, person_id: PersonId, states: tuple[ExportState, ...]) -> int: ...

    def exports(self, ids: Sequence[ExportId], person_id: PersonId) -> Mapping[ExportId, ExportRow]: ...

    def keys(self, ids: Sequence[ExportId]) -> Mapping[ExportId, str]:
        """The key of each READY job's file in the store; jobs without a file are missing."""
        ...


class Catalogue(Protocol):
    """Everything that can be exported."""

    def filter_of(self, kind: ExportKind) -> type:
        """The class of the filter of this kind: a frozen dataclass."""
        ...

    def selection_of(self, kind: ExportKind, where: Any) -> Mapping[str, Any]:
        """The filter as plain JSON values. Raises TypeError when the filter is not one of this kind."""
        ...

    def count(self, actor: Actor, kind: ExportKind, selection: Mapping[str, Any]) -> int:
        """How many rows of data the workbook would have, in the actor's scope.

        Raises InvalidValue for a range that is reversed or too long, ExportSpanTooLong for more than five years,
        NotFound for an id outside the scope, Forbidden when the actor may not read this.
        """
        ...

    def book(self, actor: Actor, kind: ExportKind, selection: Mapping[str, Any], *, at: datetime) -> Book:
        """The workbook in the actor's scope; its rows are read in pages while they are pulled.

        Raises the same as `count`, except ExportSpanTooLong.
        """
        ...
