"""Rules across directory entries: the places of regions and departments, and who may register whom."""

from __future__ import annotations

from ...domain.directory.enterprise import enterprise_id
from ...domain.directory.organisation import (
    ABOVE,
    ADMINISTRATOR_ROLES,
    LEVEL_NAMES,
    Department,
    Person,
    Region,
    Role,
)
from ...domain.refusals import Forbidden, InvalidValue
from ...domain.values import CreditCode, DepartmentId, EnterpriseId
from ..access import EVERYTHING, Actor
from ..ports.work import UnitOfWork
from .changing import unused_id


def check_region_level(work: UnitOfWork, region: Region) -> None:
    """Raises InvalidValue when a new level does not fit the regions below or the department in charge."""
    known = work.regions.find(region.id)
    if known is None or known.level is region.level:
        return
    if any(region.id in path[1:] for path in work.regions.lineages().values()):
        raise InvalidValue("有下级的区域不能更改级别。", field="level")
    lowest = work.departments.answering_for(region.id)
    if lowest is not None and region.id in lowest.jurisdiction and region.level in ABOVE[lowest.level]:
        raise InvalidValue(
            f"该区域由{LEVEL_NAMES[lowest.level]}部门{lowest.name}管辖，不能改为{LEVEL_NAMES[region.level]}。",
            field="level",
        )


def check_department_place(
    work: UnitOfWork, department: Department, parent: Department | None, before: Department | None
) -> None:
    """Raises InvalidValue when the tree would get a circle or a wrong order of levels.

    See `Department.check_place` and `Department.check_below`.
    """
    if parent is not None and department.id in work.departments.above(parent.id):
        raise InvalidValue("上级部门不能是本部门的下级。", field="parentId")
    regions = (work.regions.find(id) for id in department.jurisdiction)
    department.check_place(parent, [region for region in regions if region is not None])
    if before is not None and before.level is not department.level:
        department.check_below(work.departments.directly_below(department.id))


def check_role(
    work: UnitOfWork, actor: Actor, known: Person | None, role: Role, department_id: DepartmentId | None
) -> None:
    """Raises Forbidden when people would give power to themselves or a colleague, or take it from their head.

    Nobody changes their own role. The three administrators are kept apart (三权分立): only the system
    administrator registers and changes them. Only three parties register and change a person who is or
    becomes head of a department: its heads, the departments above it, the system administrator.
    Otherwise two inspectors could make each other head. `department_id` is the person's department.
    """
    if known is not None and known.id == actor.person_id and known.role is not role:
        raise Forbidden("不能更改自己的角色。", field="role")
    if actor.is_system or actor.role is Role.SYSTEM_ADMINISTRATOR:
        return
    roles = {role} if known is None else {role, known.role}
    if roles & ADMINISTRATOR_ROLES:
        raise Forbidden("系统、安全、审计管理员只能由系统管理员登记和更改。", field="role")
    if Role.DEPARTMENT_HEAD in roles and department_id is not None:
        is_its_head = actor.role is Role.DEPARTMENT_HEAD and actor.department_id == department_id
        if not is_its_head and actor.department_id not in work.departments.above(department_id):
            raise Forbidden("部门负责人只能由本部门负责人、上级部门或系统管理员登记和更改。", field="role")


def free_enterprise_id(work: UnitOfWork, code: CreditCode) -> EnterpriseId:
    """An id for a new enterprise with this code; see `unused_id`."""
    return unused_id(
        lambda attempt: enterprise_id(code, attempt),
        lambda id: work.enterprises.get(id, within=EVERYTHING),
    )
