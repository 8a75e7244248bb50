"""The supervising organisation: regions and departments (two trees), people and their roles."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from enum import Enum
from typing import Final, Self

from ..faults import Faults
from ..refusals import InvalidValue
from ..values import DepartmentId, EnterpriseId, PersonId, Phone, RegionId, parse_region_code, parse_text


class Level(Enum):
    """The rank of a region or of the department that answers for it."""

    PROVINCE = "PROVINCE"
    CITY = "CITY"
    COUNTY = "COUNTY"


LEVEL_NAMES: Final = {Level.PROVINCE: "省级", Level.CITY: "市级", Level.COUNTY: "县级"}
ABOVE: Final[Mapping[Level, tuple[Level, ...]]] = {
    Level.PROVINCE: (),
    Level.CITY: (Level.PROVINCE,),
    Level.COUNTY: (Level.CITY, Level.PROVINCE),
}
"""The levels that the direct parent may have; a county may be directly under the province (省直管)."""


@dataclass(frozen=True, slots=True)
class Region:
    """A region (行政区划); `id` is its six-digit code, `gb_code` the code that the ministry knows.

    杨凌示范区 (611100) and 西咸新区 (616900) have a bureau of city rank, but no code in GB/T 2260. They are local
    regions (`local` is true); a push uses their GB code.
    """

    id: RegionId
    name: str
    level: Level
    parent_id: RegionId | None
    local: bool = False
    gb_code: str | None = None

    @classmethod
    def parse(
        cls, code: str, name: str, level: Level, parent: Region | None, local: bool, gb_code: str | None
    ) -> Region:
        """Refuses malformed codes and names, and a parent whose level is not in `ABOVE`; all together."""
        faults = Faults()
        with faults:
            id = parse_region_code(code, field="code")
        with faults:
            name = parse_text(name, what="区域名称", field="name", longest=60, one_line=True)
        with faults:
            if (parent is None) != (level is Level.PROVINCE):
                raise InvalidValue("省级区域没有上级，市级和县级区域必须有上级。", field="parentId")
            if parent is not None and parent.level not in ABOVE[level]:
                allowed = "或".join(LEVEL_NAMES[above] for above in ABOVE[level])
                raise InvalidValue(
                    f"{LEVEL_NAMES[level]}区域的上级应为{allowed}区域，"
                    f"{parent.name}为{LEVEL_NAMES[parent.level]}区域。",
                    field="parentId",
                )
        with faults:
            gb_id = None if gb_code is None else parse_region_code(gb_code, field="gbCode")
        faults.raise_together()
        return cls(id, name, level, None if parent is None else parent.id, local, gb_id)


@dataclass(frozen=True, slots=True)
class Department:
    """A department (应急管理部门): a node of the department tree with a jurisdiction, a set of regions."""

    id: DepartmentId
    name: str
    level: Level
    parent_id: DepartmentId | None
    jurisdiction: frozenset[RegionId]

    @classmethod
    def parse(
        cls,
        *,
        id: DepartmentId,
        name: str,
        level: Level,
        parent_id: DepartmentId | None,
        jurisdiction: frozenset[RegionId],
    ) -> Department:
        """Refuses an empty jurisdiction, a missing or surplus parent, and a department as its own parent.

        `check_place` checks it against the departments and regions around it.
        """
        faults = Faults()
        with faults:
            name = parse_text(name, what="部门名称", field="name", longest=60, one_line=True)
        with faults:
            if not jurisdiction:
                raise InvalidValue("部门至少要有一个管辖区域。", field="jurisdiction")
        with faults:
            if level is not Level.PROVINCE and parent_id is None:
                raise InvalidValue(f"{LEVEL_NAMES[level]}部门必须有上级部门。", field="parentId")
            if parent_id == id:
                raise InvalidValue("部门不能是自己的上级。", field="parentId")
            if level is Level.PROVINCE and parent_id is not None:
                raise InvalidValue("省级部门没有上级部门。", field="parentId")
        faults.raise_together()
        return cls(id, name, level, parent_id, jurisdiction)

    def check_place(self, parent: Department | None, regions: Iterable[Region]) -> None:
        """Refuses a parent whose level is not in `ABOVE`, and regions of a rank above the department's.

        `regions` are those of the jurisdiction. Every level is below its parent's, so the tree cannot contain
        a cycle.
        """
        faults = Faults()
        with faults:
            if parent is not None and parent.level not in ABOVE[self.level]:
                allowed = "或".join(LEVEL_NAMES[above] for above in ABOVE[self.level])
                raise InvalidValue(
                    f"{LEVEL_NAMES[self.level]}部门的上级应为{allowed}部门，"
                    f"{parent.name}为{LEVEL_NAMES[parent.level]}部门。",
                    field="parentId",
                )
        for region in sorted(regions, key=lambda each: each.id):
            with faults:
                if region.level in ABOVE[self.level]:
                    raise InvalidValue(
                        f"{LEVEL_NAMES[self.level]}部门不能管辖{LEVEL_NAMES[region.level]}区域“{region.name}”。",
                        field="jurisdiction",
                    )
        faults.raise_together()

    def check_below(self, subordinates: Iterable[Department]) -> None:
        """Refuses a level that is not above the level of every direct subordinate."""
        for below in sorted(subordinates, key=lambda each: each.name):
            if self.level not in ABOVE[below.level]:
                raise InvalidValue(
                    f"下级部门{below.name}为{LEVEL_NAMES[below.level]}部门，"
                    f"本部门不能是{LEVEL_NAMES[self.level]}部门。",
                    field="level",
                )


class Role(Enum):
    """The role of a person; the level (province, city, county) comes from the department."""

    DEPARTMENT_HEAD = "DEPARTMENT_HEAD"
    INSPECTOR = "INSPECTOR"
    DUTY_PERSON = "DUTY_PERSON"
    ENTERPRISE_HEAD = "ENTERPRISE_HEAD"
    SAFETY_MANAGER = "SAFETY_MANAGER"
    SYSTEM_ADMINISTRATOR = "SYSTEM_ADMINISTRATOR"
    SECURITY_ADMINISTRATOR = "SECURITY_ADMINISTRATOR"
    AUDIT_ADMINISTRATOR = "AUDIT_ADMINISTRATOR"


ROLE_NAMES: Final = {
    Role.DEPARTMENT_HEAD: "部门负责人",
    Role.INSPECTOR: "检查人员",
    Role.DUTY_PERSON: "值班人员",
    Role.ENTERPRISE_HEAD: "企业主要负责人",
    Role.SAFETY_MANAGER: "企业安全管理人员",
    Role.SYSTEM_ADMINISTRATOR: "系统管理员",
    Role.SECURITY_ADMINISTRATOR: "安全管理员",
    Role.AUDIT_ADMINISTRATOR: "审计管理员",
}

ENTERPRISE_ROLES: Final = frozenset({Role.ENTERPRISE_HEAD, Role.SAFETY_MANAGER})
REGULATOR_ROLES: Final = frozenset({Role.DEPARTMENT_HEAD, Role.INSPECTOR, Role.DUTY_PERSON})
ADMINISTRATOR_ROLES: Final = frozenset(
    {Role.SYSTEM_ADMINISTRATOR, Role.SECURITY_ADMINISTRATOR, Role.AUDIT_ADMINISTRATOR}
)


CHASED: Final = frozenset({Role.ENTERPRISE_HEAD, Role.SAFETY_MANAGER, Role.DUTY_PERSON})


def is_chased(role: Role) -> bool:
    """Whether a department must chase people of this role by phone, so that it sees their numbers.

    They are heads and safety managers of enterprises in its jurisdiction, and duty persons of departments
    below it.
    """
    return role in CHASED


@dataclass(frozen=True, slots=True)
class Person:
    """A person of a department or of an enterprise, never of both; `active` is false once they have left."""

    id: PersonId
    name: str
    phone: Phone
    role: Role
    department_id: DepartmentId | None
    enterprise_id: EnterpriseId | None
    active: bool = True

    @classmethod
    def parse(
        cls,
        *,
        id: PersonId,
        name: str,
        phone: str,
        role: Role,
        department_id: DepartmentId | None,
        enterprise_id: EnterpriseId | None,
        active: bool = True,
    ) -> Person:
        """Refuses a person with both or no employer, and a role that does not fit the employer."""
        faults = Faults()
        with faults:
            name = parse_text(name, what="姓名", field="name", longest=30, one_line=True)
        with faults:
            parsed_phone = Phone.parse(phone)
        with faults:
            if (department_id is None) == (enterprise_id is None):
                raise InvalidValue("人员必须且只能属于一个部门或一家企业。", field="departmentId")
            if (role in ENTERPRISE_ROLES) != (enterprise_id is not None):
                where = "企业" if enterprise_id is not None else "部门"
                raise InvalidValue(f"角色“{ROLE_NAMES[role]}”不能用于{where}人员。", field="role")
        faults.raise_together()
        return cls(
            id=id,
            name=name,
            phone=parsed_phone,
            role=role,
            department_id=department_id,
            enterprise_id=enterprise_id,
            active=active,
        )


@dataclass(frozen=True, slots=True)
class DepartmentSnapshot:
    """A copy of a department as it was; `region_id` is the region of its jurisdiction that is meant.

    Records keep this copy, so that they stay where they were when the department is moved later.
    """

    id: DepartmentId
    name: str
    level: Level
    region_id: RegionId

    @classmethod
    def of(cls, department: Department, region_id: RegionId | None = None) -> Self:
        """Copy the department for one region of its jurisdiction; by default for the first by code."""
        region = min(department.jurisdiction) if region_id is None else region_id
        return cls(department.id, department.name, department.level, region)
