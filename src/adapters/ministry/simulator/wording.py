"""Turns records of any profile into the words of the default one, and the simulator's answers back.

So rules, store and page know one set of words. They are written by hand, not taken from our mapping.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any, Final

from ....application.ports.exchange import RecordKind
from ..profile import Profile
from ..shipped import DEFAULT_PROFILE
from .rules import BUSY, RULES, Rules

_TIMES: Final = frozenset({"reported_at", "since", "until", "at", "rectify_due"})
_DAYS: Final = frozenset({"business_date", "closes_on", "plan_date", "delay_date"})
_FLAGS: Final = dict.fromkeys(("deleted", "late", "major_hazard", "is_finish"), "flag")
_TABLES: Final[Mapping[RecordKind, Mapping[str, str]]] = {
    RecordKind.COMMITMENT: _FLAGS
    | {name: name for name in ("status", "origin", "stop_reason", "risk_grade", "enterprise_kind")},
    RecordKind.PATROL: {},
    RecordKind.SPOT_CHECK: {},
    RecordKind.PROBLEM: _FLAGS
    | {"kind": "problem_kind", "action": "problem_action", "state": "problem_state"},
    RecordKind.ALERT: _FLAGS
    | {"kind": "alert_kind", "action": "alert_action", "state": "alert_state", "level": "alert_level"}
    | {"origin": "alert_origin", "verification": "verification"},
}
"""The code table of each coded fact."""


class Wording:
    """Both directions of the simulator's words for one profile."""

    def __init__(self, profile: Profile) -> None:
        self._profile = profile

    def rules(self, kind: RecordKind) -> Rules:
        """The rules for a kind, without the fields that this profile does not send."""
        theirs = self._profile.outbound.records[kind].fields
        ours = DEFAULT_PROFILE.outbound.records[kind].fields
        unsent = frozenset(name for fact, names in ours.items() if not theirs[fact] for name in names)
        rules, blocks = RULES[kind], self._profile.outbound.records[kind].blocks
        if blocks != DEFAULT_PROFILE.outbound.records[kind].blocks and not blocks:
            rules = replace(rules, blocks={})
        return rules.without(unsent) if unsent else rules

    def record(self, kind: RecordKind, sent: Mapping[str, Any]) -> dict[str, Any]:
        """The record in default words; a value that cannot be read stays as it is, for the rules to refuse."""
        if self._profile.outbound == DEFAULT_PROFILE.outbound and self._same_times():
            return dict(sent)
        mine, theirs = DEFAULT_PROFILE.outbound.records[kind], self._profile.outbound.records[kind]
        found: dict[str, Any] = {}
        for fact, names in mine.fields.items():
            if not theirs.fields[fact]:
                # Store and page know every field; the local area is that of GB/T 2260 if nothing else is sent.
                areas = theirs.fields["region_code"] if fact == "local_region_code" else ()
                found |= dict.fromkeys(names, next((sent.get(area) for area in areas), ""))
            for name, foreign in zip(names, theirs.fields[fact], strict=False):
                if foreign in sent:
                    found[name] = self._value(kind, fact, sent[foreign])
        for (block, flag), (block_there, flag_there) in zip(
            mine.blocks.items(), theirs.blocks.items(), strict=False
        ):
            found[flag] = self._code("flag", sent.get(flag_there))
            found.setdefault(block, sent.get(block_there))
        return found

    def day(self, text: str) -> str | None:
        """A day of an enquiry in default words; None if it is none."""
        found = self._profile.read_day(text)
        return None if found is None else DEFAULT_PROFILE.write_day(found)

    def answer(self, code: str, sentence: str, data: Mapping[str, Any] | None) -> dict[str, Any]:
        """The answer in the profile's words."""
        keys, mine = self._profile.envelope, DEFAULT_PROFILE.envelope
        if data is None:
            return {keys.code: self.answer_code(code), keys.sentence: sentence, keys.data: None}
        said: dict[str, Any]
        if mine.messages in data:
            said = {
                keys.total: data[mine.total],
                keys.messages: [
                    {keys.record_id: one["id"], keys.message: one["message"]} for one in data[mine.messages]
                ],
            }
        elif mine.total in data:
            rows = data[mine.receipts]
            said = {
                keys.total: data[mine.total],
                keys.receipts: [{keys.record_id: row["id"], keys.digest: row["digest"]} for row in rows],
            }
        else:
            said = {
                keys.success: data[mine.success],
                keys.fail: [
                    {
                        keys.record_id: one["id"],
                        keys.code: self.answer_code(one["code"]),
                        keys.sentence: one["msg"],
                    }
                    for one in data[mine.fail]
                ],
            }
        return {keys.code: self.answer_code(code), keys.sentence: sentence, keys.data: said}

    def answer_code(self, code: str) -> str:
        """A code of the default profile in this one; a code that a test has ordered stays as it is."""
        if code == "0":
            return min(self._profile.outbound.success_codes)
        for fault, mine in DEFAULT_PROFILE.inbound.fault_codes.items():
            if code == mine:
                return self._profile.inbound.fault_codes[fault]
        if code == BUSY and code not in self._profile.outbound.transient_record_codes:
            return min(self._profile.outbound.transient_record_codes, default=code)
        return code

    def _value(self, kind: RecordKind, fact: str, value: Any) -> Any:
        if not isinstance(value, str):
            return value
        if fact in _TIMES:
            moment = self._profile.read_time(value)
            return value if moment is None else DEFAULT_PROFILE.write_time(moment)
        if fact in _DAYS:
            day = self._profile.read_day(value)
            return value if day is None else DEFAULT_PROFILE.write_day(day)
        table = _TABLES[kind].get(fact)
        return value if table is None else self._code(table, value)

    def _code(self, table: str, value: Any) -> Any:
        mine, theirs = DEFAULT_PROFILE.outbound.codes[table], self._profile.outbound.codes[table]
        for ours, code in theirs.items():
            if code == value:
                return mine[ours]
        return f"?{value}"

    def _same_times(self) -> bool:
        mine, theirs = DEFAULT_PROFILE, self._profile
        return (mine.time_format, mine.day_format, mine.zone) == (
            theirs.time_format,
            theirs.day_format,
            theirs.zone,
        )
