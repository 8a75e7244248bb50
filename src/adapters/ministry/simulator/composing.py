"""Makes the messages of an order: new items or later versions of known ones, grouped, repeated and shuffled."""

from __future__ import annotations

import random
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final
from uuid import UUID

from ....application.ports.inbound import MinistryWarning
from ....domain.exchange.inbound import InboundKind
from ..profile import Profile
from ..stating import problem_record, warning_record
from .faults import BadOrder
from .inventing import (
    Stated,
    changed,
    first_version,
    invented,
    next_version,
    unknown_company,
)
from .items import Items, Version
from .orders import Change, PushOrder, Tampering

_BEIJING: Final = "110105"
_SHAANXI: Final = "610000"
_NO_AREA: Final = "619999"
"""Would lie in Shaanxi, but there is no such area."""
_NO_CODE: Final = "ZZ"


@dataclass(frozen=True, slots=True)
class Consignment:
    """A message to be sent: its id, its records, and how it is damaged on the way."""

    kind: InboundKind
    message_id: str
    versions: Sequence[Version]
    tampering: Tampering = Tampering.NONE

    @property
    def records(self) -> list[Mapping[str, Any]]:
        return [version.record for version in self.versions]


@dataclass(frozen=True, slots=True)
class Composer:
    """Composes by a profile. `now` is the time of the system that receives, if it is known."""

    items: Items
    profile: Profile
    now: Callable[[], datetime]

    def compose(self, order: PushOrder) -> tuple[list[Version], list[Consignment]]:
        """The versions that are newly stated, and the messages in the order in which they are sent.

        Raises BadOrder for an item that was never stated.
        """
        chance = random.Random(order.seed)
        rounds = [self._known_items(order)] if order.items else self._new_items(order, chance)
        consignments = [
            consignment
            for versions in rounds
            for consignment in self._grouped(versions, order, chance)
            for _ in range(order.repeat)
        ]
        if order.shuffled:
            chance.shuffle(consignments)
        stated = [version for versions in rounds for version in versions]
        return [] if order.items and order.change is Change.NONE else stated, consignments

    def _known_items(self, order: PushOrder) -> list[Version]:
        """The next versions, or the newest ones once more."""
        found = []
        for external_id in dict.fromkeys(order.items):
            newest = self.items.newest(external_id)
            if newest is None:
                raise BadOrder(f"there is no item {external_id}")
            if order.change is not Change.NONE:
                newest = self._changed(newest, order)
            found.append(newest)
        return found

    def _new_items(self, order: PushOrder, chance: random.Random) -> list[list[Version]]:
        """The first versions, and the changed ones, in the order in which they are to arrive."""
        at = self.now()
        first = [
            self._version(kind, self._invented(kind, at, order, chance), order)
            for kind, count in order.counts.items()
            for _ in range(count)
        ]
        if order.change is Change.NONE:
            return [first]
        later = [self._changed(version, order) for version in first]
        return [later, first] if order.change is Change.ENDED_FIRST else [first, later]

    def _invented(self, kind: InboundKind, at: datetime, order: PushOrder, chance: random.Random) -> Stated:
        companies, areas = order.companies, order.areas
        if order.tampering is Tampering.UNKNOWN_ENTERPRISE:
            companies = [unknown_company(_SHAANXI, chance)]
            areas = [_NO_AREA] if kind is InboundKind.PATROL_PROBLEM else areas
        if order.tampering is Tampering.FOREIGN_AREA:
            companies, areas = [unknown_company(_BEIJING, chance)], [_BEIJING]
        return invented(
            kind,
            self.items.next_id(kind),
            first_version(self.profile, at),
            at,
            companies=companies,
            areas=areas,
            chance=chance,
        )

    def _changed(self, version: Version, order: PushOrder) -> Version:
        number = next_version(self.profile, version.stated.version)
        stated = changed(version.stated, order.change, number, self.now())
        return self._version(version.kind, stated, order, last=version.stated)

    def _version(
        self, kind: InboundKind, stated: Stated, order: PushOrder, *, last: Stated | None = None
    ) -> Version:
        if isinstance(stated, MinistryWarning):
            level = last.level if isinstance(last, MinistryWarning) else None
            record = warning_record(stated, self.profile, last_level=level, ended_at=self.now())
            coded = self.profile.inbound.warning.fields.rank
        else:
            record = problem_record(kind, stated, self.profile)
            coded = self.profile.inbound.problem_form(kind).fields.severity
        if order.tampering is Tampering.WRONG_CODE:
            record = {**record, coded: _NO_CODE}
        return Version(kind, stated, record)

    def _grouped(
        self, versions: Sequence[Version], order: PushOrder, chance: random.Random
    ) -> list[Consignment]:
        by_kind: dict[InboundKind, list[Version]] = {}
        for version in versions:
            by_kind.setdefault(version.kind, []).append(version)
        return [
            Consignment(
                kind,
                str(UUID(int=chance.getrandbits(128), version=4)),
                some[at : at + order.together],
                order.tampering,
            )
            for kind, some in by_kind.items()
            for at in range(0, len(some), order.together)
        ]
