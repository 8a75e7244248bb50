"""The stage of the played day: who plays, what time it is, waiting for the system, and what the audience sees."""

from __future__ import annotations

import time as machine
from collections.abc import Callable, Iterable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta
from enum import Enum
from typing import Any, Final, TypeVar
from zoneinfo import ZoneInfo

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn
from rich.table import Table

from .day_client import Api, CannotGoOn, MinistrySimulator, Player, Row, SmsSimulator
from .day_documents import COUNTS, OVERDUE, SLOTS
from .day_notebook import Notebook

SHANGHAI: Final = ZoneInfo("Asia/Shanghai")
THREADS: Final = 8
WAIT_SECONDS: Final = 90.0
POLL_SECONDS: Final = 0.15
RETRY_STEP: Final = timedelta(seconds=20)
"""How far the clock is moved when all that is left to send waits for its next attempt."""

Thing = TypeVar("Thing")
Result = TypeVar("Result")


class Habit(Enum):
    """How an enterprise goes about its daily commitment."""

    ON_TIME = "按时上报"
    LATE = "提醒后上报"
    AFTERNOON = "下午上报"
    SILENT = "始终不报"


@dataclass(slots=True)
class Head:
    """An enterprise's head; what belongs to the enterprise is known from the first log-in on."""

    player: Player
    place: int
    """The place in the list of accounts, from 0: it decides what the enterprise does today."""
    habit: Habit
    enterprise_id: str = ""
    credit_code: str = ""
    name: str = ""
    kind: str = ""
    commitment_id: str = ""
    state: str = ""
    status: str = ""
    revision: int = 0


@dataclass(slots=True)
class Stage:
    """Everything that the scenes share."""

    console: Console
    api: Api
    ministry: MinistrySimulator
    sms: SmsSimulator
    password: str = field(repr=False)
    day: date = date.min
    notebook: Notebook = field(default_factory=Notebook)
    heads: list[Head] = field(default_factory=list)
    texts_before: int = 0
    """The number of the newest text that the SMS platform had received before the day."""
    refused: int = 0
    """How many records the ministry was told to refuse."""
    resent: int = 0
    found_missing: int = 0
    """How many records the evening's reconciliation says the ministry lacks."""
    _people: dict[str, Player] = field(default_factory=dict, repr=False)

    def person(self, username: str) -> Player:
        """The department's or administrator's account, logged in when it is first used."""
        if username not in self._people:
            self._people[username] = Player(self.api, username, self.password)
        return self._people[username]

    @property
    def duty(self) -> Player:
        """The province's duty person."""
        return self.person("province-duty")

    # ------------------------------------------------------------ time

    def moment(self, clock: time) -> datetime:
        """That time of the played day."""
        return datetime.combine(self.day, clock, SHANGHAI)

    def at(self, clock: str, title: str) -> None:
        """Move on to a time of day, with a heading; a clock that is there already is left alone."""
        moment = self.moment(time.fromisoformat(clock))
        if self.api.now() < moment:
            with self.console.status(f"时钟拨到 {clock}，运行到期的作业……"):
                self.api.move_to(moment)
        self.console.print()
        self.console.rule(f"[bold]{clock}　{title}[/bold]", align="left")
        self.until("到期的作业", self._jobs_left)

    # ------------------------------------------------------------ waiting

    def until(self, what: str, missing: Callable[[], str], *, seconds: float = WAIT_SECONDS) -> None:
        """Ask the system again and again until nothing is missing. Raises CannotGoOn when that takes too long."""
        patience = machine.monotonic() + seconds
        left = missing()
        if not left:
            return
        with self.console.status(f"等待{what}：{left}") as shown:
            while left := missing():
                if machine.monotonic() > patience:
                    raise CannotGoOn(f"等待{what}超过{seconds:.0f}秒，仍有：{left}")
                shown.update(f"等待{what}：{left}")
                machine.sleep(POLL_SECONDS)

    def settle_pushes(self) -> None:
        """Until everything due today has been answered; the clock jumps over the waits between two attempts."""

        def missing() -> str:
            pending = self.counts("pushes").get("PENDING", 0)
            if not pending:
                return ""
            if not self.duty.ask(OVERDUE)["pushes"]:
                self.api.move_to(self.api.now() + RETRY_STEP)
            return f"{pending}条待推送"

        self.until("推送完成", missing)

    def settle_texts(self) -> None:
        """Until every due text has been handed over, and every receipt that the platform made has been taken in."""

        def missing() -> str:
            overdue = self.duty.ask(OVERDUE)
            if overdue["texts"]:
                return f"{overdue['texts']}条短信待发送"
            waiting = sum(text["receipt"] == "PENDING" for text in self.texts_received())
            if waiting:
                return f"{waiting}条回执在途"
            return f"{overdue['receipts']}条回执待处理" if overdue["receipts"] else ""

        self.until("短信", missing)

    def _jobs_left(self) -> str:
        slots = self.person("system-admin").ask(SLOTS)["scheduleSlots"]["nodes"]
        due = [slot for slot in slots if slot["state"] == "DUE"]
        return f"{len(due)}项（{due[0]['job']}）" if due else ""

    # ------------------------------------------------------------ what is read again and again

    def counts(self, what: str) -> dict[str, int]:
        """How many `pushes` or `texts` of the day stand in which state."""
        return {row["state"]: row["count"] for row in self.duty.ask(COUNTS, day=self.day.isoformat())[what]}

    def texts_received(self) -> list[Row]:
        """What the SMS platform has received since the day began."""
        return self.sms.received(self.texts_before)

    # ------------------------------------------------------------ what is shown

    def say(self, fact: str) -> None:
        self.console.print(f"  {fact}", highlight=False)

    def table(self, title: str, columns: Sequence[str], rows: Iterable[Sequence[object]]) -> None:
        """A small table; columns that begin with # hold figures."""
        shown = Table(title=title, title_justify="left", pad_edge=False)
        for column in columns:
            shown.add_column(column.lstrip("#"), justify="right" if column.startswith("#") else "left")
        for row in rows:
            shown.add_row(*(str(cell) for cell in row))
        self.console.print(shown)

    def together(self, title: str, things: Sequence[Thing], act: Callable[[Thing], Result]) -> list[Result]:
        """Do it for all of them, a few at a time, with a bar; in their order. The first failure is raised."""
        bars = Progress(
            TextColumn("  {task.description}"),
            BarColumn(),
            MofNCompleteColumn(),
            TimeElapsedColumn(),
            console=self.console,
        )
        with bars, ThreadPoolExecutor(THREADS) as pool:
            bar = bars.add_task(title, total=len(things))

            def one(thing: Thing) -> Result:
                done = act(thing)
                bars.advance(bar)
                return done

            waiting: list[Any] = [pool.submit(one, thing) for thing in things]
            return [future.result() for future in waiting]
