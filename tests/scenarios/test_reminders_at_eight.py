"""What a night has queued goes out at eight, on twin and real databases, with several workers at it at once."""

from __future__ import annotations

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from pathlib import Path
from threading import Barrier

import pytest

from yanbao.adapters.sms.twin import Unreachable
from yanbao.application.access import EVERYTHING
from yanbao.application.ports.notice import SmsFilter
from yanbao.application.ports.paging import Page
from yanbao.domain.notice.notice import SmsState

from ..support.builders import DAY
from ..support.rectification import RESPONSIBLE, Rectification, issued_as
from ..support.world import COUNTY_DUTY, clock
from .test_a_problem import on, populated

WORKERS = 3
TOMORROW = DAY + timedelta(days=1)
TEXT = "4项问题待办理，均已逾期，请登录系统{}：东风烟花厂。"
ONCE_EACH = sorted(
    [(RESPONSIBLE.phone.text, TEXT.format("办理")), (COUNTY_DUTY.phone.text, TEXT.format("督办"))]
)


@pytest.fixture(params=["twin", "sqlite", "postgres"])
def morning(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Rectification]:
    """Eight o'clock after a night in which one problem after the other became overdue."""
    if request.param == "twin":
        yield after_the_night(populated())
        return
    with on(request.param, tmp_path) as world:
        yield after_the_night(world)


def after_the_night(world: Rectification) -> Rectification:
    for number in range(4):
        problem = issued_as(number, at=clock("20:00") + timedelta(minutes=10 * number))
        problem.events = []
        world.keep(problem)
    for step in range(6):
        world.remind(clock("22:00") + timedelta(minutes=10 * step))
    return world.at("08:00", TOMORROW)


def work_off(world: Rectification) -> None:
    """Several workers who begin at the same moment, each until there is nothing due."""
    together = Barrier(WORKERS)

    def worker(_: int) -> None:
        together.wait()
        while world.system.app.texts.send_due():
            pass

    with ThreadPoolExecutor(WORKERS) as pool:
        list(pool.map(worker, range(WORKERS)))


def sent(world: Rectification) -> list[tuple[str, str]]:
    return sorted((sms.phone, sms.text) for sms in world.system.sms.sent)


def test_each_person_gets_one_sms_about_everything(morning: Rectification) -> None:
    work_off(morning)
    assert sent(morning) == ONCE_EACH
    rows = morning.system.readers.notices.texts(SmsFilter(), EVERYTHING, Page(100)).rows
    assert {row.receiver_id for row in rows} == {RESPONSIBLE.id, COUNTY_DUTY.id}
    assert [row.state for row in rows].count(SmsState.ACCEPTED) == 2
    others = {(row.state, row.note) for row in rows if row.state is not SmsState.ACCEPTED}
    assert others == {(SmsState.DROPPED, "已并入同一人的另一条短信")}
    work_off(morning.after(timedelta(hours=1)))
    assert sent(morning) == ONCE_EACH


def test_nothing_is_lost_while_the_gateway_is_not_reached(morning: Rectification) -> None:
    morning.system.sms.then(*[Unreachable()] * 5)
    for _ in range(5):
        work_off(morning)
        morning.after(timedelta(minutes=6))
    assert sent(morning) == ONCE_EACH
