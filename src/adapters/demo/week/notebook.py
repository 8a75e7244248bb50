"""What the players of the week note down as they do it: records, log-ins, views, and each problem's way."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime, time
from enum import Enum
from typing import Any, Final


class Kind(Enum):
    """What an inspection looks at."""

    PATROL = "PATROL"
    SPOT_CHECK = "SPOT_CHECK"


DAY_END: Final = time(23, 30)
"""When the automatic records of a day are made."""
UNFED_BACK = frozenset({"ISSUED", "ACKNOWLEDGED", "RECTIFYING", "RETURNED"})


def city_of(region: Mapping[str, Any]) -> str:
    """The code of the region of city rank that counts what happens in a region; the province counts for itself."""
    code: str = region["parent"]["code"] if region["level"] == "COUNTY" else region["code"]
    return code


@dataclass(frozen=True, slots=True)
class Office:
    """A department: its region, and the region of city rank that counts it; the province counts for none."""

    id: str
    name: str
    parent: str | None
    region: str
    region_id: str
    city: str


@dataclass(frozen=True, slots=True)
class Party:
    """Who is inspected: a department or an enterprise, in a region that a city counts."""

    id: str
    name: str
    kind: Kind
    city: str


@dataclass(frozen=True, slots=True)
class Record:
    """A patrol or spot check that counts; `office` is who inspected, `problems` how many were issued."""

    office: str
    party: Party
    day: date
    at: datetime
    problems: int
    automatic: bool = False


@dataclass(slots=True)
class Case:
    """One problem as its players know it."""

    id: str
    what: str
    issuer: Office
    party: Party
    issued_at: datetime
    revision: int
    state: str
    due: dict[str, datetime]
    acknowledged: bool = False
    feedbacks: list[tuple[datetime, bool]] = field(default_factory=list)
    steps: list[tuple[datetime, str]] = field(default_factory=list)
    """Every state with the moment at which it was reached."""

    def state_before(self, moment: datetime) -> str | None:
        """The state just before; None: not yet issued."""
        states = [state for at, state in self.steps if at < moment]
        return states[-1] if states else None

    @property
    def unfed_back(self) -> bool:
        return self.state in UNFED_BACK

    def overdue(self, moment: datetime) -> bool:
        """Whether something that is owed was due by then; the terms are those of now."""
        if not self.unfed_back:
            return False
        met = {"acknowledgeDue": self.acknowledged, "feedBackDue": bool(self.feedbacks), "rectifyDue": False}
        return any(not met[name] and due <= moment for name, due in self.due.items())


@dataclass(slots=True)
class Notebook:
    """The week, as it was done."""

    offices: dict[str, Office] = field(default_factory=dict)
    records: list[Record] = field(default_factory=list)
    cases: dict[str, Case] = field(default_factory=dict)
    log_ins: set[tuple[str, date]] = field(default_factory=set)
    views: set[tuple[str, Party, date]] = field(default_factory=set)
    actions: Counter[str] = field(default_factory=Counter)
    refusals: Counter[str] = field(default_factory=Counter)
    overdue_at_closing: dict[tuple[str, Kind], int] = field(default_factory=dict)
    earlier_records: list[Record] = field(default_factory=list)
    """Of the days before the play, since the week began."""
    earlier_cases: list[Case] = field(default_factory=list)
    """Of the days before the play, whatever has become of them."""

    @property
    def every_case(self) -> list[Case]:
        return [*self.earlier_cases, *self.cases.values()]

    def note_overdue(self, until: datetime) -> None:
        """At the closing of the week: terms are moved later on, so it is counted then."""
        late = Counter((case.party.city, case.party.kind) for case in self.every_case if case.overdue(until))
        self.overdue_at_closing = dict(late)

    def automatic(self, day: date, at: datetime) -> Iterator[Record]:
        """The records that the system owes at the end of a day: where somebody was logged in, or looked."""
        written = {(record.office, record.party.id) for record in self.records if record.day == day}
        for office in self.offices.values():
            if (office.id, day) not in self.log_ins:
                continue
            for lower in self.offices.values():
                if lower.parent == office.id and (office.id, lower.id) not in written:
                    party = Party(lower.id, lower.name, Kind.PATROL, lower.city)
                    yield Record(office.id, party, day, at, 0, automatic=True)
        for office_id, party, seen_on in sorted(self.views, key=lambda view: (view[0], view[1].id)):
            if seen_on == day and (office_id, party.id) not in written:
                yield Record(office_id, party, day, at, 0, automatic=True)

    def weekly(self, since: datetime, until: datetime) -> dict[tuple[str, Kind], tuple[int, ...]]:
        """(inspected, with problems, issued, fed back, unfed back, overdue) of every city and kind with anything at all."""
        found: dict[tuple[str, Kind], tuple[int, ...]] = {}
        within = [r for r in (*self.earlier_records, *self.records) if since <= r.at < until]
        cities = {record.party.city for record in within} | {case.party.city for case in self.every_case}
        for city in sorted(cities):
            for kind in Kind:
                here = [r for r in within if r.party.city == city and r.party.kind is kind]
                cases = [c for c in self.every_case if c.party.city == city and c.party.kind is kind]
                found[city, kind] = (
                    len({record.party.id for record in here}),
                    len({record.party.id for record in here if record.problems}),
                    sum(since <= case.issued_at < until for case in cases),
                    sum(any(final and since <= at < until for at, final in case.feedbacks) for case in cases),
                    sum((case.state_before(until) or "CLOSED") in UNFED_BACK for case in cases),
                    self.overdue_at_closing.get((city, kind), 0),
                )
        return found
