"""Renders the page of what the simulator states: forms to push, and each item with what was sent and came back."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from html import escape
from typing import Any, Final
from zoneinfo import ZoneInfo

from ....domain.exchange.inbound import InboundKind
from .orders import CHANGE_NAMES, KIND_NAMES, TAMPERING_NAMES, Change, Tampering
from .table import STYLE, cell, moment, table, times

SHOWN: Final = 50
"""Items of the page, the newest."""
_FORM_STYLE: Final = """
form{display:flex;flex-wrap:wrap;gap:.6rem 1rem;align-items:end;margin:0 0 .6rem}form.one{display:inline-flex;margin:0}
label{display:grid;gap:.2rem;color:var(--soft);font-size:.85rem}label.long{flex:1 1 18rem}
input,select,textarea,button{font:inherit;color:var(--ink);padding:.3rem .5rem;border:1px solid var(--line);border-radius:6px;
  background:var(--paper)}input[type=number]{width:5.5rem}textarea{width:100%;min-height:2.4rem}
button{background:var(--accent);border-color:var(--accent);color:#fff;cursor:pointer}
button.plain{background:none;color:var(--accent)}a{color:inherit}section a{color:var(--accent)}
p.told{margin:0 0 .8rem;padding:.5rem .8rem;border-left:4px solid var(--accent);background:var(--ground)}
"""
_BY: Final = {"push": "推送", "mailbox": "待取"}
_ORDERS: Final = {"in_order": "依次", "shuffled": "乱序"}


def rendered(
    items: Sequence[Mapping[str, Any]],
    strays: Sequence[Mapping[str, Any]],
    *,
    zone: ZoneInfo,
    told: str,
    total: int,
    can_push: bool,
) -> str:
    """Render the page. `told` is what the last order has come to; texts are escaped."""
    note = f'<p class="told" role="status">{escape(told)}</p>' if told else ""
    whether = "" if can_push else '<p class="empty">没有配置省级系统地址，只能放入待取信箱。</p>'
    more = f"（最近{SHOWN}项，共{total}项）" if total > SHOWN else f"（共{total}项）"
    stray = (
        f'<section class="wide"><h2>其他结果（省级自查的预警等）</h2>{_results(strays, zone)}</section>'
        if strays
        else ""
    )
    return f"""<!doctype html><html lang="zh-CN"><head><meta charset="utf-8">
<meta name="viewport" content="width=device-width,initial-scale=1">
<title>下发与结果 · 部级平台模拟器</title><style>{STYLE}{_FORM_STYLE}</style></head><body>
<header><h1>下发与结果</h1><p><a href="/">返回首页</a>　向省级系统下发巡查问题、抽查问题和预警，查看每项的办理结果。
<a href="/items">刷新</a></p></header>
<main>
<section class="wide"><h2>下发</h2>{note}{whether}{_quick()}{_form()}</section>
<section class="wide"><h2>下发事项{more}</h2>{_items(items, zone)}</section>
{stray}
</main></body></html>"""


def _quick() -> str:
    hidden = "".join(f'<input type="hidden" name="{kind.value}" value="1">' for kind in InboundKind)
    return f'<form method="post" action="/items">{hidden}<button>三类各下发一条</button></form>'


def _form() -> str:
    counts = "".join(
        f'<label>{escape(name)}<input type="number" name="{kind.value}" value="0" min="0" max="1000"></label>'
        for kind, name in KIND_NAMES.items()
    )
    return f"""<form method="post" action="/items">{counts}
{_select("order", "次序", _ORDERS)}
{_select("change", "更新", {one.value: name for one, name in CHANGE_NAMES.items()})}
{_select("tampering", "异常", {one.value: name for one, name in TAMPERING_NAMES.items()})}
<label>每份报文重复<input type="number" name="repeat" value="1" min="1" max="20"></label>
<label>每份报文记录数<input type="number" name="together" value="1" min="1" max="20"></label>
{_select("by", "方式", _BY)}
<label class="long">企业信用代码（留空：报送过承诺的企业）<textarea name="companies"></textarea></label>
<label class="long">区域代码（留空：报送过承诺的区域）<textarea name="areas"></textarea></label>
<button>下发</button></form>"""


def _select(name: str, label: str, options: Mapping[str, str]) -> str:
    shown = "".join(f'<option value="{value}">{escape(text)}</option>' for value, text in options.items())
    return f'<label>{label}<select name="{name}">{shown}</select></label>'


def _items(items: Iterable[Mapping[str, Any]], zone: ZoneInfo) -> str:
    parts = [_item(one, zone) for one in items]
    return "".join(parts) or '<p class="empty">还没有下发任何事项。</p>'


def _item(one: Mapping[str, Any], zone: ZoneInfo) -> str:
    name = KIND_NAMES[InboundKind(one["kind"])]
    versions = "，".join(f"第{each['version']}版已发{each['times']}次" for each in one["versions"])
    buttons = "".join(
        _again(one["externalId"], change, word)
        for change, word in (
            (Change.NONE, "重发"),
            (Change.RAISED, "升级"),
            (Change.LOWERED, "降级"),
            (Change.DESCRIBED, "改描述"),
            (Change.ENDED, "解除（撤回）"),
        )
    )
    return f"""<h3>{escape(name)} <span class="m">{escape(one["externalId"])}</span> {escape(versions)} {buttons}</h3>
{_sendings(one["sendings"], zone)}<p class="empty">返回的办理结果（按到达次序）：</p>{_results(one["returned"], zone)}"""


def _again(external_id: str, change: Change, word: str) -> str:
    return (
        f'<form class="one" method="post" action="/items"><input type="hidden" name="items" '
        f'value="{escape(external_id)}"><input type="hidden" name="change" value="{change.value}">'
        f'<button class="plain">{word}</button></form>'
    )


def _sendings(sendings: Iterable[Mapping[str, Any]], zone: ZoneInfo) -> str:
    rows = (
        (
            cell(one["number"], "n"),
            cell(moment(one["sentAt"], zone), "k"),
            cell(one["version"], "n"),
            cell(_BY[one["by"]]),
            cell(TAMPERING_NAMES[Tampering(one["how"])]),
            cell(_status(one), "n"),
            cell(_said(one["answer"])),
        )
        for one in sendings
    )
    return table(("序号", "下发时间", "版本", "方式", "异常", "状态码", "省级应答"), rows)


def _status(sending: Mapping[str, Any]) -> str:
    if sending["status"] is not None:
        return str(sending["status"])
    if sending["by"] == "mailbox":
        return "待取" if sending["answer"] is None else "已取"
    return "无应答"


def _said(answer: str | None) -> str:
    """Our answer in one line: its sentence, and the sentences of its refused records."""
    if answer is None:
        return "—"
    try:
        said = json.loads(answer)
        refused = [f"{one['code']} {one['msg']}" for one in (said.get("data") or {}).get("fail") or []]
        return "；".join([f"{said['code']} {said['msg']}", *refused])[:300]
    except (ValueError, AttributeError, KeyError, TypeError):
        # Not an answer of the agreed form, such as a proxy's page: show its beginning.
        return answer[:120]


def _results(results: Iterable[Mapping[str, Any]], zone: ZoneInfo) -> str:
    rows = (
        (
            cell(moment(one["receivedAt"], zone), "k"),
            cell(_content(one["record"])),
            cell(one["externalId"], "m"),
            times(one["times"]),
        )
        for one in results
    )
    return table(("收到时间", "办理结果", "对应事项", "收到次数"), rows)


def _content(record: Mapping[str, Any]) -> str:
    return "，".join(
        f"{key} {value}" for key, value in record.items() if key != "id" and value not in (None, "")
    )[:400]
