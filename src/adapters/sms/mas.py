"""中国移动云MAS as an SmsGateway: each call has its own connection and one total deadline."""

from __future__ import annotations

import logging
from collections.abc import Sequence
from datetime import datetime
from math import inf
from types import TracebackType
from typing import Final

import httpx

from ...application.ports.notice import (
    SmsAccepted,
    SmsEnquiry,
    SmsNotSent,
    SmsOutcomeUnknown,
    SmsReceipt,
    SmsRefused,
    SmsToSend,
)
from ..outgoing import NoAnswer, RawAnswer, new_client, post
from .mas_protocol import (
    SUBMIT_PATH,
    MasAccount,
    SealedBody,
    enquiry,
    judge,
    mac,
    read_object,
    submission,
)
from .mas_receipts import parse_receipts

__all__ = ["CloudMas", "MasAccount", "mac", "parse_receipts"]

ANSWER_LIMIT: Final = 64 * 1024

_log = logging.getLogger(__name__)

# The web server answers these before any application sees the text: nothing was sent.
_WRONG_DOOR: Final = frozenset({401, 403, 404, 405})
_NEVER_FITS: Final = frozenset({411, 413, 414, 415, 431})
_SLOW_DOWN: Final = 429


class CloudMas:
    """Sends through a 云MAS account (domain handbook, SMS).

    A call opens its own connection, lasts at most `account.timeout` seconds and reads ≤ ANSWER_LIMIT bytes.
    It ignores redirects, and proxies and `.netrc` of the environment. Safe to share between threads.

    Give a `client` for own certificates or a private network; ValueError if it trusts the environment.
    `close` closes only a client made here, not a given one.
    """

    name = "cloud-mas"

    def __init__(self, account: MasAccount, *, client: httpx.Client | None = None) -> None:
        if client is not None and client.trust_env:
            raise ValueError("the client must be made with trust_env=False")
        self._account = account
        self._owned = client is None
        self._client = client or new_client()

    def close(self) -> None:
        """Close the HTTP client if it was made here; the gateway cannot be used afterwards."""
        if self._owned:
            self._client.close()

    def __enter__(self) -> CloudMas:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def send(self, sms: SmsToSend) -> SmsAccepted | SmsRefused:
        """Hand one text to the MAS; `gateway_id` is its msgGroup.

        Raises SmsNotSent when the text was certainly not handed over, SmsOutcomeUnknown when that is unclear.
        The request holds the secret key and the answer may quote it, so neither is in the exceptions.
        The cause is cut off (`from None`) for the same reason.
        """
        body = submission(self._account, sms)
        if isinstance(body, SmsRefused):
            return body
        try:
            answer = self._post(SUBMIT_PATH, body, not_after=sms.not_after)
        except NoAnswer as none:
            # If a part of the request was sent, the MAS may have taken the text.
            # If no byte was sent, a retry cannot send it twice.
            failed = SmsOutcomeUnknown if none.left else SmsNotSent
            raise failed(none.reason) from None
        return self._verdict(answer)

    def enquire(self, sms: SmsToSend) -> SmsAccepted | SmsEnquiry:
        """Ask about our id; CANNOT_SAY without an enquiry path or without a clear answer.

        NOT_FOUND is true only at this moment: ask after the deadline of `send` has passed.
        """
        if self._account.enquiry_path is None:
            return SmsEnquiry.CANNOT_SAY
        try:
            answer = self._post(self._account.enquiry_path, enquiry(self._account, sms))
        except NoAnswer as none:
            # A failed enquiry changes nothing: the outcome stays unknown and is asked again.
            return self._cannot_say(sms, none.reason)
        told = read_object(answer.body) or {}
        found, group = told.get("found"), told.get("msgGroup")
        if answer.status != 200 or not isinstance(found, bool):
            return self._cannot_say(sms, f"no usable answer to the enquiry (HTTP {answer.status})")
        if not found:
            return SmsEnquiry.NOT_FOUND
        if not isinstance(group, str) or not group.strip():
            return self._cannot_say(sms, "the enquiry found the text but named no msgGroup")
        return SmsAccepted(gateway_id=group.strip())

    def read_receipts(self, raw: bytes, *, received_at: datetime) -> Sequence[SmsReceipt]:
        """See the port."""
        return parse_receipts(raw, received_at=received_at)

    def _verdict(self, answer: RawAnswer) -> SmsAccepted | SmsRefused:
        if answer.status in _WRONG_DOOR:
            # Our address or the provider's access list is wrong; a retry works once it is corrected.
            raise SmsNotSent(f"the MAS did not let the request in (HTTP {answer.status})")
        if answer.status in _NEVER_FITS:
            return SmsRefused(
                f"HTTP_{answer.status}", f"短信平台不接收这样的请求（HTTP {answer.status}）。", False
            )
        if answer.status == _SLOW_DOWN:
            return SmsRefused("HTTP_429", "短信平台限制请求速度，稍后自动重试。", True)
        verdict = judge(answer.status, answer.body)
        if isinstance(verdict, SmsOutcomeUnknown):
            raise verdict
        return verdict

    def _post(self, path: str, body: SealedBody, *, not_after: float = inf) -> RawAnswer:
        return post(
            self._client,
            self._account.host.rstrip("/") + path,
            body.content,
            {"Content-Type": "text/plain; charset=utf-8"},
            seconds=self._account.timeout,
            limit=ANSWER_LIMIT,
            not_after=not_after,
        )

    def _cannot_say(self, sms: SmsToSend, reason: str) -> SmsEnquiry:
        _log.warning("sms.enquiry_failed", extra={"gateway": self.name, "sms": str(sms.id), "reason": reason})
        return SmsEnquiry.CANNOT_SAY
