"""Posts delivery receipts from the store, in its own thread: a restart loses none."""

from __future__ import annotations

import logging
import threading
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Final
from zoneinfo import ZoneInfo

import httpx

from .store import DueReceipt, Store, later

CHINA: Final = ZoneInfo("Asia/Shanghai")

_BATCH: Final = 50
_LONGEST_PAUSE: Final = 30.0
_POLL: Final = 0.05

_log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Retries:
    """Most posts of a receipt, and the seconds before the first retry; the pause then doubles (≤ 30 s)."""

    attempts: int = 8
    first_pause: float = 0.5


class Postman:
    """Posts due receipts one after the other, as `[{msgGroup, mobile, reportStatus, …}]`."""

    def __init__(self, store: Store, url: str, retries: Retries) -> None:
        self._store = store
        self._url = url
        self._retries = retries
        self._stop = threading.Event()
        self._one_at_a_time = threading.Lock()
        self._client = httpx.Client(trust_env=False, follow_redirects=False, timeout=5.0)
        self._thread = threading.Thread(target=self._rounds, name="receipts", daemon=True)

    def start(self) -> None:
        """Start the thread."""
        self._thread.start()

    def stop(self) -> None:
        """Stop after the current post; unposted receipts stay in the store."""
        self._stop.set()
        self._thread.join(timeout=6)
        self._client.close()

    def post_now(self, msg_group: str) -> None:
        """Post the receipts of one group now, before its sender has an answer; retry a failure later."""
        self._round(msg_group)

    def _rounds(self) -> None:
        while not self._stop.is_set():
            try:
                self._round(None)
            except Exception:  # noqa: BLE001 - one failed round (full disk) must not stop the thread.
                _log.exception("sms_simulator.receipt_round_failed")
            self._stop.wait(_POLL)

    def _round(self, msg_group: str | None) -> None:
        # Without the lock `post_now` and the thread could post the same receipt twice.
        with self._one_at_a_time:
            for receipt in self._store.due(now=datetime.now(UTC), limit=_BATCH, msg_group=msg_group):
                if self._stop.is_set():
                    return
                self._post(receipt)

    def _post(self, receipt: DueReceipt) -> None:
        now = datetime.now(UTC)
        body = [
            {
                "msgGroup": receipt.msg_group,
                "mobile": receipt.phone,
                "reportStatus": receipt.status,
                "errorCode": receipt.status,
                "submitDate": f"{receipt.received_at.astimezone(CHINA):%Y%m%d%H%M%S}",
                "receiveDate": f"{now.astimezone(CHINA):%Y%m%d%H%M%S}",
            }
        ]
        try:
            answer = self._client.post(self._url, json=body)
            error = None if answer.is_success else f"HTTP {answer.status_code}"
        except httpx.HTTPError as exc:
            # The receiver is down or hangs: try again later.
            error = type(exc).__name__
        if error is None:
            self._store.posted(receipt.seq)
            return
        pause = min(self._retries.first_pause * 2**receipt.attempts, _LONGEST_PAUSE)
        tired = receipt.attempts + 1 >= self._retries.attempts
        self._store.post_failed(receipt.seq, error=error, again_at=None if tired else later(now, pause))
