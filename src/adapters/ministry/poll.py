"""MinistryMailbox over HTTP: lists the messages that we have not confirmed, and confirms them after the commit."""

from __future__ import annotations

import json
import ssl
from collections.abc import Mapping, Sequence
from typing import Any, Final
from uuid import uuid4

import httpx

from ...application.ports.inbound import (
    Delivery,
    DeliveryAnswer,
    MailboxFailed,
    UnreadableMessage,
    WaitingMessage,
)
from ...domain.exchange.inbound import InboundKind
from ..outgoing import NoAnswer, RawAnswer, new_client, post
from .answering import Answers
from .answers import shortened
from .profile import Profile
from .wire import Wire

ANSWER_LIMIT: Final = 8 * 1024 * 1024


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
        self._answers = Answers(profile, wire)
        self._profile = profile
        self._seconds = seconds
        self._page_size = profile.inbound.poll.page_size
        self._client = new_client(transport=transport, tls=True if tls is None else tls)

    def waiting(self) -> Sequence[WaitingMessage]:
        """See the port: a page of each kind. One that is too large to be read is asked for in smaller pages."""
        found: list[WaitingMessage] = []
        for kind in InboundKind:
            data = self._ask(kind, self._page_size, ())
            listed = data.get(self._profile.envelope.messages) if isinstance(data, Mapping) else None
            if not isinstance(listed, list):
                raise MailboxFailed("the answer lists no messages")
            found += [self._message(kind, entry) for entry in listed]
        self._page_size = self._profile.inbound.poll.page_size
        return found

    def confirm(self, answered: Sequence[tuple[WaitingMessage, DeliveryAnswer]]) -> None:
        """See the port. The same address lists and takes confirmations; the page that comes back is not used."""
        key = self._profile.envelope.record_id
        for kind in InboundKind:
            answers = [
                {key: message.id, **self._answers.told(answer)[1]}
                for message, answer in answered
                if message.delivery.kind is kind
            ]
            if answers:
                self._ask(kind, 1, answers)

    def close(self) -> None:
        """Close the connections."""
        self._client.close()

    def _message(self, kind: InboundKind, entry: object) -> WaitingMessage:
        keys = self._profile.envelope
        id, text = (
            (entry.get(keys.record_id), entry.get(keys.message))
            if isinstance(entry, Mapping)
            else (None, None)
        )
        if not isinstance(id, str) or not isinstance(text, str):
            raise MailboxFailed("the list has an entry without id or message")
        # Half a surrogate pair is no UTF-8: the message then cannot be read, and is kept as such.
        return WaitingMessage(id, Delivery(kind, None, {}, text.encode(errors="surrogatepass")))

    def _ask(self, kind: InboundKind, page_size: int, confirmed: Sequence[Mapping[str, Any]]) -> Any:
        """The data of the answer. Raises MailboxFailed."""
        keys = self._profile.envelope
        question = {keys.message_id: str(uuid4()), keys.page: 1, keys.page_size: page_size}
        body = self._wire.sealed({**question, keys.confirmed: list(confirmed)})
        url = self._base + self._profile.inbound.poll_path(kind)
        headers = {"Content-Type": "application/json; charset=utf-8", "Accept": "application/json"}
        headers |= self._wire.headers(method="POST", path=httpx.URL(url).raw_path.decode("ascii"), body=body)
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
        if keys.seals_answers and isinstance(answer, Mapping) and isinstance(answer.get(keys.sealed), str):
            try:
                answer = self._wire.opened(raw.body)
            except UnreadableMessage as broken:
                raise MailboxFailed(f"the answer is {broken.reason}") from broken
        if not isinstance(answer, Mapping) or not isinstance(answer.get(keys.code), str | int):
            raise MailboxFailed(f"HTTP {raw.status}, and the answer has no envelope")
        code = shortened(answer[keys.code])
        if raw.status != 200 or code not in self._profile.outbound.success_codes:
            raise MailboxFailed(f"HTTP {raw.status}, code {code}: {shortened(answer.get(keys.sentence))}")
        return answer.get(keys.data)
