"""The control interface for tests and demos: order faults, read the store. The real platform has none."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime
from typing import Any, Final

from starlette.requests import Request
from starlette.responses import HTMLResponse, JSONResponse, Response
from starlette.routing import Route

from ..profile import Profile
from ..shipped import DEFAULT_PROFILE
from .faults import BadOrder, Troubles
from .page import rendered
from .store import Store

_MOST_ROWS: Final = 1_000
_MOST_RESULTS: Final = 100_000


@dataclass(slots=True)
class Control:
    """The control endpoints below /_control, and the page at /."""

    store: Store
    troubles: Troubles
    profile: Profile
    business_clock: Callable[[], datetime] | None = None

    def routes(self) -> list[Route]:
        return [
            Route("/", self.page),
            Route("/_control/faults", self.faults, methods=["GET", "POST"]),
            Route("/_control/refuse", self.refuse, methods=["POST"]),
            Route("/_control/commitments", self.commitments),
            Route("/_control/count", self.count),
            Route("/_control/weekly", self.weekly),
            Route("/_control/results", self.results),
            Route("/_control/messages", self.messages),
            Route("/_control/reset", self.reset, methods=["POST"]),
        ]

    async def page(self, request: Request) -> Response:
        """The page in Chinese, self-contained and rendered from the store at every request."""
        return HTMLResponse(
            rendered(
                self.store,
                self.troubles,
                self.profile,
                now=datetime.now(UTC),
                business_now=None if self.business_clock is None else self.business_clock(),
            ),
            headers={
                "Content-Security-Policy": "default-src 'none'; style-src 'unsafe-inline'",
                "Cache-Control": "no-store",
            },
        )

    async def faults(self, request: Request) -> Response:
        """GET the current orders; POST `{"mode", "times", "retry_after"}` to order a fault."""
        if request.method == "GET":
            return JSONResponse(self.troubles.described())
        return await self._order(request, self.troubles.order_fault)

    async def refuse(self, request: Request) -> Response:
        """POST `{"company_codes", "code", "msg", "times"}` to have records refused.

        `company_codes` are credit codes of enterprises, or, for rows of the weekly push, local area codes.
        """
        return await self._order(request, self.troubles.order_refusal)

    async def commitments(self, request: Request) -> Response:
        """The current record of every enterprise for `?date=YYYY-MM-DD`."""
        day = self._day(request)
        if day is None:
            return _bad("date must be YYYY-MM-DD")
        return JSONResponse(self.store.current(day))

    async def count(self, request: Request) -> Response:
        """`{records, current, producing, stopped}` for `?date=YYYY-MM-DD`; records counts every id held."""
        day = self._day(request)
        if day is None:
            return _bad("date must be YYYY-MM-DD")
        found = self.store.counts(most_days=1, commit_date=day)
        nothing = {"records": 0, "current": 0, "producing": 0, "stopped": 0}
        row = found[0] if found else nothing
        return JSONResponse({"date": request.query_params["date"], **{name: row[name] for name in nothing}})

    async def weekly(self, request: Request) -> Response:
        """The rows of the weekly push as received, for the week that closed on `?date=YYYY-MM-DD`."""
        day = self._day(request)
        if day is None:
            return _bad("date must be YYYY-MM-DD")
        return JSONResponse(self.store.weekly(_MOST_ROWS, day))

    async def results(self, request: Request) -> Response:
        """The changes of problems and alerts in the order in which they came; of one with `?object=<its id>`."""
        return JSONResponse(self.store.results(_MOST_RESULTS, request.query_params.get("object")))

    async def messages(self, request: Request) -> Response:
        """The ledger of messages, newest first, at most `?limit=` (default 200)."""
        limit = request.query_params.get("limit", "200")
        if not limit.isascii() or not limit.isdigit():
            return _bad("limit must be a whole number")
        return JSONResponse(self.store.messages(min(int(limit), 100_000)))

    async def reset(self, request: Request) -> Response:
        """Delete messages, records and ordered faults."""
        self.store.reset()
        self.troubles.clear()
        return JSONResponse(self.troubles.described())

    async def _order(self, request: Request, order: Callable[[Mapping[str, Any]], None]) -> Response:
        try:
            wanted = json.loads(await request.body())
            if not isinstance(wanted, dict):
                raise BadOrder("an order is a JSON object")
            order(wanted)
        except RecursionError:
            return _bad("the order is nested too deep")
        except ValueError as no:
            # BadOrder and broken JSON are both ValueErrors, and both are the caller's mistake.
            return _bad(str(no))
        return JSONResponse(self.troubles.described())

    def _day(self, request: Request) -> str | None:
        try:
            return DEFAULT_PROFILE.write_day(date.fromisoformat(request.query_params.get("date", "")))
        except ValueError:
            # The endpoint answers HTTP 400.
            return None


def _bad(why: str) -> Response:
    return JSONResponse({"error": why}, 400)
