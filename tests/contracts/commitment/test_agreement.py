"""The twin and a real database are driven by the same random operations and must answer alike, step after step."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from datetime import date, time, timedelta
from functools import partial
from typing import Any
from uuid import UUID

import pytest
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    invariant,
    precondition,
    rule,
    run_state_machine_as_test,
)
from sqlalchemy import Engine

from yanbao.adapters.memory.reading.commitments import tally_of
from yanbao.application.access import EVERYTHING, SYSTEM, Scope
from yanbao.application.ports.commitment import CommitmentFilter, Tally
from yanbao.application.ports.exchange import Claim, DutyFilter, Outcome
from yanbao.application.ports.paging import Page
from yanbao.application.ports.work import Storage, UnitOfWork
from yanbao.domain.commitment.commitment import Commitment
from yanbao.domain.commitment.form import CommitmentForm
from yanbao.domain.commitment.report import Report
from yanbao.domain.deadlines import instant
from yanbao.domain.directory.enterprise import Enterprise
from yanbao.domain.directory.organisation import Level
from yanbao.domain.exchange.duty import DutyState, Topic
from yanbao.domain.refusals import Refused
from yanbao.domain.values import CommitmentId, RegionId

from ...support.builders import (
    CHANGAN,
    DAY,
    LINTONG,
    NOW,
    PROVINCE,
    PUCHENG,
    WEINAN,
    XIAN,
    YANGLING,
    YANGLING_COUNTY,
    a_department_tree,
    a_duty,
    a_form_for,
    a_form_of_stopped,
    a_region,
    a_region_tree,
    a_shutdown,
    a_wholesaler,
    an_enterprise,
    seen_by,
    seen_from,
)
from ...support.commitments import facts, facts_in_shutdown, owed, signed
from ...support.settling import settle_in
from ..conftest import World, emptied, memory_world, sql_world

DAYS = [DAY + timedelta(days=n) for n in range(3)]
ENTERPRISES = [
    an_enterprise("一厂", region=LINTONG),
    a_wholesaler("二公司", region=LINTONG),
    an_enterprise("三厂", region=PUCHENG),
    an_enterprise("四厂", region=YANGLING_COUNTY),
]
REGIONS = [region.id for region in a_region_tree()]
SCOPES = [
    EVERYTHING,
    seen_from(XIAN),
    seen_from(WEINAN, LINTONG),
    seen_from(YANGLING),
    seen_by(ENTERPRISES[0]),
]
enterprises = st.sampled_from(ENTERPRISES)
days = st.sampled_from(DAYS)
hours = st.sampled_from([8, 9, 10, 15])

FEW = settings(
    max_examples=6,
    stateful_step_count=14,
    deadline=None,
    derandomize=True,
    suppress_health_check=list(HealthCheck),
)


class Pair(RuleBasedStateMachine):
    """The twin and the real one, empty but for the trees; `engine` is set by the test."""

    engine: Engine

    def __init__(self) -> None:
        super().__init__()
        self.worlds: tuple[World, World] = (memory_world(), sql_world(emptied(self.engine)))
        for world in self.worlds:
            settle_in(world.storage, SYSTEM, *a_region_tree(), *a_department_tree(), *ENTERPRISES)

    def both(self, act: Callable[[UnitOfWork], object], *, commit: bool = True) -> Any:
        """Do the same to both and compare what comes of it, refusals included."""
        twin, real = (self._outcome(world.storage, act, commit) for world in self.worlds)
        assert twin == real
        return twin

    def alike(self, read: Callable[[World], object]) -> None:
        twin, real = (read(world) for world in self.worlds)
        assert twin == real

    @staticmethod
    def _outcome(storage: Storage, act: Callable[[UnitOfWork], object], commit: bool) -> object:
        try:
            with storage.work(SYSTEM) as work:
                outcome = act(work)
                if commit:
                    work.commit()
        except Refused as refusal:
            # A refusal is an answer, too: both must give the same.
            return type(refusal)
        return outcome


class Reporting(Pair):
    """Days are opened, reports made, corrected, re-opened; regions and enterprises move; some of it is rolled back."""

    @rule(day=days, commit=st.booleans())
    def open_day(self, day: date, commit: bool) -> None:
        def act(work: UnitOfWork) -> int:
            owing = work.enterprises.owing(day, limit=3)
            by_id = {enterprise.id: enterprise for enterprise in ENTERPRISES}
            duties = [
                replace(owed(by_id[id], day=day), region_id=region, kind=kind) for id, region, kind in owing
            ]
            return work.commitments.owe(duties)

        self.both(act, commit=commit)

    @rule(enterprise=enterprises, day=days, hour=hours, stopped=st.booleans(), commit=st.booleans())
    def submit(self, enterprise: Enterprise, day: date, hour: int, stopped: bool, commit: bool) -> None:
        self._change(
            enterprise,
            day,
            lambda c: c.submit(
                _form(enterprise, stopped), facts=facts(enterprise, day=day), by=_by(day, hour)
            ),
            commit=commit,
        )

    @rule(enterprise=enterprises, day=days, hour=hours, stopped=st.booleans())
    def correct(self, enterprise: Enterprise, day: date, hour: int, stopped: bool) -> None:
        self._change(
            enterprise,
            day,
            lambda c: c.correct(
                _form(enterprise, stopped), facts=facts(enterprise, day=day), by=_by(day, hour)
            ),
        )

    @rule(enterprise=enterprises, day=days)
    def reopen(self, enterprise: Enterprise, day: date) -> None:
        self._change(enterprise, day, lambda c: c.reopen("填报人数有误", by=_by(day, 15)))

    @rule(enterprise=enterprises, day=days)
    def report_automatically(self, enterprise: Enterprise, day: date) -> None:
        known = facts_in_shutdown(enterprise, day=day)
        self._change(enterprise, day, lambda c: c.report_automatically(facts=known, at=_by(day, 8).at))

    @rule(parent=st.sampled_from([XIAN, WEINAN, PROVINCE]), commit=st.booleans())
    def move_a_region(self, parent: Any, commit: bool) -> None:
        self.both(
            lambda work: work.regions.save(a_region(LINTONG, "临潼区", Level.COUNTY, parent)), commit=commit
        )

    @rule(enterprise=enterprises, region=st.sampled_from([LINTONG, CHANGAN, PUCHENG]), active=st.booleans())
    def move_an_enterprise(self, enterprise: Enterprise, region: Any, active: bool) -> None:
        moved = replace(enterprise, region_id=region, active=active)
        self.both(lambda work: work.enterprises.save(moved, at=NOW))

    @rule(of=st.sampled_from([ENTERPRISES[0], XIAN, WEINAN]), day=days, cancelled=st.booleans())
    def shut_down(self, of: Any, day: date, cancelled: bool) -> None:
        period = a_shutdown(of, first=day, last=DAYS[-1], cancelled=cancelled)
        self.both(lambda work: work.shutdown_periods.save(period))

    @invariant()
    def figures_are_alike_and_add_up(self) -> None:
        for scope in SCOPES:
            self.alike(partial(_figures, scope=scope))
        self.alike(
            lambda world: world.readers.commitments.daily_tallies(
                PROVINCE, DAYS[0], DAYS[-1], seen_from(XIAN)
            )
        )
        for world in self.worlds:
            figures = _figures(world, EVERYTHING)
            for tally in figures.values():
                assert tally.in_production + tally.stopped + tally.unreported == tally.expected
                assert tally.on_time + tally.late == tally.reported
            assert figures[PROVINCE] == _recounted(world)

    @invariant()
    def lists_are_alike(self) -> None:
        where = CommitmentFilter(DAYS[0], DAYS[-1])
        for scope in SCOPES[1:]:
            self.alike(partial(_count, where=where, scope=scope))
        self.alike(lambda world: list(world.readers.commitments.page(where, EVERYTHING, Page(100)).rows))
        self.both(lambda work: [c.id for c in work.commitments.unreported(DAYS[0])], commit=False)
        self.both(lambda work: {c.id for c in work.commitments.in_shutdown(DAYS[1])}, commit=False)

    def teardown(self) -> None:
        for enterprise in ENTERPRISES:
            for day in DAYS:
                self.alike(partial(_versions, id=owed(enterprise, day=day).id))

    def _change(
        self, enterprise: Enterprise, day: date, act: Callable[[Commitment], None], *, commit: bool = True
    ) -> None:
        def change(work: UnitOfWork) -> object:
            commitment = work.commitments.find(enterprise.id, day)
            if commitment is None:
                return None
            act(commitment)
            work.commitments.save(commitment)
            return commitment

        self.both(change, commit=commit)


def _form(enterprise: Enterprise, stopped: bool) -> CommitmentForm:
    return a_form_of_stopped(stoppage=_STOPPAGE) if stopped else a_form_for(enterprise)


_STOPPAGE = replace(a_form_of_stopped().stoppage, expected_resumption=None)  # type: ignore[type-var]


def _by(day: date, hour: int) -> Any:
    return signed(instant(day, time(hour, 0)))


def _figures(world: World, scope: Scope) -> Mapping[RegionId, Tally]:
    return world.readers.commitments.tallies(REGIONS, DAYS[0], DAYS[-1], scope)


def _count(world: World, where: CommitmentFilter, scope: Scope) -> int:
    return world.readers.commitments.count(where, scope)


def _versions(world: World, id: CommitmentId) -> list[Report]:
    return list(world.readers.commitments.versions(id))


def _recounted(world: World) -> Tally:
    """The figures, counted one by one from the commitments themselves."""
    with world.storage.work(SYSTEM) as work:
        found = (work.commitments.find(enterprise.id, day) for enterprise in ENTERPRISES for day in DAYS)
        return tally_of(commitment for commitment in found if commitment is not None)


class Sending(Pair):
    """Duties are added, claimed with leases that hold or have run out, settled, revived and sent again."""

    def __init__(self) -> None:
        super().__init__()
        self.claims: list[tuple[Claim, Claim]] = []
        self.added: list[UUID] = []

    @initialize()
    def something_is_owed(self) -> None:
        self.add("甲", 1, 0)

    @rule(
        name=st.sampled_from(["承诺", "更正"]),
        of=st.sampled_from("甲乙丙"),
        revision=st.integers(1, 3),
        minutes=st.integers(-2, 2),
    )
    def add(self, of: str, revision: int, minutes: int, name: str = "承诺") -> None:
        duty = a_duty(name, of=of, revision=revision, due=NOW + timedelta(minutes=minutes))
        self.both(lambda work: work.outbox.add([duty]))
        self.added.append(duty.id)

    @rule(minutes=st.integers(-1, 3), limit=st.integers(1, 3), holds=st.booleans())
    def claim(self, minutes: int, limit: int, holds: bool) -> None:
        lease = timedelta(hours=1 if holds else -1)
        taken: list[list[Claim]] = []
        for world in self.worlds:
            with world.storage.work(SYSTEM) as work:
                now = NOW + timedelta(minutes=minutes)
                taken.append(
                    list(work.outbox.claim(Topic.MINISTRY_COMMITMENT, now=now, limit=limit, lease=lease))
                )
                work.commit()
        twin, real = taken
        assert [claimed.duty for claimed in twin] == [claimed.duty for claimed in real]
        self.claims += zip(twin, real, strict=True)

    @precondition(lambda self: self.claims)
    @rule(data=st.data(), state=st.sampled_from(DutyState))
    def settle(self, data: st.DataObject, state: DutyState) -> None:
        pair = data.draw(st.sampled_from(self.claims))
        stored = []
        for world, claimed in zip(self.worlds, pair, strict=True):
            outcome = Outcome(
                claimed, state, code="c", answer="答", message_id="m", due_at=NOW + timedelta(minutes=1)
            )
            with world.storage.work(SYSTEM) as work:
                stored.append(work.outbox.settle([outcome], at=NOW))
                work.commit()
        assert stored[0] == stored[1]

    @rule(of=st.sampled_from("甲乙丙"), most=st.integers(0, 2))
    def take_back(self, of: str, most: int) -> None:
        def act(work: UnitOfWork) -> frozenset[UUID]:
            waiting = work.outbox.waiting_with(a_duty(of=of))
            return work.outbox.take_back(waiting[:most], code="MERGED", answer="已并入", at=NOW)

        self.both(act)

    @rule()
    def revive(self) -> None:
        self.both(lambda work: work.outbox.revive(self.added, due_at=NOW))

    @rule()
    def requeue(self) -> None:
        self.both(lambda work: work.outbox.requeue_lost(self.added, due_at=NOW))

    @invariant()
    def the_ledger_is_alike(self) -> None:
        def without_settling_time(world: World) -> list[object]:
            # When a duty was parked is told by each database's own clock.
            rows = world.readers.exchange.duties(DutyFilter(), Page(100)).rows
            return [replace(row, settled_at=None) if row.state is DutyState.PARKED else row for row in rows]

        self.alike(without_settling_time)
        self.alike(lambda world: world.readers.exchange.overdue(Topic.MINISTRY_COMMITMENT, NOW))
        self.both(
            lambda work: work.outbox.delivered_revisions(Topic.MINISTRY_COMMITMENT, list("甲乙丙")),
            commit=False,
        )
        self.both(lambda work: {duty.id for duty in work.outbox.dead(self.added)}, commit=False)


@pytest.mark.parametrize("machine", [Reporting, Sending])
@pytest.mark.parametrize("database", ["sqlite", "postgres"])
def test_the_twin_and_the_database_answer_alike(
    request: pytest.FixtureRequest, machine: type[Pair], database: str
) -> None:
    engine: Engine = request.getfixturevalue(f"{database}_engine")
    run_state_machine_as_test(type(machine.__name__, (machine,), {"engine": engine}), settings=FEW)
