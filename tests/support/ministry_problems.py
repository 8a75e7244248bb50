"""Problems of the ministry in a few words: stated anew, and handed over."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any, Final

from yanbao.domain.directory.organisation import Department, DepartmentSnapshot, Level
from yanbao.domain.handling.updates import UpdateOutcome
from yanbao.domain.policy import Policy
from yanbao.domain.problem.form import ProblemOrigin, ProblemStatement
from yanbao.domain.problem.problem import Problem, by_ministry
from yanbao.domain.problem.workflow import ProblemState
from yanbao.domain.signed import Signed
from yanbao.domain.values import RegionId

from .builders import LINTONG, NOW, PROVINCE, XIAN
from .inspections import (
    CITY_BUREAU,
    COUNTY_BUREAU,
    PROVINCE_BUREAU,
    TO_THE_PROVINCE,
    USUAL,
    a_problem_in,
    a_statement,
    by,
    issued,
)

LINEAGES: Final = {
    LINTONG: (LINTONG, XIAN, PROVINCE),
    XIAN: (XIAN, PROVINCE),
    PROVINCE: (PROVINCE,),
    RegionId("610600"): (RegionId("610600"), PROVINCE),
}


def department(
    of: DepartmentSnapshot = COUNTY_BUREAU, *regions: RegionId, level: Level | None = None
) -> Department:
    """The department behind a snapshot; by default with the snapshot's region."""
    parent = PROVINCE_BUREAU.id if of is not PROVINCE_BUREAU else None
    return Department(of.id, of.name, level or of.level, parent, frozenset(regions or {of.region_id}))


def hand_over(
    problem: Problem,
    to: Department | None = None,
    *,
    superior: DepartmentSnapshot = PROVINCE_BUREAU,
    at: datetime = NOW,
    signed: Signed | None = None,
    instruction: str = "请尽快核实",
    rectify_on: date | None = None,
    policy: Policy = USUAL,
) -> None:
    """Handed over by the province: to the county's bureau or, if that has it, to the city's."""
    if to is None:
        has_it = problem.addressee.department_id == COUNTY_BUREAU.id
        to = department(CITY_BUREAU if has_it else COUNTY_BUREAU)
    problem.hand_over(
        instruction,
        to=to,
        superiors=frozenset({superior.id}),
        lineages=LINEAGES,
        by=by(at=at) if signed is None else signed,
        policy=policy,
        rectify_on=rectify_on,
    )


def restate(
    problem: Problem,
    *,
    version: int | None = None,
    at: datetime = NOW,
    withdrawn: str | None = None,
    signed: Signed | None = None,
    policy: Policy = USUAL,
    **changes: Any,
) -> UpdateOutcome:
    """Stated anew by the ministry, one version newer unless another is named."""
    stated: ProblemStatement = a_ministry_statement(**changes)
    return problem.restate(
        stated,
        source_version=problem.source_version + 1 if version is None else version,
        by=by_ministry(at) if signed is None else signed,
        policy=policy,
        withdrawn=withdrawn,
    )


def a_ministry_statement(**changes: Any) -> ProblemStatement:
    """As the ministry states it: nobody responsible, nothing attached."""
    return a_statement(**({"responsible": (), "attachments": ()} | changes))


def a_ministry_problem(
    state: ProblemState = ProblemState.ISSUED, *, at: datetime = NOW, **changes: Any
) -> Problem:
    """A patrol problem about Lintong, addressed to the province, brought to the state by the shortest way."""
    return a_problem_in(
        state,
        at=at,
        to=TO_THE_PROVINCE,
        origin=ProblemOrigin.MINISTRY,
        statement=a_ministry_statement(**changes),
    )


def received(at: datetime = NOW, **changes: Any) -> Problem:
    """Just received; its announcement still waits."""
    return issued(
        to=TO_THE_PROVINCE, origin=ProblemOrigin.MINISTRY, statement=a_ministry_statement(**changes), at=at
    )
