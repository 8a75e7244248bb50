"""Fills the demo's database: tables, the province, and today's duties."""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

from rich.console import Console
from rich.progress import Progress

from ...adapters.clock import MovableClock
from ...adapters.demo.province import Province, build_province
from ...adapters.demo.seeding import seed
from ...adapters.sql.engine import make_engine
from ...adapters.sql.migrations import upgrade
from ...domain.deadlines import business_date
from ...domain.values import SHANGHAI
from ...settings import Settings
from ...wiring import System, opened
from .given import newest_slot
from .last_days import fill_last_days

HISTORY_DAYS: Final = 60
"""How many days before its first one the demo knows, unless told otherwise."""


def fill(
    settings: Settings,
    console: Console,
    *,
    enterprises: int,
    seed_number: int,
    password: str,
    check: Callable[[], None],
    history_days: int = HISTORY_DAYS,
) -> Province:
    """Migrate, seed and write the past, with progress bars. `check` is called in between, and may end it."""
    with Progress(console=console) as progress:
        bar = progress.add_task("数据库表", total=None)
        engine = make_engine(settings.database)
        try:
            upgrade(engine)
        finally:
            engine.dispose()
        progress.update(bar, total=1, completed=1)
        check()
        with opened(settings) as system:
            _catch_up(system, console)
            province = seed_demo(
                system,
                progress,
                enterprises=enterprises,
                seed_number=seed_number,
                password=password,
                check=check,
            )
            fill_last_days(
                *(settings, system, province, progress, check), seed_number=seed_number, days=history_days
            )
            return province


def _do_not_check() -> None:
    """Never end the filling."""


def seed_demo(
    system: System,
    progress: Progress,
    *,
    enterprises: int,
    seed_number: int,
    password: str,
    check: Callable[[], None] = _do_not_check,
) -> Province:
    """Write the demo province to the database, with a progress bar; existing rows stay as they are."""
    now = system.clock.now()
    province = build_province(seed=seed_number, enterprises=enterprises, today=business_date(now))
    digest = system.app.identity.hasher.hash(password)
    bar = progress.add_task("演示省份", total=None)

    def show(done: int, total: int) -> None:
        progress.update(bar, completed=done, total=total)
        check()

    seed(system.storage, province, password_digest=digest, at=now, progress=show)
    today = business_date(now)
    progress.update(bar, description="今日应报名单")
    system.app.commitments.open_day(today)
    system.app.commitments.report_shutdowns(today)
    return province


def _catch_up(system: System, console: Console) -> None:
    """Move the clock to where the database was: time must not go back when only the clock's file is lost."""
    newest = newest_slot(system.engine)
    if newest is not None and isinstance(system.clock, MovableClock) and newest > system.clock.now():
        system.clock.move_to(newest)
        console.print(f"演示时钟随数据库拨到{newest.astimezone(SHANGHAI):%Y-%m-%d %H:%M}。", highlight=False)
