"""Fills the notebook with the records and problems from before the play."""

from __future__ import annotations

from datetime import datetime, timedelta

from ..played.client import Row
from ..played.stage import local
from .documents import EARLIER_PROBLEMS, EARLIER_RECORDS
from .notebook import Case, Kind, Party, Record, city_of
from .stage import WeekStage, due_of


def carry_over(stage: WeekStage) -> None:
    """Copy the system's records and problems of earlier days into the notebook."""
    player = stage.person("province-inspector")
    before = (stage.first - timedelta(days=1)).isoformat()
    since = (stage.closing - timedelta(days=7)).date().isoformat()
    stage.notebook.earlier_records = [
        _record(stage, row) for row in player.walk(EARLIER_RECORDS, "inspections", first=since, last=before)
    ]
    for origin, cases in (
        ("DEPARTMENT", stage.notebook.earlier_cases),
        ("MINISTRY", stage.notebook.ministry_cases),
    ):
        rows = player.walk(EARLIER_PROBLEMS, "problems", last=before, origin=origin)
        cases.extend(_case(stage, row) for row in rows)


def _record(stage: WeekStage, row: Row) -> Record:
    return Record(
        office=row["department"]["id"],
        party=_party(stage, row["targetDepartment"], row["targetEnterprise"], row["targetRegion"]),
        day=datetime.fromisoformat(row["businessDate"]).date(),
        at=local(row["submittedAt"]),
        problems=row["problemCount"],
        automatic=row["origin"] == "AUTO",
        rectified_on_site=row["rectifiedOnSite"],
    )


def _case(stage: WeekStage, row: Row) -> Case:
    case = Case(
        id=row["id"],
        what=row["description"],
        issuer=stage.notebook.offices[row["issuer"]["id"]],
        party=_party(stage, row["department"], row["enterprise"], row["region"]),
        issued_at=local(row["issuedAt"]),
        revision=row["revision"],
        state=row["state"],
        due=due_of(row),
        acknowledged=row["acknowledgedAt"] is not None,
    )
    case.steps = [(local(line["at"]), line["state"]) for line in row["timeline"]]
    case.feedbacks = [(local(feedback["at"]), feedback["final"]) for feedback in row["feedbacks"]]
    return case


def _party(stage: WeekStage, department: Row | None, enterprise: Row | None, region: Row) -> Party:
    if department is not None:
        is_area = stage.notebook.offices[department["id"]].is_area
        return Party(department["id"], department["name"], Kind.PATROL, city_of(region), is_area)
    assert enterprise is not None  # A target is a department or an enterprise.
    return Party(enterprise["id"], enterprise["name"], Kind.SPOT_CHECK, city_of(region))
