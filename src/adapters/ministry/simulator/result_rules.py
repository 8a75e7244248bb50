"""The ministry's checks on results that come back: how its problems and warnings, and our own, are handled."""

from __future__ import annotations

from typing import Final

from ....application.ports.exchange import RecordKind
from .record_rules import ID, MOMENT, Rules

AREA: Final = r"[1-9][0-9]{5}"
_FLAG: Final = frozenset({"0", "1"})

ITEM: Final = {RecordKind.PROBLEM: "problemId", RecordKind.ALERT: "warnId"}
"""The field with the id of the ministry's own item; empty for a warning of the province."""


def _codes(last: int) -> frozenset[str]:
    return frozenset(f"{number:02}" for number in range(1, last + 1))


RESULT_RULES: Final = {
    RecordKind.PROBLEM: Rules(
        key="problemId",
        day="operateTime",
        patterns={"id": ID, "problemId": r"[!-~]{1,64}", "operateTime": MOMENT},
        counts={"version": 1},
        texts={},
        codes={
            "problemType": frozenset("12"),
            "action": _codes(11),
            "state": frozenset("1234567"),
        },
        optional={"isFinish": _FLAG, "extLate": _FLAG},
    ),
    RecordKind.ALERT: Rules(
        key="id",
        day="operateTime",
        patterns={"id": ID, "operateTime": MOMENT},
        counts={"version": 1},
        texts={},
        codes={
            "warnType": frozenset("12"),
            "action": _codes(13),
            "state": frozenset("1234567"),
            "rank": frozenset("1234"),
        },
        optional={"verifyResult": frozenset("1234"), "isFinish": _FLAG, "extLate": _FLAG},
    ),
}
"""Written out here and not taken from our profile on purpose: a mistake there must show here."""
