"""Takes what the ministry states of a problem: a new one, a newer version of a known one, or its withdrawal."""

from __future__ import annotations

from datetime import datetime

from ...domain.deadlines import business_date
from ...domain.exchange.inbound import InboundKind
from ...domain.handling.feedback import Addressee
from ...domain.handling.updates import UpdateOutcome, without_effect
from ...domain.policy import Policy, stricter
from ...domain.problem.form import ProblemStatement, ministry_problem_id
from ...domain.problem.problem import Problem, by_ministry
from ...domain.refusals import InvalidValue, NotFound
from ...domain.values import ProblemId, RegionId
from ..handling.places import Company, Places
from ..policies import PolicyBook
from ..ports.inbound import MinistryProblem
from ..ports.work import UnitOfWork


def state_problem(
    work: UnitOfWork,
    stated: MinistryProblem,
    kind: InboundKind,
    *,
    enterprise: Company | None,
    region_id: RegionId | None,
    at: datetime,
    policies: PolicyBook,
    places: Places | None = None,
) -> tuple[UpdateOutcome, ProblemId]:
    """Receive or restate the problem and save it; the caller commits.

    `places` are look-ups shared with others. A new PATROL_PROBLEM needs `region_id`, the area that it is about, and is addressed to the province's
    department; a new SPOT_CHECK_PROBLEM needs `enterprise`. A known problem keeps its addressee. Raises
    InvalidValue if a newer version is about another kind, area or enterprise, or has a day more than a year
    ahead; NotFound if the area or enterprise of a new one is missing, or no department of the province answers
    for it; Conflict, from `save` or the commit, if the problem was changed at the same time.
    """
    problem = work.problems.find(ministry_problem_id(stated.external_id))
    statement = ProblemStatement(
        category=stated.category,
        severity=stated.severity,
        description=stated.description,
        rectify_on=stated.rectify_on,
    )
    if problem is None:
        places = places or Places(work)
        addressee = _addressee(places, kind, enterprise, region_id)
        reviewer = places.province_above(addressee.region_id)
    else:
        if without_effect(stated.version, problem.source_version) is None:
            _check_same(problem, kind, enterprise, region_id)
        addressee, reviewer = problem.addressee, problem.issuer
    day = business_date(at)
    own, reviewers = (
        policies.policy(work, region, day, now=at) for region in (addressee.region_id, reviewer.region_id)
    )
    policy: Policy = stricter(own, reviewers)
    if problem is None:
        outcome = UpdateOutcome.APPLIED
        problem = Problem.receive(
            statement,
            external_id=stated.external_id,
            addressee=addressee,
            reviewer=reviewer,
            at=at,
            policy=policy,
            source_version=stated.version,
            withdrawn=stated.withdrawn,
        )
    else:
        outcome = problem.restate(
            statement,
            source_version=stated.version,
            by=by_ministry(at),
            policy=policy,
            withdrawn=stated.withdrawn,
        )
    if outcome is UpdateOutcome.APPLIED:
        work.problems.save(problem)
    return outcome, problem.id


def _addressee(
    places: Places, kind: InboundKind, enterprise: Company | None, region_id: RegionId | None
) -> Addressee:
    if kind is InboundKind.SPOT_CHECK_PROBLEM:
        if enterprise is None:
            raise NotFound("企业")
        region = enterprise.region_id
        return Addressee(None, enterprise.id, enterprise.name, region, places.city_of(region))
    if region_id is None:
        raise NotFound("区域")
    province = places.province_above(region_id)
    return Addressee(province.id, None, province.name, region_id, places.city_of(region_id))


def _check_same(
    problem: Problem, kind: InboundKind, enterprise: Company | None, region_id: RegionId | None
) -> None:
    """Raise InvalidValue if the problem was about another enterprise, area or kind: a person must look."""
    known = problem.addressee
    of_enterprise = kind is InboundKind.SPOT_CHECK_PROBLEM
    another = enterprise is not None and enterprise.id != known.enterprise_id
    if another or of_enterprise is (known.enterprise_id is None):
        raise InvalidValue("同一编号的问题此前针对另一被检查单位，不能更新。", field="enterprise")
    if region_id is not None and region_id != known.region_id:
        raise InvalidValue("同一编号的问题此前针对另一区域，不能更新。", field="region")
