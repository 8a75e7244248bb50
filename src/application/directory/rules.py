"""Rules across directory entries: the places of departments, who registers whom, and what belongs to whom."""

from __future__ import annotations

from ...domain.directory.certificate import Certificate
from ...domain.directory.enterprise import enterprise_id
from ...domain.directory.organisation import (
    ABOVE,
    ADMINISTRATOR_ROLES,
    LEVEL_NAMES,
    Department,
    Level,
    Person,
    Role,
)
from ...domain.faults import Faults
from ...domain.refusals import ActionNotAllowed, Conflict, Forbidden, InvalidValue
from ...domain.values import CreditCode, DepartmentId, EnterpriseId, RegionId
from ..access import EVERYTHING, Actor
from ..ports.work import UnitOfWork
from .changing import unused_id


def check_region_level(work: UnitOfWork, id: RegionId, level: Level) -> None:
    """Raises InvalidValue when a new level does not fit the regions below or the department in charge."""
    known = work.regions.find(id)
    if known is None or known.level is level:
        return
    if any(id in path[1:] for path in work.regions.lineages().values()):
        raise InvalidValue("有下级的区域不能更改级别。", field="level")
    lowest = work.departments.answering_for(id)
    if lowest is not None and id in lowest.jurisdiction and level in ABOVE[lowest.level]:
        raise InvalidValue(
            f"该区域由{LEVEL_NAMES[lowest.level]}部门{lowest.name}管辖，不能改为{LEVEL_NAMES[level]}。",
            field="level",
        )


def parse_department(
    work: UnitOfWork, stated: Department, parent: Department | None, before: Department | None
) -> Department:
    """Check a department as it was stated, and its place. Raises the only refusal, or InvalidForm with all."""
    faults = Faults()
    with faults:
        department = Department.parse(
            id=stated.id,
            name=stated.name,
            level=stated.level,
            parent_id=stated.parent_id,
            jurisdiction=stated.jurisdiction,
        )
    if not faults.at("parentId", "jurisdiction"):
        with faults:  # The place does not depend on the name, which may be refused.
            check_department_place(work, stated, parent, before)
    faults.raise_together()
    return department


def check_department_place(
    work: UnitOfWork, department: Department, parent: Department | None, before: Department | None
) -> None:
    """Raises InvalidValue or InvalidForm when the tree would get a circle or a wrong order of levels.

    See `Department.check_place` and `Department.check_below`.
    """
    faults = Faults()
    with faults:
        if parent is not None and department.id in work.departments.above(parent.id):
            raise InvalidValue("上级部门不能是本部门的下级。", field="parentId")
    if not faults.found:
        regions = (work.regions.find(id) for id in department.jurisdiction)
        with faults:
            department.check_place(parent, [region for region in regions if region is not None])
    with faults:
        if before is not None and before.level is not department.level:
            department.check_below(work.departments.directly_below(department.id))
    faults.raise_together()


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


def check_employer(
    known: Person | None, department_id: DepartmentId | None, enterprise_id: EnterpriseId | None
) -> None:
    """Raises ActionNotAllowed when a person who is known would change the employer."""
    if known is not None and (known.department_id, known.enterprise_id) != (department_id, enterprise_id):
        raise ActionNotAllowed("人员的所属单位不能更改，请停用后在新单位新增。", field="departmentId")


def check_credit_code(work: UnitOfWork, code: CreditCode, id: EnterpriseId | None) -> None:
    """Raises Conflict when another enterprise than `id` has the credit code."""
    holder = work.enterprises.by_credit_code(code)
    if holder is not None and holder.id != id:
        raise Conflict(f"统一社会信用代码{code}已被另一家企业使用。", field="creditCode")


def check_certificate_owner(
    enterprise_id: EnterpriseId, holder: Person | None, known: Certificate | None
) -> None:
    """Raises InvalidValue when its holder, or the certificate as it was, belongs to another enterprise."""
    faults = Faults()
    with faults:
        if holder is not None and holder.enterprise_id != enterprise_id:
            raise InvalidValue("持证人不属于该企业。", field="personId")
    with faults:
        if known is not None and known.enterprise_id != enterprise_id:
            raise InvalidValue("证书不能转给另一家企业。", field="enterpriseId")
    faults.raise_together()


def free_enterprise_id(work: UnitOfWork, code: CreditCode) -> EnterpriseId:
    """An id for a new enterprise with this code; see `unused_id`."""
    return unused_id(
        lambda attempt: enterprise_id(code, attempt),
        lambda id: work.enterprises.get(id, within=EVERYTHING),
    )
