"""Store regions with their closure table, and departments."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from itertools import groupby
from typing import Any, Final

from sqlalchemy import Row, and_, bindparam, case, delete, exists, func, literal, not_, or_, select
from sqlalchemy import insert as plain_insert
from sqlalchemy.dialects.postgresql import insert

from ...application.access import Scope
from ...domain.directory.organisation import Department, Level, Region
from ...domain.refusals import InvalidValue, NotFound
from ...domain.values import DepartmentId, RegionId
from .batches import in_batches
from .kept import Kept
from .scope import departments_in, regions_in
from .tables.directory import department, department_region, region, region_closure
from .transaction import Transaction

_REGION: Final = select(region).where(region.c.id == bindparam("id"))
_LINEAGE: Final = (
    select(region_closure.c.ancestor)
    .where(region_closure.c.descendant == bindparam("id"))
    .order_by(region_closure.c.depth)
)
_LINEAGES: Final = Kept(
    select(region_closure.c.descendant, region_closure.c.ancestor).order_by(
        region_closure.c.descendant, region_closure.c.depth
    )
)
_OF_LEVEL: Final = select(region.c.id).where(region.c.level == bindparam("level"))
_new_region = insert(region)
_SAVE_REGION: Final = _new_region.on_conflict_do_update(
    index_elements=[region.c.id],
    set_={c.name: _new_region.excluded[c.name] for c in region.c if c.name != "id"},
)
_INTO_CLOSURE: Final = plain_insert(region_closure)

_above = region_closure.alias("above")
_beneath = region_closure.alias("beneath")
_CUT_LOOSE: Final = delete(region_closure).where(
    region_closure.c.descendant.in_(
        select(_beneath.c.descendant).where(_beneath.c.ancestor == bindparam("moved"))
    ),
    not_(
        region_closure.c.ancestor.in_(
            select(_beneath.c.descendant).where(_beneath.c.ancestor == bindparam("moved"))
        )
    ),
)
_HANG_UNDER: Final = plain_insert(region_closure).from_select(
    ["ancestor", "descendant", "depth"],
    select(_above.c.ancestor, _beneath.c.descendant, _above.c.depth + _beneath.c.depth + literal(1))
    .select_from(_above.join(_beneath, literal(1) == literal(1)))
    .where(_above.c.descendant == bindparam("parent"), _beneath.c.ancestor == bindparam("moved")),
)


_OF_CODES: Final = select(region.c.id, region.c.gb_code, region.c.local).where(
    or_(
        region.c.id.in_(bindparam("codes", expanding=True)),
        and_(region.c.local, region.c.gb_code.in_(bindparam("codes", expanding=True))),
    )
)


class SqlRegions:
    """The tree of regions. Its closure table pairs each region with itself and with all its ancestors."""

    def __init__(self, transaction: Transaction) -> None:
        self._transaction = transaction

    def save(self, region: Region) -> None:
        before = self.find(region.id)
        if region.parent_id is not None and (before is None or before.parent_id != region.parent_id):
            above = self.lineage(region.parent_id)
            if not above and region.parent_id != region.id:
                raise NotFound("上级区域", field="parentId")
            if region.id == region.parent_id or region.id in above:
                raise InvalidValue("区域不能成为自己或其下级的下级。", field="parentId")
        self._transaction.run(
            _SAVE_REGION,
            {
                "id": region.id,
                "name": region.name,
                "level": region.level,
                "parent_id": region.parent_id,
                "local": region.local,
                "gb_code": region.gb_code,
            },
        )
        if before is None:
            own = {"ancestor": region.id, "descendant": region.id, "depth": 0}
            self._transaction.run(_INTO_CLOSURE, own)
        elif before.parent_id == region.parent_id:
            return
        else:
            self._transaction.run(_CUT_LOOSE, {"moved": region.id})
        if region.parent_id is not None:
            self._transaction.run(_HANG_UNDER, {"parent": region.parent_id, "moved": region.id})

    def find(self, id: RegionId) -> Region | None:
        row = self._transaction.run(_REGION, {"id": id}).first()
        return (
            None
            if row is None
            else Region(row.id, row.name, row.level, row.parent_id, row.local, row.gb_code)
        )

    def lineage(self, id: RegionId) -> tuple[RegionId, ...]:
        return tuple(self._transaction.run(_LINEAGE, {"id": id}).scalars())

    def of_codes(self, codes: Sequence[str]) -> Mapping[str, RegionId]:
        wanted = list(dict.fromkeys(codes))
        rows = self._transaction.run(_OF_CODES, {"codes": wanted}).all() if wanted else []
        local = [row for row in rows if row.local and row.gb_code is not None]
        found = {row.gb_code: row.id for row in sorted(local, key=lambda row: row.id, reverse=True)}
        found |= {row.id: row.id for row in rows}
        return {code: found[code] for code in wanted if code in found}

    def lineages(self) -> Mapping[RegionId, tuple[RegionId, ...]]:
        paths: dict[RegionId, tuple[RegionId, ...]] = {}
        for descendant, ancestor in self._transaction.fetch(_LINEAGES, {}):
            paths[descendant] = (*paths.get(descendant, ()), ancestor)
        return paths

    def of_level(self, level: Level) -> frozenset[RegionId]:
        return frozenset(self._transaction.run(_OF_LEVEL, {"level": level}).scalars())

    def within(self, id: RegionId, scope: Scope) -> bool:
        if scope.everything or not scope.regions:
            self._transaction.check_open()
            return scope.everything
        statement = select(exists().where(region.c.id == bindparam("id"), regions_in(scope, region.c.id)))
        return bool(self._transaction.run(statement, {"id": id}).scalar_one())


_new_department = insert(department)
_SAVE_DEPARTMENT: Final = _new_department.on_conflict_do_update(
    index_elements=[department.c.id],
    set_={c.name: _new_department.excluded[c.name] for c in department.c if c.name != "id"},
)
_FORGET_JURISDICTION: Final = delete(department_region).where(
    department_region.c.department_id == bindparam("id")
)
_ADD_JURISDICTION: Final = plain_insert(department_region)
_departments: Final = (
    select(department, department_region.c.region_id)
    .select_from(department.outerjoin(department_region))
    .order_by(department.c.id)
)
_DIRECTLY_BELOW: Final = _departments.where(department.c.parent_id == bindparam("id"))
_BY_NAME: Final = _departments.where(department.c.name == bindparam("name"))
_LOWEST_FIRST: Final = case(
    (department.c.level == Level.COUNTY, 0), (department.c.level == Level.CITY, 1), else_=2
)
_ANSWERING: Final = _departments.where(
    department.c.id
    == select(department.c.id)
    .join(department_region)
    .join(region_closure, region_closure.c.ancestor == department_region.c.region_id)
    .where(region_closure.c.descendant == bindparam("region"))
    .order_by(region_closure.c.depth, _LOWEST_FIRST, department.c.id)
    .limit(1)
    .correlate(None)
    .scalar_subquery()
)
_ranked = (
    select(
        region_closure.c.descendant,
        department_region.c.department_id,
        func.row_number()
        .over(
            partition_by=region_closure.c.descendant,
            order_by=(region_closure.c.depth, _LOWEST_FIRST, department.c.id),
        )
        .label("place"),
    )
    .select_from(
        department.join(department_region).join(
            region_closure, region_closure.c.ancestor == department_region.c.region_id
        )
    )
    .where(region_closure.c.descendant.in_(bindparam("regions", expanding=True)))
    .subquery("ranked")
)
_ANSWERING_FOR_EACH: Final = select(_ranked.c.descendant, _ranked.c.department_id).where(_ranked.c.place == 1)
_THESE: Final = _departments.where(department.c.id.in_(bindparam("ids", expanding=True)))
_path = (
    select(department.c.id, department.c.parent_id)
    .where(department.c.id == bindparam("id"))
    .cte("path", recursive=True)
)
# UNION drops duplicate rows, so the recursion ends even when two departments are each other's parents.
_path = _path.union(
    select(department.c.id, department.c.parent_id).join(_path, department.c.id == _path.c.parent_id)
)
_ABOVE: Final = select(_path.c.id).where(_path.c.id != bindparam("id"))


class SqlDepartments:
    """The tree of departments."""

    def __init__(self, transaction: Transaction) -> None:
        self._transaction = transaction

    def save(self, department: Department) -> None:
        self._transaction.run(
            _SAVE_DEPARTMENT,
            {
                "id": department.id,
                "name": department.name,
                "level": department.level,
                "parent_id": department.parent_id,
            },
            missing=("上级部门", "parentId"),
        )
        self._transaction.run(_FORGET_JURISDICTION, {"id": department.id})
        rows = [{"department_id": department.id, "region_id": id} for id in sorted(department.jurisdiction)]
        if rows:
            self._transaction.run(_ADD_JURISDICTION, rows, missing=("管辖区域", "jurisdiction"))

    def get(self, id: DepartmentId, *, within: Scope) -> Department:
        statement = _departments.where(and_(department.c.id == bindparam("id"), departments_in(within)))
        found = _department(self._transaction.run(statement, {"id": id}).all())
        if found is None:
            raise NotFound("部门")
        return found

    def by_name(self, name: str) -> Department | None:
        return _department(self._transaction.run(_BY_NAME, {"name": name}).all())

    def answering_for(self, region_id: RegionId) -> Department | None:
        return _department(self._transaction.run(_ANSWERING, {"region": region_id}).all())

    def answering_for_each(self, region_ids: Sequence[RegionId]) -> Mapping[RegionId, Department]:
        answering: dict[RegionId, DepartmentId] = {}
        for regions in in_batches(region_ids):
            rows = self._transaction.run(_ANSWERING_FOR_EACH, {"regions": regions})
            answering |= {row.descendant: row.department_id for row in rows}
        found: dict[DepartmentId, Department] = {}
        for ids in in_batches(answering.values()):
            found |= {each.id: each for each in _all(self._transaction.run(_THESE, {"ids": ids}))}
        return {region: found[id] for region, id in answering.items()}

    def above(self, id: DepartmentId) -> frozenset[DepartmentId]:
        return frozenset(self._transaction.run(_ABOVE, {"id": id}).scalars())

    def directly_below(self, id: DepartmentId) -> Sequence[Department]:
        return _all(self._transaction.run(_DIRECTLY_BELOW, {"id": id}))


def _all(rows: Iterable[Row[Any]]) -> list[Department]:
    """Make all departments of the rows, which are sorted by department."""
    each = groupby(rows, key=lambda row: row.id)
    return [found for _, its in each if (found := _department(list(its))) is not None]


def _department(rows: Any) -> Department | None:
    """Make the first department of the rows, or None; it has a row for each region of its jurisdiction."""
    if not rows:
        return None
    first = rows[0]
    return Department(
        id=first.id,
        name=first.name,
        level=first.level,
        parent_id=first.parent_id,
        jurisdiction=frozenset(r.region_id for r in rows if r.id == first.id and r.region_id is not None),
    )
