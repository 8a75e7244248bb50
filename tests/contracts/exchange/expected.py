"""What must be there after some deliveries: a plain model that shares no line with the code under test."""

from __future__ import annotations

import json
from collections import Counter
from dataclasses import dataclass, field

from yanbao.domain.exchange.inbound import InboundKind

from ...support.world import HEADS, PROVINCE_HEAD
from .deliveries import ELSEWHERE, ENTERPRISES, NOWHERE, STRANGER, Message, Record, Sending

Key = tuple[InboundKind, str]
Named = tuple[str, str, int]
"""Kind, external id and version of a record."""
RANKS = {"RED": 1, "ORANGE": 2, "YELLOW": 3, "BLUE": 4}


@dataclass
class Expected:
    """Grows with each delivery, in the order in which they arrive.

    `told` counts (who, kind of message, external id). `refused` also has the fault.
    """

    nonces: dict[str, tuple[Message, str | tuple[bool, list[str | None]]]] = field(default_factory=dict)
    messages: dict[Key, tuple[str, list[str | None]]] = field(default_factory=dict)
    versions: dict[Key, dict[int, str]] = field(default_factory=dict)
    newest: dict[Key, Record] = field(default_factory=dict)
    applied: set[Named] = field(default_factory=set)
    ignored: set[Named] = field(default_factory=set)
    quarantined: set[Named] = field(default_factory=set)
    refused: set[tuple[Named, str, str]] = field(default_factory=set)
    told: Counter[tuple[str, str, str]] = field(default_factory=Counter)

    def take(self, sending: Sending, nonce: str) -> object:
        """What is answered: "not believed", "conflicting", or whether it is repeated with the fault of each record."""
        if sending.tampered:
            return "not believed"
        message = sending.message
        if nonce not in self.nonces:
            self.nonces[nonce] = message, self._taken(message)
            return self.nonces[nonce][1]
        first, answer = self.nonces[nonce]
        if answer == "conflicting" or (first.kind, first.body) != (message.kind, message.body):
            return "conflicting"
        return True, answer[1]

    def _taken(self, message: Message) -> str | tuple[bool, list[str | None]]:
        """What is answered to the message under a fresh nonce."""
        key, content = (message.kind, message.id), _text(message.records)
        if key in self.messages:
            known, answers = self.messages[key]
            return (True, answers) if known == content else "conflicting"
        answers = [self._record(message, record) for record in message.records]
        self.messages[key] = content, answers
        return False, answers

    def _record(self, of: Message, record: Record) -> str | None:
        """The fault that is answered of this record; None: taken."""
        key, version, text = (of.kind, record["id"]), record["version"], _text(record)
        named = (of.kind.value, record["id"], version)
        if record.get("level") == "PURPLE":
            return self._refused(named, "UNKNOWN_CODE", text)
        known = self.versions.setdefault(key, {})
        if version in known:
            return None if known[version] == text else self._refused(named, "CONFLICTING", text)
        if record.get("area") == ELSEWHERE:
            return self._refused(named, "OUTSIDE_PROVINCE", text)
        if version < max(known, default=0):
            self.ignored.add(named)
        elif record.get("company") == STRANGER or record.get("area") == NOWHERE:
            self.quarantined.add(named)
        else:
            self._apply(key, record)
            self.applied.add(named)
        known[version] = text
        return None

    def _refused(self, named: Named, fault: str, text: str) -> str:
        self.refused.add((named, fault, text))
        return fault

    def _apply(self, key: Key, record: Record) -> None:
        before = self.newest.get(key)
        self.newest[key] = record
        kind = _told_of_alert(before, record) if "level" in record else _told_of_problem(before, record)
        if kind is None:
            return
        self.told[PROVINCE_HEAD.name, kind, record["id"]] += 1
        head = {of.credit_code.text: person for of, person in zip(ENTERPRISES, HEADS, strict=True)}
        if "company" in record:
            self.told[head[record["company"]].name, kind, record["id"]] += 1


def is_over(record: Record) -> bool:
    return (
        bool(record.get("ended") or record.get("withdrawn"))
        if "level" not in record
        else bool(record["ended"])
    )


def _told_of_alert(before: Record | None, now: Record) -> str | None:
    if before is None or is_over(before):
        if is_over(now):
            return None
        return "ALERT_OPENED" if before is None else "ALERT_REOPENED"
    if is_over(now):
        return "ALERT_ENDED"
    rises = RANKS[before["level"]] - RANKS[now["level"]]
    return None if rises == 0 else "ALERT_RAISED" if rises > 0 else "ALERT_LOWERED"


def _told_of_problem(before: Record | None, now: Record) -> str | None:
    if before is None:
        return None if is_over(now) else "PROBLEM_ISSUED"
    if is_over(before):
        return None if is_over(now) else "PROBLEM_REOPENED"
    return "PROBLEM_WITHDRAWN" if is_over(now) else "PROBLEM_RESTATED"


def _text(content: object) -> str:
    return json.dumps(content, sort_keys=True)
