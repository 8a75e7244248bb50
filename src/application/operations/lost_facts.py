"""Finds out what a restore has lost: records that the ministry holds under ids that are unknown here."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Final
from uuid import UUID

from ...domain.restore import Restore, epoch_of
from ...domain.values import fact_id
from ..access import EVERYTHING
from ..ports.directory import EnterpriseFilter
from ..ports.exchange import RecordKind
from ..ports.paging import Page
from ..ports.readers import Readers

MOST_REVISIONS: Final = 20
"""So many revisions of one commitment are looked for; nobody corrects one more often."""
AT_ONCE: Final = 500


@dataclass(frozen=True, slots=True)
class LostFact:
    """A record that the ministry holds and this database does not know.

    Of a commitment, `enterprise_name` and `revision` are found by trying the ids of all enterprises; None
    when no enterprise has it, and for rows of the weekly push.
    """

    kind: RecordKind
    day: date
    id: UUID
    enterprise_name: str | None = None
    revision: int | None = None


def lost_facts(
    readers: Readers, kind: RecordKind, day: date, held: Sequence[UUID], restores: Sequence[Restore]
) -> Sequence[LostFact]:
    """The records among `held`, the ids that the ministry holds of a day, that are unknown here."""
    known = {id for part in _parts(held) for id in readers.exchange.duties_by_id(part)}
    unknown = [id for id in held if id not in known]
    if not unknown or kind is not RecordKind.COMMITMENT:
        return [LostFact(kind, day, id) for id in unknown]
    wanted = set(unknown)
    found: dict[UUID, LostFact] = {}
    epochs = [epoch_of(restore) for restore in (None, *restores)]
    for enterprise_id, name in _enterprises(readers):
        for revision in range(1, MOST_REVISIONS + 1):
            for epoch in epochs:
                id = fact_id("commitment", enterprise_id, day, revision, *epoch)
                if id in wanted:
                    found[id] = LostFact(kind, day, id, name, revision)
        if len(found) == len(wanted):
            break
    return sorted(
        (found.get(id, LostFact(kind, day, id)) for id in unknown),
        key=lambda fact: (fact.enterprise_name or "", fact.revision or 0, fact.id),
    )


def _enterprises(readers: Readers) -> Iterator[tuple[UUID, str]]:
    page = Page(AT_ONCE)
    while True:
        found = readers.directory.enterprise_page(EnterpriseFilter(), EVERYTHING, page)
        yield from ((row.id, row.name) for row in found.rows)
        if not found.has_next:
            return
        page = Page(AT_ONCE, after=found.keys[-1])


def _parts(ids: Sequence[UUID]) -> Iterator[Sequence[UUID]]:
    for start in range(0, len(ids), AT_ONCE):
        yield ids[start : start + AT_ONCE]
