"""Keeps commitments in memory, each with its current report and all earlier ones."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import date, datetime

from ...application.access import Scope
from ...domain.commitment.commitment import Commitment, commitment_id
from ...domain.commitment.form import Facts, ProductionStatus
from ...domain.refusals import Conflict, NotFound
from ...domain.signed import Origin
from ...domain.values import CommitmentId, EnterpriseId, RegionId
from .facts import MemoryFacts, shutdown_on
from .sight import Sight
from .tables import State, kept
from .unit import Unit


class MemoryCommitments:
    """Hands out copies: a change counts only after `save`."""

    def __init__(self, unit: Unit) -> None:
        self._unit = unit

    def owe(self, commitments: Sequence[Commitment]) -> int:
        state = self._unit.to_write()
        before = len(state.commitments)
        for commitment in commitments:
            if commitment.enterprise_id not in state.enterprises:
                raise NotFound("企业")
            if commitment.id not in state.commitments:
                state.commitments.put(commitment.id, kept(commitment))
        return len(state.commitments) - before

    def find(self, enterprise_id: EnterpriseId, day: date) -> Commitment | None:
        found = self._unit.reading().commitments.get(commitment_id(enterprise_id, day))
        return None if found is None else _copy(found)

    def get(self, id: CommitmentId, *, within: Scope) -> Commitment:
        state = self._unit.reading()
        found = state.commitments.get(id)
        if found is None or not Sight(state, within).commitment(found):
            raise NotFound("承诺")
        return _copy(found)

    def with_facts(
        self, enterprise_id: EnterpriseId, day: date, *, within: Scope, at: datetime
    ) -> tuple[Commitment, Facts]:
        found = self.get(commitment_id(enterprise_id, day), within=within)
        return found, MemoryFacts(self._unit).take([enterprise_id], day, at=at)[enterprise_id]

    def save(self, commitment: Commitment) -> None:
        state = self._unit.to_write()
        before = state.commitments.get(commitment.id)
        if before is None or before.version != commitment.version:
            raise Conflict("该承诺已被他人修改，请刷新后重试。")
        versions = state.reports.get(commitment.id, ())
        if commitment.report is not None and commitment.revision > len(versions):
            state.reports.put(commitment.id, (*versions, kept(commitment.report)))
        commitment.version += 1
        state.commitments.put(commitment.id, kept(commitment))
        self._unit.collect(commitment.events)

    def unreported(self, day: date, *, due_at: datetime | None = None) -> Sequence[Commitment]:
        chosen = [
            commitment
            for commitment in _of_day(self._unit.reading(), day)
            if commitment.unreported and (due_at is None or commitment.due_at == due_at)
        ]
        return [_copy(c) for c in sorted(chosen, key=lambda c: (c.region_id, c.id))]

    def in_shutdown(self, day: date) -> Sequence[Commitment]:
        state = self._unit.reading()
        return [
            _copy(c)
            for c in sorted(_of_day(state, day), key=lambda c: c.id)
            if c.unreported
            and shutdown_on(state, state.enterprises[c.enterprise_id].enterprise, day) is not None
        ]

    def take_unreported(self, enterprise_ids: Sequence[EnterpriseId], day: date) -> Sequence[Commitment]:
        state = self._unit.to_write()
        found = (state.commitments.get(commitment_id(id, day)) for id in dict.fromkeys(enterprise_ids))
        owed = [_copy(c) for c in found if c is not None and c.unreported]
        return sorted(owed, key=lambda c: c.id)

    def still_owed(self, enterprise_ids: Sequence[EnterpriseId], day: date) -> frozenset[EnterpriseId]:
        state = self._unit.reading()
        found = (state.commitments.get(commitment_id(id, day)) for id in enterprise_ids)
        return frozenset(c.enterprise_id for c in found if c is not None and c.unreported)

    def resumed(
        self, enterprise_ids: Sequence[EnterpriseId], since: date, before: date
    ) -> Mapping[EnterpriseId, date]:
        wanted, newest = frozenset(enterprise_ids), dict[EnterpriseId, Commitment]()
        for one in self._unit.reading().commitments.values():
            by_a_person = one.report is not None and one.report.origin is Origin.MANUAL
            if one.enterprise_id in wanted and by_a_person and since <= one.business_date < before:
                known = newest.get(one.enterprise_id)
                if known is None or known.business_date < one.business_date:
                    newest[one.enterprise_id] = one
        return {
            id: one.business_date
            for id, one in newest.items()
            if one.report is not None and one.report.form.status is ProductionStatus.IN_PRODUCTION
        }

    def due_times(self, day: date) -> Sequence[tuple[datetime, RegionId]]:
        return sorted({(c.due_at, c.region_id) for c in _of_day(self._unit.reading(), day)})


def _of_day(state: State, day: date) -> list[Commitment]:
    return [c for c in state.commitments.values() if c.business_date == day]


def _copy(commitment: Commitment) -> Commitment:
    return replace(commitment, events=[])
