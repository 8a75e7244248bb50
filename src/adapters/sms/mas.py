"""中国移动云MAS as an SmsGateway: one text, one fresh connection, one deadline, one honest answer."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from types import TracebackType
from typing import Final

import httpx
import structlog

from ...application.ports.outside import (
    SmsAccepted,
    SmsEnquiry,
    SmsNotSent,
    SmsOutcomeUnknown,
    SmsReceipt,
    SmsRefused,
    SmsToSend,
)
from .deadline import CutOff, NeverLeft, TimedExchange
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

_log = structlog.get_logger(__name__)

# Answers that come before any application has looked at the text, so that certainly nothing was sent.
_WRONG_DOOR: Final = frozenset({401, 403, 404, 405})
_NEVER_FITS: Final = frozenset({411, 413, 414, 415, 431})
_SLOW_DOWN: Final = 429

# What httpx raises before the first byte of a request leaves: resolution, connection, TLS, a full pool.
_BEFORE_SENDING: Final = (
    httpx.ConnectError,
    httpx.ConnectTimeout,
    httpx.PoolTimeout,
    httpx.UnsupportedProtocol,
)


@dataclass(frozen=True, slots=True)
class _Answer:
    status: int
    body: bytes = field(repr=False)


class _AnswerTooLong(Exception):
    """The answer went on beyond ANSWER_LIMIT and was left there."""


class CloudMas:
    """Sends through a 云MAS account (domain handbook, SMS).

    Every call takes at most `account.timeout` seconds in total and reads at most ANSWER_LIMIT bytes; redirects,
    proxies and `.netrc` of the environment are ignored. Each call opens its own connection, because a kept-alive
    one that the server has just closed turns into an outcome nobody knows. Safe to share between threads.

    `client` may be given (own certificates, a private network): it must not trust the environment. A client that
    was made here is closed by `close`; one that was given is left to its owner.
    """

    name = "cloud-mas"

    def __init__(self, account: MasAccount, *, client: httpx.Client | None = None) -> None:
        if client is not None and client.trust_env:
            raise ValueError("the client must be made with trust_env=False")
        self._account = account
        self._owned = client is None
        self._client = client or httpx.Client(
            trust_env=False, follow_redirects=False, limits=httpx.Limits(max_keepalive_connections=0)
        )

    def close(self) -> None:
        """Give the client back if it is ours; the gateway is of no use afterwards."""
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

        Raises SmsNotSent when certainly no text was handed over, SmsOutcomeUnknown when nobody can say. Neither
        carries the request or the answer, as the one holds the secret key and the other may quote it: the cause
        is cut off (`from None`) for the same reason.
        """
        body = submission(self._account, sms)
        if isinstance(body, SmsRefused):
            return body
        try:
            answer = self._post(SUBMIT_PATH, body)
        except (NeverLeft, *_BEFORE_SENDING) as exc:
            # No byte of the request went out, so trying again cannot send it twice.
            raise SmsNotSent(_reason(exc)) from None
        except (CutOff, _AnswerTooLong, httpx.HTTPError) as exc:
            # The request, or a part of it, has left: the MAS may have taken the text.
            raise SmsOutcomeUnknown(_reason(exc)) from None
        return self._verdict(answer)

    def enquire(self, sms: SmsToSend) -> SmsAccepted | SmsEnquiry:
        """Ask about our id; CANNOT_SAY without an enquiry path, and when the enquiry itself brings no clear answer.

        NOT_FOUND holds for the instant of asking: ask only after the deadline of the sending has passed.
        """
        if self._account.enquiry_path is None:
            return SmsEnquiry.CANNOT_SAY
        try:
            answer = self._post(self._account.enquiry_path, enquiry(self._account, sms))
        except (NeverLeft, CutOff, _AnswerTooLong, httpx.HTTPError) as exc:
            # A question that fails changes nothing: the outcome stays unknown and is asked about again.
            return self._cannot_say(sms, _reason(exc))
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

    def _verdict(self, answer: _Answer) -> SmsAccepted | SmsRefused:
        if answer.status in _WRONG_DOOR:
            # Our address or the provider's access list is wrong; once an operator has set it right the text may go.
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

    def _post(self, path: str, body: SealedBody) -> _Answer:
        exchange: TimedExchange[_Answer] = TimedExchange(self._account.timeout)
        request = self._client.build_request(
            "POST",
            self._account.host.rstrip("/") + path,
            content=body.content,
            headers={
                "Content-Type": "text/plain; charset=utf-8",
                "Accept-Encoding": "identity",
                "Connection": "close",
            },
            # The exchange keeps the deadline; this one only ends a thread that nobody waits for any more.
            timeout=self._account.timeout + 1.0,
            extensions={"trace": exchange.trace},
        )
        return exchange.run(lambda: self._exchange(request))

    def _exchange(self, request: httpx.Request) -> _Answer:
        answer = self._client.send(request, stream=True, follow_redirects=False)
        try:
            body = bytearray()
            for chunk in answer.iter_raw():
                body += chunk
                if len(body) > ANSWER_LIMIT:
                    raise _AnswerTooLong(f"the answer is longer than {ANSWER_LIMIT} bytes")
            return _Answer(answer.status_code, bytes(body))
        finally:
            answer.close()

    def _cannot_say(self, sms: SmsToSend, reason: str) -> SmsEnquiry:
        _log.warning("sms.enquiry_failed", gateway=self.name, sms=str(sms.id), reason=reason)
        return SmsEnquiry.CANNOT_SAY


def _reason(exc: Exception) -> str:
    """English, for operators: our own exceptions say it all, those of httpx need their name in front."""
    return f"{type(exc).__name__}: {exc}" if isinstance(exc, httpx.HTTPError) else str(exc)
