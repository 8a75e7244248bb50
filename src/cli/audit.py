"""`yanbao audit`: verifies the trail, and lets it go on after a restore."""

from __future__ import annotations

from collections.abc import Callable
from getpass import getuser
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console
from rich.markup import escape

from ..adapters.anchor import FileAnchor
from ..application.operations.audit import AnchorMismatch, TrailUnbroken
from ..application.ports.operations import AnchorBreak, AnchorUnreadable, NoAuditKey
from ..domain.values import SHANGHAI
from ..settings import Settings


def add_commands(app: typer.Typer, console: Console, settings: Callable[[], Settings]) -> None:
    """Register the commands; `settings` reads the settings."""
    audit = typer.Typer(help="The audit trail.", no_args_is_help=True)
    app.add_typer(audit, name="audit")

    @audit.command()
    def verify(
        anchor: Annotated[
            Path | None, typer.Option(help="A copy of the anchor from another place, to compare as well.")
        ] = None,
    ) -> None:
        """Recompute the hash chain of the audit trail and compare it with the anchor; exit code 1 if wrong."""
        found = settings()
        second = None if anchor is None else FileAnchor(anchor, key=found.anchor_key)
        from ..wiring import opened

        with opened(found) as system:
            read, wrong = system.app.audit.verify(second)
            breaks = () if wrong is not None else system.app.audit.breaks()
        if wrong is not None:
            console.print(
                f"[red]audit trail broken after {read} entries:[/red] {escape(wrong)}", soft_wrap=True
            )
            raise typer.Exit(1)
        signed = f", with {len(breaks)} signed breaks" if breaks else ""
        console.print(f"audit trail intact: {read} sealed entries{signed}")
        for one in breaks:
            console.print(words(one), soft_wrap=True, highlight=False)

    @audit.command("re-anchor")
    def re_anchor(
        reason: Annotated[str, typer.Option(help="Why entries are missing, for whoever reads the trail.")],
        by: Annotated[str | None, typer.Option(help="Your name; the system user if left out.")] = None,
    ) -> None:
        """After a restore: let the trail go on from its present head, by a signed break with the old anchor."""
        from ..wiring import opened

        with opened(settings()) as system:
            try:
                signed = system.app.audit.re_anchor(by=by or getuser(), reason=reason)
            except TrailUnbroken:
                console.print("审计记录与锚点衔接，无需重新锚定。")
                return
            except (AnchorMismatch, AnchorUnreadable, NoAuditKey) as why:
                console.print(f"[red]不能重新锚定：[/red]{escape(str(why))}", soft_wrap=True, highlight=False)
                raise typer.Exit(1) from None
        console.print(words(signed), soft_wrap=True, highlight=False)


def words(signed: AnchorBreak) -> str:
    """A break in one line."""
    lost = "无" if signed.lost is None else f"第{signed.lost[0]}条 {signed.lost[1][:16]}"
    head = "空" if not signed.head[0] else f"第{signed.head[0]}条 {signed.head[1][:16]}"
    return (
        f"已签名的断点：{signed.at.astimezone(SHANGHAI):%Y-%m-%d %H:%M:%S}，{escape(signed.by)}，"
        f"原锚点 {lost}，现接续于 {head}，原因：{escape(signed.reason)}"
    )
