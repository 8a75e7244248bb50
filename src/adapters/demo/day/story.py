"""Plays one business day of the demo through the public API, and compares all figures at its end."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from re import search

from rich.console import Console

from ..played.performance import connected, perform
from ..played.stage import SHANGHAI
from . import departments, enterprises
from .books import compare
from .stage import DayStage, Habit, Head


def play_day(console: Console, *, api: str, ministry: str, sms: str, password: str) -> int:
    """Play the next business day from 00:05 to 23:58; the exit code is that of `perform`.

    The clock only moves forward, so the next call plays the day after.
    """
    ready = on_stage(console, api=api, ministry=ministry, sms=sms, password=password)
    return perform(console, ready, play, compare)


@contextmanager
def on_stage(console: Console, *, api: str, ministry: str, sms: str, password: str) -> Iterator[DayStage]:
    """The stage for tomorrow. Raises CannotGoOn unless all three services answer."""
    with connected(DayStage, console, api=api, ministry=ministry, sms=sms, password=password) as stage:
        now = stage.api.now().astimezone(SHANGHAI)
        stage.day = now.date() + timedelta(days=1)
        console.print(f"演示系统 {api}，现在 {now:%Y-%m-%d %H:%M}；演示 [bold]{stage.day}[/bold] 这一天。")
        yield stage


def play(stage: DayStage) -> None:
    """Play the day, scene by scene."""
    night(stage)
    morning(stage)
    deadline(stage)
    noon(stage)
    afternoon(stage)
    evening(stage)


def night(stage: DayStage) -> None:
    """The system opens the day; the notebook notes who owes a commitment."""
    stage.at("00:05", "生成应报名单，停产期企业自动上报")
    stage.open_texts(stage.day)
    departments.log_everybody_in(stage)
    departments.open_the_book(stage)
    stage.show_slot("open-day")
    departments.overview(stage)
    enterprises.cast(stage)


def morning(stage: DayStage) -> None:
    """Most enterprises report on time, some with mistakes; a few correct."""
    for part, clock in enumerate(("07:10", "08:20", "09:20")):
        stage.at(clock, f"企业上报（第{part + 1}批）")
        heads = enterprises.with_habit(stage, Habit.ON_TIME, part, 3)
        enterprises.play(stage, "上报", heads, enterprises.report_on_time)
    stage.at("09:50", "时限前更正")
    correcting = [head for head in stage.heads if head.place % enterprises.TWENTY in enterprises.CORRECTING]
    enterprises.play(stage, "更正", correcting, enterprises.correct)


def deadline(stage: DayStage) -> None:
    """The system reminds enterprises that have not reported; some then report late."""
    stage.sms.trouble("drop_after", 1)
    stage.at("10:00", "上报时限：提醒企业负责人和县级值班人员（短信平台收下第一条后断线）")
    stage.show_slot("commitment-reminders")
    stage.settle_texts()
    departments.show_texts(stage)
    departments.show_reminder(stage, "COUNTY", "COMMITMENT_UNREPORTED")
    departments.overview(stage)
    stage.at("10:12", "结果未知的短信：先按编号询问，再决定是否重发")
    stage.settle_texts()
    departments.show_texts(stage)
    for part, clock in enumerate(("10:20", "11:20")):
        stage.at(clock, f"企业读提醒后逾期上报（第{part + 1}批）")
        late = enterprises.with_habit(stage, Habit.LATE, part, 2)
        enterprises.play(stage, "逾期上报", late, enterprises.report_late, most=4)


def noon(stage: DayStage) -> None:
    """The first push, with faults at the ministry; the second reminder; two dead letters are sent again."""
    stage.at("11:50", "给部级平台安排故障")
    refused = _two_to_refuse(stage)
    departments.order_troubles(stage, refused)
    stage.sms.trouble("receipt_twice", 3)
    stage.at("12:00", "首次推送部级平台；仍未上报的升级到市级")
    stage.show_slot("commitment-reminders")
    departments.push(stage)
    departments.show_attempts(stage)
    stage.settle_texts()
    departments.show_texts(stage)
    departments.show_reminder(stage, "CITY", "COMMITMENT_ESCALATED")
    departments.resend(stage, refused)
    departments.push(stage)
    departments.overview(stage)


def afternoon(stage: DayStage) -> None:
    """Pushes every half hour, with a lost answer and a lost batch; a correction after re-opening."""
    stage.at("12:10", "下午上报（第1批）")
    first = enterprises.with_habit(stage, Habit.AFTERNOON, 0, 2)
    enterprises.play(stage, "逾期上报", first, enterprises.report_late, most=3)
    stage.ministry.trouble("drop_answer", 1)
    stage.at("12:30", "每30分钟推送一次（部级平台已入库，应答丢失）")
    departments.push(stage)
    departments.show_repeated(stage)
    stage.ministry.trouble("ok", 1)
    stage.at("13:40", "县级重新开放，企业更正")
    departments.reopen(stage)
    stage.at("14:00", "推送更正后的版本")
    departments.push(stage)
    stage.at("14:40", "下午上报（第2批）")
    second = enterprises.with_habit(stage, Habit.AFTERNOON, 1, 2)
    enterprises.play(stage, "逾期上报", second, enterprises.report_late, most=3)
    stage.ministry.trouble("lose", 1)
    stage.at("15:00", "推送（部级平台答复成功，却没有入库）")
    departments.push(stage)
    stage.ministry.trouble("ok", 1)


def evening(stage: DayStage) -> None:
    """The last report, the reconciliation with the ministry, and the end of the day."""
    stage.at("21:20", "当日最后一次上报")
    last = enterprises.with_habit(stage, Habit.SILENT)[:1]
    enterprises.play(stage, "逾期上报", last, enterprises.report_late)
    stage.at("21:30", "推送")
    departments.push(stage)
    stage.at("23:45", "与部级平台对账")
    note = stage.show_slot("reconcile-commitments")
    found = search(r"缺少(\d+)条", note)
    stage.found_missing = int(found[1]) if found else 0
    if stage.found_missing:
        stage.show_message("province-duty", "EXCHANGE_ALARM")
    departments.push(stage)
    stage.at("23:58", "当日结束")
    stage.settle_texts()
    departments.overview(stage)
    departments.show_audit(stage)


def _two_to_refuse(stage: DayStage) -> list[Head]:
    """Up to two enterprises whose only version is pushed at noon."""
    once = [
        head
        for head in stage.heads
        if head.habit is Habit.ON_TIME and head.revision == 1 and head.state == "REPORTED"
    ]
    return once[:2]
