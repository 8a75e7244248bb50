"""Problems of the demo province's departments, as their inspections would have issued them."""

from __future__ import annotations

from typing import Any

from yanbao.application.access import EVERYTHING, SYSTEM
from yanbao.domain.directory.organisation import Department, DepartmentSnapshot
from yanbao.domain.handling.feedback import Addressee
from yanbao.domain.policy import Policy
from yanbao.domain.problem.form import ProblemCategory, ProblemStatement, Severity, problem_id
from yanbao.domain.problem.problem import Problem
from yanbao.domain.signed import Signed
from yanbao.domain.values import InspectionId, RegionId, fact_id
from yanbao.graphql.parts.ids import global_id

from ...support.asking import World


def department_of(world: World, region: str) -> Department:
    with world.system.storage.work(SYSTEM) as work:
        person = next(
            p for p in world.state.people.values() if p.department_id and _answers(world, p, region)
        )
        assert person.department_id is not None
        return work.departments.get(person.department_id, within=EVERYTHING)


def _answers(world: World, person: Any, region: str) -> bool:
    return world.state.departments[person.department_id].jurisdiction == frozenset({RegionId(region)})


def issue(world: World, *, to: Addressee, by: Department, number: int = 1, **changes: Any) -> str:
    """A problem of the department, as its inspection would have issued it; its global id."""
    inspection = InspectionId(fact_id("inspection", "test"))
    statement = {
        "category": ProblemCategory.ON_SITE_VIOLATION,
        "severity": Severity.GENERAL,
        "description": "围墙有缺口",
    }
    problem = Problem.issue(
        ProblemStatement(**statement | changes),
        id=problem_id(inspection, number),
        inspection_id=None,
        addressee=to,
        issuer=DepartmentSnapshot.of(by),
        by=Signed(None, "程军平", world.now),
        policy=Policy(),
    )
    with world.system.storage.work(SYSTEM) as work:
        work.problems.save(problem)
        work.commit()
    return str(global_id("Problem", problem.id))


def to_the_county(world: World, number: int = 1, **changes: Any) -> str:
    """From 渭南 to 蒲城."""
    county = department_of(world, "610526")
    addressee = Addressee(county.id, None, county.name, RegionId("610526"), RegionId("610500"))
    return issue(world, to=addressee, by=department_of(world, "610500"), number=number, **changes)


def to_the_factory(world: World, number: int = 1) -> str:
    """From 蒲城 to the factory whose head is `enterprise-head`."""
    red = world.red
    addressee = Addressee(None, red.id, red.name, red.region_id, RegionId("610500"))
    return issue(world, to=addressee, by=department_of(world, "610526"), number=number)
