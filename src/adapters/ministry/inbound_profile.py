"""The part of a profile for what the ministry sends: paths, field names, code tables, and our answers."""

from __future__ import annotations

from enum import Enum
from typing import Annotated, Self

from pydantic import Field, model_validator

from ...domain.alert.form import AlertKind, AlertLevel, RiskType
from ...domain.exchange.inbound import InboundKind, RecordFault
from ...domain.problem.form import ProblemCategory, Severity
from .profile_parts import FLAG, Area, Code, Codes, Name, Part, UrlPath, different, exactly


class Delivery(Enum):
    """How messages come: the ministry posts them to us, or we ask for them."""

    PUSH = "PUSH"
    POLL = "POLL"


class Version(Enum):
    """What a record's version is: a number from 1, or the time of its last change."""

    NUMBER = "NUMBER"
    TIME = "TIME"


class Ended(Enum):
    """How a record says that it is over or withdrawn: a flag, or the time of it, which is else null."""

    FLAG = "FLAG"
    TIME = "TIME"


class Address(Part):
    """Where one kind of message arrives, or is asked for, and what its message type is called."""

    path: UrlPath
    poll_path: UrlPath
    message_type: Code


class ProblemFields(Part):
    """The fields of a problem. A field that is null does not exist; its fact is then not stated.

    `withdrawn` says that the ministry withdraws it, `withdrawn_reason` why.
    """

    external_id: Name
    version: Name
    area_code: Name | None
    company_code: Name | None
    category: Name
    severity: Name
    description: Name
    rectify_on: Name | None
    found_at: Name
    withdrawn: Name | None
    withdrawn_reason: Name | None


class WarningFields(Part):
    """The fields of a warning. `kind` separates certificate and risk; `rank` is the level, 1 to 4.

    `last_rank` is written by the simulator only. `ended` says that it is over, `ended_reason` why.
    """

    external_id: Name
    version: Name
    area_code: Name | None
    company_code: Name
    kind: Name
    rank: Name
    last_rank: Name | None
    risk_type: Name | None
    description: Name
    value: Name | None
    occurred_at: Name
    certificate_number: Name | None
    expires_on: Name | None
    ended: Name | None
    ended_reason: Name | None
    reason: Name | None


class ProblemForm(Part):
    fields: ProblemFields
    withdrawn: Ended = Ended.FLAG


class WarningForm(Part):
    fields: WarningFields
    ended: Ended = Ended.FLAG


class InboundCodes(Part):
    """Our value → the ministry's code. Categories and risk types need not be complete."""

    flag: Codes
    category: dict[ProblemCategory, Code]
    severity: dict[Severity, Code]
    alert_kind: dict[AlertKind, Code]
    level: dict[AlertLevel, Code]
    risk_type: dict[RiskType, Code]

    @model_validator(mode="after")
    def _complete(self) -> Self:
        for name in ("category", "severity", "alert_kind", "level", "risk_type"):
            try:
                different(getattr(self, name))
            except ValueError as twice:
                raise ValueError(f"{name}: {twice}") from None
        exactly("flag", self.flag, FLAG)
        exactly("severity", self.severity, frozenset(Severity))
        exactly("alert_kind", self.alert_kind, frozenset(AlertKind))
        exactly("level", self.level, frozenset(AlertLevel))
        if not self.category or not self.risk_type:
            raise ValueError("category, risk_type: each needs at least one code")
        return self


class AnswerCodes(Part):
    """The codes of our answers to whole messages."""

    accepted: Code
    unreadable: Code
    not_believed: Code
    conflicting: Code
    too_large: Code
    busy: Code


class Poll(Part):
    """How we ask: below this path, so many records a page, and again after so many seconds."""

    base_path: UrlPath
    page_size: Annotated[int, Field(ge=1, le=500, strict=True)]
    seconds: Annotated[int, Field(ge=5, le=86_400, strict=True)]


class Inbound(Part):
    """What the ministry sends. `local_regions`: code of GB/T 2260 → code of a local region of ours.

    `longest` are the most characters of a description and of every other text.
    """

    delivery: Delivery
    base_path: UrlPath
    poll: Poll
    batch: Annotated[int, Field(ge=1, le=500, strict=True)]
    addresses: dict[InboundKind, Address]
    version: Version
    patrol_problem: ProblemForm
    spot_check_problem: ProblemForm
    warning: WarningForm
    codes: InboundCodes
    local_regions: dict[Area, Area]
    longest_description: Annotated[int, Field(ge=1, le=10_000, strict=True)]
    longest_text: Annotated[int, Field(ge=1, le=1_000, strict=True)]
    fault_codes: dict[RecordFault, Code]
    answer_codes: AnswerCodes

    @model_validator(mode="after")
    def _complete(self) -> Self:
        exactly("addresses", self.addresses, frozenset(InboundKind))
        for what, given in (
            ("path", [one.path for one in self.addresses.values()]),
            ("poll_path", [one.poll_path for one in self.addresses.values()]),
            ("message_type", [one.message_type for one in self.addresses.values()]),
        ):
            if len(set(given)) < len(given):
                raise ValueError(f"addresses: two kinds have the same {what}")
        if self.patrol_problem.fields.area_code is None:
            raise ValueError("patrol_problem.fields.area_code: a patrol problem needs it")
        if self.spot_check_problem.fields.company_code is None:
            raise ValueError("spot_check_problem.fields.company_code: a spot-check problem needs it")
        if self.warning.fields.risk_type is None:
            raise ValueError("warning.fields.risk_type: a risk warning needs it")
        for name in ("patrol_problem", "spot_check_problem", "warning"):
            given = [one for one in getattr(self, name).fields.model_dump().values() if one is not None]
            twice = sorted({one for one in given if given.count(one) > 1})
            if twice:
                raise ValueError(f"{name}.fields: {twice} are used for more than one fact")
        exactly("fault_codes", self.fault_codes, frozenset(RecordFault))
        if len(set(self.local_regions.values())) < len(self.local_regions):
            raise ValueError("local_regions: two codes stand for the same region")
        return self

    def problem_form(self, kind: InboundKind) -> ProblemForm:
        return self.patrol_problem if kind is InboundKind.PATROL_PROBLEM else self.spot_check_problem

    def path(self, kind: InboundKind) -> str:
        """Where the ministry posts messages of a kind to us."""
        return self.base_path + self.addresses[kind].path

    def poll_path(self, kind: InboundKind) -> str:
        """Where we ask for messages of a kind, below the platform's address."""
        return self.poll.base_path + self.addresses[kind].poll_path
