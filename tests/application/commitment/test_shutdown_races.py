"""Automatic reports while enterprises report themselves: whoever was faster counts, and nobody else suffers."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date

import pytest

from yanbao.adapters.memory.commitments import MemoryCommitments
from yanbao.application.commitment.shutdown_reports import MOST_LOOKS
from yanbao.domain.commitment.commitment import Commitment
from yanbao.domain.refusals import Conflict
from yanbao.domain.signed import Origin

from ...support.builders import DAY, LINTONG, a_shutdown
from ...support.world import DONGFENG, HONGXING, LIMIN, a_world


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


def test_who_reports_at_the_very_moment_of_saving_costs_another_look_and_no_failed_job(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    # Two nodes run two jobs of the same midnight: both report the same enterprises.
    world = a_world().settle(a_shutdown(LINTONG))
    save, lost = MemoryCommitments.save, [1]

    def save_second(self: MemoryCommitments, commitment: Commitment) -> None:
        if lost:
            lost.pop()
            raise Conflict("该承诺已被他人修改，请刷新后重试。")
        save(self, commitment)

    monkeypatch.setattr(MemoryCommitments, "save", save_second)
    assert world.system.app.commitments.report_shutdowns(DAY) == 3
    assert [world.commitment(of).revision for of in (DONGFENG, HONGXING, LIMIN)] == [1, 1, 1]


def test_whoever_always_comes_second_gives_up_and_leaves_it_to_the_schedule(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    world = a_world().settle(a_shutdown(LINTONG))
    tried: list[Commitment] = []

    def save_second(self: MemoryCommitments, commitment: Commitment) -> None:
        tried.append(commitment)
        raise Conflict("该承诺已被他人修改，请刷新后重试。")

    monkeypatch.setattr(MemoryCommitments, "save", save_second)
    with pytest.raises(Conflict):
        world.system.app.commitments.report_shutdowns(DAY)
    assert len(tried) == MOST_LOOKS
