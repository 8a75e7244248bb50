"""The stage of a play: who plays, what time it is, waiting for the system, and what the audience sees."""

from __future__ import annotations

import time as machine
from collections.abc import Callable, Iterable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta
from typing import Any, Final, TypeVar
from zoneinfo import ZoneInfo

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn
from rich.table import Table

from .client import Api, CannotGoOn, MinistrySimulator, Player, Row, SmsSimulator
from .documents import MESSAGES, SLOTS, TEXTS, TEXTS_WAITING

SHANGHAI: Final = ZoneInfo("Asia/Shanghai")
THREADS: Final = 8
WAIT_SECONDS: Final = 180.0
POLL_SECONDS: Final = 0.15
HELD_BACK: Final = timedelta(days=14)
"""Where to look for texts that have not gone out: the night's, and what waits for a lease while days fly past."""

Thing = TypeVar("Thing")
Result = TypeVar("Result")


def local(instant: str) -> datetime:
    """An instant of the API, as the province reads it."""
    return datetime.fromisoformat(instant).astimezone(SHANGHAI)


def _mark(row: Row) -> tuple[str, str]:
    return row["createdAt"], row["phone"]


@dataclass(slots=True)
class Stage:
    """Who plays, what time it is, and what the audience sees."""

    console: Console
    api: Api
    ministry: MinistrySimulator
    sms: SmsSimulator
    password: str = field(repr=False)
    day: date = date.min
    texts_before: int = 0
    """The number of the newest text that the SMS platform had received before the play."""
    texts_held: frozenset[tuple[str, str]] = frozenset()
    """Texts of the days before that go out during the play: when they were written, and the number."""
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

    @property
    def period(self) -> str:
        """What is played, as the heading of the books says it."""
        return self.day.isoformat()

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

    def settle_texts(self) -> None:
        """Until every due text has been handed over, and every receipt that the platform made has been taken in."""

        def missing() -> str:
            left = self.duty.ask(TEXTS_WAITING)
            if left["texts"]:
                return f"{left['texts']}条短信待发送"
            waiting = sum(text["receipt"] == "PENDING" for text in self.texts_received())
            if waiting:
                return f"{waiting}条回执在途"
            return f"{left['receipts']}条回执待处理" if left["receipts"] else ""

        self.until("短信", missing)

    def _jobs_left(self) -> str:
        slots = self.person("system-admin").ask(SLOTS)["scheduleSlots"]["nodes"]
        due = [slot for slot in slots if slot["state"] == "DUE"]
        return f"{len(due)}项（{due[0]['job']}）" if due else ""

    # ------------------------------------------------------------ what is read again and again

    def open_texts(self, first: date) -> None:
        """Note where the SMS platform's book stands before the first day, and what is still to go out of the days before."""
        self.texts_before = self.sms.newest()
        rows = self._texts_of(first - HELD_BACK, first - timedelta(days=1))
        self.texts_held = frozenset(_mark(row) for row in rows if row["state"] == "QUEUED")

    def texts_listed(self, first: date, last: date) -> list[Row]:
        """Our records of the SMS of these days, and of those that were held back before the first."""
        rows = self._texts_of(first - HELD_BACK, first - timedelta(days=1)) if self.texts_held else []
        return [*(row for row in rows if _mark(row) in self.texts_held), *self._texts_of(first, last)]

    def _texts_of(self, first: date, last: date) -> list[Row]:
        days = [first + timedelta(days=number) for number in range((last - first).days + 1)]
        return [row for day in days for row in self.duty.walk(TEXTS, "smsRecords", day=day.isoformat())]

    def texts_received(self) -> list[Row]:
        """What the SMS platform has received since the play began."""
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

    def show_message(self, username: str, kind: str) -> None:
        """That person's newest unread in-app message of the day of that kind. Raises CannotGoOn when there is none."""
        for message in self.person(username).ask(MESSAGES)["viewer"]["messages"]["nodes"]:
            if message["kind"] == kind and local(message["createdAt"]).date() == self.day:
                self.say(f"{username}收到应用消息“{message['title']}”：{message['body']}")
                return
        raise CannotGoOn(f"{username}没有收到今天的应用消息（{kind}）。")

    def show_slot(self, job: str) -> str:
        """What the job's newest run of the day said."""
        slots = self.person("system-admin").ask(SLOTS, job=job)["scheduleSlots"]["nodes"]
        for slot in slots:
            at = local(slot["slotAt"])
            if at.date() == self.day:
                note: str = slot["note"]
                self.say(f"作业 {job}（{at:%H:%M}）：{note}")
                return note
        raise CannotGoOn(f"作业{job}今天没有运行。")

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
