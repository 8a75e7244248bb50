"""The players' notebook of the week: records, log-ins, views, and the steps of each problem."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime, time
from enum import Enum
from typing import Any, Final


class Kind(Enum):
    """The kind of an inspection: PATROL of a department, SPOT_CHECK of an enterprise."""

    PATROL = "PATROL"
    SPOT_CHECK = "SPOT_CHECK"


DAY_END: Final = time(23, 30)
"""When the system makes the automatic records of a day."""
UNFED_BACK = frozenset({"ISSUED", "ACKNOWLEDGED", "RECTIFYING", "RETURNED"})


def city_of(region: Mapping[str, Any]) -> str:
    """The code of the city that a region counts for; a city and the province count for themselves."""
    code: str = region["parent"]["code"] if region["level"] == "COUNTY" else region["code"]
    return code


@dataclass(frozen=True, slots=True)
class Office:
    """A department, with its region and the region that it counts for (`city`, see `city_of`).

    `is_area`: the region is inspected as an area of its own; a city with counties is not.
    """

    id: str
    name: str
    parent: str | None
    region: str
    region_id: str
    city: str
    is_area: bool = True


@dataclass(frozen=True, slots=True)
class Party:
    """An inspected department or enterprise; `city` is the region that it counts for.

    `is_area` is False for a city with counties, which the weekly figures do not count as inspected.
    """

    id: str
    name: str
    kind: Kind
    city: str
    is_area: bool = True


@dataclass(frozen=True, slots=True)
class Record:
    """A submitted or automatic inspection; `office` inspected, `problems` counts the issued ones.

    `rectified_on_site` counts what was found and put right at once.
    """

    office: str
    party: Party
    day: date
    at: datetime
    problems: int
    automatic: bool = False
    rectified_on_site: int = 0


@dataclass(slots=True)
class Case:
    """One problem, as the players know it."""

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
    """Every state, with the moment when the problem reached it."""

    def state_before(self, moment: datetime) -> str | None:
        """The state just before `moment`; None if the problem was not issued yet."""
        states = [state for at, state in self.steps if at < moment]
        return states[-1] if states else None

    def withdrawn_between(self, since: datetime, until: datetime) -> bool:
        return any(state == "WITHDRAWN" and since <= at < until for at, state in self.steps)

    @property
    def unfed_back(self) -> bool:
        return self.state in UNFED_BACK

    def overdue(self, moment: datetime) -> bool:
        """Whether an unmet deadline had passed at `moment`; uses the current deadlines."""
        if not self.unfed_back:
            return False
        met = {"acknowledgeDue": self.acknowledged, "feedBackDue": bool(self.feedbacks), "rectifyDue": False}
        return any(not met[name] and due <= moment for name, due in self.due.items())


@dataclass(slots=True)
class Notebook:
    """Everything that the players did in the week."""

    offices: dict[str, Office] = field(default_factory=dict)
    records: list[Record] = field(default_factory=list)
    cases: dict[str, Case] = field(default_factory=dict)
    log_ins: set[tuple[str, date]] = field(default_factory=set)
    views: set[tuple[str, Party, date]] = field(default_factory=set)
    actions: Counter[str] = field(default_factory=Counter)
    refusals: Counter[str] = field(default_factory=Counter)
    overdue_at_closing: dict[tuple[str, Kind], int] = field(default_factory=dict)
    earlier_records: list[Record] = field(default_factory=list)
    """Records from before the play, since the start of the week."""
    earlier_cases: list[Case] = field(default_factory=list)
    """Problems of our own from before the play, in any state."""
    ministry_cases: list[Case] = field(default_factory=list)
    """Problems of the ministry: they are no part of the weekly figures, but their parties owe feedback."""

    @property
    def every_case(self) -> list[Case]:
        return [*self.earlier_cases, *self.cases.values()]

    def note_overdue(self, until: datetime) -> None:
        """Count overdue problems at the closing of the week: deadlines may be moved later."""
        late = Counter((case.party.city, case.party.kind) for case in self.every_case if case.overdue(until))
        self.overdue_at_closing = dict(late)

    def automatic(self, day: date, at: datetime) -> Iterator[Record]:
        """The automatic records of a day, from log-ins and views, where nobody submitted a record."""
        written = {(record.office, record.party.id) for record in self.records if record.day == day}
        for office in self.offices.values():
            if (office.id, day) not in self.log_ins:
                continue
            for lower in self.offices.values():
                if lower.parent == office.id and (office.id, lower.id) not in written:
                    party = Party(lower.id, lower.name, Kind.PATROL, lower.city, lower.is_area)
                    yield Record(office.id, party, day, at, 0, automatic=True)
        for office_id, party, seen_on in sorted(self.views, key=lambda view: (view[0], view[1].id)):
            if seen_on == day and (office_id, party.id) not in written:
                yield Record(office_id, party, day, at, 0, automatic=True)

    def weekly(self, since: datetime, until: datetime) -> dict[tuple[str, Kind], tuple[int, ...]]:
        """The week's figures by (city, kind), for every city with a record or a problem.

        In this order: inspected, automatic, with problems, rectified on site, issued, withdrawn, fed back,
        unfed back, overdue.
        """
        found: dict[tuple[str, Kind], tuple[int, ...]] = {}
        within = [r for r in (*self.earlier_records, *self.records) if since <= r.at < until]
        cities = {record.party.city for record in within} | {case.party.city for case in self.every_case}
        for city in sorted(cities):
            for kind in Kind:
                here = [r for r in within if r.party.city == city and r.party.kind is kind]
                cases = [c for c in self.every_case if c.party.city == city and c.party.kind is kind]
                stands = [case for case in cases if case.state_before(until) != "WITHDRAWN"]
                areas = [record for record in here if record.party.is_area]
                inspected = {record.party.id for record in areas if not record.automatic}
                # The problems of a record are issued by its office at its moment.
                issued = {(case.issuer.id, case.party.id, case.issued_at) for case in stands}
                found[city, kind] = (
                    len(inspected),
                    len({record.party.id for record in areas} - inspected),
                    len(
                        {
                            record.party.id
                            for record in areas
                            if record.rectified_on_site
                            or (record.office, record.party.id, record.at) in issued
                        }
                    ),
                    sum(record.rectified_on_site for record in here),
                    sum(since <= case.issued_at < until for case in stands),
                    sum(case.withdrawn_between(since, until) for case in cases),
                    sum(any(final and since <= at < until for at, final in case.feedbacks) for case in cases),
                    sum((case.state_before(until) or "CLOSED") in UNFED_BACK for case in cases),
                    self.overdue_at_closing.get((city, kind), 0),
                )
        return found
