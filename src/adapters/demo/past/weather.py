"""The weather and the habits of the demo's past: how hot it was in a city, and who tends to report late."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from random import Random
from typing import Final

from ....domain.values import RegionId

_WARMEST: Final = {
    1: 5,
    2: 9,
    3: 15,
    4: 22,
    5: 27,
    6: 33,
    7: 34,
    8: 33,
    9: 27,
    10: 20,
    11: 13,
    12: 6,
}
"""The usual top temperature (°C) of each month in the plain of 关中."""
HOT: Final = 35
_STORMY_MONTHS: Final = range(5, 10)
_WEEKDAYS: Final = (1.15, 0.9, 0.85, 0.9, 1.0, 1.5, 1.8)
"""How likely a report comes late or not at all, Monday first, beside the average: weekends are worse."""
_LAZY: Final = 17
"""One enterprise in so many is four times as likely as the others to be late."""


@dataclass(frozen=True, slots=True)
class Weather:
    """A day in a city: the top temperature in °C, and whether a storm is announced."""

    top: int
    storm: bool

    @property
    def hot(self) -> bool:
        return self.top >= HOT


def weather(seed: int, city: RegionId, day: date) -> Weather:
    """The same for the same seed, city and day."""
    region = Random(f"{seed}|climate|{city}").uniform(-3, 2)
    dice = Random(f"{seed}|weather|{city}|{day}")
    storm = dice.random() < (0.08 if day.month in _STORMY_MONTHS else 0.01)
    return Weather(round(_WARMEST[day.month] + region + dice.gauss(0, 3) - (4 if storm else 0)), storm)


@dataclass(frozen=True, slots=True)
class Discipline:
    """How an enterprise reports on a day: the probabilities that it reports late, and not at all."""

    late: float
    silent: float


def discipline(seed: int, city: RegionId, place: int, day: date, days_ago: int) -> Discipline:
    """Differs by city, weekday and enterprise (`place` in the demo's list), and slowly gets better."""
    of_city = Random(f"{seed}|discipline|{city}")
    late, silent = of_city.uniform(0.02, 0.11), of_city.uniform(0.004, 0.04)
    factor = _WEEKDAYS[day.weekday()] * (0.85 + days_ago / 100) * (4.0 if place % _LAZY == _LAZY - 1 else 1.0)
    return Discipline(min(late * factor, 0.6), min(silent * factor, 0.25))
