"""Compares both sides after the ten days: messages, records, items, what went up, texts and certificates."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from typing import Any, Final

from ..played.books import Line, text_lines, unlike
from ..played.client import Row
from . import documents as say
from .stage import MinistryStage
from .watch import owed, repeated

LEVELS: Final = {"1": "RED", "2": "ORANGE", "3": "YELLOW", "4": "BLUE"}
SEVERITIES: Final = {"1": "GENERAL", "2": "MAJOR"}
ALERT_STATES: Final = dict(
    enumerate(("OPEN", "ACKNOWLEDGED", "HANDLING", "FED_BACK", "RETURNED", "CLOSED", "ENDED"), 1)
)
PROBLEM_STATES: Final = dict(
    enumerate(("ISSUED", "ACKNOWLEDGED", "RECTIFYING", "FED_BACK", "RETURNED", "CLOSED", "WITHDRAWN"), 1)
)
"""The states of the default exchange profile, as the ministry counts them."""
TAKEN: Final = frozenset({"PENDING", "APPLIED", "IGNORED", "QUARANTINED"})

Version = tuple[str, int]


@dataclass(slots=True)
class Ledger:
    """What the ministry's simulator knows of its items, from its own store."""

    items: dict[str, Row] = field(default_factory=dict)
    taken: set[Version] = field(default_factory=set)
    """Versions that we have answered as taken."""
    refused: set[Version] = field(default_factory=set)
    """Versions that we have refused, each with a reason."""
    by_treatment: dict[str, list[Row]] = field(default_factory=dict)
    """The sendings of the play."""


def read_ledger(stage: MinistryStage) -> Ledger:
    """Read all items, and judge the answers to their sendings."""
    ledger = Ledger({item["externalId"]: item for item in stage.ministry.items()})
    named = {number: name for name, some in stage.notebook.delivered.numbers.items() for number in some}
    for number, item in ledger.items.items():
        for sending in item["sendings"]:
            if sending["number"] in named:
                ledger.by_treatment.setdefault(named[sending["number"]], []).append(sending)
            if sending["status"] == 200:
                told = json.loads(sending["answer"])["data"]
                version = (number, sending["version"])
                (ledger.taken if number in told["success"] else ledger.refused).add(version)
    # What was refused at first and taken later is taken.
    ledger.refused -= ledger.taken
    return ledger


def compare(stage: MinistryStage) -> list[Line]:
    """Read all sources again and compare them."""
    stage.settle()
    ledger = read_ledger(stage)
    inbox = list(stage.duty.walk(say.INBOX_RECORDS, "inboxRecords", where={}))
    return [
        *_messages(stage, ledger),
        *_records(stage, ledger, inbox),
        *_items(stage, ledger, inbox),
        *_certificates(stage),
        *text_lines(stage, stage.texts_listed(stage.first, stage.last)),
        *_health(stage, inbox),
    ]


# ---------------------------------------------------------------- messages


def _messages(stage: MinistryStage, ledger: Ledger) -> Iterable[Line]:
    rows = list(stage.duty.walk(say.INBOX_MESSAGES, "inboxMessages", where=stage.span))
    outcomes = Counter(row["outcome"] for row in rows)
    kept = Counter(row["messageNumber"] for row in rows if row["outcome"] == "READ")
    delivered = stage.notebook.delivered
    sent = {
        sending["number"]
        for item in ledger.items.values()
        for sending in item["sendings"]
        if sending["number"] > stage.before
    }
    yield Line("部级平台发出的报文（含重发）", delivered.sendings, None, None, len(sent))
    for name, sendings in ledger.by_treatment.items():
        answered: dict[str, set[Any]] = {}
        for sending in sendings:
            answered.setdefault(sending["messageId"], set()).add(sending["status"])
        hows = {sending["how"] for sending in sendings}
        ids = list(answered)
        read = sum(kept[id] for id in ids)
        accepted = sum(200 in statuses for statuses in answered.values())
        twice = tuple(f"报文{id}在收件箱中有{kept[id]}份" for id in ids if kept[id] > 1)
        if hows & {"wrong_signature", "old_timestamp", "flipped_byte"}:
            yield Line(f"拒收且不留痕迹：{name}", 0, None, read, accepted, twice)
        elif "cut_json" not in hows:
            yield Line(f"已收报文：{name}", delivered.messages[name], None, read, accepted, twice)
    statuses = Counter(s["status"] for some in ledger.by_treatment.values() for s in some)
    cut = stage.notebook.delivered.messages["报文截断"]
    yield Line("不能识别的报文（留待处置）", cut, None, outcomes["UNREADABLE"], statuses[400])
    clashes = stage.notebook.delivered.messages["同一随机数、另一内容"]
    yield Line("同一随机数、另一内容：拒收", clashes, None, outcomes["CONFLICTING"], statuses[409])


# ---------------------------------------------------------------- records


def _records(stage: MinistryStage, ledger: Ledger, inbox: list[Row]) -> Iterable[Line]:
    ours = Counter((row["externalId"], int(row["version"])) for row in inbox if row["state"] in TAKEN)
    theirs = Counter(dict.fromkeys(ledger.taken, 1))
    yield Line(
        "收下的记录：逐条、各一次",
        None,
        None,
        ours.total(),
        len(ledger.taken),
        unlike("收件箱", theirs, ours),
    )
    refused = {(row["externalId"], int(row["version"])) for row in inbox if row["state"] == "REFUSED"} - set(
        ours
    )
    yield Line(
        "拒收的记录：逐条",
        None,
        None,
        len(refused),
        len(ledger.refused),
        unlike("收件箱", dict.fromkeys(ledger.refused, "拒收"), dict.fromkeys(refused, "拒收")),
    )


# ---------------------------------------------------------------- items


def _newest(ledger: Ledger) -> Iterator[tuple[Row, Row]]:
    """Each item of which a version was taken, with the record of the newest such version."""
    for number, item in ledger.items.items():
        versions = [one for one in item["versions"] if (number, one["version"]) in ledger.taken]
        if versions:
            yield item, max(versions, key=lambda one: one["version"])["record"]


def _items(stage: MinistryStage, ledger: Ledger, inbox: list[Row]) -> Iterable[Line]:
    province = stage.person("province-inspector")
    where = {"origins": ["MINISTRY"], "lastDay": stage.last.isoformat()}
    alerts = {row["ministryNumber"]: row for row in province.walk(say.ALERTS, "alerts", where=where)}
    problems = {row["ministryNumber"]: row for row in province.walk(say.PROBLEMS, "problems", where=where)}
    waiting = {row["externalId"] for row in inbox if row["state"] == "QUARANTINED"}
    stated = {item["externalId"]: (item, record) for item, record in _newest(ledger)}
    for name, kinds, rows, states, shown, said in (
        ("预警", {"WARNING"}, alerts, ALERT_STATES, _alert, _warning),
        (
            "问题",
            {"PATROL_PROBLEM", "SPOT_CHECK_PROBLEM"},
            problems,
            PROBLEM_STATES,
            _problem,
            _stated_problem,
        ),
    ):
        of_kind = {
            number: one for number, one in stated.items() if one[0]["kind"] in kinds and number not in waiting
        }
        theirs = {number: said(record) for number, (_, record) in of_kind.items()}
        ours = {number: shown(row) for number, row in rows.items()}
        yield Line(
            f"{name}逐项：等级、内容、是否仍有效",
            None,
            None,
            len(ours),
            len(theirs),
            unlike("本系统", theirs, ours),
        )
        returned = {number: _returned(ledger.items[number], states) for number in rows}
        timelines = {
            number: [
                (place, line["state"])
                for place, line in enumerate(row["timeline"], 1)
                if name == "问题" or _by_people(line)
            ]
            for number, row in rows.items()
        }
        yield Line(
            f"{name}逐项：上报的每一步，依次、各一次",
            None,
            None,
            sum(map(len, timelines.values())),
            sum(map(len, returned.values())),
            unlike("部级平台", timelines, returned),
        )
    done = Counter(stage.notebook.actions)
    seen = sum(
        sum(_by_people(line) for line in rows[case.number]["timeline"])
        for case in stage.notebook.cases.values()
        for rows in (alerts if case.kind == "alert" else problems,)
    )
    yield Line("演示账号的办理步骤", done.total(), None, seen)


def _by_people(line: Row) -> bool:
    """Whether a person did it. Of an alert, what the ministry has stated itself does not go back to it."""
    return line["action"] is not None and line["action"] not in _BY_MINISTRY


_BY_MINISTRY: Final = frozenset({"RAISE", "LOWER", "RESTATE", "REOPEN", "END", "WITHDRAW"})


def _alert(row: Row) -> tuple[str, str, bool]:
    ended = any(line["action"] == "END" for line in row["timeline"]) or row["state"] == "ENDED"
    return row["level"], row["description"], not ended


def _warning(record: Row) -> tuple[str, str, bool]:
    return LEVELS[record["rank"]], record["content"], not record.get("endTime")


def _problem(row: Row) -> tuple[str, str, bool]:
    return row["severity"], row["description"], row["state"] != "WITHDRAWN"


def _stated_problem(record: Row) -> tuple[str, str, bool]:
    return SEVERITIES[record["severity"]], record["content"], record.get("deleted", "0") != "1"


def _returned(item: Row, states: dict[int, str]) -> list[tuple[int, str]]:
    """What came back of the item, in the order of arrival: the place in the timeline and the state."""
    return [
        (int(result["record"]["version"]), states[int(result["record"]["state"])])
        for result in item["returned"]
    ]


# ---------------------------------------------------------------- certificates and health


def _certificates(stage: MinistryStage) -> Iterable[Line]:
    days = owed(stage)
    for day, reminded in stage.notebook.reminded.items():
        if day == stage.first:
            continue  # It has the backlog: the newest window of each certificate, whenever that opened.
        yield Line(f"证书监测 {day:%m-%d}：提醒的证书", None, reminded, days[day])
    for username in ("enterprise-head", "province-head"):
        twice = repeated(stage, username)
        yield Line(f"证书提醒：{username}重复收到的", 0, None, len(twice), None, tuple(twice))


def _health(stage: MinistryStage, inbox: list[Row]) -> Iterable[Line]:
    health = stage.health()
    stage.say(f"交换状态：{health['sentence']}")
    waiting = sum(row["state"] == "QUARANTINED" for row in inbox)
    yield Line("待人工处置的记录", None, health["inbox"]["quarantined"], waiting)
    yield Line("交换状态为红色", 0, int(health["colour"] == "RED"))
