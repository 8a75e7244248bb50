"""Renders the simulator's page in Chinese: figures per day and city, newest messages, ordered faults."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from datetime import datetime
from html import escape
from itertools import groupby
from typing import Any, Final
from zoneinfo import ZoneInfo

from ....application.ports.exchange import RecordKind
from ....domain.exchange.inbound import InboundKind
from ..profile import Profile
from .faults import MODE_NAMES, Mode, Troubles
from .store import Store
from .table import STYLE, cell, moment, table, times

_CITIES: Final = {
    "6101": "西安市",
    "6102": "铜川市",
    "6103": "宝鸡市",
    "6104": "咸阳市（含杨陵区）",
    "6105": "渭南市",
    "6106": "延安市",
    "6107": "汉中市",
    "6108": "榆林市",
    "6109": "安康市",
    "6110": "商洛市",
}
_STATUS: Final = {"1": "在产", "2": "停产"}
_DAYS: Final = 14
_NEWEST: Final = 20
_WEEKLY_ROWS: Final = 48
_KINDS: Final = {
    "COMMITMENT": "每日承诺",
    "PATROL": "每周巡查",
    "SPOT_CHECK": "每周抽查",
    "PROBLEM": "问题处置",
    "ALERT": "预警处置",
}
_WORDS: Final = {"PATROL": "otherContent", "SPOT_CHECK": "extContent"}
"""The field of a weekly row that holds its figures as a sentence."""


def rendered(
    store: Store, troubles: Troubles, profile: Profile, *, now: datetime, business_now: datetime | None
) -> str:
    """Render the whole page. Text from outside is escaped; times are in the profile's zone.

    `business_now` is the time of the system that pushes: its clock may have been moved; None: it is not known.
    """
    zone = profile.timezone
    days = store.counts(most_days=_DAYS)
    newest_day = days[0]["day"] if days else None
    cities = store.cities(newest_day) if newest_day else {}
    return f"""<!doctype html><html lang="zh-CN"><head><meta charset="utf-8">
<meta name="viewport" content="width=device-width,initial-scale=1"><meta http-equiv="refresh" content="10">
<title>部级平台模拟器</title><style>{STYLE}</style></head><body>
<header><h1>部级平台模拟器</h1><p>接收省级安全承诺和每周巡查抽查情况的独立替身，仅供演示和测试，不是真实的部级平台。每10秒刷新，
{_clocks(now, business_now, zone)}。</p></header>
<main>
<section class="wide"><h2>下发与结果</h2><p><a href="/items">下发问题和预警，查看每项的办理结果</a></p></section>
<section class="wide"><h2>当前故障模式</h2>{_troubles(troubles)}</section>
<section><h2>每日承诺（最近{_DAYS}天）</h2>{_days(days)}</section>
<section><h2>各市承诺{f"（{_day(newest_day)}）" if newest_day else ""}</h2>{_cities(cities)}</section>
<section class="wide"><h2>每周巡查抽查情况</h2>{_weekly(store.weekly(_WEEKLY_ROWS), zone)}</section>
<section class="wide"><h2>最新承诺</h2>{_records(store.newest(_NEWEST), zone)}</section>
<section class="wide"><h2>最新报文与应答</h2>{_messages(store.messages(_NEWEST), profile)}</section>
</main></body></html>"""


def _clocks(now: datetime, business_now: datetime | None, zone: ZoneInfo) -> str:
    real = f"实际时间 {now.astimezone(zone):%Y-%m-%d %H:%M:%S}"
    if business_now is None:
        return real
    return f"{real}，省级系统时间 {business_now.astimezone(zone):%Y-%m-%d %H:%M}"


def _troubles(troubles: Troubles) -> str:
    bad = "" if troubles.mode is Mode.OK else " bad"
    left = f"，还将影响{troubles.left}个报文" if bad and troubles.left is not None else ""
    until = "，直至另行设置" if bad and troubles.left is None else ""
    mode = f'<span class="tag{bad}">{escape(MODE_NAMES[troubles.mode])}</span>{left}{until}'
    if not troubles.refusals:
        return f"<p>{mode}；没有指定拒收的记录。</p>"
    rows = (
        (
            cell(company, "m"),
            cell(one.verdict.code),
            cell(one.verdict.sentence),
            cell("始终" if one.left is None else f"{one.left}次"),
        )
        for company, one in troubles.refusals.items()
    )
    return f"<p>{mode}；指定拒收下列企业或区域的记录：</p>" + table(
        ("信用代码或区域代码", "代码", "说明", "剩余"), rows
    )


def _days(days: Iterable[Mapping[str, Any]]) -> str:
    rows = (
        (
            cell(_day(day["day"])),
            cell(day["current"], "n"),
            cell(day["producing"], "n"),
            cell(day["stopped"], "n"),
            cell(day["records"], "n"),
        )
        for day in days
    )
    return table(("日期", "已承诺企业", "在产", "停产", "记录（含历次更正）"), rows)


def _cities(cities: Mapping[str, int]) -> str:
    rows = (
        (cell(_CITIES.get(code, f"{code}00")), cell(count, "n"))
        for code, count in sorted(cities.items(), key=lambda item: -item[1])
    )
    return table(("市", "已承诺企业"), rows)


def _records(records: Iterable[Mapping[str, Any]], zone: ZoneInfo) -> str:
    rows = (
        (
            cell(moment(one["receivedAt"], zone)),
            cell(one["record"]["extCompanyName"]),
            cell(one["record"]["companyCode"], "m"),
            cell(_day(one["record"]["commitDate"])),
            cell(_STATUS.get(one["record"]["commitStatus"], "?")),
            cell(one["version"], "n"),
            times(one["times"]),
        )
        for one in records
    )
    heads = ("收到时间", "企业", "统一社会信用代码", "承诺日期", "状态", "版本", "收到次数")
    return table(heads, rows)


def _weekly(rows: Iterable[Mapping[str, Any]], zone: ZoneInfo) -> str:
    """A table for each week and kind, the newest week first."""
    parts = []
    for (since, until, kind), group in groupby(rows, key=_week_and_kind):
        held = list(group)
        heading = f"{_KINDS[kind]}：{_minute(since)} 至 {_minute(until)}，{len(held)}个区域"
        parts.append(f"<h3>{escape(heading)}</h3>{_regions(held, zone)}")
    return "".join(parts) or table((), ())


def _week_and_kind(row: Mapping[str, Any]) -> tuple[str, str, str]:
    return row["record"]["extWeekStart"], row["record"]["extWeekEnd"], row["kind"]


def _regions(rows: Iterable[Mapping[str, Any]], zone: ZoneInfo) -> str:
    # Earlier editions leave some of the figures out.
    figures = (
        *("Inspected", "Automatic", "WithProblems", "RectifiedOnSite", "Issued", "Withdrawn"),
        *("FedBack", "UnfedBack", "Overdue"),
    )
    cells = (
        (
            cell(one["record"]["extAreaName"], "k"),
            cell(_codes(one["record"]), "m"),
            *(cell(one["record"].get(f"ext{figure}Number", "—"), "n") for figure in figures),
            cell(one["record"][_WORDS[one["kind"]]], "words"),
            cell(moment(one["receivedAt"], zone), "k"),
            times(one["times"]),
        )
        for one in rows
    )
    heads = ("区域", "区域代码", "人工检查", "仅自动", "有问题", "现场已整改", "下发", "撤回")
    more = ("反馈", "未反馈", "逾期", "情况说明", "最近收到", "收到次数")
    return table((*heads, *more), cells)


def _codes(record: Mapping[str, Any]) -> str:
    """The code of GB/T 2260, and the province's own code if it differs."""
    code, local = record["genAreaCode"], record["extLocalAreaCode"]
    return code if code == local else f"{code}（本地{local}）"


def _messages(messages: Iterable[Mapping[str, Any]], profile: Profile) -> str:
    kinds = {profile.path(kind): _KINDS[kind.value] for kind in RecordKind}
    kinds[profile.receipts_path] = "回执查询"
    kinds |= {profile.inbound.poll_path(kind): "取件" for kind in InboundKind}
    rows = (
        (
            cell(moment(one["received_at"], profile.timezone), "k"),
            cell(kinds.get(one["path"], one["path"]), "k"),
            cell(one["message_id"] or "—", "m"),
            f"<td>{_verdict(one['outcome'], one['answer'])}</td>",
            cell(one["http_status"] or "无应答", "n"),
            cell(_answer(one["answer"])),
        )
        for one in messages
    )
    return table(("收到时间", "类型", "报文标识", "结果", "状态码", "应答"), rows)


def _verdict(outcome: str, answer: str | None) -> str:
    if outcome != "ok":
        return f'<span class="tag bad">{escape(_outcome(outcome))}</span>'
    if answer is not None and json.loads(answer)["data"].get("fail"):
        return '<span class="tag bad">有拒收</span>'
    return '<span class="tag">正常</span>'


def _outcome(outcome: str) -> str:
    """The ledger's `fault:<mode>` or `refused:<code>` in Chinese."""
    what, _, which = outcome.partition(":")
    if what == "fault":
        return f"故障：{MODE_NAMES[Mode(which)]}"
    return f"整批拒收 {which}"


def _answer(answer: str | None) -> str:
    """An answer in one line: counts of its verdicts, or the text itself."""
    if answer is None:
        return "—"
    if not answer.startswith("{"):
        return answer
    data = json.loads(answer)["data"]
    if "messages" in data:
        return f"待取报文{len(data['messages'])}份，共{data['total']}份"
    if "receipts" in data:
        return f"回执{len(data['receipts'])}条，共{data['total']}条"
    refused = "；".join(f"{one['code']} {one['msg']}" for one in data["fail"][:3])
    return f"接收{len(data['success'])}条，拒收{len(data['fail'])}条" + (f"：{refused}" if refused else "")


def _day(text: str) -> str:
    return f"{text[:4]}-{text[4:6]}-{text[6:8]}"


def _minute(text: str) -> str:
    return f"{text[:4]}-{text[4:6]}-{text[6:8]} {text[8:10]}:{text[10:12]}"
