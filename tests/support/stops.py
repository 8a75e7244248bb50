"""What people do and see of a stop that an enterprise declares, in the small province."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, timedelta
from typing import Any

from yanbao.application.directory.shutdowns import CancelShutdownPeriod
from yanbao.domain.commitment.form import CommitmentForm, Stoppage
from yanbao.domain.directory.enterprise import StopReason
from yanbao.domain.directory.shutdown import ShutdownPeriod

from .builders import DAY, a_form_of_stopped
from .world import COUNTY_HEAD, World


def in_days(days: int) -> date:
    return DAY + timedelta(days=days)


TOMORROW = in_days(1)


def stopped(resumption: date | None, **changes: Any) -> CommitmentForm:
    return a_form_of_stopped(stoppage=Stoppage(StopReason.OWN_DECISION, "设备检修", resumption), **changes)


def declare(world: World, resumption: date | None, *, day: date = DAY) -> None:
    world.submit(form=stopped(resumption), day=day)


def morning(world: World, day: date, at: str = "08:30") -> World:
    """A new day: it is opened at midnight, with its automatic reports, and then it is half past eight."""
    world.at("00:00", day)
    world.system.app.commitments.open_day(day)
    world.system.app.commitments.report_shutdowns(day)
    return world.at(at, day)


def periods(world: World) -> list[ShutdownPeriod]:
    return sorted(world.state.shutdown_periods.values(), key=lambda period: (period.first_day, period.id))


def the_period(world: World) -> ShutdownPeriod:
    (period,) = periods(world)
    return period


def origins(world: World, days: Sequence[date]) -> list[str]:
    """How each day was reported, AUTO or MANUAL; "-" where it was not."""
    found = [world.commitment(day=day).report for day in days]
    return ["-" if report is None else report.origin.value for report in found]


def annul(world: World, reason: str = "现场检查发现仍在生产") -> None:
    running = [period for period in periods(world) if period.declared and not period.cancelled]
    world.system.app.shutdowns.cancel(world.actor(COUNTY_HEAD), CancelShutdownPeriod(running[-1].id, reason))
