"""The text of a commitment as the bare server renders it: by hand, from the rows that it stores."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from decimal import Decimal
from typing import Any, Final

from yanbao.domain.commitment.form import HAZARDOUS_WORK_NAMES, POWDER_PROCESS_NAMES
from yanbao.domain.directory.enterprise import STOP_REASON_NAMES

_PROCESSES: Final = {process.value: name for process, name in POWDER_PROCESS_NAMES.items()}
_REASONS: Final = {reason.value: name for reason, name in STOP_REASON_NAMES.items()}
_STATES: Final = {
    ("PRODUCTION", "IN_PRODUCTION"): ("生产", "不超许可范围生产、不改变工房用途"),
    ("PRODUCTION", "STOPPED"): ("停产", "停产期间不从事涉药作业、不擅自恢复生产"),
    ("WHOLESALE", "IN_PRODUCTION"): ("经营", "不超许可范围经营、不改变仓库用途"),
    ("WHOLESALE", "STOPPED"): ("停业", "停业期间不购销、不擅自恢复经营"),
}


def announced(form: Mapping[str, Any], facts: Mapping[str, Any]) -> str:
    """The text for a form that exceeds nothing and has no major hazard: no other form is measured."""
    kind, status = facts["kind"], form["status"]
    state, promise = _STATES[kind, status]
    first = [
        f"今天是{_day(facts['business_date'])}",
        f"{facts['enterprise_name']}处于{state}状态{_stoppage(form)}",
    ]
    if form["production"] is not None:
        p = form["production"]
        named = "、".join(_PROCESSES[process] for process in p["powder_processes"])
        first += [
            f"使用工房{p['workshops_in_use']}间（共{facts['workshops_total']}间）",
            f"其中涉药工房{p['powder_workshops_in_use']}间（共{facts['powder_workshops_total']}间）",
            *([f"今日涉药工序为{named}"] if named else []),
            f"在岗{p['present_persons']}人（核定{facts['approved_persons']}人）",
            f"现存药量{_plain(p['present_powder_kg'])}千克（核定{_plain(facts['approved_powder_kg'])}千克）",
        ]
    if form["wholesale"] is not None:
        w = form["wholesale"]
        first += [
            f"使用仓库{w['warehouses_in_use']}栋（共{facts['warehouses_total']}栋）",
            f"库存{_plain(w['stock_boxes'])}箱（核定{_plain(facts['approved_boxes'])}箱）",
            f"计{_plain(w['stock_kg'])}千克（核定{_plain(facts['approved_stock_kg'])}千克）",
            f"今日入库{_plain(w['boxes_in'])}箱、出库{_plain(w['boxes_out'])}箱",
            f"在岗{w['present_persons']}人（核定{facts['approved_persons']}人）",
        ]
    jobs = [
        f"{HAZARDOUS_WORK_NAMES[name]}{count}项" for name, count in form["hazardous_work"].items() if count
    ]
    second = [
        *([f"今日危险作业：{'、'.join(jobs)}"] if jobs else []),
        f"带班领导{form['duty_leader']}",
        f"最高气温{form['top_temperature']}℃",
        "有雷电或暴雨预警" if form["storm_warning"] else "无雷电、暴雨预警",
    ]
    problems, alerts = facts["open_problems"], facts["open_alerts"]
    third = [
        f"已开展安全风险研判，风险等级为{form['risk_grade']}级（1级最高、4级最低）",
        *([f"尚有{problems}个问题未办结"] if problems else []),
        *([f"尚有{alerts}条预警未办结"] if alerts else []),
    ]
    within = "不超员、不超量、" if status == "IN_PRODUCTION" else ""
    fourth = [
        f"我单位承诺{within}{promise}",
        *(["按期整改并反馈未办结的问题"] if problems else []),
        *(["按期处置并反馈未办结的预警"] if alerts else []),
        "各项管控措施落实到位",
    ]
    return "".join(f"{'，'.join(sentence)}。" for sentence in (first, second, third, fourth))


def _stoppage(form: Mapping[str, Any]) -> str:
    if form["stoppage"] is None:
        return ""
    until = form["stoppage"]["expected_resumption"]
    resumption = f"，预计{_day(date.fromisoformat(until))}恢复" if until else ""
    return f"（原因：{_REASONS[form['stoppage']['reason']]}{resumption}）"


def _day(day: date) -> str:
    return f"{day:%Y年%m月%d日}"


def _plain(amount: str) -> str:
    text = f"{Decimal(amount):f}"
    return text.rstrip("0").rstrip(".") if "." in text else text
