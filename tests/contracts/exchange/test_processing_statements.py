"""Processing many records: what they share is asked once for a group, not once for each record."""

from __future__ import annotations

from typing import Any

import pytest
from sqlalchemy import Engine, event

from yanbao.adapters.clock import FixedClock
from yanbao.adapters.sql.storage import SqlStorage
from yanbao.application.exchange.inbound import TOGETHER

from ...support.builders import NOW
from ...support.inbound import Receiving, a_delivery, a_warning
from ...support.system import make_system
from ...support.world import World, filled
from ..conftest import emptied

FOR_EACH = 10
"""Statements that each record needs: what it is about, its alert, its messages and what it owes."""
FOR_A_GROUP = 16
"""Statements of one transaction, whatever it holds."""


@pytest.mark.parametrize("name", ["sqlite_engine", "postgres_engine"])
def test_the_statements_of_a_group_are_shared_by_its_records(
    name: str, request: pytest.FixtureRequest
) -> None:
    engine: Engine = emptied(request.getfixturevalue(name))
    system = make_system(lambda react: SqlStorage(engine, reactions=react), FixedClock(NOW))
    world = Receiving(filled(World(system), opened=False).system)

    def statements(records: int) -> int:
        world.receive(a_delivery(*(a_warning(f"W-{records}-{n}") for n in range(records)), id=f"M-{records}"))
        ran: list[str] = []

        def count(connection: Any, cursor: Any, statement: str, *rest: Any) -> None:
            ran.append(statement)

        event.listen(engine, "before_cursor_execute", count)
        try:
            assert system.app.inbound.take_due() == records
        finally:
            event.remove(engine, "before_cursor_execute", count)
        return len(ran)

    statements(2)  # Fills the cache of settings.
    ten, fifty = statements(10), statements(50)
    assert ten <= 10 * FOR_EACH + FOR_A_GROUP
    assert fifty <= 50 * FOR_EACH + 50 // TOGETHER * FOR_A_GROUP
