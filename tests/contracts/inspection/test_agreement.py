"""Random inspectors, parties and clocks drive the whole application on the twin and on a real database at once.

Whatever is asked of both, both must answer alike: rows, refusals with their sentences, sheets, lists, figures.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from typing import Any, ClassVar

import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    invariant,
    rule,
    run_state_machine_as_test,
)
from sqlalchemy import Engine

from yanbao.adapters.clock import FixedClock
from yanbao.adapters.sql.storage import SqlStorage
from yanbao.application.access import EVERYTHING, SYSTEM
from yanbao.application.inspection.inspections import (
    DiscardInspection,
    EditInspection,
    RefreshInspection,
    SubmitInspection,
)
from yanbao.application.ports.inspection import InspectionFilter, InspectionRow
from yanbao.application.ports.paging import Page
from yanbao.domain.deadlines import business_date, instant
from yanbao.domain.directory.enterprise import Enterprise
from yanbao.domain.directory.organisation import Person
from yanbao.domain.inspection.form import Finding, FindingResult, InspectionForm, InspectionKind
from yanbao.domain.inspection.inspection import InspectionState
from yanbao.domain.inspection.week import Week, latest_closed
from yanbao.domain.problem.form import ProblemCategory
from yanbao.domain.problem.workflow import ProblemAction
from yanbao.domain.refusals import InvalidForm, Refused
from yanbao.domain.signed import Origin
from yanbao.domain.values import InspectionId, RegionId

from ...support.builders import LINTONG, NOW
from ...support.examples import INSPECTIONS
from ...support.inspecting import (
    A_CHECK,
    A_PATROL,
    CITY_INSPECTOR,
    COUNTY_INSPECTOR,
    PROVINCE_INSPECTOR,
    Inspecting,
)
from ...support.inspections import MICROSECOND, PERMIT_SEEN, a_check_form, a_statement, all_findings, by
from ...support.settling import settle_in
from ...support.world import DONGFENG, FAR
from ..conftest import emptied
from ..problem.problems import a_step
from .random_inspections import (
    CHECKED,
    EVERYBODY,
    MOVES,
    PASSING,
    PEOPLE,
    PICTURES,
    POLICY,
    REGIONS,
    SOUGHT,
    filled,
    filters,
    forms,
    frozen,
    keys,
    pages,
    people,
    place,
    populated,
    whom,
)
from .weekly import from_sources


class Inspected(RuleBasedStateMachine):
    """Drafts are opened, filled in, submitted and thrown away by everybody at any time; days and weeks end."""

    engine: Engine
    seen: ClassVar[set[str]]

    def __init__(self) -> None:
        super().__init__()
        self.clock = FixedClock(NOW)
        emptied(self.engine)
        self.twin = populated(self.clock)
        self.real = populated(self.clock, lambda reactions: SqlStorage(self.engine, reactions=reactions))
        self.known: list[InspectionId] = []
        self.owners: dict[InspectionId, Person] = {}

    # ------------------------------------------------------------ what inspectors do

    @initialize(evening=st.booleans(), afterwards=st.booleans(), tidy=st.booleans())
    def something_is_known(self, evening: bool, afterwards: bool, tidy: bool) -> None:
        """Drafts and a record; in the evening automatic ones, too, and afterwards perhaps one by hand instead.

        A tidy inspector discards a draft at once.
        """
        self.open(COUNTY_INSPECTOR, LINTONG, "draft-0000")
        self.open(CITY_INSPECTOR, LINTONG, "draft-0000")
        self.open(CITY_INSPECTOR, DONGFENG, "draft-0001")
        wrong = Finding("PERSONS", FindingResult.NOT_OK, "多1人", problem=1)
        findings = all_findings(FAR.kind, wrong, PERMIT_SEEN)
        found = a_check_form(findings=findings, problems=(a_statement(responsible=()),))
        self.both(lambda world: world.record(PROVINCE_INSPECTOR, FAR, form=found, key="draft-0002"))
        self.somebody_looks(CITY_INSPECTOR, DONGFENG, 0 if evening else None)
        if evening and afterwards:
            self.both(lambda world: world.record(CITY_INSPECTOR, DONGFENG, form=A_CHECK, key="draft-0003"))
        if tidy:
            row = self.both(lambda world: world.open(PROVINCE_INSPECTOR, FAR, key="draft-0004"))
            discard = DiscardInspection(row.id, row.revision)
            self.both(
                lambda world: world.system.app.inspections.discard(world.actor(PROVINCE_INSPECTOR), discard)
            )

    @rule(by=people, whom=st.sampled_from([*REGIONS, *CHECKED]), key=keys)
    def open(self, by: Person, whom: Enterprise | RegionId, key: str) -> None:
        row = self.both(lambda world: world.open(by, whom, key=key))
        if isinstance(row, InspectionRow) and row.id not in self.owners:
            self.known.append(row.id)
            self.owners[row.id] = by

    @rule(data=st.data(), written=st.lists(forms, min_size=1, max_size=3), fitting=st.booleans())
    def edit(self, data: st.DataObject, written: list[InspectionForm], fitting: bool) -> None:
        """Again and again."""
        id, by, revision, key = self._draft(data)
        usual = A_PATROL if self.twin.kept(id).inspection.kind is InspectionKind.PATROL else A_CHECK
        for form in written:
            if fitting:
                form = replace(usual, observations=form.observations, attachments=form.attachments)
            edit = EditInspection(id, revision, form)
            self.both(
                lambda world, e=edit, k=key: world.system.app.inspections.edit(world.actor(by), e, key=k)
            )
            revision, key = self.twin.kept(id).inspection.revision, None

    @rule(data=st.data())
    def refresh(self, data: st.DataObject) -> None:
        id, by, revision, key = self._draft(data)
        command = RefreshInspection(id, revision)
        self.both(lambda world: world.system.app.inspections.refresh(world.actor(by), command, key=key))

    @rule(data=st.data(), end=st.sampled_from([SubmitInspection, DiscardInspection]))
    def end(self, data: st.DataObject, end: type[SubmitInspection | DiscardInspection]) -> None:
        id, by, revision, key = self._draft(data)

        def act(world: Inspecting) -> InspectionRow:
            inspections, actor = world.system.app.inspections, world.actor(by)
            if end is SubmitInspection:
                return inspections.submit(actor, SubmitInspection(id, revision), key=key)
            return inspections.discard(actor, DiscardInspection(id, revision), key=key)

        self.both(act)

    @rule(by=people, whom=st.sampled_from([*REGIONS, *CHECKED]), form=forms)
    def record(self, by: Person, whom: Enterprise | RegionId, form: InspectionForm) -> None:
        """Opened, filled in and submitted at once."""
        usual = A_CHECK if isinstance(whom, Enterprise) else A_PATROL
        problems = tuple(replace(s, category=ProblemCategory.OTHER, attachments=()) for s in form.problems)
        filled = replace(usual, observations=form.observations, problems=problems)
        key = f"record-{len(self.known):04}"
        row = self.both(lambda world: world.record(by, whom, form=filled, key=key))
        if isinstance(row, InspectionRow):
            self.known.append(row.id)
            self.owners[row.id] = by

    @rule(data=st.data(), action=st.sampled_from(ProblemAction), steps=st.integers(1, 3))
    def carry_a_problem_on(self, data: st.DataObject, action: ProblemAction, steps: int) -> None:
        ids = sorted(self.twin.state.problems)
        if not ids:
            return
        id = data.draw(st.sampled_from(ids))
        onward = [ProblemAction.ACKNOWLEDGE, ProblemAction.RECTIFY, ProblemAction.FEED_BACK]
        until = self._today + timedelta(days=30)

        def act(world: Inspecting) -> object:
            with world.system.storage.work(SYSTEM) as work:
                problem = work.problems.get(id, within=EVERYTHING)
                for one in onward[:steps] if steps > 1 else [action]:
                    a_step(one, by(at=self.clock.now()), until=until, on=None)(problem)
                work.problems.save(problem)
                work.commit()
            return problem

        self.both(act)

    # ------------------------------------------------------------ what happens around them

    @rule(passing=st.sampled_from(PASSING))
    def time_passes(self, passing: timedelta) -> None:
        self.clock.moment += passing
        self.both(lambda world: world.system.app.files.clean_up())

    @rule(data=st.data(), by=people, of=st.sampled_from(CHECKED), form=forms, off=st.sampled_from([-1, 0, 0]))
    def the_week_closes(
        self, data: st.DataObject, by: Person, of: Enterprise, form: InspectionForm, off: int
    ) -> None:
        """Somebody submits, and somebody feeds back, in its last microsecond or in the first of the next."""
        closing = Week.of(self.clock.moment, POLICY).until
        self.clock.moment = max(self.clock.moment, closing + off * MICROSECOND)
        self.record(by, of, form)
        self.carry_a_problem_on(data, ProblemAction.FEED_BACK, 3)
        self._push()

    @rule(by=people, of=st.sampled_from(CHECKED), ago=st.none() | st.integers(0, 1))
    def somebody_looks(self, by: Person, of: Enterprise, ago: int | None) -> None:
        """And perhaps the day ends, or the day before does once more."""
        self.both(lambda world: world.logs_in(by))
        self.both(lambda world: world.views(by, of))
        if ago is not None:
            slot_at = instant(self._today - timedelta(days=ago), POLICY.auto_inspection_at)
            self.both(lambda world: world.system.app.automatic_inspections.record(slot_at))
            self.known += sorted(set(self.twin.state.inspections) - set(self.known))

    @rule(what=st.sampled_from(MOVES))
    def something_is_moved(self, what: object) -> None:
        """A region or a department to another parent, an enterprise to another region, a person elsewhere."""
        self.both(lambda world: settle_in(world.system.storage, SYSTEM, what))

    # ------------------------------------------------------------ what is seen of it

    @rule(
        by=people,
        detail=filters,
        days=st.tuples(st.integers(-8, 0), st.integers(-1, 2).map(abs)),
        size=st.integers(1, 3),
    )
    def look(self, by: Person, detail: dict[str, Any], days: tuple[int, int], size: int) -> None:
        first, last = (self._today + timedelta(days=number) for number in days)
        self.both(lambda world: pages(world, by, InspectionFilter(first, last, **detail), size))

    @invariant()
    def rows_drafts_and_contents_are_alike(self) -> None:
        for person in PEOPLE:
            self.both(lambda world, p=person: world.system.app.inspections.rows(world.actor(p), self.known))
            self.both(lambda world, p=person: world.system.app.inspections.drafts(world.actor(p), Page(9)))
        self.both(lambda world: world.system.readers.inspections.contents(self.known))
        self.both(lambda world: world.system.readers.attachments.attachments(PICTURES))
        for day in (self._today, self._today - timedelta(days=1)):
            self.both(lambda world, d=day: world.system.readers.inspections.unrecorded_patrols(d))
            self.both(lambda world, d=day: world.system.readers.inspections.unrecorded_spot_checks(d))

    @invariant()
    def everything_is_counted_in_exactly_one_row_of_its_week(self) -> None:
        week = Week.of(self.clock.now(), POLICY)
        rows = self.both(lambda world: world.system.readers.inspections.weekly(week))
        assert len({(row.kind, row.region_id) for row in rows}) == len(rows)
        records = [kept.inspection for kept in self.twin.state.inspections.values()]
        submitted = [r for r in records if r.submitted is not None and r.submitted.at in week]
        problems = list(self.twin.state.problems.values())
        areas = [r for r in submitted if getattr(r.target, "is_area", True)]
        places = {(r.kind, r.target.city_id, place(r)) for r in areas}
        by_hand = {(r.kind, r.target.city_id, place(r)) for r in areas if r.origin is Origin.MANUAL}
        assert sum(row.inspected for row in rows) == len(by_hand)
        assert sum(row.automatic or 0 for row in rows) == len(places - by_hand)
        withdrawn = [p for p in problems if p.withdrawn is not None]
        stand = [p for p in problems if p.withdrawn is None]
        assert sum(row.issued for row in rows) == sum(p.issued.at in week for p in stand)
        assert sum(row.withdrawn or 0 for row in rows) == sum(
            p.withdrawn is not None and p.withdrawn.at in week for p in withdrawn
        )
        assert sum(row.unfed_back for row in rows) == sum(p.is_unfed_back for p in problems)
        assert sum(row.fed_back for row in rows) == sum(
            any(f.final and f.signed.at in week for f in p.feedbacks) for p in problems
        )

    @invariant()
    def no_automatic_record_counts_beside_a_manual_one(self) -> None:
        submitted = [k for k in self.twin.state.inspections.values() if k.inspection.submitted is not None]
        manual = {whom(k.inspection) for k in submitted if k.inspection.origin is Origin.MANUAL}
        automatic = [k for k in submitted if k.inspection.origin is Origin.AUTO]
        assert all(k.replaced == (whom(k.inspection) in manual) for k in automatic)
        assert len({whom(k.inspection) for k in automatic}) == len(automatic)
        self.seen |= {"replaced" for k in automatic if k.replaced}
        self.seen |= {"automatic" for k in automatic if not k.replaced}

    def teardown(self) -> None:
        """Every week counted again and from its sources, beside what was frozen of it; and what everybody was told."""
        self._push()
        now = self.clock.now()
        for week in {Week.of(now, POLICY), *(week for week, _, _ in self.twin.state.weeks.values())}:
            counted = self.both(lambda world, w=week: filled(world.system.readers.inspections.weekly(w)))
            kept = self.both(lambda world, w=week: filled(frozen(world, w)))
            assert kept == counted or week.until > now
            for world in (self.twin, self.real):
                assert [from_sources(world.system.readers, row, week) for row in counted] == counted
        for text in SOUGHT:
            everything = InspectionFilter(self._today - timedelta(days=360), self._today, text=text)
            self.both(lambda world, w=everything: pages(world, PROVINCE_INSPECTOR, w, 2))
        for person in EVERYBODY:
            self.both(lambda world, p=person: world.system.readers.notices.messages(p.id, Page(100)))

    # ------------------------------------------------------------ how it is driven

    @property
    def _today(self) -> Any:
        return business_date(self.clock.now())

    def _draft(self, data: st.DataObject) -> tuple[InspectionId, Person, int, str | None]:
        """Mostly by its owner as it stands; with a key that may have been used."""
        kept = self.twin.state.inspections
        drafts = [id for id in self.known if kept[id].inspection.state is InspectionState.DRAFT]
        id = data.draw(st.sampled_from([*drafts * 4, *self.known]))
        by = data.draw(st.sampled_from([self.owners.get(id, CITY_INSPECTOR)] * 12 + PEOPLE))
        revision = self.twin.kept(id).inspection.revision
        stale = data.draw(st.sampled_from([0] * 7 + [1]))
        return id, by, revision - stale, data.draw(st.sampled_from([None, None, None, "phone-0001"]))

    def _push(self) -> None:
        closed = latest_closed(self.clock.now(), POLICY)
        self.both(lambda world: world.system.app.weekly.push(closed.until))
        self.seen |= {
            "frozen" for _, rows, _ in self.twin.state.weeks.values() if any(r.issued for r in rows)
        }

    def both(self, act: Callable[[Inspecting], object]) -> Any:
        """Do the same on both and compare what comes of it, refusals included."""
        twin, real = (self._outcome(world, act) for world in (self.twin, self.real))
        assert twin == real
        if isinstance(twin, tuple) and twin and isinstance(twin[0], str):
            self.seen.add(twin[0])
        if isinstance(twin, InspectionRow):
            self.seen.add(twin.state.value)
        return twin

    @staticmethod
    def _outcome(world: Inspecting, act: Callable[[Inspecting], object]) -> object:
        try:
            return act(world)
        except InvalidForm as refusal:
            return (refusal.code, *((one.code, one.sentence, one.field) for one in refusal.items))
        except Refused as refusal:
            return refusal.code, refusal.sentence, refusal.field


MUST_HAPPEN = {
    *(state.value for state in InspectionState),
    *("automatic", "replaced", "frozen"),
    *("CONFLICT", "NOT_FOUND", "OUTSIDE_JURISDICTION", "INVALID_FORM", "ACTION_NOT_ALLOWED"),
}


def drive(request: pytest.FixtureRequest, database: str, examples: settings) -> set[str]:
    """Run the machine; gives what has happened in its examples."""
    engine: Engine = request.getfixturevalue(f"{database}_engine")
    machine = type("Driven", (Inspected,), {"engine": engine, "seen": set()})
    run_state_machine_as_test(machine, settings=examples)
    return machine.seen


@pytest.mark.parametrize("database", ["sqlite", "postgres"])
def test_the_twin_and_the_database_agree_on_inspections(
    request: pytest.FixtureRequest, database: str
) -> None:
    seen = drive(request, database, INSPECTIONS.of(database, stateful_step_count=16))
    assert seen >= MUST_HAPPEN or database == "postgres", "what never happens has not been compared"


@pytest.mark.soak
@pytest.mark.parametrize("database", ["sqlite", "postgres"])
def test_they_agree_for_a_long_time(request: pytest.FixtureRequest, database: str) -> None:
    seen = drive(request, database, INSPECTIONS.soaking(stateful_step_count=30))
    assert seen >= MUST_HAPPEN, "what never happens has not been compared"
