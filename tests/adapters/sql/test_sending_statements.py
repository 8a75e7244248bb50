"""How many statements an SMS takes that reminds of problems: as many for many problems as for one."""

from __future__ import annotations

from datetime import timedelta

from sqlalchemy import Engine

from yanbao.adapters.sql.storage import SqlStorage

from ...scenarios.test_a_problem import populated
from ...support.builders import NOW
from ...support.databases import statements
from ...support.rectification import Rectification, issued_as

HOUR = timedelta(hours=1)


def keep(world: Rectification, name: object) -> None:
    problem = issued_as(name, at=world.system.clock.moment - HOUR)
    problem.events = []  # The issue was told long ago.
    world.keep(problem)


def sending(world: Rectification, engine: Engine) -> list[str]:
    """The statements of one batch with one SMS."""
    before = len(world.system.sms.sent)
    world.after(timedelta(seconds=10))
    with statements(engine) as seen:
        world.system.app.texts.send_due()
    assert len(world.system.sms.sent) == before + 1
    return seen


def test_problems_of_one_sms_are_read_together_and_merging_adds_one_statement_for_each_sms(
    engine: Engine,
) -> None:
    world = populated(lambda reactions: SqlStorage(engine, reactions=reactions))
    world.system.clock.moment = NOW
    took = []
    for problems in (1, 12):
        for number in range(problems):
            keep(world, (problems, number))
        world.remind()
        took.append(len(sending(world, engine)))
    assert took[0] == took[1]
    merged = []
    for runs in (2, 6):
        for run in range(runs):
            keep(world.after(timedelta(seconds=1)), ("run", runs, run))
            world.remind()
        merged.append(len(sending(world, engine)))
    assert merged[1] - merged[0] == 4
    reading_again = len(["problems", "their history", "the receiver"])
    assert merged[0] - took[0] == reading_again + len(["the others", "taken back", "one saved", "the whole"])
