"""The stage of a play: its people and its clock, waiting for the system, and output to the console."""

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
"""How far back to look for unsent texts: held by quiet hours, or by a lease while the clock jumps."""

Thing = TypeVar("Thing")
Result = TypeVar("Result")


def local(instant: str) -> datetime:
    """Convert an instant of the API to Shanghai time."""
    return datetime.fromisoformat(instant).astimezone(SHANGHAI)


def _mark(row: Row) -> tuple[str, str]:
    return row["createdAt"], row["phone"]


@dataclass(slots=True)
class Stage:
    """The shared state of a play: its people, its clients and its day."""

    console: Console
    api: Api
    ministry: MinistrySimulator
    sms: SmsSimulator
    password: str = field(repr=False)
    day: date = date.min
    texts_before: int = 0
    """The `seq` of the newest text that the SMS platform had received before the play."""
    texts_settled: frozenset[tuple[str, str]] = frozenset()
    """Texts of earlier days that were not waiting when the play began: (createdAt, phone)."""
    _people: dict[str, Player] = field(default_factory=dict, repr=False)

    def person(self, username: str) -> Player:
        """The player with this account; it logs in when it is first used."""
        if username not in self._people:
            self._people[username] = Player(self.api, username, self.password)
        return self._people[username]

    @property
    def duty(self) -> Player:
        """The player who is the province's duty person."""
        return self.person("province-duty")

    # ------------------------------------------------------------ time

    @property
    def period(self) -> str:
        """The played period, as the heading of the comparison shows it."""
        return self.day.isoformat()

    def moment(self, clock: time) -> datetime:
        """This time on the played day."""
        return datetime.combine(self.day, clock, SHANGHAI)

    def at(self, clock: str, title: str) -> None:
        """Move the clock to a time of the day and print a heading; never move it back. Wait for due jobs."""
        moment = self.moment(time.fromisoformat(clock))
        if self.api.now() < moment:
            with self.console.status(f"时钟拨到 {clock}，运行到期的作业……"):
                self.api.move_to(moment)
        self.console.print()
        self.console.rule(f"[bold]{clock}　{title}[/bold]", align="left")
        self.until("到期的作业", self._jobs_left)

    # ------------------------------------------------------------ waiting

    def until(self, what: str, missing: Callable[[], str], *, seconds: float = WAIT_SECONDS) -> None:
        """Poll until `missing` returns an empty text. Raises CannotGoOn after `seconds`."""
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
        """Wait until every due text is handed over and every receipt of the platform is processed."""

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
        """Note the platform's newest text before the first day, and the texts of earlier days that are settled."""
        self.until("先前的短信", self._texts_due)
        self.texts_before = self.sms.newest()
        rows = self._texts_of(first - HELD_BACK, first - timedelta(days=1))
        self.texts_settled = frozenset(_mark(row) for row in rows if row["state"] != "QUEUED")

    def _texts_due(self) -> str:
        due = self.duty.ask(TEXTS_WAITING)["texts"]
        return f"{due}条待发送" if due else ""

    def texts_listed(self, first: date, last: date) -> list[Row]:
        """Our SMS records of these days, and those of earlier days that were sent or made during the play.

        The jobs of the rest of a day run when the clock is moved past it.
        """
        rows = self._texts_of(first - HELD_BACK, first - timedelta(days=1))
        earlier = [row for row in rows if _mark(row) not in self.texts_settled]
        return [*earlier, *self._texts_of(first, last)]

    def _texts_of(self, first: date, last: date) -> list[Row]:
        days = [first + timedelta(days=number) for number in range((last - first).days + 1)]
        return [row for day in days for row in self.duty.walk(TEXTS, "smsRecords", day=day.isoformat())]

    def texts_received(self) -> list[Row]:
        """The texts that the SMS platform has received since the play began."""
        return self.sms.received(self.texts_before)

    # ------------------------------------------------------------ what is shown

    def say(self, fact: str) -> None:
        self.console.print(f"  {fact}", highlight=False)

    def table(self, title: str, columns: Sequence[str], rows: Iterable[Sequence[object]]) -> None:
        """Print a small table; columns whose name begins with # are aligned right."""
        shown = Table(title=title, title_justify="left", pad_edge=False)
        for column in columns:
            shown.add_column(column.lstrip("#"), justify="right" if column.startswith("#") else "left")
        for row in rows:
            shown.add_row(*(str(cell) for cell in row))
        self.console.print(shown)

    def show_message(self, username: str, kind: str) -> None:
        """Show a person's newest unread message of this day and kind. Raises CannotGoOn if there is none."""
        for message in self.person(username).ask(MESSAGES)["viewer"]["messages"]["nodes"]:
            if message["kind"] == kind and local(message["createdAt"]).date() == self.day:
                self.say(f"{username}收到应用消息“{message['title']}”：{message['body']}")
                return
        raise CannotGoOn(f"{username}没有收到今天的应用消息（{kind}）。")

    def show_slot(self, job: str) -> str:
        """Show and return the note of the job's newest run of the day. Raises CannotGoOn if there is none."""
        slots = self.person("system-admin").ask(SLOTS, job=job)["scheduleSlots"]["nodes"]
        for slot in slots:
            at = local(slot["slotAt"])
            if at.date() == self.day:
                note: str = slot["note"]
                self.say(f"作业 {job}（{at:%H:%M}）：{note}")
                return note
        raise CannotGoOn(f"作业{job}今天没有运行。")

    def together(self, title: str, things: Sequence[Thing], act: Callable[[Thing], Result]) -> list[Result]:
        """Call `act` for each thing, in threads; returns the results in order. Raises the first failure."""
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
