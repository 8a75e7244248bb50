"""The profile's table of layers names files that are there, and its shares are those of all samples."""

from __future__ import annotations

import sys
import sysconfig
from collections.abc import Callable
from pathlib import Path
from time import thread_time
from types import FrameType
from typing import Any, Final

import orjson
import pytest
from benchmarks.profiling.layers import PARTS, Layer, layer_of
from benchmarks.profiling.sampling import Samples, _Used, sampling

from yanbao.adapters.sql.reading import paging
from yanbao.application.ports.paging import Page

LIBRARIES: Final = (Path(sysconfig.get_path("stdlib")), Path(sysconfig.get_path("purelib")))
SOURCES: Final = Path(paging.__file__).parents[3]


@pytest.mark.parametrize("part", [part for part in PARTS if not part.startswith("<")])
def test_every_path_of_the_table_is_of_files_that_are_there(part: str) -> None:
    if part.startswith("yanbao/"):
        assert (SOURCES / part.removeprefix("yanbao/")).exists()
    else:
        name = part.removeprefix("/site-packages").strip("/")
        assert any(True for folder in LIBRARIES for _ in folder.glob(f"{name}*"))


def frame_within(call: Callable[[Callable[[], None]], Any]) -> FrameType:
    """The innermost frame while `call` calls what it is given."""
    seen: list[FrameType] = []
    call(lambda: seen.append(sys._getframe()))
    return seen[0]


def in_a_row(act: Callable[[], None]) -> None:
    paging.slice_of([()], Page(first=1), lambda row: act(), lambda shown: ())


def test_what_a_function_of_rows_calls_is_row_making_wherever_it_is_written() -> None:
    assert layer_of(frame_within(in_a_row)) is Layer.ROWS


def test_a_call_into_orjson_is_told_by_its_line() -> None:
    frames: list[FrameType] = []

    def default(value: object) -> str:
        frames.append(sys._getframe(1))
        assert layer_of(frames[0]) is Layer.ORJSON
        return "it"

    assert orjson.dumps(object(), default=default) == b'"it"'
    assert len(frames) == 1


def test_a_stack_without_any_of_the_files_is_of_another_layer() -> None:
    assert layer_of(frame_within(lambda act: act())) is Layer.OTHER


def test_the_shares_of_all_layers_make_one() -> None:
    samples = Samples()
    assert samples.share(Layer.ROWS) == 0.0
    samples.seconds |= {Layer.ROWS: 3.0, Layer.PSYCOPG: 1.0}
    assert (samples.share(Layer.ROWS), samples.share(Layer.PSYCOPG)) == (0.75, 0.25)
    assert sum(map(samples.share, Layer)) == 1.0


@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="only Linux counts the CPU of each thread")
def test_the_sampler_sees_the_work_of_this_thread_and_ends_with_the_block() -> None:
    before = sys.getswitchinterval()
    with sampling() as samples:
        began = thread_time()
        while thread_time() - began < 0.05:
            sum(range(1_000))
    assert samples.taken > 0
    assert samples.whole > 0.0
    assert samples.whole == sum(samples.seconds.values())
    assert sys.getswitchinterval() == before


def test_what_was_not_seen_between_two_waits_for_the_database_is_spread_over_the_layers() -> None:
    named: dict[str, Any] = {"frame": sys._getframe}
    exec(compile("def wait(): return frame()", "/site-packages/psycopg/connection.py", "exec"), named)
    waiting, rows, other = named["wait"](), frame_within(in_a_row), frame_within(lambda act: act())
    used = _Used()
    used.add(rows, 3.0)
    used.add(waiting, 1.0)  # Still of the rows: it was there before.
    used.add(other, 1.0)
    used.add(waiting, 1.0)
    used.add(waiting, 3.0)
    assert dict(used.spread()) == {Layer.ROWS: 6.0, Layer.OTHER: 3.0}
