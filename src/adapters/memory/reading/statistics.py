"""Statistics from memory: counted from the rows, so that there is no roll-up that could be wrong."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Callable, Mapping, Sequence
from datetime import date

from ....application.access import Scope
from ....application.ports.commitment import Tally
from ....application.ports.statistics import TallyDifference, TallyMargins, TallyQuestion
from ....domain.commitment.commitment import Commitment
from ....domain.values import RegionId
from ..sight import subtree
from ..tables import State
from .commitments import counted_commitments, tally_of


class MemoryStatisticsReader:
    """Counts the committed rows."""

    def __init__(self, state: Callable[[], State]) -> None:
        self._state = state

    def commitment_cells(self, question: TallyQuestion, scope: Scope) -> Mapping[tuple[RegionId, int], Tally]:
        groups: dict[tuple[RegionId, int], list[Commitment]] = {}
        for line, period, commitment in self._placed(question, scope):
            groups.setdefault((line, period), []).append(commitment)
        return {place: tally_of(group) for place, group in groups.items()}

    def commitment_margins(self, question: TallyQuestion, scope: Scope) -> TallyMargins:
        placed = self._placed(question, scope)
        lines = {line for line, _, _ in placed}
        periods = {period for _, period, _ in placed}
        return TallyMargins(
            {line: tally_of(c for own, _, c in placed if own == line) for line in lines},
            {period: tally_of(c for _, own, c in placed if own == period) for period in periods},
        )

    def _placed(self, question: TallyQuestion, scope: Scope) -> list[tuple[RegionId, int, Commitment]]:
        """Each commitment with its line and the number of its period."""
        state = self._state()
        members = subtree(state, [question.region_id])
        line_of = {region: line for line in question.lines for region in subtree(state, [line])}
        counted = counted_commitments(state, question.starts[0], question.last_day, scope, question.kinds)
        return [
            (
                line_of.get(commitment.region_id, commitment.region_id),
                bisect_right(question.starts, commitment.business_date) - 1,
                commitment,
            )
            for commitment in counted
            if commitment.region_id in members
        ]


class MemoryRollUpReader:
    """There is no roll-up in memory, so nothing differs."""

    def __init__(self, state: Callable[[], State]) -> None:
        self._state = state

    def span(self) -> tuple[date, date] | None:
        days = [commitment.business_date for commitment in self._state().commitments.values()]
        return (min(days), max(days)) if days else None

    def differences(self, day: date) -> Sequence[TallyDifference]:
        return []
