"""Importing departments. A parent may be in the same file, in any order."""

from __future__ import annotations

import re
import unicodedata
from collections import deque
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import partial
from uuid import uuid4

from ....domain.directory.organisation import Department, Level, Region
from ....domain.refusals import InvalidValue
from ....domain.values import DepartmentId
from ...access import EVERYTHING
from .columns import DEPARTMENT_SHEET
from .lookups import Change, Lookups, fate_of
from .rows import Once, Reading, Rows


@dataclass(frozen=True, slots=True)
class _Draft:
    """A row that is valid by itself; its parent is looked up when all rows are known."""

    reading: Reading
    before: Department | None
    name: str
    level: Level
    parent: str
    regions: frozenset[Region]


def check_departments(rows: Rows, lookups: Lookups) -> Iterator[Change]:
    drafts: dict[str, _Draft] = {}
    refused: set[str] = set()
    names = Once()
    for reading in rows.of(DEPARTMENT_SHEET):
        name = reading.text("部门名称")
        draft = _draft(reading, name, lookups)
        if name and not names.passes(reading, name, "部门名称"):
            continue
        if draft is None or reading.errors:
            refused.add(name)
        else:
            drafts[name] = draft
    placed = _place(drafts, refused, lookups)
    return (_change(drafts[name], department, lookups) for name, department in placed.items())


def _draft(reading: Reading, name: str, lookups: Lookups) -> _Draft | None:
    parent = reading.text("上级部门")
    level = reading.choice("级别", Level)
    listed = unicodedata.normalize("NFKC", reading.text("管辖区域代码"))
    codes = [code for code in re.split(r"[、,;\s]+", listed) if code]
    found = [lookups.region(reading, "管辖区域代码", code) for code in codes]
    if level is None or reading.errors:
        return None
    before = lookups.department(name)
    if before is None and lookups.work.departments.by_name(name) is not None:
        reading.refuse("部门名称", "已有同名部门，您无权更改。")
        return None
    return _Draft(
        reading, before, name, level, parent, frozenset(region for region in found if region is not None)
    )


def _place(drafts: dict[str, _Draft], refused: set[str], lookups: Lookups) -> dict[str, Department]:
    """The departments, each after its parent. Rows with a missing, refused or circular parent are refused."""
    children: dict[str, list[str]] = {}
    waiting: deque[str] = deque()
    for name, draft in drafts.items():
        if draft.parent in drafts:
            children.setdefault(draft.parent, []).append(name)
        else:
            waiting.append(name)
    placed: dict[str, Department] = {}
    by_id: dict[DepartmentId, Department] = {}
    reached: set[str] = set()
    while waiting:
        name = waiting.popleft()
        reached.add(name)
        waiting.extend(children.get(name, ()))
        department = _with_parent(drafts[name], placed, by_id, refused, lookups)
        if department is None:
            refused.add(name)
        else:
            placed[name] = by_id[department.id] = department
    for name in drafts.keys() - reached:
        drafts[name].reading.refuse("上级部门", "上级部门相互循环。")
    _keep_order_below(drafts, placed, by_id, lookups)
    return placed


def _keep_order_below(
    drafts: dict[str, _Draft],
    placed: dict[str, Department],
    by_id: dict[DepartmentId, Department],
    lookups: Lookups,
) -> None:
    """Refuse a department whose new level is not above all departments below it, and rows placed below it.

    Levels and parents count as they will be after the import. A refused row leaves its department as it was,
    so the others are checked again.
    """
    lowered = [d for name, d in placed.items() if (was := drafts[name].before) and was.level is not d.level]
    below = {d.id: lookups.work.departments.directly_below(d.id) for d in lowered}
    waiting = deque(lowered)
    while waiting:
        department = waiting.popleft()
        if by_id.get(department.id) is not department:
            continue
        stay = (by_id.get(each.id, each) for each in below[department.id])
        under = [each for each in stay if each.parent_id == department.id]
        if drafts[department.name].reading.parse(partial(_in_order, department, under)):
            continue
        fallen = [department]
        for gone in fallen:
            del placed[gone.name], by_id[gone.id]
            for name, other in placed.items():
                if other.parent_id == gone.id:
                    drafts[name].reading.refuse("上级部门", "上级部门在本表中的一行未被接受。")
                    fallen.append(other)
        waiting.extend(lowered)


def _in_order(department: Department, below: Sequence[Department]) -> bool:
    department.check_below(below)
    return True


def _with_parent(
    draft: _Draft,
    placed: dict[str, Department],
    by_id: dict[DepartmentId, Department],
    refused: set[str],
    lookups: Lookups,
) -> Department | None:
    parent: Department | None = None
    if draft.parent:
        if draft.parent in refused:
            draft.reading.refuse("上级部门", "上级部门在本表中的一行未被接受。")
            return None
        parent = placed.get(draft.parent) or lookups.department(draft.parent)
        if parent is None:
            draft.reading.refuse("上级部门", "没有找到该上级部门，或您无权管理。")
            return None

    def placed_right() -> Department:
        department = Department.parse(
            id=DepartmentId(uuid4()) if draft.before is None else draft.before.id,
            name=draft.name,
            level=draft.level,
            parent_id=None if parent is None else parent.id,
            jurisdiction=frozenset(region.id for region in draft.regions),
        )
        if _in_a_circle(department, by_id, lookups):
            raise InvalidValue("上级部门不能是本部门的下级。", field="parentId")
        department.check_place(parent, draft.regions)
        return department

    return draft.reading.parse(placed_right)


def _in_a_circle(department: Department, by_id: dict[DepartmentId, Department], lookups: Lookups) -> bool:
    """Whether the chain of parents, as it will be after the import, leads back to the department."""
    passed: set[DepartmentId] = set()
    above = department.parent_id
    while above is not None and above not in passed:
        if above == department.id:
            return True
        passed.add(above)
        step = by_id.get(above) or lookups.work.departments.get(above, within=EVERYTHING)
        above = step.parent_id
    return False


def _change(draft: _Draft, after: Department, lookups: Lookups) -> Change:
    return Change(
        what="Department",
        subject=after.id,
        summary=after.name,
        fate=fate_of(draft.before, after),
        save=lambda: lookups.work.departments.save(after),
    )
