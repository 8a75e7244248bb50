"""Messages of the ministry in our own words: plain JSON for the twin of the reader, and a province that receives them."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Final

from yanbao.application.ports.inbound import (
    Delivery,
    DeliveryAnswer,
)
from yanbao.domain.alert.alert import Alert
from yanbao.domain.alert.form import ministry_alert_id
from yanbao.domain.directory.enterprise import Enterprise
from yanbao.domain.exchange.duty import Duty, Topic
from yanbao.domain.exchange.inbound import InboundKind, InboxMessage, InboxRecord

from .builders import LINTONG as LINTONG_REGION
from .builders import NOW
from .world import DONGFENG, World, a_world


def a_warning(
    id: str = "W-1", version: int = 1, level: str = "ORANGE", of: Enterprise = DONGFENG, **changes: Any
) -> dict[str, Any]:
    """One record: a risk warning about Dongfeng."""
    stated = {"id": id, "version": version, "level": level, "company": of.credit_code.text}
    return stated | {"area": str(of.region_id)} | changes


def a_patrol(id: str = "P-1", version: int = 1, area: str = LINTONG_REGION, **changes: Any) -> dict[str, Any]:
    """One record: a problem that a patrol of the ministry found in Lintong."""
    return {"id": id, "version": version, "area": area} | changes


def a_spot_check(
    id: str = "S-1", version: int = 1, of: Enterprise = DONGFENG, **changes: Any
) -> dict[str, Any]:
    """One record: a problem that a spot check of the ministry found at Dongfeng."""
    return {"id": id, "version": version, "company": of.credit_code.text} | changes


def a_delivery(
    *records: Mapping[str, Any],
    id: str = "M-1",
    nonce: str | None = None,
    kind: InboundKind = InboundKind.WARNING,
    **envelope: Any,
) -> Delivery:
    """One message with these records. `envelope` is what else it says, such as when it was sent."""
    raw = json.dumps({"id": id, "records": records} | envelope).encode()
    return Delivery(kind, nonce, {"x-nonce": nonce or ""}, raw)


@dataclass
class Receiving(World):
    """The small province as messages of the ministry reach it."""

    numbers: list[int] = field(default_factory=list)

    def receive(self, *deliveries: Delivery) -> list[DeliveryAnswer]:
        return list(self.system.app.inbound.receive(deliveries))

    def send(self, *records: Mapping[str, Any], kind: InboundKind = InboundKind.WARNING) -> DeliveryAnswer:
        """Receive these records in a message of their own."""
        self.numbers.append(len(self.numbers))
        number = f"sent-{len(self.numbers)}"
        return self.receive(a_delivery(*records, id=number, nonce=number, kind=kind))[0]

    def process(self) -> int:
        """Work off what is due, as the doorbell does."""
        taken = 0
        while batch := self.system.app.inbound.take_due():
            taken += batch
        return taken

    def record(self, id: str, version: int | None = None) -> InboxRecord:
        (found,) = [one for one in self.records() if one.external_id == id and version in (None, one.version)]
        return found

    def records(self) -> list[InboxRecord]:
        found = self.state.inbox_records.values()
        return sorted(found, key=lambda one: (one.external_id, one.version, one.received_at))

    def inbox(self) -> list[InboxMessage]:
        return sorted(self.state.inbox_messages.values(), key=lambda one: (one.received_at, one.id))

    def inbound_duties(self) -> list[Duty]:
        return self.duties(Topic.MINISTRY_INBOUND)

    def alert(self, id: str = "W-1") -> Alert:
        return self.state.alerts[ministry_alert_id(id)]


def a_receiving(at: datetime = NOW) -> Receiving:
    world = Receiving(a_world(opened=False).system)
    world.system.clock.moment = at
    return world


PATROL: Final = InboundKind.PATROL_PROBLEM
SPOT_CHECK: Final = InboundKind.SPOT_CHECK_PROBLEM
