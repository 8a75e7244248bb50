"""What the doctor finds, each with what to do about it: from a look at the system, and from this machine."""

from __future__ import annotations

import os
import shutil
import socket
import threading
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import timedelta
from enum import Enum
from pathlib import Path
from typing import Final
from urllib.parse import urlsplit

from ...application.operations import watch
from ...application.operations.watch import Look
from ...domain.exchange.duty import TOPIC_NAMES, DutyState

REACH_SECONDS: Final = 3.0
HEARTBEAT_SECONDS: Final = 30.0
"""The heart beats every five seconds; compose.yaml uses the same limit."""
LITTLE_SPACE: Final = 0.10
LEAST_SPACE: Final = 0.02
"""Parts of a disk that are free: below the first somebody should act, below the second the system will stop."""

_DEAD_NAMES: Final = {DutyState.REFUSED: "被拒绝", DutyState.PARKED: "已搁置"}


class Grade(Enum):
    """How bad it is; WRONG makes the command fail."""

    FINE = "正常"
    NOTICE = "注意"
    WRONG = "错误"


@dataclass(frozen=True, slots=True)
class Finding:
    """One finding: what was looked at, what is the case, and what to do (empty when nothing)."""

    grade: Grade
    subject: str
    text: str
    advice: str = ""


def of_database(look: Look, *, behind: bool) -> Iterator[Finding]:
    """Reachable, migrated, writable, and its clock."""
    subject = "数据库"
    if look.condition is None and not behind:
        yield Finding(
            Grade.WRONG,
            subject,
            f"连不上，或没有应答。技术信息：{look.reason}",
            "请检查数据库是否在运行、YANBAO_DATABASE_URL是否正确、网络是否通畅；恢复后系统自动继续，无须重启。",
        )
        return
    if behind:
        yield Finding(
            Grade.WRONG,
            subject,
            "缺少本版本的数据表。",
            "请先备份，再运行 yanbao migrate。",
        )
        return
    assert look.condition is not None, "a database without a condition has been reported"
    if look.condition.writable:
        yield Finding(Grade.FINE, subject, "可以读写，数据表齐全。")
    else:
        yield Finding(
            Grade.WRONG,
            subject,
            "只能读取，不能保存：已登录的人员可以查看，不能登录和办理。",
            "请检查数据库是否被设为只读（default_transaction_read_only）、是否连到了备库；恢复后系统自动继续。",
        )
    skew = look.skew.total_seconds()
    if abs(look.skew) > watch.MOST_SKEW:
        way = "快" if skew > 0 else "慢"
        yield Finding(
            Grade.WRONG,
            "时钟",
            f"数据库的时钟比本机{way}{abs(skew):.0f}秒，上报时限和任务租约会判断不一致。",
            "请在两台机器上启用时间同步（NTP），再核对时区无关的系统时间。",
        )
    else:
        yield Finding(Grade.FINE, "时钟", "与数据库一致。")


def of_redis(look: Look, *, embedded: bool) -> Iterator[Finding]:
    subject = "Redis"
    if look.redis is None and embedded:
        yield Finding(Grade.FINE, subject, "没有配置；后台工作由本进程完成。")
    elif look.redis is None:
        yield Finding(
            Grade.WRONG,
            subject,
            "没有配置，而后台工作不在本进程。",
            "请设置YANBAO_REDIS_URL，或设YANBAO_EMBEDDED=true。",
        )
    elif look.redis:
        yield Finding(Grade.FINE, subject, "有应答。")
    else:
        yield Finding(
            Grade.WRONG,
            subject,
            "没有应答：待办不会丢失，但推送、短信和页面提醒会变慢。",
            "请检查Redis是否在运行、YANBAO_REDIS_URL是否正确；恢复后系统自动继续。",
        )


def of_duties(look: Look) -> Iterator[Finding]:
    """The oldest unsent duty of each topic, and the dead letters."""
    assert look.condition is not None, "the caller has a condition"
    late = {
        topic: look.at - due_at
        for topic, due_at in look.condition.oldest_due.items()
        if look.at - due_at > watch.LATE_AFTER
    }
    for topic, wait in late.items():
        yield Finding(
            Grade.WRONG,
            "待发事项",
            f"“{TOPIC_NAMES[topic]}”最早的一项已超过应发时间{spoken(wait)}。",
            "请检查后台进程（yanbao worker）是否在运行、对方是否可以连接；交换台账中有每次尝试的结果。",
        )
    if not late:
        yield Finding(Grade.FINE, "待发事项", "没有积压。")
    dead = {key: number for key, number in look.dead_letters.items() if number}
    for (topic, state), number in dead.items():
        yield Finding(
            Grade.WRONG,
            "死信",
            f"“{TOPIC_NAMES[topic]}”近{watch.DEAD_LETTERS_DAYS}日有{number}项{_DEAD_NAMES[state]}，不会自动重发。",
            "请在交换台账中查看原因，处理后点“重新发送”。",
        )
    if not dead:
        yield Finding(Grade.FINE, "死信", "没有。")


def of_inbox(look: Look) -> Iterator[Finding]:
    """What the ministry has sent and only a person can put right."""
    assert look.condition is not None, "the caller has a condition"
    if look.condition.inbox_waiting:
        yield Finding(
            Grade.NOTICE,
            "收件箱",
            f"部级平台下发的数据有{look.condition.inbox_waiting}项待人工处置。",
            "请由省级值班人员在收到的记录和报文中指定由谁办理，或排除原因后重新处理。",
        )
    else:
        yield Finding(Grade.FINE, "收件箱", "没有待人工处置的。")


def of_schedule(look: Look) -> Iterator[Finding]:
    assert look.condition is not None, "the caller has a condition"
    subject, silent = "计划作业", look.schedule_silent_for
    advice = "请检查时钟进程（yanbao clock）是否在运行；恢复后漏跑的作业会逐项补跑。"
    if silent is None:
        yield Finding(
            Grade.NOTICE, subject, "还从未运行过。", "新装系统属正常；启动时钟进程（yanbao clock）后即开始。"
        )
    elif silent > watch.SCHEDULE_SILENT_AFTER:
        yield Finding(Grade.WRONG, subject, f"已有{spoken(silent)}没有新的作业。", advice)
    if look.condition.missed_slots:
        minutes = watch.MISSED_AFTER // timedelta(minutes=1)
        yield Finding(
            Grade.WRONG,
            subject,
            f"有{look.condition.missed_slots}项作业到时超过{minutes}分钟仍未完成。",
            advice,
        )
    elif silent is not None and silent <= watch.SCHEDULE_SILENT_AFTER:
        yield Finding(Grade.FINE, subject, "按时运行。")


def of_heartbeat(file: Path | None, now: float) -> Iterator[Finding]:
    """`now` is the wall clock in seconds since 1970, as in the file's time of change."""
    if file is None:
        return
    try:
        age = now - file.stat().st_mtime
    except OSError as error:
        yield Finding(
            Grade.NOTICE,
            "心跳",
            f"读不到心跳文件{file}（{error.strerror}）。",
            "后台进程若在别的容器中，请在那个容器里运行本命令；否则说明它还没有正常工作过。",
        )
        return
    if age > HEARTBEAT_SECONDS:
        yield Finding(
            Grade.WRONG,
            "心跳",
            f"后台进程已有{spoken(timedelta(seconds=age))}没有心跳。",
            "请查看该进程的日志；数据库不可用时心跳也会停止，恢复后自动继续。",
        )
    else:
        yield Finding(Grade.FINE, "心跳", "正常跳动。")


def of_folder(subject: str, folder: Path) -> Iterator[Finding]:
    """Whether the folder, or where it would be made, can be written and has space left."""
    there = next(place for place in (folder, *folder.resolve().parents) if place.exists())
    if not os.access(there, os.W_OK):
        yield Finding(
            Grade.WRONG,
            subject,
            f"{folder}不能写入。",
            "请把该文件夹的属主改为运行本系统的用户，或检查磁盘是否只读。",
        )
        return
    usage = shutil.disk_usage(there)
    part = usage.free / usage.total
    text = f"{folder}所在磁盘还剩{usage.free / 1e9:.1f} GB（{part:.0%}）。"
    if part < LEAST_SPACE:
        yield Finding(Grade.WRONG, subject, text, "空间即将用尽，附件将无法保存：请立即清理或扩容。")
    elif part < LITTLE_SPACE:
        yield Finding(Grade.NOTICE, subject, text, "请尽快清理或扩容。")
    else:
        yield Finding(Grade.FINE, subject, text)


def of_partner(subject: str, url: str, setting: str) -> Iterator[Finding]:
    """Whether a connection to the host of the URL can be opened; nothing is sent."""
    reason = unreachable(url, REACH_SECONDS)
    if reason is None:
        yield Finding(Grade.FINE, subject, "可以连接。")
    else:
        yield Finding(
            Grade.WRONG,
            subject,
            f"连不上（{reason}）。",
            f"请检查{setting}、网络和防火墙；在此期间应发送的会保留，恢复后自动发送。",
        )


def unreachable(url: str, seconds: float) -> str | None:
    """Why no connection can be opened to the host of the URL within so many seconds; None when one can."""
    parts = urlsplit(url if "//" in url else f"//{url}")
    port = parts.port or (80 if parts.scheme == "http" else 443)
    outcome: list[str | None] = []

    def connect() -> None:
        try:
            socket.create_connection((parts.hostname or "", port), seconds).close()
        except OSError as error:
            outcome.append(_cause(error))
        else:
            outcome.append(None)

    # On a thread of its own, because the look-up of a name knows no time-out.
    trying = threading.Thread(target=connect, daemon=True)
    trying.start()
    trying.join(seconds)
    return outcome[0] if outcome else f"{seconds:g}秒内没有应答"


def _cause(error: OSError) -> str:
    if isinstance(error, socket.gaierror):
        return "域名不能解析"
    if isinstance(error, ConnectionRefusedError):
        return "对方拒绝连接"
    return "没有应答" if isinstance(error, TimeoutError) else error.strerror or type(error).__name__


def spoken(span: timedelta) -> str:
    """The span in its two greatest units, as people say it."""
    minutes, seconds = divmod(int(span.total_seconds()), 60)
    hours, minutes = divmod(minutes, 60)
    days, hours = divmod(hours, 24)
    parts = [(days, "天"), (hours, "小时"), (minutes, "分"), (seconds, "秒")]
    first = next((index for index, (number, _) in enumerate(parts) if number), len(parts) - 1)
    return "".join(f"{number}{unit}" for number, unit in parts[first : first + 2] if number) or "0秒"
