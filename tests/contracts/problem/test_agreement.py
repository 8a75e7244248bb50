"""Random issuers, addressees and clocks drive problems in the twin and in a real database, and both must answer alike."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import suppress
from dataclasses import replace
from datetime import date, datetime, timedelta
from typing import ClassVar

import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import initialize, invariant, precondition, rule, run_state_machine_as_test
from sqlalchemy import Engine

from yanbao.application.access import EVERYTHING, SYSTEM, Scope
from yanbao.application.ports.problem import ProblemFilter, ProblemRow
from yanbao.application.ports.work import UnitOfWork
from yanbao.domain.deadlines import business_date, day_end
from yanbao.domain.directory.organisation import DepartmentSnapshot, Level
from yanbao.domain.handling.feedback import Addressee
from yanbao.domain.handling.parties import Party
from yanbao.domain.inspection.form import InspectionKind, Target
from yanbao.domain.inspection.inspection import Inspection
from yanbao.domain.problem.form import ProblemCategory, ProblemOrigin, ProblemStatement, Severity
from yanbao.domain.problem.problem import Problem
from yanbao.domain.problem.workflow import ProblemAction, ProblemState, problem_actions_allowed
from yanbao.domain.refusals import Refused
from yanbao.domain.signed import Signed
from yanbao.domain.values import InspectionId, ProblemId, RegionId

from ...support.builders import (
    LINTONG,
    NOW,
    PROVINCE,
    PUCHENG,
    WEINAN,
    XIAN,
    a_department,
    a_department_tree,
    a_region,
    an_enterprise,
    an_id,
    seen_as,
    seen_by,
    seen_from,
)
from ...support.examples import PROBLEMS
from ...support.inspections import (
    CITY_BUREAU,
    COUNTY_BUREAU,
    FACTORY,
    MICROSECOND,
    PEOPLE,
    PROVINCE_BUREAU,
    TO_THE_COUNTY,
    TO_THE_FACTORY,
    TO_THE_PROVINCE,
    USUAL,
    a_check_target,
    a_draft,
    a_form_for,
    a_patrol_target,
    a_statement,
    by,
)
from ...support.settling import settle_in
from ..commitment.test_agreement import Pair
from .problems import MOVES, STAYS, a_step, all_pages, settle_parties

OTHER_FACTORY = an_enterprise("西风烟花厂", region=PUCHENG)
PUCHENG_BUREAU = a_department_tree()[-1]
TO_PUCHENG = Addressee(PUCHENG_BUREAU.id, None, PUCHENG_BUREAU.name, PUCHENG, WEINAN)
TO_THE_OTHER = Addressee(None, OTHER_FACTORY.id, OTHER_FACTORY.name, PUCHENG, WEINAN)
ADDRESSEES = [TO_THE_COUNTY, TO_THE_FACTORY, TO_PUCHENG, TO_THE_OTHER]
ISSUERS = [PROVINCE_BUREAU, CITY_BUREAU]
SCOPES = [
    EVERYTHING,
    Scope(),
    seen_from(PROVINCE),
    seen_from(XIAN),
    seen_from(WEINAN, LINTONG),
    seen_from(LINTONG),
    seen_by(an_enterprise()),
    seen_by(OTHER_FACTORY),
    seen_as(COUNTY_BUREAU.id, PUCHENG),
    seen_as(CITY_BUREAU.id, XIAN),
]
PASSING = [timedelta(microseconds=1), *(timedelta(hours=hours) for hours in (1, 23, 47, 24 * 6, 24 * 17))]
days_ahead = st.integers(-1, 40).map(timedelta)
statements = st.builds(
    a_statement,
    category=st.sampled_from([ProblemCategory.CERTIFICATE, ProblemCategory.OTHER]),
    severity=st.sampled_from(Severity),
    description=st.sampled_from(["超员 A区", "许可证过期", "100%_超量"]),
)
filters = st.builds(
    ProblemFilter,
    to_department=st.sampled_from([None, None, COUNTY_BUREAU.id, PUCHENG_BUREAU.id]),
    to_enterprise=st.sampled_from([None, None, FACTORY]),
    issuer_id=st.sampled_from([None, None, *(issuer.id for issuer in ISSUERS)]),
    region_id=st.sampled_from([None, None, XIAN, WEINAN, LINTONG]),
    origins=st.sampled_from([(), (), (ProblemOrigin.MINISTRY,)]),
    states=st.one_of(st.just(()), st.lists(st.sampled_from(ProblemState), max_size=3).map(tuple)),
    categories=st.sampled_from([(), (), (ProblemCategory.CERTIFICATE,)]),
    severities=st.sampled_from([(), (), (Severity.MAJOR,)]),
    kinds=st.sampled_from([(), (), (InspectionKind.PATROL,), tuple(InspectionKind)]),
    unfed_back=st.sampled_from([None, None, True, False]),
    handed_over=st.sampled_from([None, None, None, True, False]),
    text=st.sampled_from([None, None, "a区", "_", "厂"]),
)


class Rectifying(Pair):
    """Problems are issued and carried on by everybody at any time, also too late, twice, at once, and in vain."""

    taken: ClassVar[set[ProblemAction]]

    def __init__(self) -> None:
        super().__init__()
        self.now = NOW
        self.known: list[ProblemId] = []
        self.put_off: set[datetime] = set()
        self.inspected: list[InspectionId] = []
        for world in self.worlds:
            settle_parties(world.storage)
            settle_in(world.storage, SYSTEM, OTHER_FACTORY)

    # ------------------------------------------------------------ how they come about

    @initialize()
    def something_is_known(self) -> None:
        self.issue(CITY_BUREAU, TO_THE_FACTORY, a_statement(), None, True)

    @precondition(lambda self: len(self.known) < 6)
    @rule(
        issuer=st.sampled_from(ISSUERS),
        to=st.sampled_from(ADDRESSEES),
        statement=statements,
        within=st.none() | days_ahead,
        commit=st.booleans(),
    )
    def issue(
        self,
        issuer: DepartmentSnapshot,
        to: Addressee,
        statement: ProblemStatement,
        within: timedelta | None,
        commit: bool,
    ) -> None:
        id = ProblemId(an_id("driven", len(self.known)))
        problem = Problem.issue(
            replace(statement, rectify_on=None if within is None else self._today + within),
            id=id,
            inspection_id=None,
            addressee=to,
            issuer=issuer,
            by=self._by(),
            policy=USUAL,
        )
        self.both(lambda work: work.problems.save(replace(problem)), commit=commit)
        self.known += [id] * commit

    @rule(number=st.integers(1, 2), to=st.sampled_from([*ADDRESSEES, TO_THE_PROVINCE]), statement=statements)
    def receive(self, number: int, to: Addressee, statement: ProblemStatement) -> None:
        """What was received before is refused."""
        problem = Problem.receive(
            replace(statement, category=None),
            external_id=f"BJ-{number}",
            addressee=to,
            reviewer=PROVINCE_BUREAU,
            at=self.now,
            policy=USUAL,
        )
        self.both(lambda work: work.problems.save(replace(problem)))
        self.known += [problem.id] * (problem.id not in self.known)

    @precondition(lambda self: len(self.inspected) < 3)
    @rule(whom=st.sampled_from([a_patrol_target(), a_check_target()]), number=st.integers(1, 3))
    def inspect(self, whom: Target, number: int) -> None:
        form = a_form_for(whom, problems=(a_statement(),) * number)
        key = f"driven-{len(self.inspected)}"
        made: list[Inspection] = []

        def submit(work: UnitOfWork) -> object:
            draft = a_draft(whom, key=key, form=form, at=self.now)
            made.append(draft)
            problems = draft.submit(by=by(at=self.now), people=PEOPLE, policy=USUAL)
            work.inspections.save(draft)
            for problem in problems:
                work.problems.save(problem)
            return problems

        self.both(submit)
        self.inspected.append(made[0].id)
        self.known += made[0].problem_ids

    # ------------------------------------------------------------ what is done to them

    @rule(passing=st.sampled_from(PASSING))
    def time_passes(self, passing: timedelta) -> None:
        self.now += passing

    @rule(data=st.data(), offset=st.sampled_from([-1, 0, 0, 1]))
    def a_moment_comes(self, data: st.DataObject, offset: int) -> None:
        """One at which something is due or reminded of, or a day ends: just before it, on it, or just after."""
        moments = {*self.put_off, day_end(self._today)}
        with self.worlds[0].storage.work(SYSTEM) as work:
            for problem in (work.problems.get(id, within=EVERYTHING) for id in self.known):
                moments |= {term.due for term in problem.terms}
                moments |= {day_end(extension.until) for extension in problem.extensions}
        soon = sorted(moment for moment in moments if moment > self.now)[:4]
        self.now = data.draw(st.sampled_from(soon)) + offset * MICROSECOND

    @rule(data=st.data())
    def take_steps(self, data: st.DataObject) -> None:
        """One after the other, each for itself."""
        id = data.draw(st.sampled_from(self.known))
        for step in self._steps(data, id, most=9, least=4):
            self._change(id, step)

    @rule(data=st.data(), in_between=st.booleans(), commit=st.booleans())
    def take_steps_at_once(self, data: st.DataObject, in_between: bool, commit: bool) -> None:
        """In one unit of work, saved in between or not."""
        id = data.draw(st.sampled_from(self.known))
        steps = self._steps(data, id, most=5, least=2)

        def act(work: UnitOfWork) -> object:
            problem = work.problems.get(id, within=EVERYTHING)
            for step in steps:
                step(problem)
                if in_between:
                    work.problems.save(problem)
            work.problems.save(problem)
            return problem

        self._note(self.both(act, commit=commit))

    @rule(data=st.data())
    def two_at_once(self, data: st.DataObject) -> None:
        """Both have read it when the first one saves: the second is refused, whatever it has done."""
        id = data.draw(st.sampled_from(self.known))
        (first,), (second,) = self._steps(data, id, most=1), self._steps(data, id, most=1)
        read: list[Problem] = []
        self.both(lambda work: read.append(work.problems.get(id, within=EVERYTHING)), commit=False)
        self._change(id, first)

        def come_second(work: UnitOfWork) -> None:
            problem = read.pop(0)
            second(problem)
            work.problems.save(problem)

        self.both(come_second)

    @rule(limit=st.integers(1, 4), passing=st.sampled_from(PASSING))
    def remind(self, limit: int, passing: timedelta) -> None:
        def act(work: UnitOfWork) -> object:
            found = work.problems.to_remind(self.now, limit=limit)
            for problem in found:
                work.problems.remind_again(problem.id, self.now + passing)
            return list(found)

        self.both(act)
        self.put_off.add(self.now + passing)

    # ------------------------------------------------------------ what moves around them

    @rule(parent=st.sampled_from([XIAN, WEINAN]), region=st.sampled_from([LINTONG, PUCHENG]))
    def move(self, parent: RegionId, region: RegionId) -> None:
        """The region below another city, bureau and factory to another region."""
        lintong = a_region(LINTONG, "临潼区", Level.COUNTY, parent)
        bureau = a_department(COUNTY_BUREAU.name, level=Level.COUNTY, over=[region], parent=a_department())
        for world in self.worlds:
            settle_in(world.storage, SYSTEM, lintong, bureau, an_enterprise(region=region))

    # ------------------------------------------------------------ what is seen of them

    @rule(
        where=filters,
        scope=st.sampled_from(SCOPES),
        size=st.integers(1, 4),
        days=st.none() | st.tuples(st.integers(-2, 1), st.integers(-1, 2)),
        overdue=st.booleans(),
    )
    def look(
        self, where: ProblemFilter, scope: Scope, size: int, days: tuple[int, int] | None, overdue: bool
    ) -> None:
        if days is not None:
            first, last = (self._today + timedelta(days=number) for number in days)
            where = replace(where, first_day=first, last_day=last)
        if overdue:
            where = replace(where, overdue_at=self.now)
        self.alike(lambda world: world.readers.problems.count(where, scope))
        self.alike(lambda world: all_pages(world.readers, where, scope, size))
        self.alike(lambda world: world.readers.problems.problems(self.known, scope))
        self.alike(lambda world: world.readers.problems.of_inspections(self.inspected, scope))
        self.both(lambda work: [p.id for p in work.problems.to_remind(self.now, limit=9)], commit=False)

    @invariant()
    def the_problems_are_alike_and_rows_and_counts_say_what_they_say(self) -> None:
        found = self.both(lambda work: [work.problems.find(id) for id in self.known], commit=False)
        self.alike(lambda world: world.readers.problems.problems(self.known, EVERYTHING))
        self.alike(lambda world: world.readers.problems.histories(self.known))
        unfed_back = [problem for problem in found if problem.is_unfed_back]
        overdue = [problem for problem in found if problem.overdue(self.now)]
        for world in self.worlds:
            reader = world.readers.problems
            rows = reader.problems(self.known, EVERYTHING)
            for problem in found:
                allowed = [problem.allowed_actions([party], self.now) for party in Party]
                assert _allowed(rows[problem.id], self.now) == allowed
            assert reader.count(ProblemFilter(unfed_back=True), EVERYTHING) == len(unfed_back)
            assert reader.count(ProblemFilter(overdue_at=self.now), EVERYTHING) == len(overdue)
            for to in ADDRESSEES:
                counted = reader.unfed_back(to.department_id, to.enterprise_id)
                kind = InspectionKind.PATROL if to.enterprise_id is None else InspectionKind.SPOT_CHECK
                mine = [problem for problem in unfed_back if problem.addressee.name == to.name]
                assert counted == dict.fromkeys(InspectionKind, 0) | {kind: len(mine)}

    # ------------------------------------------------------------ how it is driven

    @property
    def _today(self) -> date:
        return business_date(self.now)

    def _by(self) -> Signed:
        return by(at=self.now)

    def _steps(
        self, data: st.DataObject, id: ProblemId, *, most: int, least: int = 1
    ) -> list[Callable[[Problem], None]]:
        """Things that can be done one after the other, mostly; with a day that may be wrong."""
        with self.worlds[0].storage.work(SYSTEM) as work:
            problem = work.problems.get(id, within=EVERYTHING)
        steps = []
        for _ in range(data.draw(st.integers(least, most))):
            allowed = problem.allowed_actions(Party, self.now)
            onward, staying = ([a for a in ProblemAction if a in allowed & of] for of in (MOVES, STAYS))
            rare = [a for a in (ProblemAction.HAND_OVER,) if a in allowed]
            kinds = [kind for kind in (*[onward] * 3, *[staying] * 2, rare, [*ProblemAction]) if kind]
            action = data.draw(st.sampled_from(data.draw(st.sampled_from(kinds))))
            day = self._today + data.draw(days_ahead)
            steps.append(a_step(action, self._by(), until=day, on=day if day.day % 2 else None))
            with suppress(Refused):  # Only tried out, to know what comes next.
                steps[-1](problem)
        return steps

    def _change(self, id: ProblemId, step: Callable[[Problem], None]) -> None:
        def act(work: UnitOfWork) -> object:
            problem = work.problems.get(id, within=EVERYTHING)
            step(problem)
            work.problems.save(problem)
            return problem

        self._note(self.both(act))

    def _note(self, outcome: object) -> None:
        if isinstance(outcome, Problem):
            self.taken |= {entry.action for entry in outcome.timeline if entry.action is not None}


def _allowed(row: ProblemRow, at: datetime) -> list[frozenset[ProblemAction]]:
    """What each party may do, by the row of a list."""
    return [
        problem_actions_allowed(
            row.state,
            row.origin,
            [party],
            at,
            extension_until=row.extension_until,
            fed_back_before=row.fed_back_at is not None,
            to_department=row.department_id is not None,
        )
        for party in Party
    ]


def drive(request: pytest.FixtureRequest, database: str, examples: settings) -> set[ProblemAction]:
    """Run the machine; gives what has been done in its examples."""
    engine: Engine = request.getfixturevalue(f"{database}_engine")
    machine = type("Driven", (Rectifying,), {"engine": engine, "taken": set()})
    run_state_machine_as_test(machine, settings=examples)
    return machine.taken


@pytest.mark.parametrize("database", ["sqlite", "postgres"])
def test_the_twin_and_the_database_agree_on_problems(request: pytest.FixtureRequest, database: str) -> None:
    taken = drive(request, database, PROBLEMS.of(database, stateful_step_count=25))
    every = database == "postgres" or taken == set(ProblemAction)
    assert every, "what is never done has not been compared"


@pytest.mark.soak
@pytest.mark.parametrize("database", ["sqlite", "postgres"])
def test_they_agree_for_a_long_time(request: pytest.FixtureRequest, database: str) -> None:
    taken = drive(request, database, PROBLEMS.soaking(stateful_step_count=40))
    assert taken == set(ProblemAction), "what is never done has not been compared"
