"""Translates our facts into the ministry's records and messages; no other module does."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any, Final
from uuid import UUID, uuid5

import structlog

from ...application.ports.exchange import OutboundRecord, RecordKind, RecordRefusal
from .profile import Profile
from .signers import sm3

_log = structlog.get_logger(__name__)

MESSAGES: Final = UUID("0d1c0a52-7f0b-5b53-8a3e-3f2f6f0f6a11")
"""Namespace of message ids."""

UNTRANSLATABLE: Final = "UNTRANSLATABLE"
"""The code of our own refusal of a record that does not fit the ministry's format."""

_WORK: Final = (
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
_TEXTS: Final = ("credit_code", "enterprise_name", "promiser", "text")
_FLAGS: Final = ("late", "major_hazard", "deleted")
_CODED: Final = ("enterprise_kind", "status", "origin")
_FIGURES: Final = ("inspected", "with_problems", "issued", "fed_back", "unfed_back", "overdue")
NEWER_FIGURES: Final = ("automatic", "rectified_on_site", "withdrawn")
"""Rows frozen by earlier releases do not have these; they are sent again as they were, without the fields."""
WEEKLY_FACTS: Final = frozenset(
    {*_FIGURES, *NEWER_FIGURES, "region_code", "region_name", "closes_on", "since", "until", "text"}
)
"""The exact set of keys in the facts of a row of the weekly push."""
COMMITMENT_FACTS: Final = frozenset(
    {*_TEXTS, *_FLAGS, *_CODED, "region_code", "business_date", "reported_at", "revision", "stop_reason"}
    | {"hazardous_work", "risk_grade"}
)
"""The exact set of keys in the facts of a commitment."""


class Untranslatable(ValueError):
    """Our facts do not fit the ministry's format; we do not send them cut or guessed.

    `fact` is the name of the fact that does not fit; the message quotes no person's name.
    """

    def __init__(self, fact: str, why: str) -> None:
        super().__init__(f"{fact}: {why}")
        self.fact = fact


def commitment_record(record_id: UUID, facts: Mapping[str, Any], profile: Profile) -> dict[str, Any]:
    """Translate a commitment into the ministry's field names and codes.

    `facts`: credit_code, enterprise_name, promiser, text: str · enterprise_kind PRODUCTION|WHOLESALE · status
    IN_PRODUCTION|STOPPED · stop_reason str|None · origin MANUAL|AUTO · region_code 6 digits · business_date
    YYYY-MM-DD · reported_at ISO with offset · revision ≥ 1 · risk_grade 1 (high) to 4 · late, major_hazard,
    deleted: bool · hazardous_work: nine counts ≥ 0. An automatic report may leave risk_grade, major_hazard
    and hazardous_work None: `profile.unstated` says what is sent. Raises Untranslatable for anything else.
    """
    _exactly("facts", facts, COMMITMENT_FACTS)
    if facts["origin"] == "AUTO":
        facts = _stated(facts, profile)
    work = facts["hazardous_work"]
    if not isinstance(work, Mapping):
        raise Untranslatable("hazardous_work", "not an object")
    _exactly("hazardous_work", work, frozenset(_WORK))

    region = _text(facts, "region_code")
    values: dict[str, Any] = {
        "id": str(record_id),
        "revision": _count(facts["revision"], "revision", least=1),
        "region_code": profile.gb_regions.get(region, region),
        "local_region_code": region,
        "business_date": _day(facts, "business_date", profile),
        "reported_at": _moment(facts, "reported_at", profile),
        "risk_grade": _code(profile, "risk_grade", str(_count(facts["risk_grade"], "risk_grade", least=1))),
        "stop_reason": None
        if facts["stop_reason"] is None
        else _code(profile, "stop_reason", _text(facts, "stop_reason")),
    }
    values |= {name: _text(facts, name, profile.longest.get(name)) for name in _TEXTS}
    values |= {name: _flag(profile, facts, name) for name in _FLAGS}
    values |= {name: _code(profile, name, _text(facts, name)) for name in _CODED}
    values |= {f"hazardous_work.{n}": _count(work[n], f"hazardous_work.{n}", least=0) for n in _WORK}
    return {profile.commitment_fields[name]: value for name, value in values.items()}


def _stated(facts: Mapping[str, Any], profile: Profile) -> dict[str, Any]:
    """The facts of an automatic report, with the profile's value for each that it does not state."""
    values = {
        "risk_grade": int(profile.unstated["risk_grade"]),
        "major_hazard": profile.unstated["major_hazard"] == "true",
        "hazardous_work": dict.fromkeys(_WORK, int(profile.unstated["hazardous_work"])),
    }
    return {**facts, **{name: value for name, value in values.items() if facts[name] is None}}


def weekly_record(
    kind: RecordKind, record_id: UUID, facts: Mapping[str, Any], profile: Profile
) -> dict[str, Any]:
    """Translate a row of the weekly push into the ministry's names and codes; `kind` is PATROL or SPOT_CHECK.

    `facts`: region_code 6 digits · region_name, text: str · closes_on YYYY-MM-DD · since, until ISO with
    offset · inspected, with_problems, issued, fed_back, unfed_back, overdue: counts ≥ 0 · automatic,
    rectified_on_site, withdrawn: counts ≥ 0, or none of the three. Raises Untranslatable for anything else. A
    block that these facts do not fill is null, with flag 0.
    """
    newer = NEWER_FIGURES if facts.keys() & set(NEWER_FIGURES) else ()
    _exactly("facts", facts, WEEKLY_FACTS - set(NEWER_FIGURES) | set(newer))
    region = _text(facts, "region_code")
    values: dict[str, Any] = {
        "id": str(record_id),
        "region_code": profile.gb_regions.get(region, region),
        "local_region_code": region,
        "closes_on": _day(facts, "closes_on", profile),
    }
    values |= {name: _moment(facts, name, profile) for name in ("since", "until")}
    values |= {name: _text(facts, name, profile.longest.get(name)) for name in ("region_name", "text")}
    values |= {name: _count(facts[name], name, least=0) for name in (*_FIGURES, *newer)}
    fields = profile.weekly_fields[kind].items()
    record = {field: values[name] for field, name in fields if name in values}
    for block, flag in profile.weekly_blocks[kind].items():
        record[flag] = profile.codes["flag"]["true" if block in record else "false"]
        record.setdefault(block, None)
    return record


def translate(kind: RecordKind, record: OutboundRecord, profile: Profile) -> dict[str, Any]:
    """Translate a record of any kind. Raises Untranslatable."""
    if kind is RecordKind.COMMITMENT:
        return commitment_record(record.id, record.facts, profile)
    return weekly_record(kind, record.id, record.facts, profile)


@dataclass(frozen=True, slots=True)
class Batch:
    """The translated records to send, by id, and the refusals of those that do not fit."""

    message_id: str
    records: Mapping[UUID, dict[str, Any]]
    refused: tuple[RecordRefusal, ...]


def prepare(kind: RecordKind, records: Sequence[OutboundRecord], profile: Profile) -> Batch:
    """Translate a batch; a record that does not fit is refused alone, and the others are sent.

    Raises ValueError for an empty batch, one larger than the profile allows, or an id that comes twice.
    """
    if not 1 <= len(records) <= profile.batch_size:
        raise ValueError(f"a batch has 1 to {profile.batch_size} records, not {len(records)}")
    if len({record.id for record in records}) < len(records):
        raise ValueError("a record id comes twice in one batch")
    fitting: dict[UUID, dict[str, Any]] = {}
    refused: list[RecordRefusal] = []
    for record in records:
        try:
            fitting[record.id] = translate(kind, record, profile)
        except Untranslatable as no:
            # Return it as a refusal of this record: people see it, and the rest of the batch is sent.
            _log.error("ministry.untranslatable", record_id=str(record.id), fact=no.fact)
            sentence = f"该记录不符合部级平台的格式，未发送（{no}）。"
            refused.append(RecordRefusal(record.id, UNTRANSLATABLE, sentence, may_succeed_later=False))
    return Batch(message_id(fitting or (record.id for record in records)), fitting, tuple(refused))


def canonical(record: Mapping[str, Any]) -> bytes:
    """The canonical JSON of a record: sorted keys, no spaces, UTF-8. `digest` is made over it."""
    return json.dumps(record, ensure_ascii=False, sort_keys=True, separators=(",", ":")).encode()


def digest(record: Mapping[str, Any]) -> str:
    """SM3 (hex) over the canonical form of a translated record."""
    return sm3(canonical(record))


def message_id(ids: Iterable[UUID]) -> str:
    """A UUIDv5 of the records' ids: the same records, in any order, keep their message id at a retry."""
    return str(uuid5(MESSAGES, "|".join(sorted(str(one) for one in ids))))


def envelope(
    kind: RecordKind, msg_id: str, records: Sequence[Mapping[str, Any]], sent_at: datetime, profile: Profile
) -> dict[str, Any]:
    """The message around translated records; `sent_at` is aware."""
    keys = profile.envelope
    return {
        keys.message_id: msg_id,
        keys.message_type: profile.message_types[kind],
        keys.area_code: profile.area_code,
        keys.sent_at: sent_at.astimezone(profile.zone).strftime(profile.time_format),
        keys.data: list(records),
    }


def enquiry(kind: RecordKind, day: date, page: int, profile: Profile) -> dict[str, Any]:
    """The message that asks for one page (from 1) of the receipts of a business date."""
    keys = profile.envelope
    return {
        keys.message_type: profile.message_types[kind],
        keys.date: day.strftime(profile.day_format),
        keys.page: page,
        keys.page_size: profile.receipts_page_size,
    }


def _exactly(what: str, given: Mapping[str, Any], wanted: frozenset[str]) -> None:
    if given.keys() != wanted:
        missing, spare = sorted(wanted - given.keys()), sorted(given.keys() - wanted)
        raise Untranslatable(what, f"missing {missing}, unknown {spare}")


def _text(facts: Mapping[str, Any], name: str, longest: int | None = None) -> str:
    value = facts[name]
    if not isinstance(value, str):
        raise Untranslatable(name, f"a {type(value).__name__} where a text is due")
    if longest is not None and len(value) > longest:
        raise Untranslatable(name, f"{len(value)} characters, the ministry takes {longest}")
    if any("\ud800" <= character <= "\udfff" for character in value):
        raise Untranslatable(name, "half a surrogate pair, which UTF-8 cannot carry")
    return value


def _count(value: object, name: str, *, least: int) -> int:
    if not isinstance(value, int) or isinstance(value, bool) or value < least:
        raise Untranslatable(name, f"not a whole number of at least {least}")
    return value


def _flag(profile: Profile, facts: Mapping[str, Any], name: str) -> str:
    if not isinstance(facts[name], bool):
        raise Untranslatable(name, "neither true nor false")
    return profile.codes["flag"]["true" if facts[name] else "false"]


def _code(profile: Profile, name: str, value: str) -> str:
    table = profile.codes[name]
    if value not in table:
        raise Untranslatable(name, f"no code for {value!r}; there are codes for {sorted(table)}")
    return table[value]


def _day(facts: Mapping[str, Any], name: str, profile: Profile) -> str:
    text = _text(facts, name)
    try:
        day = date.fromisoformat(text)
    except ValueError as broken:
        raise Untranslatable(name, "not a date YYYY-MM-DD") from broken
    if day.isoformat() != text:
        raise Untranslatable(name, "a date, but not written YYYY-MM-DD")
    return day.strftime(profile.day_format)


def _moment(facts: Mapping[str, Any], name: str, profile: Profile) -> str:
    text = _text(facts, name)
    try:
        moment = datetime.fromisoformat(text)
    except ValueError as broken:
        raise Untranslatable(name, "not an ISO date and time") from broken
    if moment.tzinfo is None:
        raise Untranslatable(name, "has no UTC offset")
    return moment.astimezone(profile.zone).strftime(profile.time_format)
