"""The fault modes of the simulator, and the broken answers that they produce."""

from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import dataclass
from time import monotonic
from types import MappingProxyType
from typing import Final

import anyio
from starlette.responses import HTMLResponse, JSONResponse, PlainTextResponse, Response, StreamingResponse
from starlette.types import Receive, Scope, Send

from .lines import Lines

# Each mode of the control interface, with what happens to the text.
MODES: Final = MappingProxyType(
    {
        "ok": "received and answered",
        "busy": "not received, rspcod SystemBusy",
        "flow_limit": "not received, rspcod FlowOverLimit",
        "over_daily_max": "not received, rspcod OverDailyMax",
        "http_500": "not received, HTTP 500",
        "http_429": "not received, HTTP 429 with Retry-After",
        "drop_before": "not received, connection dropped without an answer",
        "drop_after": "received, connection dropped without an answer",
        "timeout": "received, silence, then the connection is dropped",
        "drip": "received, the answer comes a byte at a time",
        "html": "received, answered with a web page",
        "receipt_twice": "received and answered, the receipt is posted twice",
        "receipt_early": "received, the receipt is posted before the answer",
        "receipt_fail": "received and answered, the receipt says UNDELIV",
        "no_receipt": "received and answered, no receipt",
    }
)

_RECEIPTS: Final = MappingProxyType(
    {"receipt_twice": ("DELIVRD", "DELIVRD"), "receipt_fail": ("UNDELIV",), "no_receipt": ()}
)


@dataclass(frozen=True, slots=True)
class Silence:
    """Seconds that the simulator keeps a caller waiting, and seconds between two dripped bytes."""

    hold: float = 60.0
    drip_pause: float = 0.1


class NoAnswer(Response):
    """Drops the connection without an answer, at once or after a silence."""

    def __init__(self, lines: Lines, *, after: float = 0.0) -> None:
        super().__init__()
        self._lines = lines
        self._after = after

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Wait at most `after` seconds for the caller to disconnect, then cut its connection."""
        with anyio.move_on_after(self._after) as patience:
            await _gone(receive)
        if not patience.cancelled_caught:
            # The caller has already disconnected.
            return
        self._lines.cut(scope)
        # Wait until the server notices the cut, or it would answer 500 itself.
        await _gone(receive)


def receipts_for(mode: str) -> tuple[str, ...]:
    """The statuses of the receipts for a text received in this mode."""
    return _RECEIPTS.get(mode, ("DELIVRD",))


def instead_of_receiving(mode: str, lines: Lines) -> Response | None:
    """The answer when this mode rejects the text; None when the text is received."""
    match mode:
        case "busy":
            return refused("SystemBusy")
        case "flow_limit":
            return refused("FlowOverLimit")
        case "over_daily_max":
            return refused("OverDailyMax")
        case "http_500":
            return PlainTextResponse("Internal Server Error", status_code=500)
        case "http_429":
            return PlainTextResponse("Too Many Requests", status_code=429, headers={"Retry-After": "1"})
        case "drop_before":
            return NoAnswer(lines)
        case _:
            return None


def instead_of_answering(mode: str, group: str, lines: Lines, silence: Silence) -> Response | None:
    """The broken answer to a received text; None when this mode answers properly."""
    match mode:
        case "drop_after":
            return NoAnswer(lines)
        case "timeout":
            return NoAnswer(lines, after=silence.hold)
        case "drip":
            return StreamingResponse(_drip(accepted(group).body, silence), media_type="application/json")
        case "html":
            return HTMLResponse("<html><body><h1>请登录</h1></body></html>")
        case _:
            return None


def accepted(group: str) -> JSONResponse:
    """The answer of the platform that accepts a text."""
    return JSONResponse({"msgGroup": group, "rspcod": "success", "success": True})


def refused(rspcod: str) -> JSONResponse:
    """The answer of the platform that refuses a text."""
    return JSONResponse({"msgGroup": "", "rspcod": rspcod, "success": False})


async def _gone(receive: Receive) -> None:
    while (await receive())["type"] != "http.disconnect":
        pass


async def _drip(body: bytes | memoryview, silence: Silence) -> AsyncIterator[bytes]:
    ends = monotonic() + silence.hold
    # Spaces before a JSON value are legal, so the drip can last for the whole `hold`.
    while monotonic() < ends:
        yield b" "
        await anyio.sleep(silence.drip_pause)
    yield bytes(body)
