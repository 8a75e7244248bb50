"""Count the weekly figures from the records and problems as they were when the week closed."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Final

from sqlalchemy import (
    ColumnElement,
    Integer,
    Select,
    and_,
    bindparam,
    case,
    func,
    literal,
    not_,
    or_,
    select,
    union_all,
)

from ....domain.inspection.form import InspectionKind
from ....domain.inspection.week import Week, WeeklyRow
from ....domain.problem.form import ProblemOrigin
from ....domain.problem.workflow import UNFED_BACK, ProblemState
from ....domain.signed import Origin
from ....domain.values import RegionId
from ..constants import problem_in, submitted, unfed_back
from ..tables.directory import region
from ..tables.inspection import inspection
from ..tables.problem import problem, problem_feedback, problem_timeline
from .paging import Reading

_FIGURES: Final = (
    *("inspected", "automatic", "with_problems", "rectified_on_site", "issued", "withdrawn"),
    *("fed_back", "unfed_back", "overdue"),
)


def _in_the_week(column: ColumnElement[Any]) -> ColumnElement[bool]:
    return and_(column >= bindparam("since"), column < bindparam("until"))


def _part(city: Any, kind: Any, **counted: Any) -> Select[Any]:
    """Select some figures by city and kind; the others are 0 in this part."""
    figures = (counted.get(name, literal(0, Integer)).label(name) for name in _FIGURES)
    return select(city.label("city_id"), kind.label("kind"), *figures).group_by(city, kind)


# ---------------------------------------------------------------- what happened in the week

_record = inspection.c


def _places(*condition: Any) -> Any:
    """Count the distinct targets that meet the condition: areas for patrols, enterprises for spot checks."""
    areas, enterprises = (
        func.count(column.distinct()).filter(_record.target_is_area, *condition)
        for column in (_record.target_region_id, _record.target_enterprise_id)
    )
    return case((_record.kind == InspectionKind.PATROL, areas), else_=enterprises)


_ours = problem.c.origin == ProblemOrigin.DEPARTMENT
_withdrawn_in_week = and_(_ours, problem_in({ProblemState.WITHDRAWN}), _in_the_week(problem.c.changed_at))
"""Nothing follows a withdrawal: `changed_at` is its instant."""
_withdrawn_of = (
    select(problem.c.inspection_id, func.count().label("problems"))
    .where(_withdrawn_in_week)
    .group_by(problem.c.inspection_id)
    .subquery("withdrawn_of")
)
_by_hand = _record.origin == Origin.MANUAL
_inspected = (
    _part(
        _record.city_id,
        _record.kind,
        inspected=_places(_by_hand),
        automatic=_places() - _places(_by_hand),
        with_problems=_places(
            or_(
                _record.rectified_on_site > 0,
                _record.problems > func.coalesce(_withdrawn_of.c.problems, 0),
            )
        ),
        rectified_on_site=func.sum(_record.rectified_on_site),
    )
    .select_from(inspection.outerjoin(_withdrawn_of, _withdrawn_of.c.inspection_id == _record.id))
    .where(submitted(), _in_the_week(_record.submitted_at))
)
"""A record counts even if a manual one has replaced it since: the target was inspected in that week."""

_kind = case(
    (problem.c.enterprise_id.is_(None), literal(InspectionKind.PATROL, _record.kind.type)),
    else_=literal(InspectionKind.SPOT_CHECK, _record.kind.type),
)
_issued = _part(problem.c.city_id, _kind, issued=func.count()).where(
    _ours,
    _in_the_week(problem.c.issued_at),
    not_(and_(problem_in({ProblemState.WITHDRAWN}), problem.c.changed_at < bindparam("until"))),
)
_withdrawn = _part(problem.c.city_id, _kind, withdrawn=func.count()).where(_withdrawn_in_week)
_final = select(problem_feedback.c.problem_id).where(
    problem_feedback.c.final, _in_the_week(problem_feedback.c.at)
)
_fed_back = _part(problem.c.city_id, _kind, fed_back=func.count()).where(
    _ours,
    problem.c.changed_at >= bindparam("since"),
    problem.c.issued_at < bindparam("until"),
    problem.c.id.in_(_final),
)
"""Feedback changes a problem: `changed_at` and `issued_at` keep unchanged problems out of the scan."""

# ---------------------------------------------------------------- what was owed when it closed

_owed = select(
    problem.c.city_id,
    _kind.label("kind"),
    problem.c.acknowledged_at,
    problem.c.acknowledge_due,
    problem.c.first_feedback_at,
    problem.c.feed_back_due,
)
_unchanged = _owed.add_columns(problem.c.rectify_due).where(
    _ours, unfed_back(), problem.c.changed_at < bindparam("until")
)


def _then_its(column: Any) -> Any:
    """The column of the problem's last timeline entry before the week closed."""
    return (
        select(column)
        .where(problem_timeline.c.problem_id == problem.c.id, problem_timeline.c.at < bindparam("until"))
        .order_by(problem_timeline.c.number.desc())
        .limit(1)
        .scalar_subquery()
    )


_changed_since = _owed.add_columns(_then_its(problem_timeline.c.rectify_due)).where(
    _ours,
    problem.c.changed_at >= bindparam("until"),
    problem.c.issued_at < bindparam("until"),
    _then_its(problem_timeline.c.state).in_(UNFED_BACK),
)

_then = union_all(_unchanged, _changed_since).subquery("then")


def _not_by_then(column: ColumnElement[Any]) -> ColumnElement[bool]:
    return or_(column.is_(None), column >= bindparam("until"))


_overdue = or_(
    _then.c.rectify_due < bindparam("until"),
    and_(_not_by_then(_then.c.acknowledged_at), _then.c.acknowledge_due < bindparam("until")),
    and_(_not_by_then(_then.c.first_feedback_at), _then.c.feed_back_due < bindparam("until")),
)
_unfed_back = _part(
    _then.c.city_id, _then.c.kind, unfed_back=func.count(), overdue=func.count().filter(_overdue)
)

_root = region.alias("root")
_roots = select(_root.c.id).where(_root.c.parent_id.is_(None))
_parts = union_all(_inspected, _issued, _withdrawn, _fed_back, _unfed_back).subquery("parts")
_WEEK: Final = (
    select(
        region.c.id,
        _parts.c.kind,
        *(func.coalesce(func.sum(_parts.c[name]), 0).label(name) for name in _FIGURES),
    )
    .select_from(region.outerjoin(_parts, _parts.c.city_id == region.c.id))
    .where(or_(region.c.parent_id.in_(_roots), _parts.c.city_id.is_not(None)))
    .group_by(region.c.id, _parts.c.kind)
    .order_by(region.c.id)
)
"""One statement, so that all figures are of the same moment.

Each region directly below the root has a row. So has any other `city_id` with figures: the province itself, or
a city that was put below another since.
"""


def weekly_rows(reading: Reading, week: Week) -> Sequence[WeeklyRow]:
    """Count the week's figures; one row per kind and city, with zeros where nothing counts."""
    rows = reading.rows(_WEEK, {"since": week.since, "until": week.until})
    counted = {(row.kind, row.id): row for row in rows}
    cities = list(dict.fromkeys(row.id for row in rows))
    return [_row(city, kind, counted.get((kind, city))) for kind in InspectionKind for city in cities]


def _row(city: RegionId, kind: InspectionKind, counted: Any) -> WeeklyRow:
    figures = {name: 0 if counted is None else int(getattr(counted, name)) for name in _FIGURES}
    return WeeklyRow(region_id=city, kind=kind, **figures)
