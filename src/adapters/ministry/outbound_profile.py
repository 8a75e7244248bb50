"""The part of a profile for what we send: paths, field names, code tables, lengths and answer codes."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Final, Self

from pydantic import AfterValidator, Field, model_validator

from ...application.ports.exchange import RecordKind
from ...domain.alert.form import AlertKind, AlertLevel, AlertOrigin, Verification
from ...domain.alert.workflow import AlertAction, AlertState
from ...domain.directory.enterprise import StopReason
from ...domain.problem.workflow import ProblemAction, ProblemState
from .profile_parts import FLAG, Area, Code, Codes, Name, Names, Part, UrlPath, exactly

WORK: Final = (
    "hot_work_special",
    "hot_work_first",
    "hot_work_second",
    "temporary_electricity",
    "work_at_height",
    "confined_space",
    "maintenance",
    "powder_disposal",
    "contractor_work",
)
"""The kinds of hazardous work of a commitment."""
_COMMITMENT: Final = frozenset(
    [
        "id",
        "revision",
        "deleted",
        "credit_code",
        "region_code",
        "local_region_code",
        "business_date",
        "reported_at",
        "status",
        "origin",
        "late",
        "stop_reason",
        "major_hazard",
        "risk_grade",
        "promiser",
        "text",
        "enterprise_name",
        "enterprise_kind",
    ]
) | {f"hazardous_work.{name}" for name in WORK}
_WEEKLY: Final = frozenset(
    [
        "id",
        "region_code",
        "local_region_code",
        "region_name",
        "closes_on",
        "since",
        "until",
        "inspected",
        "automatic",
        "with_problems",
        "rectified_on_site",
        "issued",
        "withdrawn",
        "fed_back",
        "unfed_back",
        "overdue",
        "text",
    ]
)
_RESULT: Final = frozenset(
    [
        "id",
        "external_id",
        "kind",
        "revision",
        "action",
        "state",
        "at",
        "handler",
        "region_code",
        "local_region_code",
        "credit_code",
        "note",
        "situation",
        "measure",
        "progress",
        "plan_date",
        "is_finish",
        "late",
    ]
)
PROBLEM_FIELDS: Final = _RESULT | {"rectify_due", "delay_info", "delay_date"}
ALERT_FIELDS: Final = _RESULT | {"local_id", "origin", "level", "verification", "certificate_number"}
FIELDS: Final[Mapping[RecordKind, frozenset[str]]] = {
    RecordKind.COMMITMENT: _COMMITMENT,
    RecordKind.PATROL: _WEEKLY,
    RecordKind.SPOT_CHECK: _WEEKLY,
    RecordKind.PROBLEM: PROBLEM_FIELDS,
    RecordKind.ALERT: ALERT_FIELDS,
}
"""Our names of what a record has. `local_region_code` is our own code, before the mapping to a GB code."""

NEEDED: Final[Mapping[RecordKind, frozenset[str]]] = {
    RecordKind.COMMITMENT: frozenset(
        ["id", "revision", "credit_code", "region_code", "business_date", "status", "deleted"]
    ),
    RecordKind.PATROL: frozenset(["id", "region_code", "closes_on", "since", "until"]),
    RecordKind.SPOT_CHECK: frozenset(["id", "region_code", "closes_on", "since", "until"]),
    RecordKind.PROBLEM: frozenset(["id", "external_id", "revision", "state", "at"]),
    RecordKind.ALERT: frozenset(["id", "external_id", "local_id", "revision", "state", "at"]),
}
"""Without a field for these nobody could tell what a record is about, or which one is newer."""

CODED: Final[Mapping[str, frozenset[str]]] = {
    "flag": FLAG,
    "enterprise_kind": frozenset({"PRODUCTION", "WHOLESALE"}),
    "status": frozenset({"IN_PRODUCTION", "STOPPED"}),
    "origin": frozenset({"MANUAL", "AUTO"}),
    "stop_reason": frozenset(one.value for one in StopReason),
    "risk_grade": frozenset({"1", "2", "3", "4"}),
    "problem_kind": frozenset({"PATROL", "SPOT_CHECK"}),
    "problem_action": frozenset({"RECEIVED", *(one.value for one in ProblemAction)}),
    "problem_state": frozenset(one.value for one in ProblemState),
    "alert_kind": frozenset(one.value for one in AlertKind),
    "alert_origin": frozenset(one.value for one in AlertOrigin),
    "alert_action": frozenset({"OPENED", *(one.value for one in AlertAction)}),
    "alert_state": frozenset(one.value for one in AlertState),
    "alert_level": frozenset(one.value for one in AlertLevel),
    "verification": frozenset(one.value for one in Verification),
}
"""The code tables, and the values of ours that each must have a code for; `flag` is for every yes or no."""
TEXTS: Final = frozenset(
    [
        "credit_code",
        "enterprise_name",
        "region_name",
        "promiser",
        "text",
        "handler",
        "note",
        "situation",
        "measure",
        "progress",
        "delay_info",
        "certificate_number",
    ]
)


def _needed(fields: dict[str, tuple[str, ...]]) -> dict[str, tuple[str, ...]]:
    twice = [name for name in {n for many in fields.values() for n in many} if _uses(fields, name) > 1]
    if twice:
        raise ValueError(f"the fields {sorted(twice)} are used for more than one fact")
    return fields


def _uses(fields: Mapping[str, tuple[str, ...]], name: str) -> int:
    return sum(many.count(name) for many in fields.values())


Fields = Annotated[dict[str, Names], AfterValidator(_needed)]


class Record(Part):
    """How a kind of record is sent. `blocks`: the ministry's block → its flag that says whether it is filled."""

    path: UrlPath
    message_type: Code
    fields: Fields
    blocks: dict[Name, Name] = Field(default_factory=dict)


class Outbound(Part):
    """What we send. A record refused with a permanent code is never sent again, with a transient one later.

    Any other code is logged and means later too: no duty is given up because its code is unknown.
    """

    base_path: UrlPath
    receipts_path: UrlPath
    batch_size: Annotated[int, Field(ge=1, le=500, strict=True)]
    receipts_page_size: Annotated[int, Field(ge=1, le=1000, strict=True)]
    records: dict[RecordKind, Record]
    codes: dict[str, Codes]
    unstated: dict[str, str]
    """Our values for what an automatic report does not state, because the ministry's fields take no null."""
    longest: dict[str, Annotated[int, Field(ge=1, le=100_000, strict=True)]]
    gb_regions: dict[Area, Area]
    """Code of a local region → code of GB/T 2260."""
    success_codes: frozenset[Code]
    permanent_record_codes: frozenset[Code]
    transient_record_codes: frozenset[Code]

    @model_validator(mode="after")
    def _complete(self) -> Self:
        exactly("records", self.records, frozenset(RecordKind))
        for kind, record in self.records.items():
            exactly(f"records.{kind.value}.fields", record.fields, FIELDS[kind])
            unsent = sorted(fact for fact in NEEDED[kind] if not record.fields[fact])
            if unsent:
                raise ValueError(f"records.{kind.value}.fields: {unsent} must be sent")
        exactly("codes", self.codes, frozenset(CODED))
        for name, table in self.codes.items():
            exactly(f"codes.{name}", table, CODED[name])
        exactly("unstated", self.unstated, frozenset({"risk_grade", "major_hazard", "hazardous_work"}))
        if self.unstated["risk_grade"] not in CODED["risk_grade"]:
            raise ValueError("unstated.risk_grade: must be 1, 2, 3 or 4")
        if self.unstated["major_hazard"] not in FLAG:
            raise ValueError("unstated.major_hazard: must be true or false")
        if not self.unstated["hazardous_work"].isdecimal():
            raise ValueError("unstated.hazardous_work: must be a whole number")
        exactly("longest", self.longest, TEXTS)
        if not self.success_codes:
            raise ValueError("success_codes: at least one is needed")
        both = sorted(self.permanent_record_codes & self.transient_record_codes)
        if both:
            raise ValueError(f"permanent_record_codes: {both} are transient codes, too")
        paths = [record.path for record in self.records.values()] + [self.receipts_path]
        if len(set(paths)) < len(paths):
            raise ValueError("records: two kinds have the same path")
        types = [record.message_type for record in self.records.values()]
        if len(set(types)) < len(types):
            raise ValueError("records: two kinds have the same message_type")
        return self
