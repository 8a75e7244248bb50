"""A backup is made while everything is busy, and restored later: nobody is told twice, nothing is swallowed.

Real PostgreSQL with pg_dump and pg_restore, real HTTP. The simulators of the ministry and of the SMS provider are
processes with stores of their own: what they say is what was sent.
"""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
import threading
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path
from typing import Any

import httpx
import pytest
from pydantic import SecretStr
from sqlalchemy import make_url

from yanbao.adapters.clock import MovableClock
from yanbao.adapters.sql.engine import make_engine
from yanbao.adapters.sql.migrations import upgrade
from yanbao.application.access import SYSTEM
from yanbao.application.commitment.commitments import SubmitCommitment
from yanbao.application.exchange.pushes import KINDS
from yanbao.application.operations.restores import NotBegun
from yanbao.application.ports.exchange import DutyFilter
from yanbao.application.ports.paging import Page
from yanbao.domain.directory.enterprise import Enterprise
from yanbao.domain.directory.organisation import Person, Role
from yanbao.domain.exchange.duty import Topic
from yanbao.domain.policy import SettingKey
from yanbao.domain.refusals import Conflict
from yanbao.domain.restore import Restoring
from yanbao.domain.values import fact_id
from yanbao.settings import Settings
from yanbao.wiring import System, wire

from ..support.builders import (
    DAY,
    a_form_for,
    a_permit,
    a_person,
    a_region_tree,
    a_setting,
    an_enterprise,
)
from ..support.databases import fresh_postgres
from ..support.dates import start_clock
from ..support.patience import PATIENCE, until
from ..support.processes import simulators
from ..support.settling import settle_in
from ..support.world import DEPARTMENTS, STAFF, clock

pytestmark = [pytest.mark.process, pytest.mark.postgres]

FIRMS = [an_enterprise(f"第{n}厂") for n in range(60)]
HEADS = {firm.id: a_person(f"厂长{n}", Role.ENTERPRISE_HEAD, of=firm) for n, firm in enumerate(FIRMS)}
TEN_MINUTES = timedelta(minutes=10)
PUNCTUAL, LATE, NEVER = FIRMS[:20], FIRMS[20:40], FIRMS[40:]


@dataclass
class Running:
    """A system with its background work in threads, as worker and clock do it, until it is stopped."""

    system: System
    pool: ThreadPoolExecutor = field(default_factory=lambda: ThreadPoolExecutor(12))
    working: list[Future[None]] = field(default_factory=list)
    stopped: threading.Event = field(default_factory=threading.Event)

    def keep_on(self, act: Callable[[], object]) -> None:
        def run() -> None:
            while not self.stopped.is_set():
                if not act():
                    self.stopped.wait(0.02)

        self.working.append(self.pool.submit(run))

    def start(self) -> Running:
        app = self.system.app
        app.restores.settle_in()
        self.keep_on(app.schedule.tick)
        for _ in range(2):
            self.keep_on(app.texts.send_due)
        for topic in KINDS:
            self.keep_on(lambda topic=topic: app.pushes.push_due(topic))
        return self

    def stop(self) -> None:
        self.stopped.set()
        self.pool.shutdown()
        self.system.close()
        self.check()

    def check(self) -> None:
        """Raise what a thread has met."""
        for worker in self.working:
            if worker.done():
                worker.result()

    def at(self, text: str) -> None:
        assert isinstance(self.system.clock, MovableClock)
        self.system.clock.move_to(clock(text))

    def report(self, firm: Enterprise, *, temperature: int) -> None:
        """As the app of the enterprise's head does; a collision is tried again."""
        head: Person = HEADS[firm.id]
        actor = self.system.storage.readers().access.actor(head.id)
        assert actor is not None
        form = a_form_for(firm, top_temperature=temperature)
        for _ in range(5):
            try:
                self.system.app.commitments.submit(actor, SubmitCommitment(firm.id, DAY, form))
            except Conflict:
                continue
            return
        raise AssertionError(f"{firm.name} could not report")

    def report_all(self, firms: Sequence[Enterprise], *, temperature: int) -> Future[None]:
        """In a thread of its own, while everything else goes on."""

        def run() -> None:
            for firm in firms:
                self.report(firm, temperature=temperature)

        return self.pool.submit(run)

    def pending(self) -> int:
        """How much is due and unsettled."""
        exchange, now = self.system.storage.readers().exchange, self.system.clock.now()
        return sum(exchange.overdue(topic, now) for topic in Topic)

    def until_quiet(self) -> None:
        """Every slot that is due has run, and everything that is due is settled."""

        def quiet() -> bool:
            self.check()
            slots = self.system.storage.readers().operations.slots(Page(500)).rows
            if not slots or slots[0].slot_at < self.system.clock.now() - TEN_MINUTES:
                return False  # A job is due every ten minutes: the clock was moved a moment ago.
            return all(slot.finished_at for slot in slots) and self.pending() == 0

        until(quiet, "the system did not come to rest")

    def duties(self) -> dict[str, str]:
        """Of each enterprise that reported, by credit code, the id of the report that counts."""
        rows = (
            self.system.storage.readers()
            .exchange.duties(DutyFilter(topic=Topic.MINISTRY_COMMITMENT), Page(500))
            .rows
        )
        newest = sorted(rows, key=lambda row: row.revision)
        return {row.facts["credit_code"]: str(row.id) for row in newest}


@dataclass(frozen=True)
class Witnesses:
    """What the ministry and the SMS provider received."""

    ministry: str
    sms: str

    def texts(self) -> list[dict[str, Any]]:
        rows: list[dict[str, Any]] = _get(f"{self.sms}/_control/messages?limit=10000")["messages"]
        return rows

    def records(self) -> list[dict[str, Any]]:
        """Every record in every message, in the order in which they came."""
        messages = _get(f"{self.ministry}/_control/messages?limit=10000")
        sent = [json.loads(one["body"]) for one in reversed(messages)]
        # An enquiry carries no records.
        return [record for one in sent for record in one.get("data", ())]

    def current(self) -> dict[str, str]:
        rows = _get(f"{self.ministry}/_control/commitments?date={DAY}")
        return {row["record"]["companyCode"]: row["id"] for row in rows}


def _get(url: str) -> Any:
    answer = httpx.get(url, trust_env=False, timeout=PATIENCE)
    assert answer.status_code == 200, answer.text
    return answer.json()


@contextmanager
def running(environment: dict[str, str], database: str) -> Iterator[Running]:
    with pytest.MonkeyPatch.context() as monkeypatch:
        for name, value in environment.items():
            monkeypatch.setenv(name, value)
        settings = Settings(database_url=database, audit_key=SecretStr(environment["YANBAO_AUDIT_KEY"]))
    started = Running(wire(settings))
    try:
        yield started
    finally:
        started.stop()


def plain(database: str) -> str:
    return make_url(database).set(drivername="postgresql").render_as_string(hide_password=False)


def command(environment: dict[str, str], database: str, *arguments: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "yanbao", *arguments],
        env=environment | {"YANBAO_DATABASE_URL": database, "COLUMNS": "160"},
        capture_output=True,
        text=True,
        timeout=3 * PATIENCE,
        check=False,
    )


def filled(database: str, system: System) -> None:
    engine = make_engine(database)
    upgrade(engine)
    engine.dispose()
    settle_in(system.storage, SYSTEM, *a_region_tree(), *DEPARTMENTS, *STAFF, *FIRMS)
    settle_in(system.storage, SYSTEM, *HEADS.values(), *(a_permit(firm) for firm in FIRMS))
    stages = a_setting("0,120,150", SettingKey.REMINDER_STAGES)
    settle_in(system.storage, SYSTEM, stages)


@pytest.mark.skipif(shutil.which("pg_dump") is None, reason="pg_dump and pg_restore are not on the path")
def test_a_backup_that_is_restored_under_load_tells_nobody_twice_and_loses_nothing_unsaid(
    tmp_path: Path,
) -> None:
    start_clock(tmp_path, clock("09:00"))
    bare = {name: value for name, value in os.environ.items() if not name.startswith("YANBAO_")}
    bare |= {"PYTHONUTF8": "1", "MINISTRY_SIMULATOR_SECRET": "only for tests"}
    bare |= {"YANBAO_VAR": str(tmp_path), "YANBAO_AUDIT_KEY": "a key for tests, of thirty-two characters"}
    with fresh_postgres() as first, fresh_postgres() as second, simulators(tmp_path, bare) as found:
        environment = bare | found
        witnesses = Witnesses(found["YANBAO_MINISTRY_URL"], found["YANBAO_SMS_HOST"])
        dump = tmp_path / "backup.dump"
        with running(environment, first) as before:
            lost = until_the_disk_breaks(before, first, dump, witnesses)
        told = {row["msgId"] for row in witnesses.texts()}
        subprocess.run(
            ["pg_restore", "--no-owner", "--dbname", plain(second), str(dump)],
            check=True,
            timeout=3 * PATIENCE,
        )
        with running(environment, second) as after:
            put_into_use_again(after, environment, second, witnesses, lost)
            reported_again(after, witnesses, lost)
            the_trail_goes_on(after.system)
        nobody_was_told_twice(witnesses, told)


def until_the_disk_breaks(
    running: Running, database: str, dump: Path, witnesses: Witnesses
) -> list[Enterprise]:
    """Work under load, with a backup in the middle; says whose reports came after the backup and were pushed."""
    filled(database, running.system)
    running.start()
    running.report_all(PUNCTUAL, temperature=20).result(PATIENCE)
    running.at("12:00:05")
    reporting = running.report_all(LATE[:10], temperature=21)
    until(lambda: len(witnesses.texts()) >= 10, "no SMS went out")
    subprocess.run(
        ["pg_dump", "--format=custom", "--file", str(dump), plain(database)], check=True, timeout=3 * PATIENCE
    )
    reporting.result(PATIENCE)
    lost = LATE[10:]
    running.report_all(lost, temperature=22).result(PATIENCE)
    running.until_quiet()
    running.at("12:30:05")
    running.until_quiet()
    running.at("13:00:05")
    running.until_quiet()
    assert {firm.credit_code.text for firm in lost} <= witnesses.current().keys()
    return lost


def put_into_use_again(
    running: Running,
    environment: dict[str, str],
    database: str,
    witnesses: Witnesses,
    lost: Sequence[Enterprise],
) -> None:
    """The restored database notices by itself, and waits until the operator has begun and finished."""
    running.at("13:10:00")
    sent = len(witnesses.texts()), len(witnesses.records())
    running.start()
    with pytest.raises(NotBegun, match="尚未执行"):
        running.system.app.restores.finish(by="周强")
    with pytest.raises(Restoring):
        running.report(lost[0], temperature=30)
    begun = command(environment, database, "restore", "begin", "--reason", "磁盘损坏，从备份恢复")
    assert begun.returncode == 0 and "恢复已开始" in begun.stdout and "restore finish" in begun.stdout
    assert running.system.app.restores.begin(by="周强", reason="再次").again
    assert (len(witnesses.texts()), len(witnesses.records())) == sent
    finished = command(environment, database, "restore", "finish")
    assert finished.returncode == 0, finished.stdout
    assert "恢复已结束" in finished.stdout and "已签名的断点" in finished.stdout
    (file,) = Path(environment["YANBAO_VAR"]).glob("restore-lost-*.csv")
    listed = file.read_text(encoding="utf-8-sig")
    assert all(firm.name in listed for firm in lost)
    running.until_quiet()


def reported_again(running: Running, witnesses: Witnesses, lost: Sequence[Enterprise]) -> None:
    """Who lost a report makes it again, with other content; it arrives under an id of its own and counts."""
    until(lambda: _can_report(running, lost[0]), "the system was not put into use again")
    running.report_all(lost[1:], temperature=30).result(PATIENCE)
    running.at("13:30:05")
    running.until_quiet()
    assert witnesses.current() == running.duties()
    anew = running.duties()
    for firm in lost:
        assert anew[firm.credit_code.text] != str(fact_id("commitment", firm.id, DAY, 1))
    contents: dict[str, set[str]] = {}
    for record in witnesses.records():
        contents.setdefault(record["id"], set()).add(json.dumps(record, sort_keys=True))
    assert {id for id, said in contents.items() if len(said) > 1} == set(), "one id, two contents"
    arrivals = Counter(record["id"] for record in witnesses.records())
    assert {id: times for id, times in arrivals.items() if times > 1} == {}, "each fact once"


def _can_report(running: Running, firm: Enterprise) -> bool:
    try:
        running.report(firm, temperature=30)
    except Restoring:
        return False  # The process notices within a second.
    return True


def nobody_was_told_twice(witnesses: Witnesses, told: set[str]) -> None:
    texts = witnesses.texts()
    assert len({row["msgId"] for row in texts}) == len(texts), "no SMS twice, by its id"
    # Two stages came: that of 12:00 before the backup, that of 12:30 after it. Each was told once.
    stages = Counter(row["phone"] for row in texts)
    assert {phone: times for phone, times in stages.items() if times > 2} == {}
    heads = [HEADS[firm.id].phone.text for firm in NEVER]
    assert {stages[phone] for phone in heads} == {2}, "nobody was forgotten"
    assert told <= {row["msgId"] for row in texts}


def the_trail_goes_on(system: System) -> None:
    read, wrong = system.app.audit.verify()
    assert (read > 0, wrong) == (True, None)
    (signed,) = system.app.audit.breaks()
    assert signed.reason == "磁盘损坏，从备份恢复"
    assert signed.lost is not None and signed.lost[0] > signed.head[0] > 0
    system.app.audit.seal()
    assert system.app.audit.verify()[1] is None
