"""What an import reads from the directory and writes to it, within the actor's scope."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime
from typing import Literal

from ....domain.directory.enterprise import Enterprise
from ....domain.directory.organisation import Department, Region
from ....domain.refusals import NotFound
from ....domain.values import CreditCode, RegionId, parse_region_code
from ...access import Actor
from ...ports.work import UnitOfWork
from .rows import Reading

Fate = Literal["ADDED", "UPDATED", "UNCHANGED"]
"""What the import does to an entry."""


@dataclass(frozen=True, slots=True)
class Change:
    """One directory entry in the file. `summary` goes into the audit trail and holds no personal data."""

    what: str
    subject: object
    summary: str
    fate: Fate
    save: Callable[[], None]


def fate_of(before: object | None, after: object) -> Fate:
    if before is None:
        return "ADDED"
    return "UNCHANGED" if before == after else "UPDATED"


@dataclass(slots=True)
class Lookups:
    """Look-ups in the directory, each made once. What lies outside the actor's scope is not found."""

    work: UnitOfWork
    actor: Actor
    now: datetime
    _regions: dict[RegionId, Region | None] = field(default_factory=dict)
    _enterprises: dict[CreditCode, Enterprise | None] = field(default_factory=dict)
    _departments: dict[str, Department | None] = field(default_factory=dict)

    def region(self, reading: Reading, header: str, raw: str) -> Region | None:
        """The region with a code. If there is none, notes an error and returns None."""
        id = reading.parse(lambda: parse_region_code(raw, field="regionId"))
        if id is None:
            return None
        if id not in self._regions:
            within = self.work.regions.within(id, self.actor.scope)
            self._regions[id] = self.work.regions.find(id) if within else None
        if self._regions[id] is None:
            reading.refuse(header, f"没有找到代码为{id}的区域，或您无权管理。")
        return self._regions[id]

    def enterprise(self, reading: Reading, header: str, raw: str) -> Enterprise | None:
        """The enterprise with a credit code. If there is none, notes an error and returns None."""
        code = reading.parse(lambda: CreditCode.parse(raw))
        if code is None:
            return None
        found = self.known_enterprise(code)
        if found is None or not self.may_reach(found):
            reading.refuse(header, f"没有找到统一社会信用代码为{code}的企业，或您无权管理。")
            return None
        return found

    def known_enterprise(self, code: CreditCode) -> Enterprise | None:
        """The enterprise with the credit code, even outside the scope."""
        if code not in self._enterprises:
            self._enterprises[code] = self.work.enterprises.by_credit_code(code)
        return self._enterprises[code]

    def may_reach(self, enterprise: Enterprise) -> bool:
        return self.work.regions.within(enterprise.region_id, self.actor.scope)

    def department(self, name: str) -> Department | None:
        """The department of that name, if it lies in the actor's scope."""
        if name not in self._departments:
            found = self.work.departments.by_name(name)
            try:
                if found is not None:
                    self.work.departments.get(found.id, within=self.actor.scope)
            except NotFound:  # Outside the scope counts as not found.
                found = None
            self._departments[name] = found
        return self._departments[name]
