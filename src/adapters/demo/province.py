"""Builds the demo province: the same arguments give the same province; ids do not depend on the day."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Final

from ...domain.directory.certificate import Certificate
from ...domain.directory.enterprise import Enterprise
from ...domain.directory.organisation import ROLE_NAMES, Department, Level, Person, Region, Role
from ...domain.directory.shutdown import ShutdownPeriod
from ...domain.values import PersonId, RegionId
from . import certificates as papers
from . import departments as offices
from . import enterprises as firms

DEFAULT_SEED: Final = 2026
MOST_ENTERPRISES: Final = 20_000
SHOW_CITY: Final = RegionId("610500")

_SHOWN: Final = (
    ("head", Role.DEPARTMENT_HEAD),
    ("inspector", Role.INSPECTOR),
    ("duty", Role.DUTY_PERSON),
)
_SHOWN_ADMINISTRATORS: Final = (
    ("system-admin", Role.SYSTEM_ADMINISTRATOR),
    ("security-admin", Role.SECURITY_ADMINISTRATOR),
    ("audit-admin", Role.AUDIT_ADMINISTRATOR),
)


@dataclass(frozen=True, slots=True)
class PlannedAccount:
    """An account to create; the caller chooses the password."""

    username: str
    person_id: PersonId
    role: Role


@dataclass(frozen=True, slots=True)
class ShowAccount:
    """An account to show to people who try the demo: user name, role in Chinese, department and name."""

    username: str
    role: str
    who: str


@dataclass(frozen=True, slots=True)
class Province:
    """All data that the demo starts with. Parent regions and departments come before their children."""

    regions: tuple[Region, ...]
    departments: tuple[Department, ...]
    people: tuple[Person, ...]
    enterprises: tuple[Enterprise, ...]
    certificates: tuple[Certificate, ...]
    shutdown_periods: tuple[ShutdownPeriod, ...]
    accounts: tuple[PlannedAccount, ...]
    show_accounts: tuple[ShowAccount, ...]


def build_province(*, seed: int = DEFAULT_SEED, enterprises: int = 160, today: date) -> Province:
    """The province with 1 to 20,000 enterprises; a larger one contains all enterprises of a smaller one."""
    if not 1 <= enterprises <= MOST_ENTERPRISES:
        raise ValueError(f"the demo has 1 to {MOST_ENTERPRISES} enterprises, not {enterprises}")
    regions = offices.regions()
    departments = tuple(offices.departments(seed, regions))
    staffed = tuple(firms.enterprises(seed, enterprises, regions))
    shown = tuple(_shown(departments, staffed))
    return Province(
        regions=regions,
        departments=tuple(office.department for office in departments),
        people=tuple(p for office in departments for p in office.people)
        + tuple(p for firm in staffed for p in firm.people),
        enterprises=tuple(firm.enterprise for firm in staffed),
        certificates=tuple(c for firm in staffed for c in papers.certificates(seed, firm, today)),
        shutdown_periods=tuple(papers.shutdown_periods(seed, staffed, today)),
        accounts=tuple(_accounts(shown, departments, staffed)),
        show_accounts=tuple(
            ShowAccount(username, ROLE_NAMES[person.role], f"{where} {person.name}")
            for username, person, where in shown
        ),
    )


def _shown(
    departments: Sequence[offices.StaffedDepartment], staffed: Sequence[firms.StaffedEnterprise]
) -> Iterator[tuple[str, Person, str]]:
    """(user name, person, name of employer) for one account of each role and level."""
    by_region = {office.region.id: office for office in departments}
    for level, region in (
        (Level.PROVINCE, offices.PROVINCE),
        (Level.CITY, SHOW_CITY),
        (Level.COUNTY, firms.SHOW_COUNTY),
    ):
        office = by_region[region]
        for word, role in _SHOWN:
            yield f"{level.value.lower()}-{word}", office.first(role), office.department.name
    firm = staffed[0]
    yield "enterprise-head", firm.head, firm.enterprise.name
    yield "enterprise-manager", firm.managers[0], firm.enterprise.name
    office = by_region[offices.PROVINCE]
    for username, role in _SHOWN_ADMINISTRATORS:
        yield username, office.first(role), office.department.name


def _accounts(
    shown: Sequence[tuple[str, Person, str]],
    departments: Sequence[offices.StaffedDepartment],
    staffed: Sequence[firms.StaffedEnterprise],
) -> Iterator[PlannedAccount]:
    """The shown accounts, then `duty-…` and `inspector-…` for one of each in the other departments, and `ent-…`
    for the other enterprises' heads.
    """
    has_one = {person.id for _, person, _ in shown}
    for username, person, _ in shown:
        yield PlannedAccount(username, person.id, person.role)
    for office in departments:
        for word, role in (("duty", Role.DUTY_PERSON), ("inspector", Role.INSPECTOR)):
            person = office.first(role)
            if person.id not in has_one:
                yield PlannedAccount(f"{word}-{office.region.id}", person.id, person.role)
    for firm in staffed:
        if firm.head.id not in has_one:
            yield PlannedAccount(f"ent-{firm.index + 1:04d}", firm.head.id, firm.head.role)
