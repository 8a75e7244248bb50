"""`yanbao doctor`: each thing that can be wrong is said in plain words, with what to do about it."""

from __future__ import annotations

import os
import socket
import threading
from collections.abc import Iterator, Sequence
from contextlib import closing
from dataclasses import replace
from datetime import timedelta
from io import StringIO
from pathlib import Path

import pytest
from rich.console import Console

from yanbao.application.operations import watch
from yanbao.application.operations.watch import Look
from yanbao.application.ports.condition import Condition
from yanbao.cli.doctor import findings as doctor
from yanbao.cli.doctor.command import findings, show
from yanbao.cli.doctor.findings import Finding, Grade
from yanbao.domain.exchange.duty import DutyState, Topic
from yanbao.settings import Settings
from yanbao.wiring import wire

from ..support.databases import add_tables
from ..support.dates import start_clock
from ..support.system import MORNING

WELL = Look(MORNING, Condition(writable=True, database_time=MORNING, newest_slot_at=MORNING), redis=True)
TICK = timedelta(microseconds=1)


def but(**changes: object) -> Look:
    """The system that is well, with another condition."""
    assert WELL.condition is not None
    return replace(WELL, condition=replace(WELL.condition, **changes))  # type: ignore[arg-type]


def wrong(found: Iterator[Finding]) -> list[Finding]:
    seen = [each for each in found if each.grade is not Grade.FINE]
    assert all(each.advice for each in seen), "nobody knows what to do"
    return seen


def of(look: Look) -> list[Finding]:
    """Everything that is not fine about a look."""
    looks: Sequence[Iterator[Finding]] = [
        doctor.of_database(look, behind=False),
        doctor.of_redis(look, embedded=False),
    ]
    if look.condition is not None:
        looks = [*looks, doctor.of_duties(look), doctor.of_inbox(look), doctor.of_schedule(look)]
    return [each for one in looks for each in wrong(one)]


@pytest.fixture(autouse=True)
def bare(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """An environment with nothing of ours in it but a folder with the tests' clock."""
    for name in [name for name in os.environ if name.startswith("YANBAO_")]:
        monkeypatch.delenv(name)
    start_clock(tmp_path)
    monkeypatch.setenv("YANBAO_VAR", str(tmp_path))


def text_of(found: Iterator[Finding]) -> tuple[int, str]:
    out = StringIO()
    return show(Console(file=out, width=200), found), out.getvalue()


def test_a_system_that_is_well_has_nothing_wrong() -> None:
    assert of(WELL) == []


@pytest.mark.parametrize(
    ("look", "subject", "words"),
    [
        (replace(WELL, condition=None, reason="refused"), "数据库", "refused"),
        (but(writable=False), "数据库", "只能读取"),
        (replace(WELL, skew=watch.MOST_SKEW + timedelta(seconds=1)), "时钟", "快6秒"),
        (replace(WELL, skew=-watch.MOST_SKEW - timedelta(seconds=1)), "时钟", "慢6秒"),
        (replace(WELL, redis=False), "Redis", "没有应答"),
        (replace(WELL, redis=None), "Redis", "没有配置"),
        (but(oldest_due={Topic.SMS: MORNING - timedelta(hours=3, minutes=12)}), "待发事项", "3小时12分"),
        (replace(WELL, dead_letters={(Topic.SMS, DutyState.PARKED): 2}), "死信", "2项已搁置"),
        (but(inbox_waiting=3), "收件箱", "3项待人工处置"),
        (but(missed_slots=4), "计划作业", "4项作业"),
        (but(newest_slot_at=MORNING - timedelta(days=2)), "计划作业", "2天"),
        (but(newest_slot_at=None), "计划作业", "从未运行"),
    ],
)
def test_what_is_wrong_is_said_with_its_figures(look: Look, subject: str, words: str) -> None:
    (found,) = of(look)
    assert (found.subject, words in found.text) == (subject, True), found.text


def test_a_duty_that_is_due_for_ten_minutes_is_not_yet_late() -> None:
    assert of(but(oldest_due={Topic.SMS: MORNING - watch.LATE_AFTER})) == []
    assert len(of(but(oldest_due={Topic.SMS: MORNING - watch.LATE_AFTER - TICK}))) == 1


def test_a_fresh_folder_is_asked_to_migrate_and_a_migrated_one_is_well(tmp_path: Path) -> None:
    code, text = text_of(findings())
    assert (code, "错误 数据库：缺少本版本的数据表" in text, "yanbao migrate" in text) == (1, True, True)
    system = wire(Settings(var=tmp_path))
    add_tables(system.engine)
    system.close()
    code, text = text_of(findings())
    assert (code, "没有发现问题" in text) == (0, True), text


def test_settings_that_are_missing_or_unreadable_are_named_without_their_values(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("YANBAO_PROFILE", "production")
    code, text = text_of(findings())
    assert code == 1 and "还缺少YANBAO_DATABASE_URL、YANBAO_MINISTRY_URL" in text
    monkeypatch.setenv("YANBAO_EMBEDDED", "hunter2")
    monkeypatch.setenv("YANBAO_PORT", "hunter2")
    code, text = text_of(findings())
    assert "YANBAO_EMBEDDED：应为true或false" in text and "YANBAO_PORT：应为整数" in text
    assert (code, "hunter2" in text) == (1, False)


def test_a_profile_of_the_exchange_that_cannot_be_used_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("YANBAO_MINISTRY_PROFILE", "defualt")
    code, text = text_of(findings())
    assert code == 1 and "错误 交换格式：defualt不能使用（neither a shipped profile" in text


def test_a_database_and_a_ministry_that_are_away_do_not_keep_the_rest_from_being_looked_at(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("YANBAO_DATABASE_URL", "postgresql://nobody:hunter2@127.0.0.1:1/nothing")
    monkeypatch.setenv("YANBAO_MINISTRY_URL", "http://127.0.0.1:1")
    monkeypatch.setenv("YANBAO_MINISTRY_APP_ID", "x")
    monkeypatch.setenv("YANBAO_MINISTRY_SECRET", "hunter2")
    code, text = text_of(findings())
    assert (code, "hunter2" in text) == (1, False)
    for words in ("错误 数据库：连不上", "错误 部级平台：连不上（对方拒绝连接）", "正常 附件存储", "共检查"):
        assert words in text


def test_a_partner_that_listens_can_be_reached_and_nothing_is_said_to_it() -> None:
    with closing(socket.create_server(("127.0.0.1", 0))) as listening:
        address = f"http://127.0.0.1:{listening.getsockname()[1]}/any"
        (found,) = doctor.of_partner("部级平台", address, "X")
        assert found.grade is Grade.FINE
        line, _ = listening.accept()
        assert line.recv(1) == b"", "bytes were sent"
        line.close()
    assert doctor.unreachable("http://nobody.invalid", 60.0) == "域名不能解析"


def test_a_partner_that_never_answers_is_not_waited_for(monkeypatch: pytest.MonkeyPatch) -> None:
    answered = threading.Event()

    def wait(*rest: object) -> None:
        answered.wait()
        raise TimeoutError

    monkeypatch.setattr(socket, "create_connection", wait)
    assert doctor.unreachable("http://slow.invalid", 0.0) == "0秒内没有应答"
    answered.set()


def test_a_heart_that_stopped_is_told_from_one_that_never_beat(tmp_path: Path) -> None:
    file = tmp_path / "heartbeat"
    assert list(doctor.of_heartbeat(None, 0.0)) == []
    (never,) = wrong(doctor.of_heartbeat(file, 0.0))
    assert never.grade is Grade.NOTICE
    file.touch()
    os.utime(file, (1000, 1000))
    assert wrong(doctor.of_heartbeat(file, 1000 + doctor.HEARTBEAT_SECONDS)) == []
    (stopped,) = wrong(doctor.of_heartbeat(file, 1000 + 90 * 60))
    assert (stopped.grade, "1小时30分" in stopped.text) == (Grade.WRONG, True)


@pytest.mark.parametrize(
    ("free", "grade"), [(0.5, Grade.FINE), (0.0999, Grade.NOTICE), (0.0199, Grade.WRONG)]
)
def test_a_disk_that_fills_up_is_told_in_time(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, free: float, grade: Grade
) -> None:
    usage = type("Usage", (), {"total": 10**12, "free": int(10**12 * free)})
    monkeypatch.setattr(doctor.shutil, "disk_usage", lambda folder: usage)
    (found,) = doctor.of_folder("附件存储", tmp_path / "not" / "yet" / "there")
    assert found.grade is grade


def test_a_folder_that_cannot_be_written_is_told(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr(doctor.os, "access", lambda folder, how: False)
    (found,) = wrong(doctor.of_folder("附件存储", tmp_path))
    assert "不能写入" in found.text


def test_every_topic_has_a_name() -> None:
    assert set(doctor.TOPIC_NAMES) == set(Topic)
