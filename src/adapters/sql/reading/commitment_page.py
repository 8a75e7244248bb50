"""The history page of commitments: newest day first, at a cost that follows the page and never the years stored."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from time import monotonic
from typing import Any, Final

from sqlalchemy import ColumnElement, Row, Select, and_, func, select, true

from ....application.access import Scope
from ....application.ports.reading import CommitmentFilter, CommitmentRow
from ....domain.values import EnterpriseId, RegionId
from ..constants import unreported
from ..scope import below, of_enterprise
from ..tables import commitment, enterprise, region, region_closure
from .paging import Reading, behind, contains

_COLUMNS: Final = (
    *(
        commitment.c[name]
        for name in (
            "id",
            "enterprise_id",
            "kind",
            "region_id",
            "business_date",
            "due_at",
            "state",
            "revision",
            "status",
            "origin",
            "late",
            "reported_at",
            "reported_by_name",
            "risk_grade",
            "excess",
            "stop_reason",
            "reopened_at",
        )
    ),
    enterprise.c.name.label("enterprise_name"),
    enterprise.c.credit_code,
    region.c.name.label("region_name"),
)
_named = commitment.join(enterprise, enterprise.c.id == commitment.c.enterprise_id).join(
    region, region.c.id == commitment.c.region_id
)
COMMITMENT_ROWS: Final = select(*_COLUMNS).select_from(_named)
_newest_first = (commitment.c.business_date.desc(), commitment.c.id)

_below = region_closure.join(enterprise, enterprise.c.region_id == region_closure.c.descendant, isouter=True)
_SIZES: Final = (
    select(
        region_closure.c.ancestor,
        func.count(region_closure.c.descendant.distinct()).label("regions"),
        func.count(enterprise.c.id).label("enterprises"),
    )
    .select_from(_below)
    .group_by(region_closure.c.ancestor)
)
_FRESH: Final = 60.0
_MOST_NAMED: Final = 200


class Breadth:
    """How much of the province some regions are. It only chooses between two ways to the same rows, so it may be old."""

    def __init__(self, reading: Reading) -> None:
        self._reading = reading
        self._known: tuple[float, Mapping[RegionId, tuple[int, int]]] = (float("-inf"), {})

    def narrow(self, where: CommitmentFilter, scope: Scope) -> bool:
        """Whether going through the regions one by one beats walking down the days.

        The walk reads a page for every enterprise that is in scope in proportion to all; one by one reads a page for
        every region. Whatever else is asked for thins out both alike.
        """
        if where.enterprise_id is not None or scope.enterprise_id is not None:
            return False
        if where.region_id is None and scope.everything:
            return False
        if where.region_id is not None and where.directly:
            return True
        sizes = self._sizes()
        everything = max((enterprises for _, enterprises in sizes.values()), default=0)
        roots = [] if scope.everything else [scope.regions]
        if where.region_id is not None:
            roots.append(frozenset({where.region_id}))
        regions, enterprises = min(_total(sizes, each) for each in roots)
        return regions * enterprises < everything

    def _sizes(self) -> Mapping[RegionId, tuple[int, int]]:
        read_at, sizes = self._known
        if monotonic() - read_at > _FRESH:
            rows = self._reading.rows(_SIZES)
            sizes = {row.ancestor: (row.regions, row.enterprises) for row in rows}
            self._known = (monotonic(), sizes)
        return sizes


def _total(sizes: Mapping[RegionId, tuple[int, int]], roots: Collection[RegionId]) -> tuple[int, int]:
    """Regions and enterprises in all subtrees together."""
    known = [sizes.get(root, (0, 0)) for root in roots]
    return sum(regions for regions, _ in known), sum(enterprises for _, enterprises in known)


Named = Sequence[EnterpriseId] | None
"""The enterprises that a filter's text means; None where it has no text or means too many to name them."""


def named_by(where: CommitmentFilter, reading: Reading) -> Named:
    """Looked up beforehand: the index of an enterprise's days is then found, which a text would hide."""
    if not (where.text or "").strip():
        return None
    rows = reading.rows(select(enterprise.c.id).where(_says(where)).limit(_MOST_NAMED + 1))
    return [row.id for row in rows] if len(rows) <= _MOST_NAMED else None


def _says(where: CommitmentFilter) -> ColumnElement[bool]:
    return contains(where.text, enterprise.c.name, enterprise.c.credit_code)


def matching(where: CommitmentFilter, scope: Scope, named: Named) -> ColumnElement[bool]:
    """Everything that the filter and the scope say."""
    return and_(
        _asked(where, named),
        _where(where),
        of_enterprise(scope, commitment.c.region_id, commitment.c.enterprise_id),
    )


def page_statement(
    where: CommitmentFilter,
    scope: Scope,
    named: Named,
    after: tuple[Any, ...] | None,
    most: int,
    *,
    by_region: bool,
) -> Select[Any]:
    """The first `most` rows after the position.

    Walking down the index of days finds a page at once where most rows are in scope, and reads whole days in vain
    where few are. Then every region of the subtree gives its own first rows from its own index, and the first of all
    of them are the page; PostgreSQL only.
    On the walk the regions are said so that they can only be checked: a plan made once for all parameters takes a
    region for a small place, and would gather and sort everything in it.
    """
    rest = behind(after, (commitment.c.business_date, True), (commitment.c.id, False))
    if not by_region:
        visible = and_(
            _where(where), of_enterprise(scope, commitment.c.region_id, commitment.c.enterprise_id)
        )
        checked = visible if scope.enterprise_id is not None else visible.is_(true())
        page = COMMITMENT_ROWS.where(_asked(where, named), checked, rest)
        return page.order_by(*_newest_first).limit(most)
    regions = (
        select(region_closure.c.descendant.label("id"))
        .distinct()
        .where(_region_condition(where, scope, region_closure.c.descendant))
        .subquery("regions")
    )
    own = (
        select(commitment.c.id, commitment.c.business_date)
        .where(commitment.c.region_id == regions.c.id, _asked(where, named), rest)
        .order_by(*_newest_first)
        .limit(most)
        .lateral("own")
    )
    first = (
        select(own.c.id)
        .select_from(regions.join(own, true()))
        .order_by(own.c.business_date.desc(), own.c.id)
        .limit(most)
        .subquery("first")
    )
    return (
        select(*_COLUMNS)
        .select_from(_named.join(first, first.c.id == commitment.c.id))
        .order_by(*_newest_first)
    )


def _region_condition(where: CommitmentFilter, scope: Scope, region_id: Any) -> ColumnElement[bool]:
    conditions = [] if scope.everything else [below(region_id, scope.regions)]
    if where.region_id is not None:
        directly = where.directly
        conditions.append(region_id == where.region_id if directly else below(region_id, [where.region_id]))
    return and_(true(), *conditions)


def _where(where: CommitmentFilter) -> ColumnElement[bool]:
    if where.region_id is None:
        return true()
    if where.directly:
        return commitment.c.region_id == where.region_id
    return below(commitment.c.region_id, [where.region_id])


def _asked(where: CommitmentFilter, named: Named) -> ColumnElement[bool]:
    """What the filter says of the commitment itself, regions apart."""
    row = commitment.c
    conditions: list[ColumnElement[bool]] = [row.business_date.between(where.first_day, where.last_day)]
    if where.enterprise_id is not None:
        conditions.append(row.enterprise_id == where.enterprise_id)
    if where.kinds:
        conditions.append(row.kind.in_(where.kinds))
    if where.statuses:
        conditions.append(row.status.in_(where.statuses))
    if where.origins:
        conditions.append(row.origin.in_(where.origins))
    if where.late is not None:
        conditions.append(row.late.is_(where.late))
    if where.reported is not None:
        conditions.append(row.revision > 0 if where.reported else unreported())
    if where.excess is not None:
        conditions.append(row.excess if where.excess else row.excess.is_(False))
    if named is not None:
        conditions.append(row.enterprise_id.in_(named))
    elif (where.text or "").strip():
        conditions.append(row.enterprise_id.in_(select(enterprise.c.id).where(_says(where))))
    return and_(*conditions)


def commitment_row(row: Row[Any]) -> CommitmentRow:
    return CommitmentRow(
        id=row.id,
        enterprise_id=row.enterprise_id,
        enterprise_name=row.enterprise_name,
        credit_code=row.credit_code,
        kind=row.kind,
        region_id=row.region_id,
        region_name=row.region_name,
        business_date=row.business_date,
        due_at=row.due_at,
        state=row.state,
        revision=row.revision,
        status=row.status,
        origin=row.origin,
        late=row.late,
        reported_at=row.reported_at,
        reported_by=row.reported_by_name,
        risk_grade=row.risk_grade,
        excess=row.excess,
        stop_reason=row.stop_reason,
        reopened_at=row.reopened_at,
    )
