"""Seven enterprises in six places, and days on which each answers in its own way or not at all."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, time, timedelta
from typing import Final

from yanbao.application.access import SYSTEM
from yanbao.application.ports.work import Storage
from yanbao.domain.commitment.commitment import Commitment
from yanbao.domain.deadlines import instant
from yanbao.domain.directory.enterprise import Enterprise

from ...support.builders import (
    CHANGAN,
    LINTONG,
    PUCHENG,
    WEINAN,
    YANGLING,
    YANGLING_COUNTY,
    a_form_of_stopped,
    a_wholesaler,
    an_enterprise,
)
from ...support.commitments import owed, reported, reported_automatically
from ...support.settling import settle_in

FIRST: Final = date(2026, 10, 30)
"""A Friday: three days later both a week and a month have begun."""
DAYS: Final = tuple(FIRST + timedelta(days=n) for n in range(12))
ENTERPRISES: Final = (
    an_enterprise("临潼一厂", region=LINTONG),
    a_wholesaler("临潼公司", region=LINTONG),
    an_enterprise("长安厂", region=CHANGAN),
    an_enterprise("蒲城厂", region=PUCHENG),
    a_wholesaler("渭南直属公司", region=WEINAN),
    an_enterprise("杨凌直属厂", region=YANGLING),
    an_enterprise("杨陵厂", region=YANGLING_COUNTY),
)
ANSWERS: Final = ("OWED", "ON_TIME", "LATE", "STOPPED", "AUTOMATIC")

Answers = Mapping[tuple[int, int], str]
"""The number of the enterprise and of the day → how it answered; nothing was owed where it is missing."""


def answer(enterprise: Enterprise, day: date, how: str) -> Commitment:
    """Return the commitment of the day as it stands after this answer."""
    match how:
        case "OWED":
            return owed(enterprise, day=day)
        case "LATE":
            return reported(enterprise, day=day, at=instant(day, time(10, 0)))
        case "STOPPED":
            return reported(enterprise, day=day, form=a_form_of_stopped())
        case "AUTOMATIC":
            return reported_automatically(enterprise, day=day)
    return reported(enterprise, day=day)


def settle_answers(storage: Storage, answers: Answers) -> None:
    """Put enterprises and answers into the storage."""
    commitments = [answer(ENTERPRISES[who], DAYS[day], how) for (who, day), how in answers.items()]
    settle_in(storage, SYSTEM, *ENTERPRISES, *commitments)
