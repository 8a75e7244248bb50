"""Renders the simulator's page as one HTML text without other files: texts, receipts and fault."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from html import escape
from types import MappingProxyType
from typing import Any, Final

from .postman import CHINA

ROWS: Final = 200
"""How many texts the page shows, newest first."""

_RECEIPT: Final = MappingProxyType(
    {
        "PENDING": ("wait", "等待回执"),
        "POSTED": ("good", "已送达"),
        "GIVEN_UP": ("bad", "回执推送失败"),
        "NONE": ("none", "无回执"),
    }
)

_STYLE: Final = """
:root{--ink:#1d2733;--soft:#5b6775;--line:#e3e7ec;--back:#f5f6f8;--card:#fff;--good:#1a7f4b;--bad:#b3261e;--wait:#9a6200}
@media (prefers-color-scheme:dark){:root{--ink:#e6eaef;--soft:#9aa6b3;--line:#2c353f;--back:#12171c;--card:#1a2128;
--good:#5fce93;--bad:#ff8f86;--wait:#f0b95a}}
*{box-sizing:border-box}
body{margin:0;background:var(--back);color:var(--ink);line-height:1.6;
font:16px/1.6 "PingFang SC","Hiragino Sans GB","Microsoft YaHei","Noto Sans CJK SC","Source Han Sans SC",sans-serif}
main{max-width:1080px;margin:0 auto;padding:32px 20px 64px}
h1{font-size:24px;margin:0}
p.about{color:var(--soft);margin:4px 0 24px}
dl.counts{display:grid;grid-template-columns:repeat(auto-fit,minmax(150px,1fr));gap:12px;margin:0 0 24px}
dl.counts div{background:var(--card);border:1px solid var(--line);border-radius:10px;padding:12px 16px}
dt{color:var(--soft);font-size:14px}
dd{margin:0;font-size:28px;font-weight:600;font-variant-numeric:tabular-nums}
p.fault{background:var(--card);border:1px solid var(--wait);border-left-width:6px;border-radius:8px;padding:10px 16px}
.sheet{background:var(--card);border:1px solid var(--line);border-radius:10px;overflow-x:auto}
table{border-collapse:collapse;width:100%}
th,td{text-align:left;vertical-align:top;padding:10px 16px;border-bottom:1px solid var(--line)}
tr:last-child td{border-bottom:0}
th{color:var(--soft);font-weight:500;font-size:14px;white-space:nowrap}
td.when,td.phone,td.receipt{white-space:nowrap;font-variant-numeric:tabular-nums}
td.text{min-width:280px;overflow-wrap:anywhere;white-space:pre-wrap}
.good{color:var(--good)}.bad{color:var(--bad)}.wait{color:var(--wait)}.none{color:var(--soft)}
small{display:block;color:var(--soft)}
@media (max-width:640px){thead{display:none}tr,td{display:block}tr{padding:10px 0;border-bottom:1px solid var(--line)}
tr:last-child{border-bottom:0}td{border:0;padding:2px 16px}td.text{min-width:0}td.when{color:var(--soft);font-size:14px}}
p.empty{padding:40px 16px;margin:0;text-align:center;color:var(--soft)}
"""


def page(
    counts: Mapping[str, Any],
    fault: Mapping[str, Any],
    rows: Sequence[Mapping[str, Any]],
    *,
    signature: str,
    now: datetime,
    business_now: datetime | None,
) -> str:
    """Render the page from `Store.counts`, `fault` and `messages`; it reloads itself every 5 s.

    `signature` stands before each text, as the platform sends it. `business_now` is the time of the system that sends:
    its clock may have been moved; None: it is not known.
    """
    return f"""<!doctype html>
<html lang="zh-CN"><head><meta charset="utf-8"><meta http-equiv="refresh" content="5">
<meta name="viewport" content="width=device-width,initial-scale=1"><title>短信平台模拟器</title>
<link rel="icon" href="data:,"><style>{_STYLE}</style></head>
<body><main>
<h1>短信平台模拟器</h1>
<p class="about">代替中国移动云MAS接收短信，不会真正发送。每5秒自动刷新，实际时间 {_time(now)}{_business(business_now)}。</p>
{_counts(counts)}
{_fault(fault)}
<div class="sheet">{_table(rows, signature)}</div>
{_more(counts["messages"])}
</main></body></html>
"""


def _counts(counts: Mapping[str, Any]) -> str:
    receipts, answers = counts["receipts"], counts["answers"]
    unanswered_well = sum(n for answer, n in answers.items() if answer != "success")
    told = (
        ("收到短信", counts["messages"]),
        ("回执已推送", receipts["POSTED"]),
        ("回执待推送", receipts["PENDING"]),
        ("回执推送失败", receipts["GIVEN_UP"]),
        ("拒绝或故障的请求", unanswered_well),
    )
    return (
        '<dl class="counts">' + "".join(f"<div><dt>{k}</dt><dd>{v:,}</dd></div>" for k, v in told) + "</dl>"
    )


def _fault(fault: Mapping[str, Any]) -> str:
    if fault["mode"] == "ok":
        return ""
    times = "直到更改" if fault["times"] is None else f"还剩 {fault['times']} 次"
    return f'<p class="fault">正在模拟故障：<code>{escape(fault["mode"])}</code>（{times}）</p>'


def _table(rows: Sequence[Mapping[str, Any]], signature: str) -> str:
    if not rows:
        return '<p class="empty">还没有收到短信。</p>'
    head = "<tr><th>接收时间（实际）</th><th>手机号码</th><th>短信内容</th><th>回执</th></tr>"
    return (
        f"<table><thead>{head}</thead><tbody>{''.join(_row(row, signature) for row in rows)}</tbody></table>"
    )


def _row(row: Mapping[str, Any], signature: str) -> str:
    kind, words = _RECEIPT[row["receipt"]]
    statuses = [receipt["status"] for receipt in row["receipts"]]
    if row["receipt"] == "POSTED" and "DELIVRD" not in statuses:
        kind, words = "bad", "发送失败"
    phone, text = row["phone"], f"【{signature}】{row['text']}"
    return (
        f'<tr><td class="when">{_time(datetime.fromisoformat(row["received_at"]))}</td>'
        f'<td class="phone">{escape(f"{phone[:3]} {phone[3:7]} {phone[7:]}")}</td>'
        f'<td class="text">{escape(text)}</td>'
        f'<td class="receipt"><span class="{kind}">{words}</span><small>{escape(" ".join(statuses))}</small></td></tr>'
    )


def _more(total: int) -> str:
    return f'<p class="about">仅显示最近 {ROWS} 条，共 {total:,} 条。</p>' if total > ROWS else ""


def _business(business_now: datetime | None) -> str:
    if business_now is None:
        return ""
    return f"，业务系统时间 {business_now.astimezone(CHINA):%Y-%m-%d %H:%M}"


def _time(instant: datetime) -> str:
    return f"{instant.astimezone(CHINA):%m-%d %H:%M:%S}"
