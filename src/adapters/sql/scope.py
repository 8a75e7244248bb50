"""Scopes as SQL conditions: subtrees of regions come from the closure table, never from code prefixes."""

from __future__ import annotations

from collections.abc import Collection
from typing import Any

from sqlalchemy import BindParameter, ColumnElement, and_, exists, false, literal, or_, select, true

from ...application.access import Scope
from ...domain.values import RegionId
from .tables.directory import department, department_region, enterprise, region_closure, shutdown_period

Condition = ColumnElement[bool]


def below(region_id: ColumnElement[Any], roots: Collection[RegionId]) -> Condition:
    """Whether the region is one of the roots or lies below one."""
    if not roots:
        return false()
    return region_id.in_(
        select(region_closure.c.descendant).where(region_closure.c.ancestor.in_(in_order(roots)))
    )


def in_order(roots: Collection[RegionId]) -> list[RegionId]:
    """The regions by their codes; parameters in their place (see `shapes`) have an order already."""
    return list(roots) if any(isinstance(root, BindParameter) for root in roots) else sorted(roots)


def regions_in(scope: Scope, region_id: ColumnElement[Any]) -> Condition:
    """Whether the region lies in the scope's subtrees."""
    return true() if scope.everything else below(region_id, scope.regions)


def of_enterprise(
    scope: Scope, region_id: ColumnElement[Any], enterprise_id: ColumnElement[Any]
) -> Condition:
    """Whether a row of this enterprise and region is in scope."""
    if scope.enterprise_id is None or scope.everything:
        return regions_in(scope, region_id)
    own = enterprise_id == scope.enterprise_id
    return or_(own, below(region_id, scope.regions)) if scope.regions else own


def enterprises_in(scope: Scope) -> Condition:
    """Whether the row of `enterprise` is in scope."""
    return of_enterprise(scope, enterprise.c.region_id, enterprise.c.id)


def enterprise_id_in(scope: Scope, enterprise_id: ColumnElement[Any]) -> Condition:
    """Whether the enterprise whose id the column holds is in scope."""
    if scope.everything:
        return true()
    if scope.enterprise_id is not None and not scope.regions:
        return enterprise_id == scope.enterprise_id
    if not scope.regions:
        return false()
    return enterprise_id.in_(select(enterprise.c.id).where(enterprises_in(scope)))


def department_in(scope: Scope, department_id: ColumnElement[Any]) -> Condition:
    """Whether the department has a jurisdiction, and all of it lies in the scope's subtrees."""
    if scope.everything:
        return true()
    if not scope.regions:
        return false()
    inside = department_region.alias("inside")
    outside = department_region.alias("outside")
    return and_(
        exists().where(inside.c.department_id == department_id),
        ~exists().where(outside.c.department_id == department_id, ~below(outside.c.region_id, scope.regions)),
    )


def departments_in(scope: Scope) -> Condition:
    """Whether the row of `department` is in scope."""
    return department_in(scope, department.c.id)


def person_in(
    scope: Scope, department_id: ColumnElement[Any], enterprise_id: ColumnElement[Any]
) -> Condition:
    """Whether a person of the department or enterprise is in scope."""
    if scope.everything:
        return true()
    of_an_enterprise = and_(enterprise_id.is_not(None), enterprise_id_in(scope, enterprise_id))
    if not scope.regions:
        return of_an_enterprise
    return or_(and_(department_id.is_not(None), department_in(scope, department_id)), of_an_enterprise)


def shutdown_applies_to(enterprise_id: Any) -> Condition:
    """Periods that apply to the enterprise: its own, and those of its region or above that fit its kind."""
    period = shutdown_period.c
    above = (
        select(literal(1))
        .select_from(enterprise)
        .join(region_closure, region_closure.c.descendant == enterprise.c.region_id)
        .where(
            enterprise.c.id == enterprise_id,
            region_closure.c.ancestor == period.region_id,
            or_(period.kind.is_(None), period.kind == enterprise.c.kind),
        )
        .correlate(shutdown_period)
    )
    return or_(period.enterprise_id == enterprise_id, exists(above))


def shutdowns_in(scope: Scope) -> Condition:
    """Periods whose enterprise or region is in scope; an enterprise sees those that apply to it."""
    if scope.everything:
        return true()
    period = shutdown_period.c
    conditions = []
    if scope.enterprise_id is not None:
        conditions.append(shutdown_applies_to(scope.enterprise_id))
    if scope.regions:
        conditions.append(and_(period.region_id.is_not(None), below(period.region_id, scope.regions)))
        conditions.append(
            and_(period.enterprise_id.is_not(None), enterprise_id_in(scope, period.enterprise_id))
        )
    return or_(false(), *conditions)
