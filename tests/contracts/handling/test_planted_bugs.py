"""A machine that catches nothing proves nothing: each of these bugs of one store must make it fail."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Any, Final

import pytest
from hypothesis import settings
from sqlalchemy import Engine

from yanbao.adapters.sql.alerts import SqlAlerts
from yanbao.adapters.sql.certificates import SqlCertificates
from yanbao.adapters.sql.notices import SqlMessages, SqlTexts
from yanbao.adapters.sql.problems import SqlProblems
from yanbao.adapters.sql.reading.alerts import SqlAlertReader
from yanbao.application.access import EVERYTHING

from .test_agreement import FEW, drive

Wrong = Callable[[Callable[..., Any]], Callable[..., Any]]


def _no_region_filter(right: Callable[..., Any]) -> Callable[..., Any]:
    return lambda self, where, scope, *rest: right(self, where, EVERYTHING, *rest)


def _no_version_check(right: Callable[..., Any]) -> Callable[..., Any]:
    def save(self: Any, changed: Any) -> None:
        stored = self.find(changed.id)
        changed.version = 0 if stored is None else stored.version
        right(self, changed)

    return save


def _one_too_few(right: Callable[..., Any]) -> Callable[..., Any]:
    return lambda self, *args, **named: list(right(self, *args, **named))[:-1]


def _an_hour_late(right: Callable[..., Any]) -> Callable[..., Any]:
    return lambda self, id, at: right(self, id, at + timedelta(hours=1))


def _loses_the_last(right: Callable[..., Any]) -> Callable[..., Any]:
    return lambda self, things: right(self, list(things)[:-1])


def _counts_nothing(right: Callable[..., Any]) -> Callable[..., Any]:
    return lambda self, enterprise: dict.fromkeys(right(self, enterprise), 0)


PLANTED: Final[dict[str, tuple[type, str, Wrong]]] = {
    "a list without its region filter": (SqlAlertReader, "page", _no_region_filter),
    "a count without its region filter": (SqlAlertReader, "count", _no_region_filter),
    "an alert saved over somebody's change": (SqlAlerts, "save", _no_version_check),
    "an alert not reminded of": (SqlAlerts, "to_remind", _one_too_few),
    "an alert reminded of too late": (SqlAlerts, "remind_again", _an_hour_late),
    "a problem not reminded of": (SqlProblems, "to_remind", _one_too_few),
    "a certificate not watched": (SqlCertificates, "to_watch", _one_too_few),
    "a message lost": (SqlMessages, "add", _loses_the_last),
    "an SMS lost": (SqlTexts, "add", _loses_the_last),
    "a marker that counts nothing": (SqlAlertReader, "unfed_back", _counts_nothing),
}


@pytest.mark.parametrize("bug", PLANTED)
def test_the_machine_catches(bug: str, sqlite_engine: Engine, monkeypatch: pytest.MonkeyPatch) -> None:
    """Within the examples of a normal run."""
    where, method, wrong = PLANTED[bug]
    monkeypatch.setattr(where, method, wrong(getattr(where, method)))
    with pytest.raises(AssertionError):
        drive(sqlite_engine, settings(FEW, report_multiple_bugs=False))
