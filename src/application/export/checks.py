"""Checks a filter before an export begins: its days, and every id that it names."""

from __future__ import annotations

from datetime import date
from typing import Any, Final

from ...domain.refusals import InvalidValue
from ..access import Actor
from ..day_range import check_order, check_search
from ..ports.directory import DirectoryReader
from ..within import check_department, check_enterprise, check_person, check_region

MOST_YEARS: Final = 5
MOST_DAYS: Final = MOST_YEARS * 366
_REGIONS: Final = {"region_id": "regionId"}
_ENTERPRISES: Final = {
    "enterprise_id": "enterpriseId",
    "to_enterprise": "enterpriseId",
    "target_enterprise_id": "targetEnterpriseId",
}
_DEPARTMENTS: Final = {
    "department_id": "departmentId",
    "to_department": "departmentId",
    "target_department_id": "targetDepartmentId",
    "issuer_id": "issuerId",
    "reviewer_id": "reviewerId",
}
_PEOPLE: Final = {"person_id": "personId", "responsible_id": "responsibleId"}
"""Fields of filters that name something, with the names of the inputs, for refusals."""


def check_selection(directory: DirectoryReader, actor: Actor, where: Any) -> None:
    """Raises InvalidValue for days in the wrong order or over five years, NotFound for an id outside the scope.

    A search for text reads every row of its days: it covers no more days than in the list.
    """
    first_day, last_day = getattr(where, "first_day", None), getattr(where, "last_day", None)
    check_days(first_day, last_day)
    searched = getattr(where, "text", None)
    if searched is not None and searched.strip() and hasattr(where, "first_day"):
        check_search(searched, first_day, last_day)
    for names, check in (
        (_REGIONS, check_region),
        (_ENTERPRISES, check_enterprise),
        (_DEPARTMENTS, check_department),
        (_PEOPLE, check_person),
    ):
        for name, field in names.items():
            check(directory, actor, getattr(where, name, None), field=field)


def check_days(first_day: date | None, last_day: date | None) -> None:
    """Raises InvalidValue for days in the wrong order, or for a range of more than five years."""
    if first_day is None or last_day is None:
        return
    check_order(first_day, last_day)
    days = (last_day - first_day).days + 1
    if days > MOST_DAYS:
        raise InvalidValue(f"一次最多导出{MOST_YEARS}年（{MOST_DAYS}天），现为{days}天。", field="lastDay")
