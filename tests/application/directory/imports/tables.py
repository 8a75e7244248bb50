"""Tables in a few words, and a storage to import them to."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import time
from typing import Any, Final

from yanbao.adapters.clock import FixedClock
from yanbao.adapters.demo.province import Province, build_province
from yanbao.adapters.demo.seeding import seed
from yanbao.adapters.memory.storage import MemoryStorage
from yanbao.application.access import SYSTEM, Actor, Scope
from yanbao.application.directory.imports.columns import ImportKind
from yanbao.application.directory.imports.run import ImportDirectory
from yanbao.application.directory.imports.tables import ImportResult, Row, Sheet, Table, Value
from yanbao.application.policies import PolicyBook
from yanbao.application.reactions import ReactionTable
from yanbao.domain.deadlines import instant
from yanbao.domain.directory.organisation import Level, Role
from yanbao.domain.values import CreditCode, DepartmentId, PersonId, RegionId, fact_id

from ....support.dates import TODAY

NOW: Final = instant(TODAY, time(9, 0))


def a_code(number: int, area: str = "610526") -> str:
    """A valid credit code that the demo province does not use."""
    first17 = f"91{area}MB{number:06d}A"
    return first17 + CreditCode.check_character(first17)


def a_sheet(name: str, *rows: Mapping[str, Value]) -> Sheet:
    """Each row says what stands under which header; the first has row number 2, as in Excel."""
    headers = tuple(dict.fromkeys(header for row in rows for header in row))
    return Sheet(
        name,
        headers,
        tuple(Row(number, tuple(row.get(h) for h in headers)) for number, row in enumerate(rows, start=2)),
    )


def a_table(name: str, *rows: Mapping[str, Value]) -> Table:
    return Table((a_sheet(name, *rows),))


@dataclass
class Bench:
    """A small demo province in memory, and the import on it."""

    storage: MemoryStorage
    province: Province
    clock: FixedClock

    def run(self, kind: ImportKind, table: Table, actor: Actor = SYSTEM, **options: Any) -> ImportResult:
        return ImportDirectory(self.storage, self.clock).run(actor, kind, table, **options)

    def kept(self) -> dict[str, dict[Any, Any]]:
        names = ("departments", "people", "enterprises", "certificates", "shutdown_periods", "audit")
        return {name: dict(getattr(self.storage.landed, name)) for name in names}


def a_bench() -> Bench:
    storage = MemoryStorage(reactions=ReactionTable(PolicyBook()))
    province = build_province(enterprises=30, today=TODAY)
    seed(storage, province, password_digest="digest", at=NOW)
    return Bench(storage, province, FixedClock(NOW))


def somebody(role: Role, region: str, level: Level | None = None) -> Actor:
    """A person of a department that answers for a region."""
    return Actor(
        person_id=PersonId(fact_id("tester")),
        name="测试",
        role=role,
        level=level,
        department_id=DepartmentId(fact_id("tester's")),
        enterprise_id=None,
        scope=Scope(regions=frozenset({RegionId(region)})),
    )


def reasons(result: ImportResult) -> Sequence[tuple[str, int, str]]:
    """Where each error is."""
    return [(error.sheet, error.row, error.column) for error in result.errors]
