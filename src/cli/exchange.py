"""`yanbao exchange`: shows what a profile of the exchange with the ministry would send and accept."""

from __future__ import annotations

import json
import sys
from typing import Annotated, Any

import typer
from rich.console import Console, Group
from rich.json import JSON
from rich.markup import escape
from rich.panel import Panel
from rich.rule import Rule
from rich.table import Table
from rich.text import Text

from ..adapters.ministry.encryption import Encryption
from ..adapters.ministry.inbound_profile import Delivery
from ..adapters.ministry.profile import Profile, Seals, UnfitProfile, profile_schema
from ..adapters.ministry.rehearsal import Rehearsal, Scene
from ..adapters.ministry.shipped import find_profile

_SHOWN: int = 160
"""So many characters of a ciphertext are shown."""


_LABELS: dict[str, str] = {
    "external_id": "部级编号",
    "version": "版本",
    "area_code": "区划代码",
    "company_code": "统一社会信用代码",
    "category": "问题类别",
    "severity": "严重程度",
    "description": "内容",
    "rectify_on": "整改期限",
    "found_at": "发现时间",
    "withdrawn": "撤回原因",
    "kind": "预警种类",
    "level": "预警等级",
    "risk_type": "风险类型",
    "value": "数值",
    "occurred_at": "预警时间",
    "certificate_number": "证书编号",
    "expires_on": "有效期至",
    "ended": "解除原因",
    "reason": "等级变化原因",
}
"""What we read from a record, as people call it."""


def add_commands(app: typer.Typer, console: Console) -> None:
    """Register the commands."""
    exchange = typer.Typer(help="The exchange with the ministry's platform.", no_args_is_help=True)
    app.add_typer(exchange, name="exchange")

    @exchange.command()
    def check(
        profile: Annotated[str, typer.Argument(help="The name of a shipped profile, or the path of a file.")],
        brief: Annotated[bool, typer.Option(help="Only whether it fits, and a line for each kind.")] = False,
    ) -> None:
        """Check a profile and show a sample of each kind, in both directions; exit code 1 if it does not fit."""
        try:
            found = find_profile(profile)
            rehearsal = Rehearsal(found)
            sent, received = rehearsal.outbound(), rehearsal.inbound()
        except UnfitProfile as unfit:
            console.print(f"[red]交换格式“{escape(unfit.source)}”不能使用：[/red]", soft_wrap=True)
            for number, error in enumerate(unfit.errors, start=1):
                console.print(f"  {number}. {escape(error)}", highlight=False, soft_wrap=True)
            raise typer.Exit(1) from None
        console.print(_overview(found))
        show = _line if brief else _shown
        console.print(Rule("一、我方上报：发出的报文"))
        for scene in sent:
            console.print(show(scene, found))
        console.print(Rule("二、我方接收：可以识别的报文"))
        for scene in received:
            console.print(show(scene, found))
        console.print(
            f"\n[green]交换格式“{escape(found.id)}”可以使用。[/green]"
            "以上密钥、企业、编号均为示例；正式使用时密钥取自环境变量YANBAO_MINISTRY_*。",
            soft_wrap=True,
        )

    @exchange.command()
    def schema() -> None:
        """Print the JSON Schema of a profile, as it is in docs/exchange-profile.schema.json."""
        sys.stdout.write(json.dumps(profile_schema(), ensure_ascii=False, indent=2) + "\n")


def _overview(profile: Profile) -> Table:
    table = Table(title=f"交换格式 {profile.id}（{profile.name}，版本{profile.version}）", show_header=False)
    table.add_column(style="bold", no_wrap=True)
    table.add_column(overflow="fold")
    inbound, outbound = profile.inbound, profile.outbound
    cipher = "不加密"
    if profile.cipher is not Encryption.NONE:
        whole = profile.envelope.seals is Seals.WHOLE
        what = "整个报文" if whole else f"报文中的{profile.envelope.data}"
        cipher = f"{profile.cipher.value}，加密{what}，密文放在{profile.envelope.sealed}"
        cipher += "；应答也加密" if profile.envelope.seals_answers else "；应答不加密"
    how = "部级平台推送给我方"
    if inbound.delivery is Delivery.POLL:
        how = f"我方每{inbound.poll.seconds}秒到部级平台取一次，每页{inbound.poll.page_size}条"
    for name, value in (
        ("签名", f"{profile.signer.value}，请求头 {'、'.join(profile.headers.model_dump().values())}"),
        ("加密", cipher),
        ("时间", f"{profile.time_format}，日期{profile.day_format}，时区{profile.zone}"),
        ("上报", f"每批最多{outbound.batch_size}条，回执每页{outbound.receipts_page_size}条"),
        ("接收", f"{how}；每批最多{inbound.batch}条"),
    ):
        table.add_row(name, escape(value))
    return table


def _line(scene: Scene, profile: Profile) -> str:
    return f"  {scene.title}  {_way(scene)} {scene.path}"


def _way(scene: Scene) -> str:
    return "轮询" if scene.polled else "POST"


def _shown(scene: Scene, profile: Profile) -> Panel:
    parts: list[Any] = []
    if scene.headers:
        parts += [_heading("请求头（签名）"), Text("\n".join(f"{k}: {v}" for k, v in scene.headers.items()))]
    encrypted = profile.cipher is not Encryption.NONE
    parts += [
        _heading("报文（明文）" if encrypted else "报文"),
        JSON(json.dumps(scene.clear, ensure_ascii=False)),
    ]
    if encrypted:
        parts += [_heading("报文（实际传输的密文）"), Text(_cut(scene.sealed))]
    if scene.taken is not None:
        parts += [_heading("我方读取的内容"), _facts(scene.taken)]
    if not scene.polled:
        whose = "我方的应答" if scene.taken is not None else "部级平台接收时的应答"
        parts += [_heading(whose), Text(json.dumps(scene.answer, ensure_ascii=False))]
        if scene.answer_sealed is not None:
            parts += [_heading("应答（实际传输的密文）"), Text(_cut(scene.answer_sealed))]
    return Panel(Group(*parts), title=f"{scene.title}  {_way(scene)} {scene.path}", title_align="left")


def _heading(text: str) -> Text:
    return Text(f"▸ {text}", style="bold cyan")


def _cut(raw: bytes) -> str:
    text = raw.decode()
    return text if len(text) <= _SHOWN else f"{text[:_SHOWN]}…（共{len(text)}个字符）"


def _facts(taken: Any) -> Table:
    table = Table(show_header=False, box=None, padding=(0, 2, 0, 0))
    for name, value in taken.items():
        table.add_row(Text(_LABELS[name], style="dim"), Text("—" if value in (None, "") else str(value)))
    return table
