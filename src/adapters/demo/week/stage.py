"""The state of the played week: its days, players whose log-ins are noted, and the notebook."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta
from typing import Final

from ..played.client import CannotGoOn, Player, Row
from ..played.stage import SHANGHAI, Stage
from .documents import DEPARTMENTS, PUSHES_WAITING, WHERE_I_WORK
from .notebook import DAY_END, Case, Kind, Notebook, Office, Party, Record, city_of

FRIDAY: Final = 5


@dataclass(slots=True)
class NotedPlayer(Player):
    """A player whose log-ins are noted, because they lead to automatic records."""

    note: Callable[[Player], None] = field(default=lambda player: None, repr=False)

    def log_in(self) -> Row:
        found = Player.log_in(self)
        self.note(self)
        return found


@dataclass(slots=True)
class WeekStage(Stage):
    """The state that the scenes of the week share; `first` is the first day, `day` the current one."""

    first: date = date.min
    notebook: Notebook = field(default_factory=Notebook)
    parties: dict[str, str] = field(default_factory=dict)
    """User name → id of the department or enterprise that the person represents, for some persons."""
    _works_at: dict[str, str] = field(default_factory=dict, repr=False)

    @property
    def period(self) -> str:
        return f"{self.first}至{self.last}"

    @property
    def last(self) -> date:
        return self.first + timedelta(days=6)

    @property
    def friday(self) -> date:
        """The Friday among the seven played days."""
        return self.first + timedelta(days=(FRIDAY - self.first.isoweekday()) % 7)

    @property
    def closing(self) -> datetime:
        """The end of the reporting week: Friday 14:00."""
        return datetime.combine(self.friday, time(14, 0), SHANGHAI)

    def now(self) -> datetime:
        return self.api.now().astimezone(SHANGHAI)

    def person(self, username: str) -> Player:
        if username not in self._people:
            self._people[username] = NotedPlayer(self.api, username, self.password, note=self._noted)
        return self._people[username]

    def office_of(self, username: str) -> Office:
        """The department that this person works for. Raises CannotGoOn if there is none."""
        player = self.person(username)
        if username not in self._works_at:
            department = player.ask(WHERE_I_WORK)["viewer"]["department"]
            if department is None:
                raise CannotGoOn(f"{username}不是部门人员。")
            self._works_at[username] = department["id"]
        return self.notebook.offices[self._works_at[username]]

    def _noted(self, player: Player) -> None:
        # Log-ins of administrators do not count: they work in the province's department, but may not read
        # inspections. Log-ins after the day's automatic records were made do not count either.
        moment = self.now()
        viewer = player.ask(WHERE_I_WORK)["viewer"]
        in_time = moment.time() < DAY_END
        if in_time and viewer["department"] is not None and "READ_INSPECTIONS" in viewer["commands"]:
            self.notebook.log_ins.add((viewer["department"]["id"], moment.date()))

    def learn_the_offices(self) -> None:
        """Read the tree of departments as the province's inspector."""
        rows = list(self.person("province-inspector").walk(DEPARTMENTS, "departments"))
        above = {line["parent"]["code"] for row in rows for line in row["jurisdiction"] if line["parent"]}
        for row in rows:
            region = min(row["jurisdiction"], key=lambda one: one["code"])
            parent = None if row["parent"] is None else row["parent"]["id"]
            self.notebook.offices[row["id"]] = Office(
                *(row["id"], row["name"], parent, region["code"], region["id"], city_of(region)),
                is_area=region["code"] not in above,
            )

    def office_in(self, region: str) -> Office:
        return next(office for office in self.notebook.offices.values() if office.region == region)

    def recorded(self, office: Office, party: Party, problems: list[Row], on_site: int = 0) -> list[Case]:
        """Note a submitted inspection and the problems that it issued; returns the problems."""
        at = self.now()
        self.notebook.records.append(
            Record(office.id, party, at.date(), at, len(problems), rectified_on_site=on_site)
        )
        cases = []
        for row in problems:
            case = Case(
                row["id"], row["description"], office, party, at, row["revision"], row["state"], due_of(row)
            )
            case.steps.append((at, row["state"]))
            self.notebook.cases[case.id] = case
            cases.append(case)
        return cases

    def moved(self, case: Case, row: Row) -> None:
        """Note the new revision, state and deadlines of a problem after a step."""
        case.revision, case.state, case.due = row["revision"], row["state"], due_of(row)
        case.steps.append((self.now(), row["state"]))

    def settle_weekly(self) -> None:
        """Wait until all weekly rows are pushed."""

        def missing() -> str:
            found = self.duty.ask(PUSHES_WAITING)
            left = found["patrols"] + found["spotChecks"]
            return f"{left}条待推送" if left else ""

        self.until("每周推送完成", missing)


def due_of(row: Row) -> dict[str, datetime]:
    """The deadlines of a problem: to acknowledge, to feed back and to rectify."""
    return {
        name: datetime.fromisoformat(row[name]) for name in ("acknowledgeDue", "feedBackDue", "rectifyDue")
    }


def party_of(office: Office) -> Party:
    """The department as an inspected party."""
    return Party(office.id, office.name, Kind.PATROL, office.city, office.is_area)
