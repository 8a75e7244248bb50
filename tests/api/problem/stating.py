"""What the ministry states of a problem, and its handing over, for the tests of the API."""

from __future__ import annotations

from typing import Any

from yanbao.application.access import SYSTEM
from yanbao.application.policies import PolicyBook
from yanbao.application.ports.inbound import MinistryProblem
from yanbao.application.problem.from_ministry import state_problem
from yanbao.domain.directory.enterprise import Enterprise
from yanbao.domain.exchange.inbound import InboundKind
from yanbao.domain.problem.form import ProblemCategory, Severity
from yanbao.domain.values import RegionId
from yanbao.graphql.parts.ids import global_id

from ...support.asking import Somebody, World
from ...support.dates import in_days
from .issuing import department_of

COUNTY = "610526"
HAND_OVER = """mutation($id: ID!, $revision: Int!, $to: ID!, $on: Date, $words: String!) {
  handOverProblem(id: $id, revision: $revision, departmentId: $to, rectifyOn: $on, instruction: $words) {
    __typename ... on ProblemSaved { problem { state revision addresseeName } }
    ... on Refusal { code message field }
    ... on InvalidFormRefusal { items { code field } } } }"""


def stated(world: World, *, enterprise: Enterprise | None = None, version: int = 1, **changes: Any) -> str:
    """The ministry states a problem about 蒲城, or about an enterprise; its global id."""
    found = {
        "external_id": "BJ-2026-7",
        "version": version,
        "area_code": COUNTY,
        "company_code": None,
        "category": ProblemCategory.DUTY_ABSENCE,
        "severity": Severity.GENERAL,
        "description": "值班室无人",
        "rectify_on": in_days(10),
        "found_at": world.now,
        "withdrawn": None,
    }
    with world.system.storage.work(SYSTEM) as work:
        _, id = state_problem(
            work,
            MinistryProblem(**found | changes),
            InboundKind.PATROL_PROBLEM if enterprise is None else InboundKind.SPOT_CHECK_PROBLEM,
            enterprise=enterprise,
            region_id=None if enterprise else RegionId(COUNTY),
            at=world.now,
            policies=PolicyBook(),
        )
        work.commit()
    return str(global_id("Problem", id))


def hand_over(
    by: Somebody, id: str, revision: int, to: str, on: object = None, words: str = "请现场核实"
) -> Any:
    day = None if on is None else str(on)
    return by.ask(HAND_OVER, id=id, revision=revision, to=to, on=day, words=words)["handOverProblem"]


def department(world: World, region: str) -> str:
    return str(global_id("Department", department_of(world, region).id))
