"""The state of the played exchange: its ten days, the notebook, and waiting for both directions."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from typing import Any, Final

from ..played.client import CannotGoOn, Row
from ..played.stage import SHANGHAI, Stage
from .deliveries import Treatment
from .documents import DEPARTMENTS, ENTERPRISES, HEALTH, WAITING, WHERE_I_WORK
from .notebook import Notebook

DAYS: Final = 10
PROVINCE, COUNTY, NEIGHBOUR = "610000", "610526", "610528"
RETRY_STEP: Final = timedelta(seconds=20)
"""How far to move the clock when everything that goes up waits for its next attempt."""
SEED: Final = 2026


@dataclass(slots=True)
class MinistryStage(Stage):
    """What the scenes of the ten days share; `first` is the first day, `day` the current one."""

    first: date = date.min
    notebook: Notebook = field(default_factory=Notebook)
    mine: Row = field(default_factory=dict)
    """The enterprise of the demo account."""
    companies: list[Row] = field(default_factory=list)
    offices: dict[str, Row] = field(default_factory=dict)
    """Departments by the code of their region."""
    before: int = 0
    """The number of the ministry's last sending before the play."""
    _orders: int = 0

    @property
    def last(self) -> date:
        return self.first + timedelta(days=DAYS - 1)

    @property
    def period(self) -> str:
        return f"{self.first}至{self.last}"

    @property
    def span(self) -> Row:
        """The played days, for filters."""
        return {"firstDay": self.first.isoformat(), "lastDay": self.last.isoformat()}

    def now(self) -> datetime:
        return self.api.now().astimezone(SHANGHAI)

    def learn(self) -> None:
        """Find the enterprise of the demo account, some others of its county, the departments, the last sending."""
        for row in self.person("province-inspector").walk(DEPARTMENTS, "departments"):
            self.offices |= {line["code"]: row | {"regionId": line["id"]} for line in row["jurisdiction"]}
        self.mine = self.person("enterprise-head").ask(WHERE_I_WORK)["viewer"]["enterprise"]
        region = self.offices[COUNTY]["regionId"]
        found = self.person("county-inspector").walk(ENTERPRISES, "enterprises", region=region)
        others = [row for row in found if row["id"] != self.mine["id"]]
        self.companies = [self.mine, *others[:2]]
        if not others:
            raise CannotGoOn("蒲城县的企业不足2家，不能演示与部级平台的交换。")
        numbers = [sending["number"] for item in self.ministry.items() for sending in item["sendings"]]
        self.before = max(numbers, default=0)

    # ------------------------------------------------------------ the ministry delivers

    def deliver(
        self, treatment: Treatment, *, items: Sequence[str] = (), companies: Sequence[str] = (), **more: Any
    ) -> list[str]:
        """Have the ministry deliver, and wait until it is processed; returns the items."""
        self._orders += 1
        order = treatment.order | {
            "companies": list(companies) or [row["creditCode"] for row in self.companies],
            "areas": [COUNTY, NEIGHBOUR],
            "seed": SEED * 100 + self._orders,
            "attempts": 1,
        }
        if items:
            order |= {"items": list(items), "kinds": {}}
        done = self.ministry.push(order | more)
        newest = max(self.before, self.notebook.delivered.newest)
        sendings = [one for item in self.ministry.items(done["items"]) for one in item["sendings"]]
        numbers = [one["number"] for one in sendings if one["number"] > newest]
        self.notebook.delivered.note(treatment, done, numbers)
        answers = "、".join(f"{STATUS_WORDS.get(s, s)}{n}次" for s, n in sorted(done["statuses"].items()))
        self.say(f"部级平台【{treatment.name}】：{len(done['items'])}项，{done['messages']}份报文，{answers}")
        self.settle_inbox()
        return list(done["items"])

    def settle_inbox(self) -> None:
        """Wait until every record that was received is processed."""

        def missing() -> str:
            pending = self.health()["inbox"]["pending"]
            return f"{pending}条记录待处理" if pending else ""

        self.until("收到的记录处理完", missing)

    def settle_results(self) -> None:
        """Wait until everything has gone up; move the clock if all wait for their next attempt."""

        def missing() -> str:
            left = self.duty.ask(WAITING, first=self.first.isoformat(), last=self.last.isoformat())
            pending = sum(
                row["count"] for row in (*left["problems"], *left["alerts"]) if row["state"] == "PENDING"
            )
            if pending and not left["dueProblems"] + left["dueAlerts"]:
                self.api.move_to(self.api.now() + RETRY_STEP)
            return f"{pending}条办理情况待上报" if pending else ""

        self.until("办理情况上报", missing)

    def settle(self) -> None:
        """Wait for both directions and for the texts."""
        self.settle_inbox()
        self.settle_results()
        self.settle_texts()

    def health(self) -> Row:
        """The status light of the exchange."""
        return dict(self.duty.ask(HEALTH)["exchangeHealth"])


STATUS_WORDS: Final = {
    "200": "已接收",
    "400": "不能识别",
    "401": "签名不符、拒收",
    "409": "内容冲突、拒收",
    "none": "无应答",
}
