"""An unknown name "locks" alike: on a real database every refused attempt costs the same statements."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy import event

from yanbao.application.access import SYSTEM
from yanbao.application.identity.log_in import LogIn
from yanbao.domain.identity.account import LogInRefused
from yanbao.domain.values import Client
from yanbao.settings import Settings
from yanbao.wiring import System, wire

from ...support.accounts import an_account
from ...support.builders import a_department_tree, a_person, a_region_tree
from ...support.databases import add_tables
from ...support.dates import start_clock
from ...support.settling import settle_in

OFFICER = a_person("赵值班", of=a_department_tree()[4])
PASSWORD, WRONG = "Right-horse-7-staple", "wrong-Password-1"
OFFICE, ATTACKER = "10.61.1.7", "203.0.113.5"


@pytest.fixture
def system(tmp_path: Path) -> Iterator[System]:
    start_clock(tmp_path)
    system = wire(Settings(var=tmp_path, embedded=False, address_failures=10_000))
    add_tables(system.engine)
    account = an_account(OFFICER)
    account.password_digest = system.app.identity.hasher.hash(PASSWORD)
    settle_in(system.storage, SYSTEM, *a_region_tree(), *a_department_tree(), OFFICER, account)
    yield system
    system.close()


def statements(system: System, username: str, address: str, password: str = WRONG) -> list[str]:
    """The statements of a refused attempt: each one's verb."""
    run: list[str] = []

    def note(connection: object, cursor: object, statement: str, *_: object) -> None:
        run.append(statement.split()[0])

    event.listen(system.engine, "before_cursor_execute", note)
    try:
        with pytest.raises(LogInRefused):
            system.app.identity.log_in(LogIn(username, password, Client.WEB, address))
    finally:
        event.remove(system.engine, "before_cursor_execute", note)
    return run


def as_writes(run: list[str]) -> list[str]:
    """An upsert of a bounded row stands for the update of the account's row."""
    return ["WRITE" if verb in ("UPDATE", "INSERT") else verb for verb in run]


@pytest.mark.parametrize("address", [OFFICE, ATTACKER], ids=["known", "unknown"])
def test_the_sixth_attempt_on_an_unknown_name_costs_what_it_costs_on_a_locked_account(
    system: System, address: str
) -> None:
    system.app.identity.log_in(LogIn("lihong", PASSWORD, Client.WEB, OFFICE))
    unknown = [statements(system, "nobody", address) for _ in range(6)]
    known = [statements(system, "lihong", address) for _ in range(6)]
    assert [as_writes(run) for run in known] == [as_writes(run) for run in unknown]
    assert as_writes(statements(system, "lihong", address, PASSWORD)) == as_writes(unknown[0])
    assert as_writes(unknown[0]).count("WRITE") == 3, "the count, the failure of the address, the audit trail"
