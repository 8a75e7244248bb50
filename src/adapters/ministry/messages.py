"""Translates our facts into the ministry's records and messages; no other module does."""

from __future__ import annotations

import json
import logging
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any, Final
from uuid import UUID, uuid5

from ...application.ports.exchange import OutboundRecord, RecordKind, RecordRefusal
from .facts import Facts, Untranslatable, count, exactly
from .outbound_profile import WORK
from .profile import Profile
from .results import named, result_record
from .signers import sm3

_log = logging.getLogger(__name__)

MESSAGES: Final = UUID("0d1c0a52-7f0b-5b53-8a3e-3f2f6f0f6a11")
"""Namespace of message ids."""

UNTRANSLATABLE: Final = "UNTRANSLATABLE"
"""The code of our own refusal of a record that does not fit the ministry's format."""

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


def commitment_record(record_id: UUID, facts: Mapping[str, Any], profile: Profile) -> dict[str, Any]:
    """Translate a commitment into the ministry's field names and codes.

    `facts`: credit_code, enterprise_name, promiser, text: str · enterprise_kind PRODUCTION|WHOLESALE · status
    IN_PRODUCTION|STOPPED · stop_reason str|None · origin MANUAL|AUTO · region_code 6 digits · business_date
    YYYY-MM-DD · reported_at ISO with offset · revision ≥ 1 · risk_grade 1 (high) to 4 · late, major_hazard,
    deleted: bool · hazardous_work: nine counts ≥ 0. An automatic report may leave risk_grade, major_hazard
    and hazardous_work None: `profile.outbound.unstated` says what is sent. Raises Untranslatable for anything else.
    """
    exactly("facts", facts, COMMITMENT_FACTS)
    if facts["origin"] == "AUTO":
        facts = _stated(facts, profile)
    work = facts["hazardous_work"]
    if not isinstance(work, Mapping):
        raise Untranslatable("hazardous_work", "not an object")
    exactly("hazardous_work", work, frozenset(WORK))

    given = Facts(facts, profile)
    values: dict[str, Any] = {
        "id": str(record_id),
        "revision": given.count("revision", least=1),
        "business_date": given.day("business_date"),
        "reported_at": given.moment("reported_at"),
        "risk_grade": given.coded(str(given.count("risk_grade", least=1)), "risk_grade"),
        "stop_reason": given.maybe_code("stop_reason"),
    }
    values |= given.regions()
    values |= {name: given.text(name) for name in _TEXTS}
    values |= {name: given.flag(name) for name in _FLAGS}
    values |= {name: given.code(name) for name in _CODED}
    values |= {f"hazardous_work.{n}": count(work[n], f"hazardous_work.{n}", least=0) for n in WORK}
    return named(RecordKind.COMMITMENT, values, profile)


def _stated(facts: Mapping[str, Any], profile: Profile) -> dict[str, Any]:
    """The facts of an automatic report, with the profile's value for each that it does not state."""
    unstated = profile.outbound.unstated
    values = {
        "risk_grade": int(unstated["risk_grade"]),
        "major_hazard": unstated["major_hazard"] == "true",
        "hazardous_work": dict.fromkeys(WORK, int(unstated["hazardous_work"])),
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
    exactly("facts", facts, WEEKLY_FACTS - set(NEWER_FIGURES) | set(newer))
    given = Facts(facts, profile)
    values: dict[str, Any] = {"id": str(record_id), "closes_on": given.day("closes_on"), **given.regions()}
    values |= {name: given.moment(name) for name in ("since", "until")}
    values |= {name: given.text(name) for name in ("region_name", "text")}
    values |= {name: given.count(name) for name in (*_FIGURES, *newer)}
    record = named(kind, values, profile)
    flags = profile.outbound.codes["flag"]
    for block, flag in profile.outbound.records[kind].blocks.items():
        record[flag] = flags["true" if block in record else "false"]
        record.setdefault(block, None)
    return record


def translate(kind: RecordKind, record: OutboundRecord, profile: Profile) -> dict[str, Any]:
    """Translate a record of any kind. Raises Untranslatable."""
    if kind is RecordKind.COMMITMENT:
        return commitment_record(record.id, record.facts, profile)
    if kind in (RecordKind.PROBLEM, RecordKind.ALERT):
        return result_record(kind, record.id, record.facts, profile)
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
    most = profile.outbound.batch_size
    if not 1 <= len(records) <= most:
        raise ValueError(f"a batch has 1 to {most} records, not {len(records)}")
    if len({record.id for record in records}) < len(records):
        raise ValueError("a record id comes twice in one batch")
    fitting: dict[UUID, dict[str, Any]] = {}
    refused: list[RecordRefusal] = []
    for record in records:
        try:
            fitting[record.id] = translate(kind, record, profile)
        except Untranslatable as no:
            # Return it as a refusal of this record: people see it, and the rest of the batch is sent.
            _log.error("ministry.untranslatable", extra={"record_id": str(record.id), "fact": no.fact})
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
        keys.message_type: profile.message_type(kind),
        keys.area_code: profile.area_code,
        keys.sent_at: profile.write_time(sent_at),
        keys.data: list(records),
    }


def enquiry(kind: RecordKind, day: date, page: int, profile: Profile) -> dict[str, Any]:
    """The message that asks for one page (from 1) of the receipts of a business date."""
    keys = profile.envelope
    return {
        keys.message_type: profile.message_type(kind),
        keys.date: profile.write_day(day),
        keys.page: page,
        keys.page_size: profile.outbound.receipts_page_size,
    }
