"""The simulator's ASGI application: the MAS interface, the control interface at `/_control`, and the page."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Final

from anyio.to_thread import run_sync
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import HTMLResponse, JSONResponse, Response
from starlette.routing import Route

from .faults import (
    MODES,
    Silence,
    accepted,
    instead_of_answering,
    instead_of_receiving,
    receipts_for,
    refused,
)
from .lines import Lines
from .page import ROWS, page
from .postman import Postman, Retries
from .reading import Rejected, SimulatorAccount, Submission, read_enquiry, read_submission
from .store import Store, later

__all__ = ["SimulatorAccount", "Timing", "create_app"]

BODY_LIMIT: Final = 1024 * 1024
MOST_MESSAGES: Final = 10_000


@dataclass(frozen=True, slots=True)
class Timing:
    """Timing of the simulator: seconds from a text to its receipt, receipt retries, length of silences."""

    receipt_delay: float = 1.0
    retries: Retries = field(default_factory=Retries)
    silence: Silence = field(default_factory=Silence)


def create_app(
    store_path: str | Path,
    *,
    account: SimulatorAccount,
    receipt_url: str | None = None,
    timing: Timing | None = None,
    lines: Lines | None = None,
    business_clock: Callable[[], datetime] | None = None,
) -> Starlette:
    """Create the application with the store at `store_path`; it posts receipts while it runs.

    Without `receipt_url`, receipts are stored and stay pending. `lines` comes from the server that runs the
    application (see `server.serve`); without it, the faults that drop a connection answer 500. `business_clock` is the
    clock of the system that sends, for the page.
    """
    post_office = _PostOffice(
        Path(store_path),
        account,
        receipt_url,
        timing or Timing(),
        lines if lines is not None else Lines(),
        business_clock,
    )
    return Starlette(
        routes=[
            Route("/sms/norsubmit", post_office.submit, methods=["POST"]),
            Route("/sms/query", post_office.query, methods=["POST"]),
            Route("/_control/faults", post_office.show_fault, methods=["GET"]),
            Route("/_control/faults", post_office.set_fault, methods=["POST"]),
            Route("/_control/messages", post_office.messages, methods=["GET"]),
            Route("/_control/count", post_office.count, methods=["GET"]),
            Route("/_control/reset", post_office.reset, methods=["POST"]),
            Route("/", post_office.page, methods=["GET"]),
        ],
        lifespan=post_office.lifespan,
        max_body_size=BODY_LIMIT,
    )


class _PostOffice:
    """The request handlers and the objects that they share."""

    def __init__(
        self,
        store_path: Path,
        account: SimulatorAccount,
        receipt_url: str | None,
        timing: Timing,
        lines: Lines,
        business_clock: Callable[[], datetime] | None,
    ) -> None:
        self._store = Store(store_path)
        self._account = account
        self._timing = timing
        self._lines = lines
        self._business_clock = business_clock
        self._postman = Postman(self._store, receipt_url, timing.retries) if receipt_url else None

    @asynccontextmanager
    async def lifespan(self, app: Starlette) -> AsyncIterator[None]:
        if self._postman:
            self._postman.start()
        yield
        if self._postman:
            await run_sync(self._postman.stop)
        self._store.close()

    async def submit(self, request: Request) -> Response:
        raw = await request.body()
        mode = await run_sync(self._store.take_fault)
        if answer := instead_of_receiving(mode, self._lines):
            await run_sync(self._store.count_answer, mode)
            return answer
        try:
            submission = read_submission(raw, self._account)
        except Rejected as no:
            # A refusal is a normal answer of the protocol.
            await run_sync(self._store.count_answer, no.rspcod)
            return refused(no.rspcod)
        group = await run_sync(self._receive, submission, mode)
        if mode == "receipt_early" and self._postman:
            await run_sync(self._postman.post_now, group)
        broken = instead_of_answering(mode, group, self._lines, self._timing.silence)
        await run_sync(self._store.count_answer, mode if broken else "success")
        return broken or accepted(group)

    def _receive(self, submission: Submission, mode: str) -> str:
        now = datetime.now(UTC)
        delay = 0.0 if mode == "receipt_early" else self._timing.receipt_delay
        return self._store.add(submission, now=now, receipts=receipts_for(mode), due_at=later(now, delay))

    async def query(self, request: Request) -> Response:
        try:
            msg_id = read_enquiry(await request.body(), self._account)
        except Rejected as no:
            # As above: a refusal is a normal answer.
            return refused(no.rspcod)
        group = await run_sync(self._store.group_of, msg_id)
        return JSONResponse(
            {"rspcod": "success", "success": True, "found": group is not None, "msgGroup": group or ""}
        )

    async def show_fault(self, request: Request) -> Response:
        return JSONResponse({**await run_sync(self._store.fault), "modes": dict(MODES)})

    async def set_fault(self, request: Request) -> Response:
        try:
            told = json.loads(await request.body())
        except (ValueError, RecursionError):
            # Not JSON, or nested too deep: answer as for any other wrong shape.
            told = None
        mode = told.get("mode") if isinstance(told, dict) else None
        times = told.get("times") if isinstance(told, dict) else None
        if not isinstance(mode, str) or mode not in MODES:
            return _complaint(f"mode must be one of {', '.join(MODES)}")
        if times is not None and (not isinstance(times, int) or isinstance(times, bool) or times < 1):
            return _complaint("times must be a whole number from 1, or be left out to last until changed")
        await run_sync(self._store.set_fault, mode, times)
        return JSONResponse(await run_sync(self._store.fault))

    async def messages(self, request: Request) -> Response:
        """`since`: a seq (rows after it) or ISO instant with zone (rows from then on); `limit` ≤ 10,000."""
        since, limit = request.query_params.get("since", "0"), request.query_params.get("limit", "1000")
        if not (limit.isascii() and limit.isdigit() and 1 <= int(limit) <= MOST_MESSAGES):
            return _complaint(f"limit must be a whole number from 1 to {MOST_MESSAGES}")
        after, instant = 0, None
        if since.isascii() and since.isdigit():
            after = int(since)
        else:
            try:
                instant = datetime.fromisoformat(since)
            except ValueError:
                # Neither a number nor an instant.
                return _complaint("since must be a seq or an ISO 8601 instant")
            if instant.tzinfo is None:
                return _complaint("since must carry its time zone (a + in a query must be written %2B)")
        rows = await run_sync(lambda: self._store.messages(after=after, since=instant, limit=int(limit)))
        for row in rows:
            row["msgGroup"], row["msgId"] = row.pop("msg_group"), row.pop("msg_id")
            row["addSerial"] = row.pop("add_serial")
        return JSONResponse({"messages": rows, "next": rows[-1]["seq"] if rows else after})

    async def count(self, request: Request) -> Response:
        return JSONResponse(await run_sync(self._store.counts))

    async def reset(self, request: Request) -> Response:
        await run_sync(self._store.reset)
        return JSONResponse(await run_sync(self._store.counts))

    async def page(self, request: Request) -> Response:
        rows = await run_sync(lambda: self._store.messages(limit=ROWS, newest_first=True))
        counts, fault = await run_sync(self._store.counts), await run_sync(self._store.fault)
        business_now = None if self._business_clock is None else self._business_clock()
        return HTMLResponse(
            page(
                counts,
                fault,
                rows,
                signature=self._account.signature,
                now=datetime.now(UTC),
                business_now=business_now,
            )
        )


def _complaint(sentence: str) -> Response:
    return JSONResponse({"error": sentence}, status_code=400)
