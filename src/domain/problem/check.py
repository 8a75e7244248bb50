"""Checks what people state about problems, and reports every fault with its field's path."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from datetime import date, datetime, timedelta
from typing import Final

from ..deadlines import business_date, day_end
from ..directory.organisation import Department, DepartmentSnapshot
from ..faults import attachment_faults, text_faults
from ..handling.check import DeadlinePassed
from ..handling.feedback import Addressee
from ..policy import Policy
from ..refusals import InvalidValue, Refused
from ..values import DepartmentId, PersonId, RegionId
from ..visible import visible_length
from .deadlines import rectify_days, terms
from .form import SEVERITY_NAMES, ProblemStatement, Severity

MOST_RESPONSIBLE: Final = 20
LONGEST_RECTIFICATION: Final = timedelta(days=365)


class CategoryMissing(InvalidValue):
    """The problem cannot be issued without a category."""

    code = "CATEGORY_MISSING"


class TermExceeded(InvalidValue):
    """The day would give more time to rectify than the settings allow."""

    code = "RECTIFY_TERM_EXCEEDED"


class MinistryTermExceeded(InvalidValue):
    """The day would give a department more time than the ministry gave the province."""

    code = "MINISTRY_TERM_EXCEEDED"


class UnfitDepartment(InvalidValue):
    """The problem cannot be handed over to this department."""

    code = "DEPARTMENT_UNFIT"


class OutsideTarget(InvalidValue):
    """A responsible person does not work for the inspected party, or no longer does."""

    code = "OUTSIDE_TARGET"


def day_faults(
    day: date | None,
    path: str,
    *,
    severity: Severity,
    policy: Policy,
    at: datetime,
    known_due: datetime | None = None,
) -> Iterator[Refused]:
    """Yield a fault if the last day for rectification has passed, or ends after the term of the settings.

    None for None. `policy` is the stricter of the issuer's and the addressee's, `at` the instant from which
    the time is given, `known_due` a deadline that was agreed on before and may be kept.
    """
    today = business_date(at)
    if day is None:
        return
    if day < today:
        yield DeadlinePassed(f"整改期限{day}早于今日{today}。", field=path)
        return
    *_, rectify = terms(at, severity, policy)
    longest = rectify.due if known_due is None else max(rectify.due, known_due)
    if day_end(day) > longest:
        latest = business_date(longest) - timedelta(days=1)  # It ends at `longest` or before.
        limit = (
            f"{SEVERITY_NAMES[severity]}问题的整改时限为{rectify_days(severity, policy)}天，整改期限（含当日）"
            if longest == rectify.due
            else "整改期限（含当日）不得晚于原期限，"
        )
        yield TermExceeded(
            f"{limit}最晚为{latest}，现为{day}；确需更长时间的，由被检查单位申请延期。", field=path
        )


def far_day_faults(day: date | None, path: str, *, today: date) -> Iterator[Refused]:
    """Yield a fault if the last day for rectification is too far away; none for None."""
    if day is not None and day - today > LONGEST_RECTIFICATION:
        yield InvalidValue(f"整改期限最长{LONGEST_RECTIFICATION.days}天，现至{day}。", field=path)


def hand_over_faults(day: date | None, ministry_due: datetime, *, today: date) -> Iterator[Refused]:
    """Yield the fault of the last day that the province gives a department; none for None."""
    if day is None:
        return
    if day < today:
        yield DeadlinePassed(f"整改期限{day}早于今日{today}。", field="rectifyOn")
    elif day_end(day) > ministry_due:
        latest = business_date(ministry_due) - timedelta(
            days=1
        )  # It ends at the ministry's deadline or before.
        yield MinistryTermExceeded(
            f"部级平台要求的整改期限（含当日）最晚为{latest}，现为{day}；不填写即按部级平台的期限。",
            field="rectifyOn",
        )


def department_faults(
    to: Department,
    *,
    superiors: Collection[DepartmentId],
    present: Addressee,
    issuer: DepartmentSnapshot,
    lineages: Mapping[RegionId, Sequence[RegionId]],
) -> Iterator[Refused]:
    """Yield why a problem cannot be handed over to this department.

    It must stand below the issuer and be another than the `present` one. One of its regions must be that of
    the problem, or lie above or below it. `superiors` are all departments above it; a lineage is a region and
    its ancestors.
    """
    area = present.region_id
    if to.id == present.department_id:
        yield UnfitDepartment(f"该问题现由{to.name}办理，请转办给其他部门。", field="departmentId")
    elif issuer.id not in superiors:
        yield UnfitDepartment(f"{to.name}不是{issuer.name}的下级部门，不能转办。", field="departmentId")
    elif not any(
        region in lineages.get(area, ()) or area in lineages.get(region, ()) for region in to.jurisdiction
    ):
        yield UnfitDepartment(f"{to.name}的管辖区域与问题所在区域不符，不能转办。", field="departmentId")


def extension_faults(until: date, due: datetime, *, today: date) -> Iterator[Refused]:
    """Yield the fault of a day to which more time is asked for; `due` is the present deadline."""
    if until - today > LONGEST_RECTIFICATION:
        yield InvalidValue(f"延期自今日起最长{LONGEST_RECTIFICATION.days}天，现至{until}。", field="until")
    elif until <= today or day_end(until) <= due:
        yield InvalidValue(f"延期应至今日以后、现整改期限以后的日期，现为{until}。", field="until")


def statement_limits(statement: ProblemStatement, path: str) -> Iterator[Refused]:
    """Yield the faults that even a draft must not have."""
    yield from text_faults(statement.description, "问题描述", f"{path}.description", 1000, shortest=0)
    yield from attachment_faults(statement.attachments, f"{path}.attachments")
    if len(statement.responsible) > MOST_RESPONSIBLE:
        yield InvalidValue(
            f"责任人最多{MOST_RESPONSIBLE}名，现有{len(statement.responsible)}名。",
            field=f"{path}.responsible",
        )
    if len(set(statement.responsible)) != len(statement.responsible):
        yield InvalidValue("责任人重复。", field=f"{path}.responsible")


def statement_faults(
    statement: ProblemStatement, path: str, *, at: datetime, people: frozenset[PersonId], policy: Policy
) -> Iterator[Refused]:
    """Yield the further faults that prevent issuing at this instant.

    `people` are those of the inspected party, `policy` is the stricter of both parties'.
    """
    if statement.category is None:
        yield CategoryMissing("必须选择问题类别。", field=f"{path}.category")
    if (seen := visible_length(statement.description)) < 4:
        yield InvalidValue(f"问题描述至少4个字，现有{seen}个。", field=f"{path}.description")
    severity, day = statement.severity, statement.rectify_on
    yield from day_faults(day, f"{path}.rectifyOn", severity=severity, policy=policy, at=at)
    strangers = [person for person in statement.responsible if person not in people]
    if strangers:
        yield OutsideTarget(
            f"有{len(strangers)}名责任人不属于被检查单位或已不在岗。", field=f"{path}.responsible"
        )
