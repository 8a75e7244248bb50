"""Runs the demo: checks what it is given, fills the database, starts all processes and watches them."""

from __future__ import annotations

import socket
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import httpx
from rich.console import Console
from rich.markup import escape
from rich.table import Table
from sqlalchemy.exc import SQLAlchemyError

from ...adapters.demo.province import Province
from ...application.ports.unavailable import Unavailable
from ...settings import Profile, Settings
from .children import Children, children_in
from .ending import Ending, Told
from .filling import HISTORY_DAYS, fill
from .given import NotUsable, Owner, check_complete, check_database, folder_of, reason, shown
from .topology import Addresses, Plan, Topology, inherited, plans

START_SECONDS: Final = 60.0
FAILED: Final = 1
NOT_USABLE: Final = 2
LEFT_BEHIND: Final = ("audit-anchor.log", "ministry-simulator.sqlite*", "sms-simulator.sqlite*")
"""What fits only the database it was made with."""


@dataclass(frozen=True, slots=True)
class Wish:
    """What the command line asks for."""

    topology: Topology
    addresses: Addresses
    enterprises: int
    seed_number: int
    password: str
    history_days: int = HISTORY_DAYS
    parent: int | None = None
    """The demo ends when this is no longer the number of its parent process."""


def run_demo(settings: Settings, console: Console, wish: Wish) -> int:
    """Check, fill, start, print the addresses, wait for the end. Returns the exit code.

    0 if it was told to end, 1 if a process did not start or ended by itself, 2 if what it is given is unusable.
    """
    try:
        settings = _usable(settings, console, wish)
    except NotUsable as why:
        console.print(f"[red]演示没有启动：[/red]{escape(str(why))}", highlight=False, soft_wrap=True)
        return NOT_USABLE
    told = Told(parent=wish.parent)
    try:
        province = fill(
            settings,
            console,
            enterprises=wish.enterprises,
            seed_number=wish.seed_number,
            password=wish.password,
            check=told.check,
            history_days=wish.history_days,
        )
        with children_in(settings.var) as children:
            code = _watch(settings, console, wish, province, children, told)
            if code == 0:
                console.print(told.why)
            return code
    except (SQLAlchemyError, Unavailable) as why:
        said = escape(f"{shown(settings.database)}：{reason(why)}")
        console.print(f"[red]演示没有启动：数据库[/red]{said}", highlight=False, soft_wrap=True)
        return FAILED
    except Ending:
        console.print(told.why)
        return 0


def _usable(settings: Settings, console: Console, wish: Wish) -> Settings:
    """The settings with the demo's own folder, which is made. Raises NotUsable before anything is written."""
    if settings.profile is Profile.PRODUCTION:
        raise NotUsable("YANBAO_PROFILE为production：演示只在demo下运行，不用生产环境的设置。")
    if wish.topology is Topology.FULL:
        check_complete(settings)
    taken = [f"{name} {port}" for name, port in wish.addresses.ports.items() if not _free(port)]
    if taken:
        raise NotUsable(
            f"端口被占用：{'、'.join(taken)}。请先停止占用它们的程序，或用--port、--ministry-port、--sms-port另选。"
        )
    folder = folder_of(wish.topology, settings)
    folder.mkdir(parents=True, exist_ok=True)
    settings = settings.model_copy(update={"var": folder})
    if check_database(settings.database) is Owner.NOBODY:
        _clear(folder, console)
    return settings


def _clear(folder: Path, console: Console) -> None:
    """Remove what an earlier database of this name has left behind: it would contradict the new one."""
    left = [file for pattern in LEFT_BEHIND for file in folder.glob(pattern)]
    for file in left:
        file.unlink()
    if left:
        console.print(f"数据库是新的，已删除{folder}中上一个演示的锚点和模拟器账目。", highlight=False)


def _watch(
    settings: Settings,
    console: Console,
    wish: Wish,
    province: Province,
    children: Children,
    told: Told,
) -> int:
    """Start everything, then wait until the demo is told to end (0) or a process has ended by itself (1)."""
    planned = plans(wish.topology, settings, wish.addresses)
    for plan in planned:
        if plan.heartbeat is not None:
            plan.heartbeat.unlink(missing_ok=True)
        children.start(plan.name, plan.arguments, {**inherited(), **plan.environment})
    waiting = _signs_of_life(planned, wish.addresses)
    deadline = time.monotonic() + START_SECONDS
    while waiting and not told.wait(0.2):
        if _some_ended(children, console):
            return FAILED
        if time.monotonic() > deadline:
            names = "、".join(name for name, _ in waiting)
            console.print(f"[red]没有启动：[/red]{names}；日志在 {settings.var}/*.log", soft_wrap=True)
            return FAILED
        waiting = [(name, is_up) for name, is_up in waiting if not is_up()]
    if not told.is_set():
        _greet(console, settings, wish, province, planned)
    while not told.wait(1.0):
        if _some_ended(children, console):
            return FAILED
    return 0


def _signs_of_life(planned: Sequence[Plan], addresses: Addresses) -> list[tuple[str, Callable[[], bool]]]:
    """Of each process a question whether it is up: its address answers, or its heart beats."""
    pages = {
        "ministry-simulator": f"{addresses.ministry}/",
        "sms-simulator": f"{addresses.sms}/",
        "api": f"{addresses.api}/healthz",
    }

    def question(plan: Plan) -> Callable[[], bool]:
        if plan.heartbeat is not None:
            return plan.heartbeat.exists
        return lambda: _answers(pages[plan.name])

    return [(plan.name, question(plan)) for plan in planned]


def _some_ended(children: Children, console: Console) -> bool:
    """Whether processes have ended by themselves; they are named, with what they said last."""
    ended = children.ended()
    for child in ended:
        console.print(
            f"[red]意外停止：[/red]{child.name}（退出码{child.process.returncode}）；日志 {child.log}",
            highlight=False,
            soft_wrap=True,
        )
        for line in child.last_lines():
            console.print(escape(line), highlight=False, soft_wrap=True)
    return bool(ended)


def _answers(address: str) -> bool:
    try:
        return httpx.get(address, timeout=2.0, trust_env=False).status_code == 200
    except httpx.HTTPError:
        return False  # Not up yet: the caller asks again until its deadline.


def _free(port: int) -> bool:
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(("127.0.0.1", port))
        except OSError:
            return False  # Another program already uses the port.
        return True


def _greet(
    console: Console, settings: Settings, wish: Wish, province: Province, planned: Sequence[Plan]
) -> None:
    addresses = wish.addresses
    table = Table(title="演示地址", show_header=False)
    table.add_row("GraphQL 接口与查询页面", f"{addresses.api}/graphql")
    table.add_row("部级平台模拟（收到的承诺、每周数字）", f"{addresses.ministry}/")
    table.add_row("部级平台模拟（下发问题和预警，看办理结果）", f"{addresses.ministry}/items")
    table.add_row("短信网关模拟（收到的短信）", f"{addresses.sms}/")
    console.print(table)
    accounts = Table(title=f"演示账号（密码均为 {wish.password}）")
    for heading in ("用户名", "角色", "何人"):
        accounts.add_column(heading)
    for account in province.show_accounts:
        accounts.add_row(account.username, account.role, account.who)
    console.print(accounts)
    console.print(
        f"数据库 {shown(settings.database)}；进程 {'、'.join(plan.name for plan in planned)}，"
        f"日志在 {settings.var}/*.log",
        highlight=False,
        soft_wrap=True,
    )
    options = _options(addresses)
    console.print(
        f"另开一个终端运行 [bold].venv/bin/yanbao demo-day{options}[/bold] 可看安全承诺的一天，"
        f"[bold].venv/bin/yanbao demo-week{options}[/bold] 可看巡查抽查和问题整改的一周，"
        f"[bold].venv/bin/yanbao demo-ministry{options}[/bold] 可看与部级平台交换的十天。按 Ctrl-C 停止全部进程。",
        highlight=False,
        soft_wrap=True,
    )


def _options(addresses: Addresses) -> str:
    """What `demo-day` must be told if the demo is not where it usually is."""
    if addresses == Addresses():
        return ""
    return f" --url {addresses.api} --ministry {addresses.ministry} --sms {addresses.sms}"
