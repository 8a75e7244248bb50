"""The ministry's mailbox: lists what the province has not confirmed, and takes confirmations."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Final

from ....domain.exchange.inbound import InboundKind
from ..profile import Profile
from .items import Items

MOST_LISTED: Final = 200


class BadQuestion(Exception):
    """The enquiry is incomplete; the message is a Chinese sentence."""


@dataclass(slots=True)
class Mailbox:
    """Answers the enquiries of the province; the platform has verified and opened them."""

    items: Items
    profile: Profile
    wall_clock: Callable[[], float]

    def listed(self, question: Mapping[str, Any]) -> dict[str, Any]:
        """The `data` of the answer: how many wait, and the oldest. Raises BadQuestion."""
        keys = self.profile.envelope
        size = question.get(keys.page_size)
        if not isinstance(size, int) or isinstance(size, bool) or not 1 <= size <= MOST_LISTED:
            raise BadQuestion(f"每页应为1至{MOST_LISTED}份报文")
        total, rows = self.items.waiting(size)
        return {
            keys.total: total,
            keys.messages: [
                {
                    keys.record_id: str(row["seq"]),
                    keys.message_type: self.profile.inbound_types[InboundKind(row["kind"])],
                    keys.message: row["body"].decode(errors="replace"),
                }
                for row in rows
            ],
        }

    def confirmed(self, question: Mapping[str, Any]) -> dict[str, Any]:
        """The `data` of the answer: the ids that were confirmed now. Raises BadQuestion."""
        keys = self.profile.envelope
        answers = question.get(keys.data)
        if not isinstance(answers, list):
            raise BadQuestion("没有确认的报文")
        done = []
        for answer in answers:
            id = answer.get(keys.record_id) if isinstance(answer, Mapping) else None
            if not isinstance(id, str) or not (id.isascii() and id.isdigit() and len(id) < 19):
                raise BadQuestion("确认的报文没有标识")
            said = {key: value for key, value in answer.items() if key != keys.record_id}
            if self.items.confirm(int(id), json.dumps(said, ensure_ascii=False), self.wall_clock()):
                done.append(id)
        return {keys.success: done, keys.fail: []}
