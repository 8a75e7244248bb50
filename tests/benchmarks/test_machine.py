"""What a page of figures says of the machine that they were measured on."""

from __future__ import annotations

from benchmarks import machine


def test_the_yardstick_of_a_run_is_said_plainly() -> None:
    assert machine.yardstick() > 0
    assert machine.measured(31.4, 40.0) == (
        "a loop of 1,000,000 steps in plain Python took 31 ms when the run began and 40 ms when it ended, best of 7"
    )
