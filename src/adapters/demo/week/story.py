"""Plays seven days of the demo through the public API: patrols, spot checks, problems, the Friday push."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import timedelta
from typing import Final

from rich.console import Console

from ..played.client import CannotGoOn, Row
from ..played.performance import connected, perform
from . import documents as say
from . import scenes
from .books import compare, show_week
from .notebook import Case
from .opening import carry_over
from .settings import loosen_deadline
from .stage import WeekStage
from .stop import declare_stop, must_stand, show_declared


def play_week(console: Console, *, api: str, ministry: str, sms: str, password: str) -> int:
    """Play the next seven business days; the exit code is that of `perform`.

    The clock only moves forward, so the next call plays the week after.
    """
    ready = on_stage(console, api=api, ministry=ministry, sms=sms, password=password)
    return perform(console, ready, lambda stage: Story(stage).play(), compare)


@contextmanager
def on_stage(console: Console, *, api: str, ministry: str, sms: str, password: str) -> Iterator[WeekStage]:
    """The stage for the seven days from tomorrow. Raises CannotGoOn unless all three services answer."""
    with connected(WeekStage, console, api=api, ministry=ministry, sms=sms, password=password) as stage:
        now = stage.now()
        stage.first = stage.day = now.date() + timedelta(days=1)
        console.print(
            f"演示系统 {api}，现在 {now:%Y-%m-%d %H:%M}；演示 [bold]{stage.first}至{stage.last}[/bold]这一周，"
            f"{stage.friday}（周五）14:00推送部级平台。"
        )
        yield stage


_FINAL: Final[Row] = {"situation": "已核实", "measures": "已整改", "outcome": "已完成"}


class Story:
    """Plays the week, day by day. Friday may be any of the seven days; its scenes come before the closing."""

    def __init__(self, stage: WeekStage) -> None:
        self._stage = stage
        self._red: Row = {}
        self._others: list[Row] = []
        self._found_at_night: list[Case] = []

    def play(self) -> None:
        stage = self._stage
        stage.at("00:30", "第1天：各单位登录")
        stage.open_texts(stage.first)
        self._cast()
        city, county = stage.office_in("610500"), stage.office_in("610526")
        neighbour = next(
            o for o in stage.notebook.offices.values() if o.parent == city.id and o.id != county.id
        )

        stage.at("09:00", "第1天：省巡查市，市巡查县，县抽查企业")
        (late,) = scenes.patrol(
            stage,
            "province-inspector",
            city,
            scenes.statement(1, rectifyOn=self._day(1)),
            meanwhile=stage.person("city-duty").log_in,
        )
        extended, plain = scenes.patrol(
            stage, "city-inspector", county, scenes.statement(1), scenes.statement(2)
        )
        first, second = scenes.spot_check(
            stage, "county-inspector", self._red, scenes.statement(0), scenes.statement(3)
        )
        scenes.look_at(stage, "county-inspector", self._others[0])
        stage.show_message("enterprise-head", "PROBLEM_ISSUED")
        scenes.must_be_refused(stage, "county-inspector", first, say.ACKNOWLEDGE, "FORBIDDEN")

        loosen_deadline(stage, "county-head", county.region_id)

        stage.at("10:30", "第1天：签收，开始整改")
        scenes.acknowledge(stage, "enterprise-head", first, second)
        scenes.rectify(stage, "enterprise-head", first, second)
        scenes.acknowledge(stage, "county-head", extended, plain)
        scenes.rectify(stage, "county-head", plain)
        scenes.report_progress(stage, "enterprise-head", first)
        self._day_ends(1)

        self._morning(2, "反馈、退回、申请延期")
        scenes.feed_back(stage, "enterprise-head", first)
        scenes.close(stage, "county-inspector", first)
        scenes.must_be_refused(
            stage, "enterprise-head", first, say.FEED_BACK, "ACTION_NOT_ALLOWED", feedback=_FINAL
        )
        scenes.feed_back(stage, "enterprise-head", second)
        scenes.return_(stage, "county-inspector", second)
        scenes.ask_for_time(stage, "county-head", extended, 10)
        scenes.grant(stage, "city-inspector", extended)
        (mistaken,) = scenes.spot_check(stage, "city-inspector", self._others[1], scenes.statement(2))
        scenes.withdraw(stage, "city-inspector", mistaken)
        self._day_ends(2)

        self._morning(3, "逾期：提醒升级一级；延期不批准")
        stage.show_message("city-head", "PROBLEM_OVERDUE")
        stage.show_message("province-duty", "PROBLEM_OVERDUE")
        scenes.acknowledge(stage, "city-head", late)
        scenes.ask_for_time(stage, "city-head", late, 5)
        scenes.refuse(stage, "province-inspector", late)
        scenes.refuse_contradiction(stage, "province-inspector", self._others[2])
        scenes.spot_check(stage, "province-inspector", self._others[2], rectified="超出核定的部分已当场清退")
        self._day_ends(3)

        self._morning(4, "企业自行申报停产；再次整改、反馈")
        declare_stop(stage, "enterprise-head", 3)
        show_declared(stage, "county-inspector")
        scenes.rectify(stage, "enterprise-head", second)
        scenes.feed_back(stage, "enterprise-head", second)
        scenes.close(stage, "county-inspector", second)
        scenes.feed_back(stage, "county-head", plain)
        scenes.patrol(stage, "province-inspector", county)
        self._day_ends(4)

        self._morning(5, "停产期内自动上报；市县巡查，企业抽查")
        must_stand(stage, "enterprise-head", "REPORTED_AUTOMATICALLY")
        scenes.patrol(stage, "city-inspector", neighbour)
        (open_one,) = scenes.spot_check(
            stage, "county-inspector", self._others[0], scenes.statement(0, severity="GENERAL")
        )
        scenes.close(stage, "city-inspector", plain)
        self._day_ends(5)

        self._morning(6, "查看企业，继续督促")
        scenes.look_at(stage, "city-inspector", self._others[1])
        scenes.rectify(stage, "city-head", late)
        self._day_ends(6, night=self._night)
        stage.show_message("enterprise-head", "SHUTDOWN_ENDING")

        self._morning(7, "逾期的问题最终反馈；仍有未反馈的")
        must_stand(stage, "enterprise-head", "OWED")
        scenes.feed_back(stage, "city-head", late)
        scenes.acknowledge(stage, "enterprise-head", *self._found_at_night)
        if not open_one.unfed_back:
            raise CannotGoOn("应仍有未反馈的问题。")
        self._day_ends(7)

    # ------------------------------------------------------------ parts

    def _cast(self) -> None:
        stage = self._stage
        stage.learn_the_offices()
        carry_over(stage)
        county = stage.office_in("610526")
        city = stage.office_in("610500")
        stage.parties = {"city-head": city.id, "county-head": county.id}
        for username in ("province-duty", "city-head", "city-inspector", "county-head", "county-inspector"):
            stage.office_of(username)
        mine = stage.person("enterprise-head").ask(say.WHERE_I_WORK)["viewer"]["enterprise"]
        stage.parties["enterprise-head"] = mine["id"]
        enterprises = list(
            stage.person("county-inspector").walk(say.ENTERPRISES, "enterprises", region=county.region_id)
        )
        self._red = next(one for one in enterprises if one["id"] == mine["id"])
        self._others = [one for one in enterprises if one["id"] != mine["id"]][:3]
        if len(self._others) < 3:
            raise CannotGoOn("蒲城县的企业不足4家，不能演示一周。")

    def _day(self, number: int) -> str:
        return (self._stage.first + timedelta(days=number)).isoformat()

    def _morning(self, number: int, title: str) -> None:
        stage = self._stage
        stage.day = stage.first + timedelta(days=number - 1)
        stage.at("09:00", f"第{number}天（{stage.day}）：{title}")

    def _night(self) -> None:
        """A major and a general problem at 23:10: told at once, and when the quiet hours end."""
        stage = self._stage
        stage.at("23:10", "夜间：重大问题立即告知，一般问题待免打扰结束后告知并起算时限")
        before = len(stage.texts_received())
        major = scenes.spot_check(stage, "county-inspector", self._red, scenes.statement(0))
        general = scenes.spot_check(stage, "county-inspector", self._red, scenes.statement(1))
        self._found_at_night = [*major, *general]
        scenes.must_be_told_at_night(stage, before, *major, *general)

    def _day_ends(self, number: int, night: Callable[[], None] = lambda: None) -> None:
        """End a day: the closing at 14:00 on Friday, the `night`, then the automatic records and the texts."""
        stage = self._stage
        stage.day = stage.first + timedelta(days=number - 1)
        if stage.day == stage.friday:
            self._close_the_week()
        night()
        stage.at("23:40", f"第{number}天日终：自动生成巡查抽查记录")
        stage.show_slot("automatic-inspections")
        stage.settle_texts()

    def _close_the_week(self) -> None:
        stage = self._stage
        stage.notebook.note_overdue(stage.closing)
        # The job waits almost a minute for transactions that were still open at the closing.
        stage.at("14:01", "周五14:00：冻结本周数字，推送部级平台")
        stage.settle_weekly()
        stage.show_slot("weekly-push")
        show_week(stage)
