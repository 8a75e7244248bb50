"""Takes over what the ministry states of a problem."""

from __future__ import annotations

from datetime import datetime

from ...domain.alert.alert import UpdateOutcome
from ...domain.deadlines import business_date
from ...domain.directory.enterprise import Enterprise
from ...domain.directory.organisation import DepartmentSnapshot, Level
from ...domain.exchange.inbound import InboundKind
from ...domain.handling.feedback import Addressee
from ...domain.problem.form import ProblemStatement, ministry_problem_id
from ...domain.problem.problem import Problem
from ...domain.refusals import NotFound
from ...domain.values import ProblemId, RegionId
from ..policies import PolicyBook
from ..ports.inbound import MinistryProblem
from ..ports.work import UnitOfWork


def state_problem(
    work: UnitOfWork,
    stated: MinistryProblem,
    kind: InboundKind,
    *,
    enterprise: Enterprise | None,
    region_id: RegionId | None,
    at: datetime,
    policies: PolicyBook,
) -> tuple[UpdateOutcome, ProblemId]:
    """Receive a problem that is new: for the enterprise, else for the department that answers for the region.

    A known one stays as it is. Raises NotFound if nobody can be addressed, InvalidValue for a far day.
    """
    id = ministry_problem_id(stated.external_id)
    if work.problems.find(id) is not None:
        return UpdateOutcome.SAME, id
    region = enterprise.region_id if enterprise is not None else region_id
    lineage = () if region is None else work.regions.lineage(region)
    reviewer = work.departments.answering_for(lineage[-1]) if lineage else None
    if region is None or reviewer is None:
        raise NotFound("被检查单位")
    problem = Problem.receive(
        ProblemStatement(
            description=stated.description,
            category=stated.category,
            severity=stated.severity,
            rectify_on=stated.rectify_on,
            responsible=(),
            attachments=(),
        ),
        external_id=stated.external_id,
        addressee=_addressee(work, enterprise, region),
        reviewer=DepartmentSnapshot.of(reviewer),
        at=at,
        policy=policies.policy(work, region, business_date(at), now=at),
    )
    work.problems.save(problem)
    return UpdateOutcome.APPLIED, id


def _addressee(work: UnitOfWork, enterprise: Enterprise | None, region_id: RegionId) -> Addressee:
    city_id = region_id
    for id in work.regions.lineage(region_id):
        region = work.regions.find(id)
        if region is not None and region.level is Level.CITY:
            city_id = id
            break
    if enterprise is not None:
        return Addressee(None, enterprise.id, enterprise.name, region_id, city_id)
    department = work.departments.answering_for(region_id)
    if department is None:
        raise NotFound("被检查单位")
    return Addressee(department.id, None, department.name, region_id, city_id)
