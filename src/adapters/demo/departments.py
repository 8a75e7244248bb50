"""Makes the demo's regions, the departments responsible for them, and their people."""

from __future__ import annotations

import csv
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from importlib import resources
from random import Random
from typing import Final

from ...domain.directory.organisation import Department, Level, Person, Region, Role
from ...domain.values import DepartmentId, PersonId, RegionId, fact_id, parse_region_code
from . import names

PROVINCE: Final = RegionId("610000")
YANGLING: Final = RegionId("611100")
XIXIAN: Final = RegionId("616900")
_LOCAL: Final = (
    Region(YANGLING, "杨凌示范区", Level.CITY, PROVINCE, local=True, gb_code="610403"),
    Region(XIXIAN, "西咸新区", Level.CITY, PROVINCE, local=True, gb_code="610100"),
)
_ADMINISTRATORS: Final = (Role.SYSTEM_ADMINISTRATOR, Role.SECURITY_ADMINISTRATOR, Role.AUDIT_ADMINISTRATOR)
_INSPECTORS: Final = {Level.PROVINCE: 4, Level.CITY: 2, Level.COUNTY: 1}
_DUTY_PERSONS: Final = {Level.PROVINCE: 2, Level.CITY: 1, Level.COUNTY: 1}
_PHONES_EACH: Final = 16
"""How many phone numbers are reserved for each department."""


def regions() -> tuple[Region, ...]:
    """The 118 regions of the official list and the two local ones; a parent comes before its children."""
    text = resources.files(__package__).joinpath("regions.csv").read_text(encoding="utf-8")
    listed = tuple(
        Region(
            id=parse_region_code(row["code"]),
            name=row["name"],
            level=Level(row["level"].upper()),
            parent_id=parse_region_code(row["parent_code"]) if row["parent_code"] else None,
            gb_code=row["code"],
        )
        for row in csv.DictReader(text.splitlines())
    )
    ranks = list(Level)
    return tuple(sorted(listed + _LOCAL, key=lambda region: (ranks.index(region.level), region.id)))


@dataclass(frozen=True, slots=True)
class StaffedDepartment:
    """A department, the region that it is responsible for, and its people."""

    department: Department
    region: Region
    people: tuple[Person, ...]

    def first(self, role: Role) -> Person:
        return next(person for person in self.people if person.role is role)


def departments(seed: int, of: Sequence[Region]) -> Iterator[StaffedDepartment]:
    """One department for each region; its parent is the department of the parent region."""
    ids = {region.id: DepartmentId(fact_id("demo", seed, "department", region.id)) for region in of}
    for place, region in enumerate(of):
        department = Department.parse(
            id=ids[region.id],
            name=("陕西省应急管理厅" if region.level is Level.PROVINCE else f"{region.name}应急管理局"),
            level=region.level,
            parent_id=None if region.parent_id is None else ids[region.parent_id],
            jurisdiction=frozenset({region.id}),
        )
        yield StaffedDepartment(department, region, tuple(_staff(seed, place, department, region)))


def _staff(seed: int, place: int, department: Department, region: Region) -> Iterator[Person]:
    random = Random(f"{seed}|department|{region.id}")
    inspectors = _INSPECTORS[region.level] + (region.level is Level.COUNTY and random.random() < 0.4)
    roles = [
        Role.DEPARTMENT_HEAD,
        *[Role.INSPECTOR] * inspectors,
        *[Role.DUTY_PERSON] * _DUTY_PERSONS[region.level],
        *(_ADMINISTRATORS if region.level is Level.PROVINCE else ()),
    ]
    for number, role in enumerate(roles):
        yield Person.parse(
            id=PersonId(fact_id("demo", seed, "department person", region.id, number)),
            name=names.person_name(random),
            phone=names.phone(place * _PHONES_EACH + number),
            role=role,
            department_id=department.id,
            enterprise_id=None,
        )
