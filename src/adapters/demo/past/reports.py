"""Makes the commitments of a past day: the forms of enterprises, what the system reports, and who stays silent."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import date, datetime, time, timedelta
from decimal import Decimal
from random import Random
from typing import Final

from ....domain.commitment.check import suggested_grade
from ....domain.commitment.commitment import Commitment
from ....domain.commitment.form import (
    CommitmentForm,
    Facts,
    HazardousWork,
    PowderProcess,
    ProductionFigures,
    ProductionStatus,
    Stoppage,
    WholesaleFigures,
)
from ....domain.commitment.report import Report
from ....domain.deadlines import commitment_due, instant
from ....domain.directory.enterprise import Enterprise, EnterpriseKind, StopReason
from ....domain.directory.organisation import Person
from ....domain.policy import Policy
from ....domain.values import EnterpriseId, RegionId
from .cast import Cast, signed
from .weather import Weather, discipline, weather

_OPENED: Final = time(0, 1)
_PROCESSES: Final = tuple(PowderProcess)
_EXPLANATION: Final = "外来检修人员在非涉药区域作业，已登记并由专人陪同。"
_TENTH: Final = Decimal("0.1")


@dataclass(frozen=True, slots=True)
class Written:
    """One commitment of a day with every version of its report; `by` reported, None: nobody, or the system."""

    commitment: Commitment
    versions: tuple[Report, ...]
    by: Person | None


class Reports:
    """Makes the commitments of one day after the other; the same seed and day give the same."""

    def __init__(self, seed: int, cast: Cast, policy: Policy, last_day: date) -> None:
        self._seed = seed
        self._cast = cast
        self._policy = policy
        self._last_day = last_day

    def opened_at(self, day: date) -> datetime:
        """When the day's duties were written down, and shutdown periods reported."""
        return instant(day, _OPENED)

    def of_day(self, day: date, facts: Mapping[EnterpriseId, Facts], known_since: datetime) -> list[Written]:
        """The commitments of all enterprises of which there are facts; the directory is as of `known_since`."""
        sky = {city: weather(self._seed, city, day) for city in self._cast.cities}
        return [
            self._one(place, enterprise, day, replace(facts[enterprise.id], directory_as_of=known_since), sky)
            for place, enterprise in enumerate(self._cast.enterprises)
            if enterprise.id in facts
        ]

    def _one(
        self, place: int, enterprise: Enterprise, day: date, facts: Facts, sky: Mapping[RegionId, Weather]
    ) -> Written:
        owed = Commitment.owe(
            enterprise_id=enterprise.id,
            region_id=enterprise.region_id,
            kind=enterprise.kind,
            business_date=day,
            due_at=commitment_due(day, self._policy),
        )
        opened = self.opened_at(day)
        if facts.shutdown is not None:
            owed.report_automatically(facts=replace(facts, taken_at=opened), at=opened)
            return _written(owed, None)
        dice = Random(f"{self._seed}|commitment|{place}|{day}")
        city = self._cast.city_of(enterprise.region_id)
        habit = discipline(self._seed, city, place, day, (self._last_day - day).days)
        throw = dice.random()
        if throw < habit.silent:
            return Written(owed, (), None)
        late = throw < habit.silent + habit.late
        due = owed.due_at
        before, after = dice.triangular(2, 210, 60), dice.triangular(1, 420, 40)
        at = due + timedelta(minutes=after) if late else due - timedelta(minutes=before)
        at = at.replace(microsecond=0)
        facts = replace(facts, taken_at=at)
        head = self._cast.head(enterprise.id)
        form = _form(dice, facts, sky[city], head)
        owed.submit(form, facts=facts, by=signed(head, at))
        written = _written(owed, head)
        if not late and before > 30 and dice.random() < 0.03:
            at = (at + timedelta(minutes=dice.uniform(3, before - 5))).replace(microsecond=0)
            corrected = replace(form, top_temperature=(form.top_temperature or 0) + 1)
            owed.correct(corrected, facts=replace(facts, taken_at=at), by=signed(head, at))
            written = _written(owed, head, *written.versions)
        return written


def _written(commitment: Commitment, by: Person | None, *earlier: Report) -> Written:
    assert commitment.report is not None, "it has just been reported"
    return Written(commitment, (*earlier, commitment.report), by)


def _form(dice: Random, facts: Facts, weather: Weather, head: Person) -> CommitmentForm:
    reason = _stop_reason(dice, facts, weather)
    empty = CommitmentForm(
        status=ProductionStatus.IN_PRODUCTION if reason is None else ProductionStatus.STOPPED,
        stoppage=None if reason is None else Stoppage(reason),
        production=None,
        wholesale=None,
        hazardous_work=HazardousWork(),
        duty_leader=head.name,
        duty_phone=head.phone,
        top_temperature=weather.top,
        storm_warning=weather.storm,
        major_hazard=False,
        risk_grade=4,
    )
    if reason is None:
        working = _producing if facts.kind is EnterpriseKind.PRODUCTION else _trading
        empty = working(dice, facts, empty)
    grade, _ = suggested_grade(empty, facts)
    return replace(empty, risk_grade=grade)


def _stop_reason(dice: Random, facts: Facts, weather: Weather) -> StopReason | None:
    """Why the enterprise stands still today without a period; None: it works."""
    throw = dice.random()
    if not facts.permit.valid:
        return StopReason.PERMIT_EXPIRED
    production = facts.kind is EnterpriseKind.PRODUCTION
    if production and weather.hot and throw < 0.7:
        return StopReason.HIGH_TEMPERATURE
    if weather.storm and throw < (0.6 if production else 0.1):
        return StopReason.SEVERE_WEATHER
    holiday = (facts.business_date.month, facts.business_date.day) in _HOLIDAYS
    if holiday and production and throw < 0.75:
        return StopReason.HOLIDAY
    sunday = facts.business_date.isoweekday() == 7
    rest = (0.22 if sunday else 0.05) if production else (0.06 if sunday else 0.02)
    return StopReason.OWN_DECISION if throw < rest else None


_HOLIDAYS: Final = frozenset({(1, 1), (5, 1), (5, 2), (5, 3), *((10, day) for day in range(1, 8))})
"""The public holidays whose day in the year is fixed."""


def _producing(dice: Random, facts: Facts, form: CommitmentForm) -> CommitmentForm:
    shops = max(1, round(facts.workshops_total * dice.uniform(0.5, 1)))
    powder = min(shops, round(facts.powder_workshops_total * dice.uniform(0.3, 1)))
    persons, explanation = _persons(dice, facts)
    return replace(
        form,
        production=ProductionFigures(
            workshops_in_use=shops,
            powder_workshops_in_use=powder,
            powder_processes=tuple(sorted(dice.sample(_PROCESSES, 3), key=_PROCESSES.index))
            if powder
            else (),
            present_persons=persons,
            present_powder_kg=_share(dice, facts.approved_powder_kg, 0.3, 0.9) if powder else Decimal(0),
        ),
        hazardous_work=HazardousWork(
            hot_work_second=int(dice.random() < 0.05),
            temporary_electricity=int(dice.random() < 0.06),
            work_at_height=int(dice.random() < 0.03),
            maintenance=int(dice.random() < 0.2),
            powder_disposal=int(powder > 0 and dice.random() < 0.15),
            contractor_work=int(dice.random() < 0.04),
        ),
        explanation=explanation,
    )


def _trading(dice: Random, facts: Facts, form: CommitmentForm) -> CommitmentForm:
    persons, explanation = _persons(dice, facts)
    return replace(
        form,
        wholesale=WholesaleFigures(
            warehouses_in_use=max(1, round(facts.warehouses_total * dice.uniform(0.5, 1))),
            stock_boxes=_share(dice, facts.approved_boxes, 0.3, 0.9).to_integral_value(),
            stock_kg=_share(dice, facts.approved_stock_kg, 0.3, 0.9),
            boxes_in=Decimal(dice.randrange(0, 120, 5)),
            boxes_out=Decimal(dice.randrange(0, 100, 5)),
            present_persons=persons,
        ),
        hazardous_work=HazardousWork(maintenance=int(dice.random() < 0.04)),
        explanation=explanation,
    )


def _persons(dice: Random, facts: Facts) -> tuple[int, str]:
    """How many persons are present, and the explanation when they are more than approved."""
    if dice.random() < 0.015:
        return facts.approved_persons + dice.randint(1, 3), _EXPLANATION
    return max(1, min(facts.approved_persons, round(facts.approved_persons * dice.uniform(0.5, 1)))), ""


def _share(dice: Random, approved: Decimal, least: float, most: float) -> Decimal:
    return (approved * Decimal(str(round(dice.uniform(least, most), 3)))).quantize(_TENTH)
