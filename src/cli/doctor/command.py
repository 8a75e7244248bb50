"""The command `yanbao doctor`: takes all looks, prints the findings, and fails when something is wrong."""

from __future__ import annotations

import logging
import time
from collections.abc import Iterator
from typing import TYPE_CHECKING, Final

import typer
from pydantic import ValidationError
from pydantic_core import ErrorDetails
from rich.console import Console
from rich.markup import escape

from ...adapters.ministry.profile import UnfitProfile
from ...adapters.sql.migrations import is_behind
from ...application.ports.unavailable import Unavailable
from ...application.waiting import bounded
from ...logs import configure_logs
from ...settings import FileStoreKind, Settings, SmsProvider
from .findings import (
    Finding,
    Grade,
    of_database,
    of_duties,
    of_folder,
    of_heartbeat,
    of_inbox,
    of_partner,
    of_redis,
    of_schedule,
)

if TYPE_CHECKING:
    from ...wiring import System

_MISTAKES: Final = {
    "bool_parsing": "应为true或false。",
    "int_parsing": "应为整数。",
    "enum": "不是可选的值。",
    "greater_than_equal": "数值太小。",
}
_COLOURS: Final = {Grade.FINE: "green", Grade.NOTICE: "yellow", Grade.WRONG: "red"}


def add_command(app: typer.Typer, console: Console) -> None:
    """Add the command `doctor`."""

    @app.command("doctor")
    def doctor() -> None:
        """体检。Look at settings, database, duties, schedule, partners and disk, and say what is wrong."""
        # What the logs would say of an outage stands among the findings, in plain words.
        configure_logs(logging.CRITICAL)
        raise typer.Exit(show(console, findings()))


def show(console: Console, found: Iterator[Finding]) -> int:
    """Print the findings as they come; return the exit code, 1 when something is wrong."""
    total = wrong = 0
    for each in found:
        total += 1
        wrong += each.grade is Grade.WRONG
        mark = f"[{_COLOURS[each.grade]}]{each.grade.value}[/]"
        console.print(f"{mark} {each.subject}：{escape(each.text)}", highlight=False, soft_wrap=True)
        if each.advice:
            console.print(f"     {escape(each.advice)}", highlight=False, soft_wrap=True)
    console.print(
        f"共检查{total}项，{f'{wrong}项有问题' if wrong else '没有发现问题'}。",
        highlight=False,
        soft_wrap=True,
    )
    return 1 if wrong else 0


def findings() -> Iterator[Finding]:
    """Everything that can be looked at from here. What one finding makes impossible is left out."""
    try:
        settings = Settings()
    except ValidationError as mistakes:
        for mistake in mistakes.errors():
            yield Finding(
                Grade.WRONG, "配置", _mistake(mistake), "请改正环境变量；各项说明见docker/.env.example。"
            )
        return
    yield Finding(Grade.FINE, "配置", f"完整（{settings.profile.value}）。")
    from ...wiring import wire

    try:
        system = wire(settings)
    except OSError as error:
        yield Finding(
            Grade.WRONG,
            "数据目录",
            f"{settings.var}不能使用（{error.strerror}）。",
            "请检查YANBAO_VAR及其权限。",
        )
        return
    except UnfitProfile as unfit:
        for fault in unfit.errors:
            yield Finding(
                Grade.WRONG,
                "交换格式",
                f"{unfit.source}不能使用（{fault}）。",
                "请检查YANBAO_MINISTRY_PROFILE及其密钥：yanbao exchange check。",
            )
        return
    yield Finding(Grade.FINE, "交换格式", f"{settings.ministry_profile}可以使用。")
    try:
        yield from _of_system(system)
    finally:
        system.close()
    yield from _of_machine(settings)


def _mistake(mistake: ErrorDetails) -> str:
    """What is wrong with a setting; the value itself may be a secret and is not shown."""
    missing = mistake["msg"].partition("please set: ")[2]
    if missing:
        return f"还缺少{missing.replace(', ', '、')}。"
    names = "、".join(f"YANBAO_{str(part).upper()}" for part in mistake["loc"])
    wrong = _MISTAKES.get(mistake["type"], mistake["msg"].removeprefix("Value error, "))
    return f"{names}：{wrong}" if names else wrong


def _of_system(system: System) -> Iterator[Finding]:
    behind = False
    try:
        with bounded():
            behind = is_behind(system.engine)
    except Unavailable:
        pass  # The look says so, with the reason.
    look = system.watch.look()
    yield from of_database(look, behind=behind)
    yield from of_redis(look, embedded=system.settings.embedded)
    if look.condition is not None and not behind:
        yield from of_duties(look)
        yield from of_inbox(look)
        yield from of_schedule(look)


def _of_machine(settings: Settings) -> Iterator[Finding]:
    yield from of_heartbeat(settings.heartbeat, time.time())
    if settings.ministry_url:
        yield from of_partner("部级平台", settings.ministry_url, "YANBAO_MINISTRY_URL")
    else:
        yield Finding(Grade.NOTICE, "部级平台", "没有配置，推送只在本机模拟。")
    if settings.sms is SmsProvider.CONSOLE:
        yield Finding(Grade.NOTICE, "短信", "没有配置，短信只写入日志。")
    else:
        yield from of_partner("短信", settings.sms_host or "", "YANBAO_SMS_HOST")
    if settings.monitoring_url:
        yield from of_partner("监控平台", settings.monitoring_url, "YANBAO_MONITORING_URL")
    if settings.file_store is FileStoreKind.S3:
        yield from of_partner("附件存储", settings.s3_url or "", "YANBAO_S3_URL")
    else:
        yield from of_folder("附件存储", settings.files_folder)
    yield from of_folder("审计锚点", settings.anchor_file.parent)
