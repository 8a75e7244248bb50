"""Who and what inspections need in a storage, and records of departments in a few words."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, datetime, time

from yanbao.application.access import SYSTEM
from yanbao.application.ports.work import Storage
from yanbao.domain.deadlines import instant
from yanbao.domain.directory.enterprise import Enterprise
from yanbao.domain.directory.events import EnterpriseViewed
from yanbao.domain.directory.organisation import Department, DepartmentSnapshot, Role
from yanbao.domain.identity.events import LoggedIn
from yanbao.domain.inspection.form import InspectionForm, Inspector, PatrolTarget, SpotCheckTarget, Target
from yanbao.domain.inspection.inspection import Inspection
from yanbao.domain.problem.problem import Problem
from yanbao.domain.values import AccountId, Client, PersonId

from ...support.builders import (
    CHANGAN,
    DAY,
    LINTONG,
    PUCHENG,
    WEINAN,
    XIAN,
    YANGLING,
    YANGLING_COUNTY,
    a_department_tree,
    a_person,
    an_enterprise,
    an_id,
)
from ...support.inspections import COLLEAGUE, INSPECTOR, PEOPLE, USUAL, a_form_for, a_sheet, by
from ...support.settling import settle_in

(
    PROVINCE_BUREAU,
    XIAN_BUREAU,
    WEINAN_BUREAU,
    YANGLING_BUREAU,
    LINTONG_BUREAU,
    CHANGAN_BUREAU,
    PUCHENG_BUREAU,
) = a_department_tree()
CITY_OF = {
    XIAN: XIAN,
    LINTONG: XIAN,
    CHANGAN: XIAN,
    WEINAN: WEINAN,
    PUCHENG: WEINAN,
    YANGLING: YANGLING,
    YANGLING_COUNTY: YANGLING,
}


def settle_inspectors(storage: Storage) -> None:
    """Two inspectors of the city's bureau, and the factory, beside the trees of `builders`."""
    inspectors = {INSPECTOR: "赵检查", COLLEAGUE: "钱同事"}
    people = [
        replace(a_person(name, Role.INSPECTOR, of=XIAN_BUREAU), id=id) for id, name in inspectors.items()
    ]
    settle_in(storage, SYSTEM, *people, an_enterprise())


def the_area_of(department: Department) -> PatrolTarget:
    """The target of a patrol."""
    snapshot = DepartmentSnapshot.of(department)
    region = snapshot.region_id
    is_area = region not in (XIAN, WEINAN, YANGLING)
    return PatrolTarget(snapshot, f"区域{region}", CITY_OF[region], is_area)


def the_premises_of(enterprise: Enterprise) -> SpotCheckTarget:
    """The target of a spot check."""
    region = enterprise.region_id
    return SpotCheckTarget(
        enterprise.id, enterprise.name, enterprise.kind, region, f"区域{region}", CITY_OF[region]
    )


def a_record(
    target: Target,
    *,
    of: Department = XIAN_BUREAU,
    person: PersonId = INSPECTOR,
    day: date = DAY,
    at: datetime | None = None,
    form: InspectionForm | None = None,
) -> tuple[Inspection, tuple[Problem, ...]]:
    """Submitted by a department at eleven o'clock, or at another moment; with the problems that it issues."""
    opened = instant(day, time(11, 0)) if at is None else at
    below = frozenset({target.department.id}) if isinstance(target, PatrolTarget) else frozenset()
    record = Inspection.open(
        key=str(an_id(target, of.id, person, opened, form)),
        inspector=Inspector(DepartmentSnapshot.of(of), person, "赵检查"),
        target=target,
        sheet=a_sheet(),
        departments=below,
        regions=frozenset({target.region_id}),
        at=opened,
    )
    record.edit(a_form_for(target) if form is None else form, by=by(person, at=opened))
    issued = record.submit(by=by(person, at=opened), people=PEOPLE, policy=USUAL)
    return record, issued


def an_automatic_record(target: Target, *, of: Department = XIAN_BUREAU, day: date = DAY) -> Inspection:
    """Made at half past eleven in the evening."""
    return Inspection.record_automatically(
        department=DepartmentSnapshot.of(of),
        target=target,
        day=day,
        sheet=a_sheet(),
        at=instant(day, time(23, 30)),
    )


def keep_records(storage: Storage, *records: tuple[Inspection, tuple[Problem, ...]]) -> None:
    """With their problems, in one unit of work."""
    with storage.work(SYSTEM) as work:
        for record, problems in records:
            work.inspections.save(record)
            for problem in problems:
                work.problems.save(problem)
        work.commit()


def log_in(storage: Storage, department: Department, *moments: datetime, by: PersonId = INSPECTOR) -> None:
    """Somebody of the department, each time."""
    account = AccountId(an_id("account", by))
    with storage.work(SYSTEM) as work:
        for at in moments:
            work.business_events.add(LoggedIn(account, by, department.id, None, Client.WEB, at))
        work.commit()


def view(
    storage: Storage,
    department: Department,
    enterprise: Enterprise,
    *moments: datetime,
    by: PersonId = INSPECTOR,
) -> None:
    """Somebody of the department looks at the enterprise's page, each time."""
    account = AccountId(an_id("account", by))
    with storage.work(SYSTEM) as work:
        for at in moments:
            event = EnterpriseViewed(account, by, department.id, enterprise.id, Client.APP, at)
            work.business_events.add(event)
        work.commit()
