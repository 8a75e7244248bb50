"""MinistryMailbox over HTTP: lists the messages that we have not confirmed, and confirms them after the commit."""

from __future__ import annotations

import json
import ssl
from collections.abc import Mapping, Sequence
from typing import Any, Final
from uuid import uuid4

import httpx
import structlog

from ...application.ports.inbound import Delivery, DeliveryAnswer, MailboxFailed, WaitingMessage
from ...domain.exchange.inbound import InboundKind
from ..outgoing import NoAnswer, RawAnswer, new_client, post
from .answering import answered, refused
from .answers import shortened
from .profile import Profile
from .wire import Wire

ANSWER_LIMIT: Final = 8 * 1024 * 1024

_log = structlog.get_logger(__name__)


class HttpMailbox:
    """MinistryMailbox over the ministry's two addresses. Threads may share it. Close it at the end.

    `base_url` is the platform's address, `seconds` the deadline of one call.
    """

    def __init__(
        self,
        base_url: str,
        *,
        wire: Wire,
        profile: Profile,
        seconds: float = 20.0,
        tls: ssl.SSLContext | None = None,
        transport: httpx.BaseTransport | None = None,
    ) -> None:
        self._base = base_url.rstrip("/")
        self._wire = wire
        self._profile = profile
        self._seconds = seconds
        self._page_size = profile.poll.page_size
        self._client = new_client(transport=transport, tls=True if tls is None else tls)

    def waiting(self) -> Sequence[WaitingMessage]:
        """See the port. A page that is too large to be read is asked for in smaller ones the next time."""
        keys = self._profile.envelope
        data = self._ask(self._profile.poll.list_path, {keys.page: 1, keys.page_size: self._page_size})
        listed = data.get(keys.messages) if isinstance(data, Mapping) else None
        if not isinstance(listed, list):
            raise MailboxFailed("the answer lists no messages")
        self._page_size = self._profile.poll.page_size
        found, unknown = [], []
        for entry in listed:
            id, kind, text = self._parts(entry)
            if kind is None:
                unknown.append(id)
            else:
                found.append(WaitingMessage(id, Delivery(kind, None, {}, text.encode(errors="surrogatepass"))))
        if unknown:
            # They would stand in the way of all later ones for ever.
            _log.error("mailbox.unknown_kind", ids=unknown[:10], number=len(unknown))
            refusal = refused("A404", "报文类型未知", self._profile)
            self._confirm([{keys.record_id: id, **refusal} for id in unknown])
        return found

    def confirm(self, answered_messages: Sequence[tuple[WaitingMessage, DeliveryAnswer]]) -> None:
        """See the port."""
        key = self._profile.envelope.record_id
        self._confirm(
            [{key: message.id, **answered(answer, self._profile)[1]} for message, answer in answered_messages]
        )

    def close(self) -> None:
        """Close the connections."""
        self._client.close()

    def _confirm(self, answers: Sequence[Mapping[str, Any]]) -> None:
        if answers:
            self._ask(self._profile.poll.confirm_path, {self._profile.envelope.data: answers})

    def _parts(self, entry: object) -> tuple[str, InboundKind | None, str]:
        """Id, kind (None: unknown) and text of one entry. Raises MailboxFailed."""
        keys = self._profile.envelope
        if not isinstance(entry, Mapping):
            raise MailboxFailed("the list has an entry that is no object")
        id, text = entry.get(keys.record_id), entry.get(keys.message)
        if not isinstance(id, str) or not isinstance(text, str):
            raise MailboxFailed("the list has an entry without id or message")
        named = entry.get(keys.message_type)
        kinds = {name: kind for kind, name in self._profile.inbound_types.items()}
        return id, kinds.get(named) if isinstance(named, str) else None, text

    def _ask(self, path: str, question: Mapping[str, Any]) -> Any:
        """The data of the answer. Raises MailboxFailed."""
        keys = self._profile.envelope
        body = self._wire.sealed({keys.message_id: str(uuid4()), **question})
        url = self._base + self._profile.base_path + path
        headers = {"Content-Type": "application/json; charset=utf-8", "Accept": "application/json"}
        headers |= self._wire.headers(
            method="POST", path=httpx.URL(url).raw_path.decode("ascii"), body=body
        )
        try:
            raw = post(self._client, url, body, headers, seconds=self._seconds, limit=ANSWER_LIMIT)
        except NoAnswer as none:
            if none.answered == 200:
                self._page_size = max(1, self._page_size // 2)
            raise MailboxFailed(none.reason) from none
        return self._read(raw)

    def _read(self, raw: RawAnswer) -> Any:
        keys = self._profile.envelope
        try:
            answer = json.loads(raw.body)
        except (ValueError, RecursionError):
            raise MailboxFailed(f"HTTP {raw.status}, and the answer is not JSON") from None
        if not isinstance(answer, Mapping) or not isinstance(answer.get(keys.code), str | int):
            raise MailboxFailed(f"HTTP {raw.status}, and the answer has no envelope")
        code = shortened(answer[keys.code])
        if raw.status != 200 or code not in self._profile.success_codes:
            raise MailboxFailed(f"HTTP {raw.status}, code {code}: {shortened(answer.get(keys.sentence))}")
        return answer.get(keys.data)
