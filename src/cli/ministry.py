"""`yanbao ministry`: has the ministry's simulator push problems and warnings, and shows what came back."""

from __future__ import annotations

from enum import StrEnum
from typing import Annotated, Any, Final

import typer
from rich.console import Console
from rich.markup import escape
from rich.table import Table

from ..adapters.ministry.simulator.orders import Change, Tampering

SIMULATOR: Final = "http://127.0.0.1:8001"
PUSH_SECONDS: Final = 600.0
"""The simulator answers when everything was sent; thousands of messages take minutes."""


class Ordering(StrEnum):
    """In which order messages are sent."""

    IN_ORDER = "in_order"
    SHUFFLED = "shuffled"


class By(StrEnum):
    """Whether the simulator pushes, or lays messages into the mailbox that we poll."""

    PUSH = "push"
    MAILBOX = "mailbox"


def add_commands(app: typer.Typer, console: Console) -> None:
    """Register the commands."""
    ministry = typer.Typer(help="部级平台模拟器：下发问题和预警，查看返回的结果。", no_args_is_help=True)
    app.add_typer(ministry, name="ministry")

    @ministry.command()
    def push(
        patrol: Annotated[int, typer.Option(help="下发多少条巡查问题。", min=0)] = 0,
        spot_check: Annotated[int, typer.Option(help="下发多少条抽查问题。", min=0)] = 0,
        warning: Annotated[int, typer.Option(help="下发多少条预警（证书和风险）。", min=0)] = 0,
        company: Annotated[
            list[str] | None,
            typer.Option(help="企业的统一社会信用代码，可多次给出；不给则用报送过承诺的企业。"),
        ] = None,
        area: Annotated[
            list[str] | None, typer.Option(help="六位区域代码，可多次给出；不给则用报送过承诺的区域。")
        ] = None,
        item: Annotated[
            list[str] | None, typer.Option(help="已下发事项的编号，可多次给出：更新它们，或原样重发。")
        ] = None,
        order: Annotated[
            Ordering, typer.Option(help="依次（in_order）或乱序（shuffled）。")
        ] = Ordering.IN_ORDER,
        repeat: Annotated[int, typer.Option(help="每份报文发送几次。", min=1)] = 1,
        change: Annotated[
            Change, typer.Option(help="第二版：升级、降级、改描述、解除或撤回、先到解除后到下发。")
        ] = Change.NONE,
        tampering: Annotated[
            Tampering,
            typer.Option(help="异常：改动字节、截断、错误代码、未知企业、省外区域、签名错误、过期、重放。"),
        ] = Tampering.NONE,
        together: Annotated[int, typer.Option(help="每份报文几条记录。", min=1)] = 1,
        by: Annotated[By, typer.Option(help="推送（push），或放入待取信箱（mailbox）。")] = By.PUSH,
        url: Annotated[str, typer.Option(help="模拟器的地址。")] = SIMULATOR,
    ) -> None:
        """下发问题和预警；不指定数量时三类各一条。"""
        counts = {"PATROL_PROBLEM": patrol, "SPOT_CHECK_PROBLEM": spot_check, "WARNING": warning}
        if not item and not any(counts.values()):
            counts = dict.fromkeys(counts, 1)
        done = _asked(
            console,
            url,
            "/_control/push",
            {
                "kinds": counts,
                "companies": company or [],
                "areas": area or [],
                "items": item or [],
                "order": order.value,
                "repeat": repeat,
                "change": change.value,
                "tampering": tampering.value,
                "together": together,
                "by": by.value,
            },
        )
        statuses = "，".join(
            f"{'无应答' if status == 'none' else f'应答{status}'} {times}次"
            for status, times in done["statuses"].items()
        )
        told = statuses or "已放入待取信箱"
        console.print(f"{len(done['items'])}项，{done['messages']}份报文：{told}", highlight=False)
        for external_id in done["items"][:_SHOWN]:
            console.print(external_id, highlight=False)

    @ministry.command()
    def items(
        item: Annotated[list[str] | None, typer.Argument(help="事项编号；不给则列出最近的事项。")] = None,
        url: Annotated[str, typer.Option(help="模拟器的地址。")] = SIMULATOR,
    ) -> None:
        """列出下发的事项：发送次数、最近一次应答、返回的结果数。"""
        query = "&".join(f"id={one}" for one in item) if item else f"limit={_SHOWN}"
        found = _asked(console, url, f"/_control/items?{query}")["items"]
        table = Table()
        for heading in ("事项", "类别", "版本", "发送次数", "最近应答", "返回结果"):
            table.add_column(heading)
        for one in found:
            last = one["sendings"][-1] if one["sendings"] else {"status": None}
            table.add_row(
                one["externalId"],
                str(one["kind"]),
                str(len(one["versions"])),
                str(len(one["sendings"])),
                str(last["status"] or "—"),
                str(len(one["returned"])),
            )
        console.print(table)


_SHOWN: Final = 50


def _asked(console: Console, url: str, path: str, order: dict[str, Any] | None = None) -> Any:
    """Ask the simulator; end with exit code 1 and a Chinese sentence if it does not answer or refuses."""
    import httpx

    try:
        with httpx.Client(base_url=url, trust_env=False, timeout=PUSH_SECONDS) as client:
            answer = client.get(path) if order is None else client.post(path, json=order)
            said = answer.json()
    except (httpx.HTTPError, httpx.InvalidURL, ValueError) as failure:
        console.print(f"[red]模拟器没有应答：[/red]{escape(url)}（{escape(str(failure))}）", soft_wrap=True)
        raise typer.Exit(1) from None
    if answer.status_code != 200:
        console.print(
            f"[red]没有下发：[/red]{escape(str(said.get('error')))}", highlight=False, soft_wrap=True
        )
        raise typer.Exit(1)
    return said
