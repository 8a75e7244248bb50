"""The demo's clock: whoever shares its file follows a move at once, and nobody goes back."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

import pytest

from yanbao.adapters.clock import MovableClock
from yanbao.settings import Settings
from yanbao.wiring import make_clock

from ..support.dates import TEST_NOW, start_clock


def test_every_process_that_shares_the_file_follows_a_move_at_once(tmp_path: Path) -> None:
    start_clock(tmp_path)
    ours, theirs = make_clock(Settings(var=tmp_path)), make_clock(Settings(var=tmp_path))
    assert isinstance(ours, MovableClock)
    for day in range(1, 20):
        # Both have just looked at the clock: neither may go on with what it saw.
        moment = TEST_NOW + timedelta(days=day)
        assert ours.now() < moment and theirs.now() < moment
        ours.move_to(moment)
        assert moment <= theirs.now() < moment + timedelta(hours=1)
        assert moment <= ours.now() < moment + timedelta(hours=1)


def test_a_clock_does_not_go_back_also_when_another_process_has_moved_it(tmp_path: Path) -> None:
    start_clock(tmp_path)
    ours, theirs = make_clock(Settings(var=tmp_path)), make_clock(Settings(var=tmp_path))
    assert isinstance(ours, MovableClock) and isinstance(theirs, MovableClock)
    ours.move_to(TEST_NOW + timedelta(days=2))
    with pytest.raises(ValueError, match="cannot go back"):
        theirs.move_to(TEST_NOW + timedelta(days=1))
