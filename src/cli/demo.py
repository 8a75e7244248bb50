"""Runs the demo in one process tree: API with background work, a ministry and an SMS simulator."""

from __future__ import annotations

import os
import secrets
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Mapping
from pathlib import Path
from typing import Final

import httpx
from rich.console import Console
from rich.progress import Progress
from rich.table import Table

from ..adapters.demo.province import Province, build_province
from ..adapters.demo.seeding import seed
from ..adapters.sql.engine import make_engine
from ..adapters.sql.migrations import upgrade
from ..domain.deadlines import business_date
from ..settings import Settings
from ..wiring import System, wire

MINISTRY_PORT: Final = 8001
SMS_PORT: Final = 8002
START_SECONDS: Final = 60.0
STOP_SECONDS: Final = 10.0


def seed_demo(
    system: System, progress: Progress, *, enterprises: int, seed_number: int, password: str
) -> Province:
    """Write the demo province to the database, with a progress bar; existing rows stay as they are."""
    now = system.clock.now()
    province = build_province(seed=seed_number, enterprises=enterprises, today=business_date(now))
    digest = system.app.identity.hasher.hash(password)
    bar = progress.add_task("演示省份", total=None)
    seed(
        system.storage,
        province,
        password_digest=digest,
        at=now,
        progress=lambda done, total: progress.update(bar, completed=done, total=total),
    )
    today = business_date(now)
    progress.update(bar, description="今日应报名单")
    system.app.commitments.open_day(today)
    system.app.commitments.report_shutdowns(today)
    return province


def run_demo(
    settings: Settings, console: Console, *, enterprises: int, seed_number: int, password: str
) -> int:
    """Migrate, seed, start all processes, print their addresses, wait for Ctrl-C. Returns the exit code."""
    var = settings.var.resolve()
    var.mkdir(parents=True, exist_ok=True)
    ports = {"API": settings.port, "部级模拟": MINISTRY_PORT, "短信模拟": SMS_PORT}
    taken = [f"{name} {port}" for name, port in ports.items() if not _free(port)]
    if taken:
        console.print(f"[red]端口被占用：[/red]{'、'.join(taken)}。请先停止占用它们的程序。")
        return 1
    with Progress(console=console) as progress:
        engine = make_engine(settings.database)
        upgrade(engine)
        engine.dispose()
        system = wire(settings)
        province = seed_demo(
            system, progress, enterprises=enterprises, seed_number=seed_number, password=password
        )
        system.close()
    environment = _environment(settings, var)
    children: list[tuple[str, subprocess.Popen[bytes]]] = []
    stopped = threading.Event()
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, lambda *_: stopped.set())
    try:
        for name, arguments in _commands(settings, var).items():
            children.append((name, _start(arguments, environment, var / f"{name}.log")))
        for address in (
            f"http://127.0.0.1:{MINISTRY_PORT}/",
            f"http://127.0.0.1:{SMS_PORT}/",
            _health(settings),
        ):
            if not _answers(address, children, stopped):
                console.print(f"[red]没有启动：[/red]{address}；日志在 {settings.var}/*.log")
                return 1
        _greet(console, settings, province, password)
        while not stopped.wait(1.0):
            ended = [name for name, child in children if child.poll() is not None]
            if ended:
                console.print(f"[red]意外停止：[/red]{'、'.join(ended)}；日志在 {settings.var}/*.log")
                return 1
        console.print("正在停止……")
        return 0
    finally:
        _stop(children)


def _environment(settings: Settings, var: Path) -> Mapping[str, str]:
    """The environment of API and simulators; the demo's secret is made once and kept in `var`."""
    file = var / "demo-secret"
    if not file.exists():
        file.touch(mode=0o600)
        file.write_text(secrets.token_urlsafe(32))
    secret = file.read_text().strip()
    return {
        **os.environ,
        "PYTHONUNBUFFERED": "1",
        "YANBAO_PROFILE": "demo",
        "YANBAO_VAR": str(var),
        "YANBAO_PORT": str(settings.port),
        "YANBAO_MINISTRY_URL": f"http://127.0.0.1:{MINISTRY_PORT}",
        "YANBAO_MINISTRY_APP_ID": "yanbao-demo",
        "YANBAO_MINISTRY_SECRET": secret,
        "MINISTRY_SIMULATOR_SECRET": secret,
        "YANBAO_SMS": "mas",
        "YANBAO_SMS_HOST": f"http://127.0.0.1:{SMS_PORT}",
        "YANBAO_SMS_EC_NAME": "陕西省应急管理厅",
        "YANBAO_SMS_AP_ID": "yanbao",
        "YANBAO_SMS_SECRET_KEY": secret,
        "SMS_SIMULATOR_SECRET_KEY": secret,
        "YANBAO_SMS_SIGN": "yanbao-sign",
        "YANBAO_SMS_ENQUIRY_PATH": "/sms/query",
        "YANBAO_SMS_RECEIPT_PATH_SECRET": "demo",
    }


def _commands(settings: Settings, var: Path) -> Mapping[str, list[str]]:
    python = sys.executable
    receipts = f"http://127.0.0.1:{settings.port}/callbacks/sms/mas/demo"
    return {
        "ministry-simulator": [
            *(python, "-m", "yanbao.adapters.ministry.simulator", "--port", str(MINISTRY_PORT)),
            *("--store", str(var / "ministry-simulator.sqlite"), "--app-id", "yanbao-demo"),
            *("--clock", str(var / "demo-clock.json")),
        ],
        "sms-simulator": [
            *(python, "-m", "yanbao.adapters.sms.simulator", "--port", str(SMS_PORT)),
            *("--store", str(var / "sms-simulator.sqlite"), "--receipt-url", receipts),
            *("--clock", str(var / "demo-clock.json")),
        ],
        "api": [python, "-m", "yanbao", "serve"],
    }


def _start(arguments: list[str], environment: Mapping[str, str], log: Path) -> subprocess.Popen[bytes]:
    """Start a child in its own session: Ctrl-C reaches only this process, which ends the children."""
    with log.open("ab") as out:
        return subprocess.Popen(
            arguments,
            env=dict(environment),
            stdout=out,
            stderr=out,
            stdin=subprocess.DEVNULL,
            start_new_session=True,
        )


def _stop(children: list[tuple[str, subprocess.Popen[bytes]]]) -> None:
    for _, child in reversed(children):
        if child.poll() is None:
            child.terminate()
    deadline = time.monotonic() + STOP_SECONDS
    for _, child in reversed(children):
        try:
            child.wait(max(0.1, deadline - time.monotonic()))
        except subprocess.TimeoutExpired:
            child.kill()  # SIGTERM did not end it in time.
            child.wait()


def _free(port: int) -> bool:
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(("127.0.0.1", port))
        except OSError:
            return False  # Another program already uses the port.
        return True


def _health(settings: Settings) -> str:
    return f"http://127.0.0.1:{settings.port}/healthz"


def _answers(
    address: str, children: list[tuple[str, subprocess.Popen[bytes]]], stopped: threading.Event
) -> bool:
    """Whether the address answers within a minute; gives up when a child has ended."""
    deadline = time.monotonic() + START_SECONDS
    while time.monotonic() < deadline and not stopped.is_set():
        if any(child.poll() is not None for _, child in children):
            return False
        try:
            if httpx.get(address, timeout=2.0, trust_env=False).status_code == 200:
                return True
        except httpx.HTTPError:
            pass  # Not up yet: the loop tries again until the deadline.
        time.sleep(0.2)
    return False


def _greet(console: Console, settings: Settings, province: Province, password: str) -> None:
    table = Table(title="演示地址", show_header=False)
    table.add_row("GraphQL 接口与查询页面", f"http://127.0.0.1:{settings.port}/graphql")
    table.add_row("部级平台模拟（收到的承诺、每周数字）", f"http://127.0.0.1:{MINISTRY_PORT}/")
    table.add_row("短信网关模拟（收到的短信）", f"http://127.0.0.1:{SMS_PORT}/")
    console.print(table)
    accounts = Table(title=f"演示账号（密码均为 {password}）")
    for heading in ("用户名", "角色", "何人"):
        accounts.add_column(heading)
    for account in province.show_accounts:
        accounts.add_row(account.username, account.role, account.who)
    console.print(accounts)
    console.print(
        "另开一个终端运行 [bold].venv/bin/yanbao demo-day[/bold] 可看安全承诺的一天，"
        "[bold].venv/bin/yanbao demo-week[/bold] 可看巡查抽查和问题整改的一周。按 Ctrl-C 停止全部进程。"
    )
