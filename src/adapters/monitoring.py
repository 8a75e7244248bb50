"""Asks a monitoring platform over HTTP for the on-line rates of video and sensors; with its twin."""

from __future__ import annotations

import json
import logging
import time
from collections.abc import Mapping
from datetime import datetime
from decimal import ROUND_HALF_UP, Decimal
from typing import Any, Final

from ..application.ports.inspection import OnlineRates
from ..domain.values import SHANGHAI, RegionId
from .outgoing import NoAnswer, new_client, post

SECONDS: Final = 3.0
"""Deadline from name resolution to the last byte; short, because an inspector waits for the form."""
SILENT_SECONDS: Final = 30.0
"""Pause after a platform gave no answer, so that the records of a night do not each wait for it."""
ANSWER_LIMIT: Final = 64 * 1024

_log = logging.getLogger(__name__)


class HttpMonitoring:
    """MonitoringSource over HTTP; threads may share it. Close it at the end.

    It sends POST to `url` with `{"regionCode": "610100", "at": "2026-11-24T08:30:00+08:00"}`.
    `regionCode` is our own id of the region. The expected answer is HTTP 200 with
    `{"videoOnlineRate": 97.5, "sensorOnlineRate": null, "asOf": "2026-11-24T08:29:00+08:00"}`.
    Rates are percent from 0 to 100, null for what is not connected; one of the two may be missing.
    A missing `asOf` means `at`. If the answer has a `regionCode`, it must be the one of the question.
    """

    def __init__(self, url: str, *, seconds: float = SECONDS, silent_seconds: float = SILENT_SECONDS) -> None:
        self._url = url
        self._seconds = seconds
        self._silent_seconds = silent_seconds
        self._silent_until = 0.0
        self._client = new_client()

    def online_rates(self, region_id: RegionId, at: datetime) -> OnlineRates | None:
        if time.monotonic() < self._silent_until:
            return None
        try:
            return self._ask(region_id, at)
        except _Unusable as failure:
            # The inspector sees 未接入 and still gets the form. No pause: the next region may be all right.
            reason = failure.reason
        except Exception as failure:  # noqa: BLE001
            # A bug of ours or of a library must not keep the inspector from the form, either.
            reason = failure.reason if isinstance(failure, NoAnswer) else repr(failure)
            self._silent_until = time.monotonic() + self._silent_seconds
        _log.warning("monitoring.not_connected", extra={"region": region_id, "reason": reason})
        return None

    def close(self) -> None:
        self._client.close()

    def _ask(self, region_id: RegionId, at: datetime) -> OnlineRates:
        question = {"regionCode": region_id, "at": at.astimezone(SHANGHAI).isoformat()}
        headers = {"Content-Type": "application/json", "Accept": "application/json"}
        answer = post(
            self._client,
            self._url,
            json.dumps(question).encode(),
            headers,
            seconds=self._seconds,
            limit=ANSWER_LIMIT,
        )
        if answer.status >= 500:
            raise NoAnswer(f"HTTP {answer.status}")
        if answer.status != 200:
            raise _Unusable(f"HTTP {answer.status}")
        return _read(answer.body, region_id, at)


class TwinMonitoring:
    """MonitoringSource in memory: answers from `rates`, None for other regions; `asked` keeps the calls."""

    def __init__(self, rates: Mapping[RegionId, OnlineRates] | None = None) -> None:
        self.rates = dict(rates or {})
        self.asked: list[tuple[RegionId, datetime]] = []

    def online_rates(self, region_id: RegionId, at: datetime) -> OnlineRates | None:
        self.asked.append((region_id, at))
        return self.rates.get(region_id)


class _Unusable(Exception):
    """An answer came but cannot be used; `reason` is English and quotes nothing from the answer."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


def _read(body: bytes, region_id: RegionId, at: datetime) -> OnlineRates:
    try:
        said = json.loads(body)
    except (ValueError, RecursionError) as error:
        raise _Unusable("the answer is no JSON") from error
    if not isinstance(said, dict) or not {"videoOnlineRate", "sensorOnlineRate"} & said.keys():
        raise _Unusable("the answer has neither of the rates")
    if said.get("regionCode", region_id) != region_id:
        raise _Unusable("the answer is about another region")
    return OnlineRates(_rate(said, "videoOnlineRate"), _rate(said, "sensorOnlineRate"), _moment(said, at))


def _rate(said: Mapping[str, Any], name: str) -> Decimal | None:
    value = said.get(name)
    if value is None:
        return None
    if isinstance(value, bool) or not isinstance(value, int | float) or not 0 <= value <= 100:
        raise _Unusable(f"{name} is no number from 0 to 100")
    return Decimal(str(value)).quantize(Decimal("0.1"), ROUND_HALF_UP)


def _moment(said: Mapping[str, Any], at: datetime) -> datetime:
    value = said.get("asOf")
    if value is None:
        return at
    try:
        moment = datetime.fromisoformat(value)
    except (TypeError, ValueError) as error:
        raise _Unusable("asOf is no time in ISO 8601") from error
    if moment.tzinfo is None:
        raise _Unusable("asOf has no offset")
    return moment
