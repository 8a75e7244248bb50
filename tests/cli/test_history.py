"""The demo knows the weeks before its first day: curves, not points, and every book agrees with every other."""

from __future__ import annotations

import io
from collections import Counter
from collections.abc import Iterator
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import pytest
from rich.console import Console
from sqlalchemy import func, select

from yanbao.adapters.clock import FixedClock
from yanbao.adapters.ministry.shipped import find_profile
from yanbao.adapters.ministry.simulator.past import PastMinistry
from yanbao.adapters.ministry.wire import WireKeys
from yanbao.adapters.sql import tally
from yanbao.adapters.sql.engine import make_engine
from yanbao.adapters.sql.tables.commitment import commitment, commitment_version
from yanbao.adapters.sql.tables.exchange import outbox
from yanbao.adapters.sql.tables.inspection import inspection, weekly_row
from yanbao.adapters.sql.tables.operations import audit_entry, log_in
from yanbao.adapters.sql.tables.problem import problem
from yanbao.application.access import SYSTEM
from yanbao.application.exchange.pushes import MinistryPushes
from yanbao.application.policies import PolicyBook
from yanbao.cli.demo.filling import fill
from yanbao.cli.demo.topology import APP_ID, MINISTRY_STORE, demo_secret
from yanbao.domain.deadlines import instant
from yanbao.domain.directory.enterprise import StopReason
from yanbao.domain.exchange.duty import Topic
from yanbao.domain.inspection.week import Week, closing_on
from yanbao.domain.policy import Policy
from yanbao.domain.signed import Origin
from yanbao.settings import Settings
from yanbao.wiring import System, opened

from ..support.databases import add_tables, migrated_postgres
from ..support.dates import TEST_NOW, TODAY, in_days, start_clock

ENTERPRISES = 24
DAYS = 16
PAST = [in_days(-number) for number in range(1, DAYS + 1)]


class Interrupted(Exception):
    """Somebody has pressed Ctrl-C."""


def filled(settings: Settings, *, days: int = DAYS, breaks_off_after: int | None = None) -> None:
    checks = 0

    def check() -> None:
        nonlocal checks
        checks += 1
        if breaks_off_after is not None and checks > breaks_off_after:
            raise Interrupted

    fill(
        settings,
        Console(file=io.StringIO(), width=120),
        enterprises=ENTERPRISES,
        seed_number=2026,
        password="Yanbao-demo-2026",
        check=check,
        history_days=days,
    )


def settings_in(folder: Path, url: str | None = None) -> Settings:
    """A clock and a database with tables and no rows."""
    start_clock(folder)
    made = Settings(var=folder, database_url=url)
    if url is None:
        engine = make_engine(made.database)
        add_tables(engine)
        engine.dispose()
    return made


@pytest.fixture(scope="module", params=["sqlite", "postgres"])
def settings(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Settings]:
    folder = tmp_path_factory.mktemp(request.param)
    if request.param == "sqlite":
        made = settings_in(folder)
        filled(made)
        yield made
        return
    with migrated_postgres() as url:
        made = settings_in(folder, url)
        filled(made)
        yield made


@pytest.fixture
def system(settings: Settings) -> Iterator[System]:
    with opened(settings) as system:
        yield system


def asked(system: System, *columns: Any, **filters: Any) -> list[Any]:
    statement = select(*columns).where(*(filters.get("where") or ()))
    with system.engine.connect() as connection:
        return list(connection.execute(statement).all())


def test_every_enterprise_owed_a_commitment_on_every_day_and_the_tallies_are_a_recount(
    system: System,
) -> None:
    owed = Counter(row.business_date for row in asked(system, commitment.c.business_date))
    assert owed == dict.fromkeys([*PAST, TODAY], ENTERPRISES)
    with system.engine.connect() as connection:
        for day in PAST:
            assert tally.kept(connection, day) == tally.recount(connection, day)


def test_most_report_on_time_some_late_and_some_never(system: System) -> None:
    past = (commitment.c.business_date < TODAY,)
    rows = asked(system, commitment, where=past)
    assert 0.7 < sum(row.late is False for row in rows) / len(rows) < 0.99
    assert any(row.late for row in rows) and any(row.revision == 0 for row in rows)
    assert {row.status.value for row in rows if row.status} == {"IN_PRODUCTION", "STOPPED"}
    assert any(row.origin is Origin.AUTO for row in rows)
    reasons = {row.stop_reason for row in rows} - {None}
    assert StopReason.OWN_DECISION in reasons and len(reasons) >= 3
    by_day = {day: sum(row.late is False for row in rows if row.business_date == day) for day in PAST}
    assert len(set(by_day.values())) > 2, "a trend is a curve"
    versions = asked(system, func.count(commitment_version.c.revision))[0][0]
    today = asked(system, func.sum(commitment.c.revision), where=(commitment.c.business_date == TODAY,))[0][0]
    assert versions == sum(row.revision for row in rows) + today


def test_departments_inspected_and_problems_stand_in_many_states(system: System) -> None:
    records = asked(system, inspection.c.kind, inspection.c.origin, inspection.c.business_date)
    assert {(row.kind.value, row.origin) for row in records} == {
        (kind, origin) for kind in ("PATROL", "SPOT_CHECK") for origin in Origin
    }
    assert {row.business_date for row in records} == set(PAST)
    own = asked(system, problem, where=(problem.c.origin == "DEPARTMENT",))
    assert {row.state.value for row in own} >= {"CLOSED", "FED_BACK", "RECTIFYING"}
    assert all(
        row.remind_at is not None and row.remind_at > TEST_NOW
        for row in own
        if row.state.value == "RECTIFYING"
    )
    assert asked(system, func.count(log_in.c.id))[0][0] > ENTERPRISES * DAYS / 2


def test_no_automatic_record_is_missing(system: System) -> None:
    reader = system.storage.readers().inspections
    for day in PAST:
        assert not reader.unrecorded_patrols(day)
        assert not reader.unrecorded_spot_checks(day)


def test_the_ministry_holds_what_was_sent_and_nothing_of_the_past_waits(
    system: System, settings: Settings
) -> None:
    waiting = asked(
        system,
        outbox.c.topic,
        where=(outbox.c.state != "DONE", outbox.c.business_date < TODAY, outbox.c.topic != Topic.SMS),
    )
    assert waiting == []
    clock = FixedClock(TEST_NOW)
    keys = WireKeys(secret=demo_secret(settings.var).encode())
    profile = find_profile(settings.ministry_profile).model_copy(update={"app_id": APP_ID})
    with PastMinistry(settings.var / MINISTRY_STORE, profile, keys, clock.now) as ministry:
        pushes = MinistryPushes(system.storage, clock, ministry.gateway, PolicyBook())
        for day in (PAST[0], PAST[5], PAST[-1]):
            found = pushes.reconcile(day)
            assert (found.lost, found.parked) == (0, 0)
            assert found.held == found.sent > ENTERPRISES / 2


def test_the_weeks_that_have_closed_are_frozen_as_they_are_counted(system: System) -> None:
    closings = sorted(
        closing
        for day in [*PAST, TODAY]
        if (closing := closing_on(day, Policy())) is not None and closing < TEST_NOW
    )
    frozen = sorted({row.closes_at for row in asked(system, weekly_row.c.closes_at)})
    assert frozen == closings and frozen
    for closing in closings:
        week = Week(closing - timedelta(days=7), closing)
        with system.storage.work(SYSTEM) as work:
            kept = {(row.kind, row.region_id): row for row in work.weekly_rows.of(week)}
        assert kept == {
            (row.kind, row.region_id): row for row in system.storage.readers().inspections.weekly(week)
        }


def test_the_audit_trail_of_the_past_is_sealed_and_verified(system: System) -> None:
    _, sealed = system.app.audit.seal()
    assert sealed == asked(system, func.count(audit_entry.c.id))[0][0]
    assert system.app.audit.verify() == (sealed, None)
    named = {row.actor_name for row in asked(system, audit_entry.c.actor_name)}
    assert len(named) > ENTERPRISES


# ---------------------------------------------------------------- the same for everybody, and once


def reports_of(settings: Settings) -> list[tuple[Any, ...]]:
    columns = (commitment.c.id, commitment.c.reported_at, commitment.c.status, commitment.c.risk_grade)
    problems = (problem.c.id, problem.c.changed_at, problem.c.state, problem.c.description)
    with opened(settings) as system:
        own = asked(system, *problems, where=(problem.c.origin == "DEPARTMENT",))
        past = asked(system, *columns, where=(commitment.c.business_date < TODAY,))
        return sorted((tuple(row) for row in [*own, *past]), key=str)


def test_an_interrupted_history_goes_on_where_it_was(tmp_path: Path) -> None:
    whole, broken = settings_in(tmp_path / "whole"), settings_in(tmp_path / "broken")
    filled(whole, days=4)
    # The seeding of 24 enterprises checks some times itself; the next ones come after each day.
    with pytest.raises(Interrupted):
        filled(broken, days=4, breaks_off_after=8)
    filled(broken, days=4)
    assert reports_of(broken) == reports_of(whole) != []
    filled(whole, days=4)
    assert reports_of(broken) == reports_of(whole)


@pytest.mark.parametrize("day", [date(2028, 3, 3), date(2027, 8, 2), date(2027, 1, 8)])
def test_any_time_of_the_year_has_a_past(day: date, tmp_path: Path) -> None:
    at = instant(day, TEST_NOW.timetz().replace(tzinfo=None))
    start_clock(tmp_path, at)
    filled(Settings(var=tmp_path), days=9)


def test_without_days_nothing_is_written(tmp_path: Path) -> None:
    made = settings_in(tmp_path)
    filled(made, days=0)
    with opened(made) as system:
        assert {row.business_date for row in asked(system, commitment.c.business_date)} == {TODAY}
