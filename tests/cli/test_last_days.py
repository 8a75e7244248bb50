"""The demo starts with what the ministry has stated in the last days, in every stage, known to both sides."""

from __future__ import annotations

import io
import sqlite3
from collections import Counter
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest
from rich.console import Console

from yanbao.cli.demo.filling import fill
from yanbao.cli.demo.topology import MINISTRY_STORE, SMS_STORE
from yanbao.settings import Settings


def filled(var: Path) -> None:
    fill(
        Settings(var=var),
        Console(file=io.StringIO(), width=120),
        enterprises=8,
        seed_number=2026,
        password="Yanbao-demo-2026",
        check=lambda: None,
        history_days=0,
    )


def asked(store: Path, question: str) -> list[Any]:
    with closing(sqlite3.connect(store)) as database:
        return database.execute(question).fetchall()


def test_every_stage_has_something_to_show_and_both_books_agree(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("YANBAO_DATABASE_URL", "YANBAO_REDIS_URL"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("YANBAO_PROFILE", "demo")
    filled(tmp_path)
    ours, theirs = tmp_path / "yanbao.sqlite", tmp_path / MINISTRY_STORE

    states = {state for (state,) in asked(ours, "SELECT DISTINCT state FROM alert")}
    assert states == {"OPEN", "ACKNOWLEDGED", "HANDLING", "FED_BACK", "RETURNED", "CLOSED", "ENDED"}
    assert {level for (level,) in asked(ours, "SELECT DISTINCT level FROM alert")} == {
        *("RED", "ORANGE", "YELLOW", "BLUE")
    }
    states = {state for (state,) in asked(ours, "SELECT DISTINCT state FROM problem")}
    assert states == {
        *("ISSUED", "ACKNOWLEDGED", "RECTIFYING", "FED_BACK", "RETURNED", "CLOSED", "WITHDRAWN")
    }
    assert asked(ours, "SELECT count(*) FROM problem WHERE handed_over_at IS NOT NULL") >= [(3,)]
    records = Counter(state for (state,) in asked(ours, "SELECT state FROM inbox_record"))
    assert records["QUARANTINED"] == 2
    assert records["IGNORED"] == records["REFUSED"] == 1
    assert not records["PENDING"]

    # What went up has arrived, each step once and in order; every text is at the gateway, and none waits.
    by_us = "action NOT IN ('RAISE', 'LOWER', 'RESTATE', 'REOPEN', 'END')"
    steps = [
        *asked(ours, f"SELECT count(*) FROM alert_timeline WHERE {by_us}"),
        *asked(ours, "SELECT count(*) FROM problem_timeline"),
    ]
    (up,) = asked(theirs, "SELECT count(*) FROM result")
    assert up[0] == sum(count for (count,) in steps)
    elsewhere = "('MINISTRY_COMMITMENT', 'EXPORT')"  # The export was made at once, so no worker needs to.
    left = asked(ours, f"SELECT topic, state FROM outbox WHERE state <> 'DONE' AND topic NOT IN {elsewhere}")
    assert {state for topic, state in left if topic != "SMS"} == set()
    assert {state for topic, state in left if topic == "SMS"} <= {"DROPPED", "PENDING"}
    ((texts,),) = asked(tmp_path / SMS_STORE, "SELECT count(*) FROM message")
    assert asked(ours, "SELECT count(*) FROM outbox WHERE topic = 'SMS' AND state = 'DONE'") == [(texts,)]
    ((items,),) = asked(theirs, "SELECT count(*) FROM item")
    assert sum(records.values()) == items

    filled(tmp_path)
    assert asked(theirs, "SELECT count(*) FROM item") == [(items,)], "a restart states nothing anew"
    assert asked(tmp_path / SMS_STORE, "SELECT count(*) FROM message") == [(texts,)]


def test_the_demo_begins_with_a_report_of_each_kind_and_a_finished_export(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("YANBAO_DATABASE_URL", "YANBAO_REDIS_URL"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("YANBAO_PROFILE", "demo")
    filled(tmp_path)
    ours = tmp_path / "yanbao.sqlite"
    made = asked(ours, "SELECT kind, region_id FROM report WHERE sha256 IS NOT NULL")
    assert Counter(made) == Counter(
        (kind, region) for kind in ("DAILY", "WEEKLY", "MONTHLY") for region in ("610000", "610500")
    )
    assert asked(ours, "SELECT kind, state FROM export_job") == [("PROBLEMS", "READY")]
    stored = {path.name for path in (tmp_path / "files").rglob("*") if path.is_file()}
    assert sum(name.startswith("reported-") for name in stored) == 6
    assert sum(name.startswith("exported-") for name in stored) == 1
