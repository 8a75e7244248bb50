"""The ministry's mailbox: lists what the province has not confirmed, and takes its confirmations."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Final

from ....domain.exchange.inbound import InboundKind
from ..profile import Profile
from .items import Items

MOST_LISTED: Final = 500
_NUMBER: Final = re.compile(r"[0-9]{1,18}")


class BadQuestion(Exception):
    """The enquiry is incomplete; the message is a Chinese sentence."""


@dataclass(slots=True)
class Mailbox:
    """Answers the enquiries of the province; the platform has verified and opened them."""

    items: Items
    profile: Profile
    wall_clock: Callable[[], float]

    def asked(self, kind: InboundKind, question: Mapping[str, Any]) -> dict[str, Any]:
        """Take the confirmations of an enquiry, then list the oldest messages of the kind that wait.

        Returns the `data` of the answer in the words of the default profile. Raises BadQuestion.
        """
        keys = self.profile.envelope
        size, confirmed = question.get(keys.page_size), question.get(keys.confirmed, [])
        if not isinstance(size, int) or isinstance(size, bool) or not 1 <= size <= MOST_LISTED:
            raise BadQuestion(f"每页应为1至{MOST_LISTED}份报文")
        if not isinstance(confirmed, list):
            raise BadQuestion("确认的报文不是列表")
        for answer in confirmed:
            self._confirm(answer)
        total, rows = self.items.waiting(kind, size)
        return {
            "total": total,
            "messages": [
                {"id": str(row["seq"]), "message": row["body"].decode(errors="replace")} for row in rows
            ],
        }

    def _confirm(self, answer: object) -> None:
        key = self.profile.envelope.record_id
        id = answer.get(key) if isinstance(answer, Mapping) else None
        if not isinstance(answer, Mapping) or not isinstance(id, str) or not _NUMBER.fullmatch(id):
            raise BadQuestion("确认的报文没有标识")
        said = {name: value for name, value in answer.items() if name != key}
        self.items.confirm(int(id), json.dumps(said, ensure_ascii=False), self.wall_clock())
