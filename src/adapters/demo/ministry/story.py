"""Plays ten days of exchange with the ministry: what it states, how it is handled, and what goes back up."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from typing import Final

from rich.console import Console

from ..played.client import CannotGoOn
from ..played.performance import connected, perform
from . import deliveries as send
from . import documents as say
from . import scenes
from .books import compare
from .notebook import Case
from .stage import DAYS, MinistryStage
from .watch import morning, show_merged

_FOUR: Final = ("TRUE", "FALSE_ALARM", "DRILL", "DEVICE_FAULT")


def play_ministry(console: Console, *, api: str, ministry: str, sms: str, password: str) -> int:
    """Play the next ten days; the exit code is that of `perform`.

    The clock only moves forward, so the next call plays the ten days after.
    """
    ready = on_stage(console, api=api, ministry=ministry, sms=sms, password=password)
    return perform(console, ready, lambda stage: Story(stage).play(), compare)


@contextmanager
def on_stage(
    console: Console, *, api: str, ministry: str, sms: str, password: str
) -> Iterator[MinistryStage]:
    """The stage for the ten days from tomorrow. Raises CannotGoOn unless all three services answer."""
    with connected(MinistryStage, console, api=api, ministry=ministry, sms=sms, password=password) as stage:
        stage.first = stage.day = stage.now().date() + timedelta(days=1)
        console.print(
            f"演示系统 {api}，现在 {stage.now():%Y-%m-%d %H:%M}；演示 [bold]{stage.period}[/bold]这{DAYS}天与部级平台"
            f"的交换：{send.TOTAL}份下发的报文、办理和上报、每日证书监测。"
        )
        yield stage


class Story:
    """Plays the ten days, day by day."""

    def __init__(self, stage: MinistryStage) -> None:
        self._stage = stage
        self._stated: list[str] = []
        self._risk: Case | None = None
        self._patrol: list[Case] = []

    def play(self) -> None:
        stage = self._stage
        stage.open_texts(stage.first)
        stage.learn()
        scenes.shut_down(stage)
        self._first_day()
        self._second_day()
        self._third_day()
        self._fourth_day()
        self._night()
        for number in range(5, DAYS + 1):
            self._quiet_day(number)
        stage.settle()

    def _first_day(self) -> None:
        stage = self._stage
        morning(stage, 1, "证书监测；部级平台依次下发")
        show_merged(stage)
        stage.at("09:20", "部级平台下发巡查问题、抽查问题和预警")
        self._stated = stage.deliver(send.IN_ORDER)
        mine = scenes.find(stage, "enterprise-head", "alert", self._stated, states=["OPEN"])
        if len(mine) < len(_FOUR):
            mine += self._more_of_mine(len(_FOUR) - len(mine))
        stage.say(f"企业看到自己的{len(mine)}项预警；看不到别家的。")
        four = mine[:4]
        scenes.must_not_be_seen(stage, four[0])
        stage.at("09:30", "企业签收，核实处置，反馈；省级核查")
        scenes.acknowledge(stage, "enterprise-head", *four)
        for case, verification in zip(four, _FOUR, strict=True):
            scenes.handle(stage, "enterprise-head", case, verification)
        scenes.report_progress(stage, "enterprise-head", four[0])
        stage.ministry.trouble("drop_answer", 1)
        scenes.feed_back(stage, "enterprise-head", *four)
        scenes.must_be_refused(stage, "enterprise-head", four[0], "CLOSE", "FORBIDDEN", note="自行办结")
        stage.settle_results()
        stage.say("部级平台已收下办理情况，应答丢失一次：按原标识重报，部级平台只记一次。")
        scenes.close(stage, "province-inspector", *four[:3])
        scenes.return_(stage, "province-inspector", four[3])
        self._risk = four[3]
        self._hand_over()
        stage.settle()

    def _more_of_mine(self, number: int) -> list[Case]:
        """Warnings for the enterprise of the demo account alone: by chance it has had too few."""
        treatment = send.Treatment(send.IN_ORDER.name, ((send.WARNING, number),))
        items = self._stage.deliver(treatment, companies=[self._stage.mine["creditCode"]])
        self._stated += items
        return scenes.find(self._stage, "enterprise-head", "alert", items)

    def _hand_over(self) -> None:
        """The province hands a patrol problem of the county on; the county and the enterprise begin theirs."""
        stage = self._stage
        stage.at("10:30", "省级把巡查问题转办给县级；企业办理抽查问题")
        county = stage.offices["610526"]["regionId"]
        found = scenes.find(
            stage, "province-inspector", "problem", self._stated, kinds=["PATROL"], regionId=county
        )
        if not found:
            treatment = send.Treatment(send.IN_ORDER.name, ((send.PATROL, 1),))
            items = stage.deliver(treatment, areas=["610526"])
            found = scenes.find(stage, "province-inspector", "problem", items)
        patrol = found[0]
        scenes.acknowledge(stage, "province-inspector", patrol)
        scenes.hand_over(stage, "province-inspector", patrol)
        scenes.acknowledge(stage, "county-head", patrol)
        self._patrol = [patrol]
        mine = scenes.find(stage, "enterprise-head", "problem", self._stated)
        if not mine:
            treatment = send.Treatment(send.IN_ORDER.name, ((send.SPOT_CHECK, 1),))
            items = stage.deliver(treatment, companies=[stage.mine["creditCode"]])
            mine = scenes.find(stage, "enterprise-head", "problem", items)
        scenes.acknowledge(stage, "enterprise-head", mine[0])
        self._patrol.append(mine[0])

    def _second_day(self) -> None:
        stage = self._stage
        patrol, spot_check = self._patrol
        morning(stage, 2, "重发、乱序、升级、降级、改描述")
        stage.at("09:10", "部级平台重发，又乱序下发并更新")
        stage.deliver(send.REPEATED, items=self._stated[:5])
        stage.deliver(send.SHUFFLED)
        stage.deliver(send.LOWERED)
        stage.deliver(send.DESCRIBED)
        stage.at("10:00", "县级整改、反馈；企业整改、反馈；退回的预警再次处置")
        scenes.find(stage, "province-inspector", "problem", [patrol.number])
        scenes.find(stage, "enterprise-head", "problem", [spot_check.number])
        for username, case in (("county-head", patrol), ("enterprise-head", spot_check)):
            scenes.act(stage, username, case, "RECTIFY")
        scenes.feed_back(stage, "county-head", patrol)
        scenes.feed_back(stage, "enterprise-head", spot_check)
        assert self._risk is not None, "it was returned on the first day"
        scenes.handle(stage, "enterprise-head", self._risk, "DEVICE_FAULT")
        scenes.feed_back(stage, "enterprise-head", self._risk)
        stage.ministry.trouble("http_503", 1)
        scenes.return_(stage, "province-inspector", patrol)
        scenes.close(stage, "province-inspector", spot_check, self._risk)
        stage.settle_results()
        stage.say("部级平台拒绝服务一次：逐项等待，按次序重报，没有遗漏。")

    def _third_day(self) -> None:
        stage = self._stage
        patrol = self._patrol[0]
        morning(stage, 3, "解除、撤回；伪造和损坏的报文")
        scenes.act(stage, "county-head", patrol, "RECTIFY")
        scenes.feed_back(stage, "county-head", patrol)
        scenes.close(stage, "province-inspector", patrol)
        stage.at("09:40", "部级平台解除、撤回，有的先到解除后到下发")
        stage.deliver(send.ENDED)
        stage.deliver(send.ENDED_FIRST)
        stage.at("11:00", "签名错误、过期、被改动、重放的报文")
        for treatment in (send.WRONG_SIGNATURE, send.OLD_TIMESTAMP, send.FLIPPED):
            stage.deliver(treatment)
        for treatment in (send.REPLAYED, send.REPLAYED_NONCE, send.CUT):
            stage.deliver(treatment)
        stage.settle()

    def _fourth_day(self) -> None:
        stage = self._stage
        morning(stage, 4, "错误的代码、外省的区域、不在档案中的企业和区域")
        stage.at("09:15", "逐条答复：本省的收下，其余说明原因")
        stage.deliver(send.WRONG_CODE)
        stage.deliver(send.FOREIGN)
        items = stage.deliver(send.UNKNOWN)
        records = scenes.quarantined(stage, items)
        if len(records) != len(items):
            raise CannotGoOn(f"应有{len(items)}条记录待人工处置，现为{len(records)}条。")
        stage.say(f"待人工处置{len(records)}条；{stage.health()['sentence']}")
        by_kind = {item.partition("-")[0]: records[item] for item in items}
        scenes.assign(stage, by_kind["YJ"])
        scenes.enrol(stage, by_kind["CC"])
        stage.notebook.quarantined = 1
        stage.say(f"{by_kind['XC']['externalId']}（{by_kind['XC']['sentence']}）留待核实，不丢弃。")
        stage.settle()

    def _night(self) -> None:
        """An alert rises to RED at night: it is told at once."""
        stage = self._stage
        (orange,) = self._raisable()
        stage.at("23:10", "夜间：预警升为红色，立即告知")
        stage.deliver(send.UPDATED, items=[orange], change="raised")
        (case,) = scenes.find(stage, "enterprise-head", "alert", [orange])
        scenes.told_at_night(stage, case)
        scenes.acknowledge(stage, "enterprise-head", case)
        scenes.handle(stage, "enterprise-head", case, "TRUE")
        scenes.feed_back(stage, "enterprise-head", case)
        stage.settle()

    def _raisable(self) -> list[str]:
        """A warning to the demo's enterprise, raised until it is ORANGE; stated anew, so that nobody handles it."""
        stage = self._stage
        stage.at("15:00", "部级平台对演示企业发出预警，并逐级升高")
        one = send.Treatment(send.UPDATED.name, ((send.WARNING, 1),))
        for _ in range(_MOST_TRIES):
            items = stage.deliver(one, companies=[stage.mine["creditCode"]])
            (row,) = scenes.rows(stage, items)
            if row["level"] == "RED":
                continue  # It is as grave as it can be: state another.
            while row["level"] != "ORANGE":
                stage.deliver(send.UPDATED, items=items, change="raised")
                (row,) = scenes.rows(stage, items)
            return items
        raise CannotGoOn("部级平台发出的预警都是红色，不能演示升级。")

    def _quiet_day(self, number: int) -> None:
        """The watch, and some of the messages that are left: the ministry ends warnings that nobody handles."""
        stage = self._stage
        morning(stage, number, "证书监测；部级平台陆续解除预警")
        left = send.TOTAL - stage.notebook.delivered.sendings
        share = left if number == DAYS else left // (DAYS + 1 - number)
        where = stage.span | {"origins": ["MINISTRY"], "states": ["OPEN"]}
        rows = stage.person("province-inspector").walk(say.ALERTS, "alerts", where=where)
        over = [row["ministryNumber"] for row in rows][:share]
        if over:
            stage.deliver(send.THE_REST, items=over, change="ended")
        if share > len(over):
            stage.deliver(send.Treatment(send.THE_REST.name, ((send.WARNING, share - len(over)),)))
        stage.settle()


_MOST_TRIES: Final = 8
