"""Pages of problems: the newest issue first."""

from __future__ import annotations

from datetime import datetime
from typing import Any, Final

from sqlalchemy import ColumnElement, Integer, Row, Select, and_, literal, not_, or_, select, true

from ....application.access import Scope
from ....application.ports.problem import ProblemFilter, ProblemRow
from ....domain.deadlines import day_end, day_start
from ....domain.inspection.form import InspectionKind
from ....domain.values import RegionId
from ..constants import problem_from, problem_in, unfed_back
from ..problems import attachments_of, problems_from_above, responsible_of
from ..scope import below
from ..tables.directory import region
from ..tables.problem import problem
from .enterprises import OF_REGION, region_of
from .page_search import PageSearch, RegionSizes, first_of_each, regions_below
from .paging import behind, contains

_SHOWN: Final = (
    "id",
    "origin",
    "external_id",
    "inspection_id",
    "department_id",
    "enterprise_id",
    "addressee_name",
    "region_id",
    "issuer_id",
    "issuer_name",
    "category",
    "severity",
    "description",
    "rectify_on",
    "issued_at",
    "acknowledge_due",
    "feed_back_due",
    "rectify_due",
    "state",
    "acknowledged_at",
    "first_feedback_at",
    "fed_back_at",
    "ended_at",
    "extension_until",
    "revision",
)
PROBLEM_ROWS: Final = select(
    *(problem.c[name] for name in (*_SHOWN, "issued_by_name", "responsible", "attachments")), *OF_REGION
).select_from(problem.join(region, region.c.id == problem.c.region_id))
_newest_first = (problem.c.issued_at.desc(), problem.c.id)


def choose_search(where: ProblemFilter, scope: Scope, region_sizes: RegionSizes) -> PageSearch:
    """How a page is found best. A party's problems are walked in its own index."""
    if scope.enterprise_id is not None or where.to_enterprise or where.to_department or where.issuer_id:
        return PageSearch.DAYS
    return region_sizes.search(*_within(where, scope))


def page_statement(
    where: ProblemFilter, scope: Scope, after: tuple[Any, ...] | None, most: int, search: PageSearch
) -> Select[Any]:
    """The first `most` rows after the position: down the issues, region by region or in the one region.

    The last two on PostgreSQL only, which complains when there is more than the one region (SQLSTATE 21000). On the walk
    down the regions are said so that they can only be checked and never be where the search begins.
    """
    size = literal(most, Integer, literal_execute=True)
    rest = behind(after, (problem.c.issued_at, True), (problem.c.id, False))
    if search is PageSearch.DAYS:
        visible = _visible(where, scope)
        checked = visible if scope.enterprise_id is not None else visible.is_(true())
        return PROBLEM_ROWS.where(_asked(where), checked, rest).order_by(*_newest_first).limit(size)
    regions = regions_below(*_within(where, scope))
    if search is PageSearch.REGION:
        only = problem.c.region_id == regions.scalar_subquery()
        return PROBLEM_ROWS.where(_asked(where), only, rest).order_by(*_newest_first).limit(size)
    keys = select(problem.c.id, problem.c.issued_at).where(_asked(where), rest)
    first = first_of_each(regions, problem.c.region_id, keys, (("issued_at", True), ("id", False)), size)
    return PROBLEM_ROWS.join(first, first.c.id == problem.c.id).order_by(*_newest_first)


def matching(where: ProblemFilter, scope: Scope) -> ColumnElement[bool]:
    """Everything that the filter and the scope say."""
    return and_(_asked(where), _visible(where, scope))


def _visible(where: ProblemFilter, scope: Scope) -> ColumnElement[bool]:
    """What the filter says of the region, and the scope."""
    within = true() if where.region_id is None else below(problem.c.region_id, [where.region_id])
    return within if where.of_own_party(scope) else and_(within, problems_from_above(scope))


def _within(where: ProblemFilter, scope: Scope) -> list[frozenset[RegionId]]:
    """The subtrees that both the filter and the scope speak of."""
    within = [] if scope.everything else [scope.regions]
    if where.region_id is not None:
        within.append(frozenset({where.region_id}))
    return within


def _asked(where: ProblemFilter) -> ColumnElement[bool]:
    """What the filter says of the problem itself, regions apart."""
    row = problem.c
    conditions: list[ColumnElement[bool]] = []
    if where.first_day is not None:
        conditions.append(row.issued_at >= _instant(day_start(where.first_day)))
    if where.last_day is not None:
        conditions.append(row.issued_at < _instant(day_end(where.last_day)))
    for column, wanted in (
        (row.department_id, where.to_department),
        (row.enterprise_id, where.to_enterprise),
        (row.issuer_id, where.issuer_id),
    ):
        if wanted is not None:
            conditions.append(column == wanted)
    for column, choices in (
        (row.category, where.categories),
        (row.severity, where.severities),
    ):
        if choices:
            conditions.append(column.in_(choices))
    if where.origins:
        conditions.append(problem_from(where.origins))
    if where.states:
        conditions.append(problem_in(where.states))
    if where.kinds:
        parties = {InspectionKind.PATROL: row.department_id, InspectionKind.SPOT_CHECK: row.enterprise_id}
        conditions.append(or_(*(parties[kind].is_not(None) for kind in where.kinds)))
    if where.unfed_back is not None:
        conditions.append(unfed_back() if where.unfed_back else not_(unfed_back()))
    if where.overdue_at is not None:
        conditions += (unfed_back(), overdue(where.overdue_at))
    return and_(true(), contains(where.text, row.description, row.addressee_name), *conditions)


def overdue(at: datetime | ColumnElement[datetime]) -> ColumnElement[bool]:
    """Whether, while final feedback is owed, something else that is still owed was due by then, or that was."""
    row = problem.c
    return or_(
        row.rectify_due <= at,
        and_(row.acknowledged_at.is_(None), row.acknowledge_due <= at),
        and_(row.first_feedback_at.is_(None), row.feed_back_due <= at),
    )


def _instant(moment: datetime) -> ColumnElement[datetime]:
    """Written as it stands: a plan made once for all parameters takes any stretch of time for a short one."""
    return literal(moment, problem.c.issued_at.type, literal_execute=True)


def problem_row(row: Row[Any]) -> ProblemRow:
    shown = {name: getattr(row, name) for name in _SHOWN}
    return ProblemRow(
        **shown,
        issued_by=row.issued_by_name,
        responsible=responsible_of(row),
        attachments=attachments_of(row),
        region=region_of(row),
    )
