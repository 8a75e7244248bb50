"""The load in small: the API and the bare server take turns, keep their books, and stand beside each other in the report."""

from __future__ import annotations

import subprocess
from dataclasses import replace

import pytest
from benchmarks import report
from benchmarks.books import Books
from benchmarks.load import Sent
from benchmarks.options import Options, Part
from benchmarks.prepare import prepare
from benchmarks.stage import stage
from benchmarks.submitting import BY_HAND, ROUNDS, SUSTAINED, Load, submit

from ..support.databases import postgres_server_url
from ..support.dates import TODAY

SMALL = Options(
    day=TODAY,
    enterprises=150,
    days=2,
    submit_seconds=30,
    connections=4,
    warm_up=10,
    burst=40,
    burst_connections=8,
    parts=frozenset({Part.SUBMIT, Part.BURST}),
)
SHARE = (SMALL.enterprises - 2 * SMALL.warm_up - SMALL.burst) // (2 * ROUNDS)


@pytest.mark.postgres
@pytest.mark.process
def test_both_servers_take_every_report_and_their_books_are_right() -> None:
    try:
        postgres_server_url()
    except (ImportError, OSError, RuntimeError, subprocess.SubprocessError) as reason:
        pytest.skip(f"no PostgreSQL can be had, not even one of our own: {reason}")
    with stage(TODAY) as ready:
        prepare(ready, SMALL)
        found = {load.name: load for load in submit(ready, SMALL)}
    for name in (SUSTAINED, BY_HAND):
        load = found[name]
        assert load.sent.accepted == load.asked == ROUNDS * SHARE, load.sent.failures
        assert [turn.sent.accepted for turn in load.turns] == [SHARE] * ROUNDS
        assert load.cpu > 0
    burst = found["burst at the deadline"]
    assert burst.sent.accepted == SMALL.burst, burst.sent.failures
    for load in (found[SUSTAINED], found[BY_HAND], burst):
        assert load.books is not None
        assert load.books.right(load.sent.accepted), load.books
        assert load.lost == 0


def loaded(name: str, *, rates: list[int], cpu_ms: list[float], peak: int) -> Load:
    """Turns of one second each, at these rates."""
    turns = [
        Load(name, 16, rate, Sent(1.0, [0.01] * rate, {}, 0.1), rate * each / 1e3, peak)
        for rate, each in zip(rates, cpu_ms, strict=True)
    ]
    asked = sum(rates)
    return Load.together(name, turns, Books(asked, 0, 0, asked, asked, True))


OURS = loaded(SUSTAINED, rates=[100, 300, 200], cpu_ms=[4.0, 2.0, 3.0], peak=200 * report.MIB)
BARE = loaded(BY_HAND, rates=[400, 600, 500], cpu_ms=[1.0, 1.0, 1.0], peak=300 * report.MIB)


def test_the_report_shows_our_rate_beside_the_one_by_hand() -> None:
    rows = {
        what: (target, measured) for what, target, measured in report.verdicts([], [], {}, [OURS, BARE]).rows
    }
    assert rows["Commitments per second"] == ("≥ 200", "200")
    assert rows["… beside a bare server that writes the same by hand"] == (
        "—",
        # The medians of 100/400, 300/600 and 200/500, and of 4, 2 and 3 milliseconds beside one.
        "0.40× its rate (200/s beside 500/s), 3.0× its CPU for each (2.67 ms beside 1.00 ms)",
    )
    assert rows["Memory of the API process"] == ("< 250 MiB", "200 MiB")


def test_turns_that_accepted_nothing_do_not_end_the_report() -> None:
    nothing = loaded(BY_HAND, rates=[0, 600, 0], cpu_ms=[1.0, 1.0, 1.0], peak=0)
    shown = {row[0]: row[2] for row in report.verdicts([], [], {}, [OURS, nothing]).rows}
    assert shown["… beside a bare server that writes the same by hand"].startswith("0.50× its rate")
    nothing = loaded(BY_HAND, rates=[0, 0, 0], cpu_ms=[1.0, 1.0, 1.0], peak=0)
    shown = {row[0]: row[2] for row in report.verdicts([], [], {}, [OURS, nothing]).rows}
    assert shown["… beside a bare server that writes the same by hand"] == "no turn could be measured"


def test_a_row_of_its_own_shows_what_the_bare_server_took() -> None:
    shown = report.loads([OURS, BARE])
    assert [row[0] for row in shown.rows] == ["sustained", "sustained, by hand"]
    (by_hand,) = (dict(zip(shown.headings, row, strict=True)) for row in shown.rows if row[0] == BY_HAND)
    assert (by_hand["accepted"], by_hand["per second"], by_hand["CPU ms each"]) == ("1500", "500", "1.00")
    assert by_hand["books"] == "right"


def test_books_that_do_not_hold_what_was_accepted_are_called_wrong() -> None:
    assert BARE.books is not None
    wrong = replace(BARE, books=replace(BARE.books, outbox=BARE.books.outbox - 1))
    assert report.loads([wrong]).rows[0][-1] == "WRONG"
