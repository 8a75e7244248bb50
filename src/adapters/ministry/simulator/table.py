"""The look of the simulator's pages: their style sheet, tables and cells; text from outside is escaped."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from html import escape
from typing import Final
from zoneinfo import ZoneInfo

_NUMERIC: Final = frozenset(
    {"已承诺企业", "在产", "停产", "记录（含历次更正）", "版本", "收到次数", "状态码"}
    | {"人工检查", "仅自动", "有问题", "现场已整改", "下发", "撤回", "反馈", "未反馈", "逾期"}
)

STYLE: Final = """
:root{--ink:#1d2733;--soft:#5d6b7a;--line:#dfe5eb;--paper:#fff;--ground:#f3f6f9;--accent:#1f5fa8;--bad:#b3261e}
*{box-sizing:border-box}
body{margin:0;background:var(--ground);color:var(--ink);
  font:15px/1.6 "PingFang SC","Microsoft YaHei","Noto Sans CJK SC",sans-serif}
header{background:var(--accent);color:#fff;padding:1.1rem 2rem}
h1{margin:0;font-size:1.25rem}header p{margin:.2rem 0 0;opacity:.85}
main{max-width:1360px;margin:1.2rem auto;padding:0 1rem;display:grid;grid-template-columns:1fr 1fr;gap:1rem}
section{background:var(--paper);border:1px solid var(--line);border-radius:8px;padding:1rem 1.2rem;min-width:0}
.wide{grid-column:1/-1;overflow-x:auto}h2{margin:0 0 .6rem;font-size:1.02rem}
h3{margin:1.1rem 0 .3rem;font-size:.95rem;font-weight:600}.words{min-width:18rem;color:var(--soft);font-size:.8rem}
th,.k{white-space:nowrap}
table{width:100%;border-collapse:collapse;font-size:.9rem}
th{text-align:left;font-weight:500;color:var(--soft)}th.n{text-align:right}
th,td{padding:.35rem .5rem;border-bottom:1px solid var(--line);vertical-align:top}
.n{text-align:right;font-variant-numeric:tabular-nums}
.m{font-family:ui-monospace,Consolas,monospace;font-size:.82rem;overflow-wrap:anywhere}
.tag{display:inline-block;padding:0 .55rem;border-radius:1rem;background:#e4f1e7;color:#1c6b34}
.tag.bad{background:#fbe6e4;color:var(--bad)}.tag.again{background:#fdf0d5;color:#8a5a00}
.empty{color:var(--soft)}
@media(max-width:800px){main{grid-template-columns:1fr}}
"""


def table(heads: Iterable[str], rows: Iterable[Iterable[str]]) -> str:
    body = "".join(f"<tr>{''.join(row)}</tr>" for row in rows)
    if not body:
        return '<p class="empty">还没有数据。</p>'
    head = "".join(f'<th class="{"n" if one in _NUMERIC else ""}">{escape(one)}</th>' for one in heads)
    return f"<table><tr>{head}</tr>{body}</table>"


def cell(value: object, kind: str = "") -> str:
    return f'<td class="{kind}">{escape(str(value))}</td>' if kind else f"<td>{escape(str(value))}</td>"


def times(times: int) -> str:
    """How often a record came; more than once is marked, because it was sent again."""
    return cell(times, "n") if times == 1 else f'<td class="n"><span class="tag again">{times}</span></td>'


def moment(at: float, zone: ZoneInfo) -> str:
    return datetime.fromtimestamp(at, zone).strftime("%m-%d %H:%M:%S")
