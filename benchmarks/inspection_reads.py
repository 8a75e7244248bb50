"""What is read of inspections and problems: records, problems to and by somebody, the patrol form, the weekly figures."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any, Final
from uuid import UUID

from yanbao.domain.deadlines import day_end, day_start
from yanbao.domain.directory.organisation import Level
from yanbao.domain.inspection.week import Week
from yanbao.domain.policy import Policy
from yanbao.domain.values import DepartmentId, PersonId, RegionId

from . import documents, growth, inspection_floor
from .asking import Read
from .floor import global_id
from .options import Options
from .reads import VIEWERS, Case, request
from .stage import Stage, account_of, open_sessions

SIZES: Final = (20, 100)
WEEKS_BACK: Final = (0, 4)
"""The week that closed last, and one that is made up four weeks later."""
VISITS: Final = 40
INSPECTOR: Final = "province-inspector"


@dataclass(frozen=True, slots=True)
class Viewer:
    """Somebody who asks. `party` is the department or the enterprise."""

    level: str
    region: str
    party: UUID
    token: str


def cases(stage: Stage, options: Options) -> list[Case]:
    """Everything that a person waits for; the time asked for is the newest part of the history."""
    first = stage.day - timedelta(days=options.recent_days - 1)
    viewers = [department_viewer(stage, level) for level in VIEWERS]
    found: list[Case] = []
    for viewer in viewers:
        for rows in SIZES:
            found.append(_records(stage, viewer, first, rows, unit=True))
            found.append(_records(stage, viewer, first, rows, unit=False))
            found.append(_problems(stage, viewer, first, rows, overdue=False))
        found.append(_problems(stage, viewer, first, SIZES[-1], overdue=True))
    _, city, county = viewers
    for viewer, column in ((county, "department_id"), (enterprise_viewer(stage), "enterprise_id")):
        found += [_to_or_by(viewer, column, rows, unfed_back=None) for rows in SIZES]
        found.append(_to_or_by(viewer, column, SIZES[-1], unfed_back=True))
    found += [_to_or_by(city, "issuer_id", rows, unfed_back=None) for rows in SIZES]
    found.append(_to_or_by(city, "issuer_id", SIZES[-1], unfed_back=True))
    found.append(_patrol(stage))
    return found


def pages(stage: Stage, options: Options) -> list[Case]:
    """The lists of which statements are counted, in every size."""
    first = stage.day - timedelta(days=options.recent_days - 1)
    province, city, county = (department_viewer(stage, level) for level in VIEWERS)
    enterprise = enterprise_viewer(stage)
    found: list[Case] = []
    for rows in growth.SIZES:
        found += [_records(stage, viewer, first, rows, unit=True) for viewer in (province, city, county)]
        found.append(_records(stage, province, first, rows, unit=False))
        found.append(_problems(stage, province, first, rows, overdue=False))
        found.append(_to_or_by(county, "department_id", rows, unfed_back=None))
        found.append(_to_or_by(enterprise, "enterprise_id", rows, unfed_back=None))
        found.append(_to_or_by(city, "issuer_id", rows, unfed_back=None))
    return found


def weeks(stage: Stage) -> list[Case]:
    """The Friday roll-up of all regions."""
    closed = Week.of(stage.system.clock.now(), Policy()).since
    found = []
    for back in WEEKS_BACK:
        until = closed - timedelta(weeks=back)
        found.append(_week(stage, Week(until - timedelta(weeks=1), until), back))
    return found


def write_visits(stage: Stage, enterprises: int = VISITS) -> None:
    """Today the inspector has looked at so many enterprises of the city whose form will be asked for.

    The city's own people have logged in: in a small history, none of them may have inspected anything today.
    """
    region, of_city = largest_city(stage)
    department, person = inspector(stage)
    at = stage.system.clock.now() - timedelta(minutes=30)
    stage.connection.execute(
        "DELETE FROM enterprise_view WHERE id IN (SELECT md5('visit|' || e.id)::uuid FROM enterprise e)"
    )
    stage.connection.execute(
        """
        INSERT INTO enterprise_view (id, account_id, person_id, department_id, enterprise_id, client, at)
        SELECT md5('visit|' || e.id)::uuid, %(person)s, %(person)s, %(department)s, e.id, 'WEB', %(at)s
        FROM enterprise e JOIN region_closure k ON k.descendant = e.region_id AND k.ancestor = %(region)s
        ORDER BY e.id LIMIT %(most)s
        """,
        {
            "region": region,
            "department": department,
            "person": person,
            "most": enterprises,
            "at": at,
        },
    )
    stage.connection.execute(
        """
        INSERT INTO log_in (id, account_id, person_id, department_id, client, at)
        SELECT md5('visited|' || p.id)::uuid, p.id, p.id, p.department_id, 'WEB', %(at)s
        FROM person p WHERE p.department_id = %(department)s ON CONFLICT DO NOTHING
        """,
        {"department": of_city, "at": at},
    )


# ---------------------------------------------------------------- who asks


def department_viewer(stage: Stage, level: str) -> Viewer:
    username, region = VIEWERS[level]
    (party,) = _one(stage, _DEPARTMENT, {"region": region})
    return Viewer(level, region, party, token_of(stage, username))


def enterprise_viewer(stage: Stage) -> Viewer:
    username = "enterprise-head"
    of_account = """
        SELECT p.enterprise_id, e.region_id FROM account a JOIN person p ON p.id = a.person_id
        JOIN enterprise e ON e.id = p.enterprise_id WHERE a.username = %(username)s
    """
    party, region = _one(stage, of_account, {"username": username})
    return Viewer("ENTERPRISE", region, party, token_of(stage, username))


def token_of(stage: Stage, username: str) -> str:
    now = stage.system.clock.now()
    account = account_of(stage.connection, username)
    (token,) = open_sessions(stage.connection, [account], at=now, seen=now + timedelta(minutes=90))
    return token


_DEPARTMENT: Final = "SELECT department_id FROM department_region WHERE region_id = %(region)s"


def largest_city(stage: Stage) -> tuple[str, UUID]:
    """The region of city rank with the most enterprises, and its department."""
    found = _one(
        stage,
        """
        SELECT r.id, dr.department_id FROM region r JOIN department_region dr ON dr.region_id = r.id
        JOIN region_closure k ON k.ancestor = r.id JOIN enterprise e ON e.region_id = k.descendant
        WHERE r.level = 'CITY' GROUP BY r.id, dr.department_id ORDER BY count(*) DESC, r.id LIMIT 1
        """,
        {},
    )
    return found[0], found[1]


def inspector(stage: Stage) -> tuple[UUID, UUID]:
    """The province's department, and the inspector of it whose account is `INSPECTOR`."""
    of_account = """
        SELECT p.department_id, p.id FROM account a JOIN person p ON p.id = a.person_id WHERE a.username = %(username)s
    """
    department, person = _one(stage, of_account, {"username": INSPECTOR})
    return department, person


def _one(stage: Stage, statement: str, params: dict[str, Any]) -> tuple[Any, ...]:
    row = stage.connection.execute(statement, params).fetchone()
    assert row is not None, "the province does not hold what is asked for"
    return tuple(row)


# ---------------------------------------------------------------- the cases


def _records(stage: Stage, viewer: Viewer, first: date, rows: int, *, unit: bool) -> Case:
    where = {"firstDay": first.isoformat(), "lastDay": stage.day.isoformat()}
    if unit:
        where["departmentId"] = global_id("Department", viewer.party)
    floors = inspection_floor.UNIT_RECORDS if unit else inspection_floor.records_in_sight(viewer.level)
    return Case(
        name="records of a unit" if unit else "records in sight",
        level=viewer.level,
        rows=rows,
        asked=request(documents.RECORDS, viewer.token, where=where, first=rows),
        floors=floors,
        params={
            "region": viewer.region,
            "department": viewer.party,
            "limit": rows + 1,
            "first_day": first,
            "last_day": stage.day,
        },
        answer=lambda found: inspection_floor.records_answer(found, rows),
    )


def _problems(stage: Stage, viewer: Viewer, first: date, rows: int, *, overdue: bool) -> Case:
    where = {"firstDay": first.isoformat(), "lastDay": stage.day.isoformat(), "overdue": overdue}
    return Case(
        name="problems in sight" + (", overdue" if overdue else ""),
        level=viewer.level,
        rows=rows,
        asked=request(documents.PROBLEMS, viewer.token, where=where, first=rows),
        floors=inspection_floor.problems_in_sight(viewer.level, overdue=overdue),
        params={
            "region": viewer.region,
            "limit": rows + 1,
            "now": stage.system.clock.now(),
            "first_at": day_start(first),
            "until": day_end(stage.day),
        },
        answer=lambda found: inspection_floor.problems_answer("problems", found, rows),
    )


def _to_or_by(viewer: Viewer, column: str, rows: int, *, unfed_back: bool | None) -> Case:
    by_me = column == "issuer_id"
    document = documents.PROBLEMS_BY_ME if by_me else documents.PROBLEMS_TO_ME
    field = "problemsByMe" if by_me else "problemsToMe"
    return Case(
        name=f"problems {'by' if by_me else 'to'} me" + (", not fed back" if unfed_back else ""),
        level=viewer.level,
        rows=rows,
        asked=request(document, viewer.token, first=rows, unfedBack=unfed_back),
        floors=inspection_floor.problems_of_party(column, unfed_back=bool(unfed_back)),
        params={"party": viewer.party, "region": viewer.region, "limit": rows + 1},
        answer=lambda found: inspection_floor.problems_answer(field, found, rows),
    )


def _patrol(stage: Stage) -> Case:
    reader, now, day = stage.system.storage.readers().inspections, stage.system.clock.now(), stage.day
    region, department = largest_city(stage)
    inspecting, person = inspector(stage)
    return Case(
        name="facts of the patrol form, largest city",
        level="PROVINCE",
        rows=None,
        asked=Read(
            lambda: reader.patrol_facts(
                RegionId(region),
                Level.CITY,
                DepartmentId(department),
                person_id=PersonId(person),
                inspecting_id=DepartmentId(inspecting),
                day=day,
                at=now,
            )
        ),
        floors={"in one statement": inspection_floor.PATROL},
        params={
            "region": region,
            "department": department,
            "by": inspecting,
            "person": person,
            "day": day,
            "first_at": day_start(day),
            "until": day_end(day),
            "now": now,
        },
        answer=lambda found: inspection_floor.patrol_answer(found, region),
    )


def _week(stage: Stage, week: Week, back: int) -> Case:
    reader = stage.system.storage.readers().inspections
    return Case(
        name="weekly figures" + (f", {back} weeks later" if back else ""),
        level="ALL",
        rows=None,
        asked=Read(lambda: reader.weekly(week)),
        floors=inspection_floor.WEEKLY,
        params={"since": week.since, "until": week.until},
        answer=inspection_floor.weekly_answer,
    )
