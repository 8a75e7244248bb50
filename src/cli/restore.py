"""`yanbao restore begin` and `finish`: puts a database into use again that was restored from a backup."""

from __future__ import annotations

import csv
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from getpass import getuser
from pathlib import Path
from typing import Annotated, Final

import typer
from rich.console import Console
from rich.markup import escape
from rich.progress import Progress as Bars
from rich.progress import TaskID

from ..application.operations.audit import AnchorMismatch
from ..application.operations.lost_facts import LostFact
from ..application.operations.restores import Begun, Finished, NotBegun, Progress
from ..application.ports.exchange import RecordKind
from ..application.ports.operations import AnchorUnreadable, NoAuditKey
from ..domain.exchange.duty import Topic
from ..domain.refusals import Refused
from ..domain.restore import Restore
from ..domain.values import SHANGHAI
from ..settings import Settings
from .audit import words

SHOWN: Final = 20
"""So many lost reports are shown; all of them are in the file."""
TOPIC_NAMES: Final = {
    Topic.MINISTRY_COMMITMENT: "向部级平台推送的安全承诺",
    Topic.MINISTRY_PATROL: "向部级平台推送的每周巡查情况",
    Topic.MINISTRY_SPOT_CHECK: "向部级平台推送的每周抽查情况",
    Topic.MINISTRY_PROBLEM: "向部级平台上报的问题办理情况",
    Topic.MINISTRY_ALERT: "向部级平台上报的预警处置情况",
    Topic.SMS: "短信",
}


def add_commands(app: typer.Typer, console: Console, settings: Callable[[], Settings]) -> None:
    """Register the commands; `settings` reads the settings."""
    restore = typer.Typer(
        help="Put a database into use again that was restored from a backup. See docs/operations.md.",
        no_args_is_help=True,
    )
    app.add_typer(restore, name="restore")

    @restore.command()
    def begin(
        reason: Annotated[str, typer.Option(help="Why the backup was restored, for the audit trail.")],
        by: Annotated[str | None, typer.Option(help="Your name; the system user if left out.")] = None,
    ) -> None:
        """Right after restoring: ask first about all that may have been sent, and log everybody out."""
        from ..wiring import opened

        with opened(settings()) as system, _bars(console) as progress:
            try:
                begun = system.app.restores.begin(by=by or getuser(), reason=reason, progress=progress)
            except Refused as refusal:
                console.print(f"[red]{refusal.code}[/red] {escape(refusal.sentence)}")
                raise typer.Exit(1) from None
        _tell_begun(console, begun)

    @restore.command()
    def finish(
        by: Annotated[str | None, typer.Option(help="Your name; the system user if left out.")] = None,
    ) -> None:
        """Put the database into use: re-anchor the trail, list what was lost, let the workers ask and send."""
        found = settings()
        from ..wiring import opened

        with opened(found) as system, _bars(console) as progress:
            try:
                done = system.app.restores.finish(by=by or getuser(), progress=progress)
            except NotBegun as why:
                console.print(f"[red]不能结束恢复：[/red]{why}", soft_wrap=True, highlight=False)
                raise typer.Exit(1) from None
            except (AnchorMismatch, AnchorUnreadable, NoAuditKey) as why:
                console.print(
                    f"[red]不能结束恢复，审计记录不能重新锚定：[/red]{escape(str(why))}。恢复仍未结束，什么也不会发出。",
                    soft_wrap=True,
                    highlight=False,
                )
                raise typer.Exit(1) from None
        _tell_finished(console, done, found.var)


@contextmanager
def _bars(console: Console) -> Iterator[Progress]:
    """Show progress bars, one for each step."""
    with Bars(console=console) as bars:
        steps: dict[str, TaskID] = {}

        def progress(step: str, done: int, of: int) -> None:
            if step not in steps:
                steps[step] = bars.add_task(step, total=of)
            bars.update(steps[step], completed=done)

        yield progress


def _tell_begun(console: Console, begun: Begun) -> None:
    say = _sayer(console)
    if begun.again:
        say(f"恢复已于{_moment(begun.restore)}开始，无需再次执行。")
    else:
        known = begun.restore.known_until
        say(f"恢复已开始（{_moment(begun.restore)}）。")
        say(
            f"备份所知的最后时刻：{'无记录' if known is None else f'{known.astimezone(SHANGHAI):%Y-%m-%d %H:%M:%S}'}"
        )
        for topic, count in (begun.duties or {}).items():
            say(f"须先核对再发送：{TOPIC_NAMES[topic]}{count}条")
        say(f"短信改为“结果未知”{begun.texts}条；已结束会话{begun.sessions}个、文件凭证{begun.tickets}个。")
    say("现在什么也不会发出，计划作业不运行，网页端和移动端只能查看。")
    say("下一步：核对数据无误后执行  yanbao restore finish")


def _tell_finished(console: Console, done: Finished, var: Path) -> None:
    say = _sayer(console)
    if done.again:
        say(f"{_moment(done.restore)}开始的恢复此前已结束，无需再次执行。")
        return
    say("恢复已结束，系统恢复运行。")
    if done.signed is not None:
        say(words(done.signed))
    if done.lost is None:
        say(f"[yellow]未能与部级平台核对丢失的上报：[/yellow]{escape(done.unanswered)}")
    elif not done.lost:
        say("部级平台持有的记录本库都有，没有丢失的上报。")
    else:
        file = _write_lost(var, done.restore, done.lost)
        say(
            f"[yellow]部级平台持有、本库已丢失的记录{len(done.lost)}条[/yellow]，全部列于 {escape(str(file))}："
        )
        for fact in done.lost[:SHOWN]:
            unit = "版" if fact.subject is None else "步"
            revision = "" if fact.revision is None else f"第{fact.revision}{unit}"
            say(f"  {fact.day} {escape(fact.enterprise_name or fact.subject or '（未识别）')} {revision}")
        say("请通知这些企业核对并重新上报；重新上报的记录使用新的标识，不会被部级平台当作重复。")
        if any(fact.kind in (RecordKind.PROBLEM, RecordKind.ALERT) for fact in done.lost):
            say("丢失的问题、预警办理步骤，请由承办单位按实际情况重新办理。")
    say(
        "后台进程将逐条向短信网关和部级平台核对，只有对方没有的才会发出；无法核对的短信列入死信，由人工决定。"
    )


def _sayer(console: Console) -> Callable[[str], None]:
    return lambda line: console.print(line, soft_wrap=True, highlight=False)


def _moment(restore: Restore) -> str:
    return f"{restore.begun_at.astimezone(SHANGHAI):%Y-%m-%d %H:%M:%S}"


def _write_lost(var: Path, restore: Restore, lost: Sequence[LostFact]) -> Path:
    """Write all lost records to a file that spreadsheet programs open."""
    file = var / f"restore-lost-{restore.begun_at.astimezone(SHANGHAI):%Y%m%d-%H%M%S}.csv"
    with file.open("w", encoding="utf-8-sig", newline="") as out:
        table = csv.writer(out)
        table.writerow(["种类", "日期", "企业或事项", "版本或步骤", "标识"])
        table.writerows(
            # A name that begins with an equals sign must not be taken for a formula.
            [
                fact.kind.value,
                fact.day,
                f"\t{fact.enterprise_name or fact.subject or ''}",
                fact.revision or "",
                fact.id,
            ]
            for fact in lost
        )
    return file
