"""Commitments as they are stored, and a day on which six enterprises answered, each in its own way."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from decimal import Decimal

from yanbao.application.access import EVERYTHING, SYSTEM
from yanbao.application.ports.work import Storage
from yanbao.domain.commitment.commitment import Commitment
from yanbao.domain.commitment.form import PowderProcess, ProductionFigures

from ...support.builders import (
    CHANGAN,
    DAY,
    DUE,
    PUCHENG,
    YANGLING_COUNTY,
    a_form_for,
    a_form_of_stopped,
    a_wholesaler,
    an_enterprise,
)
from ...support.commitments import owed, reported, reported_automatically
from ...support.settling import settle_in

YESTERDAY, TOMORROW = DAY - timedelta(days=1), DAY + timedelta(days=1)

PRODUCER = an_enterprise("临潼在产厂")
STOPPED = an_enterprise("临潼停产厂")
WHOLESALER = a_wholesaler("长安批发", region=CHANGAN)
AUTOMATIC = an_enterprise("蒲城自动厂", region=PUCHENG)
OWING = an_enterprise("蒲城欠报厂", region=PUCHENG)
LATE = an_enterprise("杨凌迟报厂", region=YANGLING_COUNTY)
OVER = ProductionFigures(3, 2, (PowderProcess.MIXING,), 99, Decimal("1"))


def settle_answers(storage: Storage) -> None:
    """Six enterprises on DAY, one of each kind of answer, and one report on the day before."""
    settle_in(
        storage,
        SYSTEM,
        *(PRODUCER, STOPPED, WHOLESALER, AUTOMATIC, OWING, LATE),
        reported(PRODUCER, form=a_form_for(PRODUCER, production=OVER, explanation="交接班")),
        reported(STOPPED, form=a_form_of_stopped()),
        reported(WHOLESALER),
        reported_automatically(AUTOMATIC),
        owed(OWING),
        reported(LATE, at=DUE),
        reported(PRODUCER, day=YESTERDAY),
    )


def stored(storage: Storage, commitment: Commitment) -> Commitment:
    with storage.work(SYSTEM) as work:
        return work.commitments.get(commitment.id, within=EVERYTHING)


def change(storage: Storage, commitment: Commitment, act: Callable[[Commitment], None]) -> None:
    with storage.work(SYSTEM) as work:
        read = work.commitments.get(commitment.id, within=EVERYTHING)
        act(read)
        work.commitments.save(read)
        work.commit()
