"""Plans who inspects whom on a past day of the demo, and who logs in and looks at enterprises."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from random import Random
from typing import Final

from ....domain.deadlines import instant
from ....domain.directory.enterprise import Enterprise
from ....domain.directory.events import EnterpriseViewed
from ....domain.directory.organisation import Level, Person
from ....domain.identity.events import LoggedIn
from ....domain.inspection.form import InspectionForm, PatrolTarget, Sheet, Target
from ....domain.inspection.inspection import Inspection, drafted_inspection_id
from ....domain.policy import Policy
from ....domain.problem.problem import Problem
from ....domain.values import Client, InspectionId
from ..departments import PROVINCE
from .cast import Cast, Office, inspector_of, signed
from .findings import patrol_form, spot_check_form

_ENTERPRISES_PER_CHECK: Final = 40
_FIRST_HOUR: Final = time(8, 30)
_HOURS: Final = 8


@dataclass(frozen=True, slots=True)
class Visit:
    """One inspection that was carried out: by whom, of what, from when to when, and what was filled in."""

    key: str
    office: Office
    target: Target
    opened_at: datetime
    submitted_at: datetime
    form: InspectionForm

    @property
    def id(self) -> InspectionId:
        return drafted_inspection_id(self.office.inspector.id, self.key)


@dataclass(frozen=True, slots=True)
class Plan:
    """A day of the departments: log-ins, views of enterprises, and inspections in the order of submission."""

    log_ins: tuple[LoggedIn, ...]
    views: tuple[EnterpriseViewed, ...]
    visits: tuple[Visit, ...]


class Inspecting:
    """Plans days; the same seed and day give the same plan, whatever is in the database."""

    def __init__(self, seed: int, cast: Cast) -> None:
        self._seed = seed
        self._cast = cast
        self._by_id = {enterprise.id: enterprise for enterprise in cast.enterprises}
        self._cities = [o for o in cast.offices.values() if o.region.level is Level.CITY]
        self._counties = [o for o in cast.offices.values() if o.region.level is Level.COUNTY]

    def of_day(self, day: date) -> Plan:
        dice = Random(f"{self._seed}|inspections|{day}")
        weekend = day.isoweekday() > 5
        pairs = list(self._pairs(dice, weekend))
        visits = sorted(
            (self._visit(dice, day, number, office, target) for number, (office, target) in enumerate(pairs)),
            key=lambda visit: visit.submitted_at,
        )
        looked_at = [
            (visit.office, enterprise, visit.opened_at - timedelta(minutes=4))
            for visit, enterprise in ((v, self._enterprise(v.target)) for v in visits)
            if enterprise is not None
        ]
        if not weekend:
            enterprise = dice.choice(self._cast.enterprises)
            looked_at.append((self._responsible(enterprise), enterprise, self._moment(dice, day)))
        views = [self._view(dice, *one) for one in looked_at]
        log_ins = [self._log_in(office.inspector, at, dice) for office, _, at in looked_at]
        log_ins += [
            self._log_in(visit.office.inspector, visit.opened_at, dice)
            for visit in visits
            if self._enterprise(visit.target) is None
        ]
        # A county has no department below it, so its log-ins make no automatic patrol.
        for office in self._counties:
            if dice.random() < (0.15 if weekend else 0.45):
                log_ins.append(self._log_in(office.duty, self._moment(dice, day), dice))
        return Plan(tuple(log_ins), tuple(views), tuple(visits))

    def _pairs(self, dice: Random, weekend: bool) -> Iterator[tuple[Office, Target]]:
        """Who inspects whom: counties check enterprises; a city or the province patrols on most days."""
        often = max(1, round(len(self._cast.enterprises) / _ENTERPRISES_PER_CHECK))
        checks = max(1, (often if not weekend else often // 3) + dice.randint(-1, 1))
        chosen = dice.sample(range(len(self._cast.enterprises)), min(checks, len(self._cast.enterprises)))
        for place in chosen:
            enterprise = self._cast.enterprises[place]
            yield self._responsible(enterprise), self._cast.target(enterprise)
        if weekend:
            return
        if dice.random() < 0.6:
            city = dice.choice([one for one in self._cities if self._cast.below(one)])
            below = self._cast.below(city)
            for office in dice.sample(below, min(2, len(below))):
                yield city, office.target
        if dice.random() < 0.2:
            yield self._cast.office(PROVINCE), dice.choice(self._cities).target

    def _visit(self, dice: Random, day: date, number: int, office: Office, target: Target) -> Visit:
        opened = self._moment(dice, day)
        enterprise = self._enterprise(target)
        if enterprise is not None:
            form = spot_check_form(dice, enterprise.kind, opened)
        else:
            form = patrol_form(dice, self._cast.office(target.region_id).duty.name)
        submitted = opened + timedelta(minutes=dice.randint(15, 90))
        return Visit(f"demo-past-{day}-{number}", office, target, opened, submitted, form)

    def _responsible(self, enterprise: Enterprise) -> Office:
        """The department of the enterprise's region."""
        return self._cast.office(enterprise.region_id)

    def _enterprise(self, target: Target) -> Enterprise | None:
        return None if isinstance(target, PatrolTarget) else self._by_id[target.enterprise_id]

    def _moment(self, dice: Random, day: date) -> datetime:
        return instant(day, _FIRST_HOUR) + timedelta(seconds=dice.randrange(_HOURS * 3600))

    def _view(self, dice: Random, office: Office, enterprise: Enterprise, at: datetime) -> EnterpriseViewed:
        person = office.inspector
        return EnterpriseViewed(
            *(self._cast.account(person), person.id, office.department.id, enterprise.id),
            *(_client(dice), at),
        )

    def _log_in(self, person: Person, at: datetime, dice: Random) -> LoggedIn:
        return self._cast.log_in(person, at - timedelta(minutes=dice.randint(2, 9)), _client(dice))


def carried_out(
    visit: Visit, sheet: Sheet, cast: Cast, policy: Policy
) -> tuple[Inspection, tuple[Problem, ...]]:
    """The record of the visit and the problems that it issued; `sheet` is that of its opening."""
    target = visit.target
    employer = target.department.id if isinstance(target, PatrolTarget) else target.enterprise_id
    record = Inspection.open(
        key=visit.key,
        inspector=inspector_of(visit.office),
        target=target,
        sheet=sheet,
        departments=frozenset({target.department.id} if isinstance(target, PatrolTarget) else ()),
        regions=frozenset({target.region_id}),
        at=visit.opened_at,
    )
    record.edit(visit.form, by=signed(visit.office.inspector, visit.submitted_at))
    problems = record.submit(
        by=signed(visit.office.inspector, visit.submitted_at), people=cast.people(employer), policy=policy
    )
    return record, problems


def _client(dice: Random) -> Client:
    return Client.APP if dice.random() < 0.4 else Client.WEB
