"""Finds out what a restore has lost: records that the ministry holds under ids that are unknown here."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from typing import Final, TypeVar
from uuid import UUID

from ...domain.exchange.duty import Topic
from ...domain.problem.form import ProblemOrigin
from ...domain.restore import Restore, epoch_of
from ...domain.values import fact_id
from ..access import EVERYTHING
from ..ports.alert import AlertFilter
from ..ports.directory import EnterpriseFilter
from ..ports.exchange import RecordKind
from ..ports.paging import Page, Slice
from ..ports.problem import ProblemFilter
from ..ports.readers import Readers

MOST_REVISIONS: Final = 20
"""So many revisions of one object are looked for; nobody changes one more often in the lost time."""
AT_ONCE: Final = 500

Row = TypeVar("Row")
Candidate = tuple[tuple[object, ...], range, "LostFact"]
"""The parts of an id before its revision, the revisions to try, and the fact as far as it is known then."""


@dataclass(frozen=True, slots=True)
class LostFact:
    """A record that the ministry holds and this database does not know.

    Of a commitment, `enterprise_name` and `revision` are found by trying the ids of all enterprises. Of a
    state of a problem or alert, `subject` (such as 问题BJ-1) and `revision` are found by trying those that are
    known here. All are None when nothing fits, and for rows of the weekly push.
    """

    kind: RecordKind
    day: date
    id: UUID
    enterprise_name: str | None = None
    revision: int | None = None
    subject: str | None = None


def lost_facts(
    readers: Readers, kind: RecordKind, day: date, held: Sequence[UUID], restores: Sequence[Restore]
) -> Sequence[LostFact]:
    """The records among `held`, the ids that the ministry holds of a day, that are unknown here."""
    known = {id for part in _parts(held) for id in readers.exchange.duties_by_id(part)}
    unknown = [id for id in held if id not in known]
    if not unknown or kind not in _CANDIDATES:
        return [LostFact(kind, day, id) for id in unknown]
    wanted = set(unknown)
    found: dict[UUID, LostFact] = {}
    epochs = [epoch_of(restore) for restore in (None, *restores)]
    for key, revisions, described in _CANDIDATES[kind](readers, day):
        for revision in revisions:
            for epoch in epochs:
                id = fact_id(*key, revision, *epoch)
                if id in wanted:
                    found[id] = replace(described, id=id, revision=revision)
        if len(found) == len(wanted):
            break
    return sorted(
        (found.get(id, LostFact(kind, day, id)) for id in unknown),
        key=lambda fact: (fact.enterprise_name or fact.subject or "", fact.revision or 0, fact.id),
    )


def _commitments(readers: Readers, day: date) -> Iterator[Candidate]:
    revisions = range(1, MOST_REVISIONS + 1)
    for id, name in _enterprises(readers):
        described = LostFact(RecordKind.COMMITMENT, day, id, enterprise_name=name)
        yield ("commitment", id, day), revisions, described


def _problems(readers: Readers, day: date) -> Iterator[Candidate]:
    where = ProblemFilter(origins=(ProblemOrigin.MINISTRY,))
    for row in _rows(lambda page: readers.problems.page(where, EVERYTHING, page)):
        described = LostFact(RecordKind.PROBLEM, day, row.id, subject=f"问题{row.external_id}")
        yield (Topic.MINISTRY_PROBLEM.value, row.external_id), _next_of(row.revision), described


def _alerts(readers: Readers, day: date) -> Iterator[Candidate]:
    for row in _rows(lambda page: readers.alerts.page(AlertFilter(), EVERYTHING, page)):
        key = row.external_id or str(row.id)
        described = LostFact(RecordKind.ALERT, day, row.id, subject=f"预警{key}")
        yield (Topic.MINISTRY_ALERT.value, key), _next_of(row.revision), described


def _next_of(revision: int) -> range:
    """The revisions that may have been lost: those after the newest that is known."""
    return range(revision + 1, revision + 1 + MOST_REVISIONS)


_CANDIDATES: Final[Mapping[RecordKind, Callable[[Readers, date], Iterator[Candidate]]]] = {
    RecordKind.COMMITMENT: _commitments,
    RecordKind.PROBLEM: _problems,
    RecordKind.ALERT: _alerts,
}


def _rows(read: Callable[[Page], Slice[Row]]) -> Iterator[Row]:
    page = Page(AT_ONCE)
    while True:
        found = read(page)
        yield from found.rows
        if not found.has_next:
            return
        page = Page(AT_ONCE, after=found.keys[-1])


def _enterprises(readers: Readers) -> Iterator[tuple[UUID, str]]:
    rows = _rows(lambda page: readers.directory.enterprise_page(EnterpriseFilter(), EVERYTHING, page))
    yield from ((row.id, row.name) for row in rows)


def _parts(ids: Sequence[UUID]) -> Iterator[Sequence[UUID]]:
    for start in range(0, len(ids), AT_ONCE):
        yield ids[start : start + AT_ONCE]
