"""Messages of the ministry that reach the demo province."""

from __future__ import annotations

from typing import Any

from yanbao.application.ports.inbound import Delivery
from yanbao.domain.exchange.inbound import InboundKind
from yanbao.graphql.parts.ids import global_id

from ...support.asking import World
from ...support.builders import an_enterprise
from ...support.inbound import a_delivery, a_warning

GARBLED = b"\xff not JSON"
UNKNOWN = an_enterprise("无名花炮厂")


def received(world: World, number: int = 1, **changes: Any) -> tuple[str, str]:
    """A warning about an enterprise that nobody knows: the global ids of its message and its record."""
    id = f"Q-{number}"
    world.system.app.inbound.receive(
        [a_delivery(a_warning(id, of=UNKNOWN) | changes, id=f"M-{number}", nonce=f"n-{number}")]
    )
    (record,) = [one for one in world.state.inbox_records.values() if one.external_id == id]
    return global_id("InboxMessage", record.message_id), global_id("InboxRecord", record.id)


def garbled(world: World, number: int = 1) -> str:
    """A message that cannot be read: its global id."""
    raw = GARBLED + str(number).encode()
    world.system.app.inbound.receive([Delivery(InboundKind.WARNING, f"g-{number}", {"x-nonce": "g"}, raw)])
    (kept,) = [one for one in world.state.inbox_messages.values() if one.raw == raw]
    return global_id("InboxMessage", kept.id)
