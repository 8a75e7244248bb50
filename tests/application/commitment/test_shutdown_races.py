"""Automatic reports while enterprises report themselves: whoever was faster counts, and nobody else suffers."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date

import pytest

from yanbao.adapters.memory.commitments import MemoryCommitments
from yanbao.domain.signed import Origin

from ...support.builders import DAY, LINTONG, a_shutdown
from ...support.world import DONGFENG, HONGXING, a_world


def test_who_reports_while_the_automatic_reports_are_made_does_not_stop_them_for_the_others(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    world = a_world().settle(a_shutdown(LINTONG))
    world.submit()

    def everybody(self: MemoryCommitments, day: date) -> Sequence[object]:
        return [world.commitment(of) for of in (DONGFENG, HONGXING)]

    monkeypatch.setattr(MemoryCommitments, "in_shutdown", everybody)
    assert world.system.app.commitments.report_shutdowns(DAY) == 1
    origins = [report.origin for of in (DONGFENG, HONGXING) if (report := world.commitment(of).report)]
    assert origins == [Origin.MANUAL, Origin.AUTO]
