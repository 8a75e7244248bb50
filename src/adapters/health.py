"""HTTP routes for whoever runs the system: `/healthz` says that the process lives, `/readyz` that it can serve."""

from __future__ import annotations

from typing import Final

from anyio import CapacityLimiter, move_on_after, to_thread
from starlette.requests import Request
from starlette.responses import JSONResponse, PlainTextResponse, Response
from starlette.routing import BaseRoute, Route

from ..application.operations.watch import Health, Watch
from ..application.ports.unavailable import RETRY_AFTER_SECONDS

HEALTH: Final = "/healthz"
READY: Final = "/readyz"
ANSWER_SECONDS: Final = 5.0
"""Longest wait for a look; with many who ask, the others wait for the one who looks."""
AT_ONCE: Final = 2
"""Own threads: whoever asks often takes none from the API, and a database that hangs keeps none of its threads."""
_ALWAYS: Final = {"cache-control": "no-store", "x-content-type-options": "nosniff"}


def health_routes(watch: Watch) -> list[BaseRoute]:
    """Make both routes. They need no account, so they give away no number, name or cause."""
    limiter = CapacityLimiter(AT_ONCE)

    async def health(request: Request) -> Response:
        """200 while the process answers at all, with the database away, too: a restart would not bring it back."""
        return PlainTextResponse("ok", headers=_ALWAYS)

    async def ready(request: Request) -> Response:
        """200 while requests of every kind can be served here, else 503; and each check as one word."""
        with move_on_after(ANSWER_SECONDS):
            look = await to_thread.run_sync(watch.look, limiter=limiter)
            checks = {name: health.value for name, health in look.checks().items()}
            return _answer(look.ready, checks)
        return _answer(False, {"database": Health.DOWN.value})

    return [Route(HEALTH, health), Route(READY, ready)]


def _answer(ready: bool, checks: dict[str, str]) -> Response:
    again = {} if ready else {"retry-after": str(RETRY_AFTER_SECONDS)}
    body = {"code": "OK" if ready else "NOT_READY", "checks": checks}
    return JSONResponse(body, 200 if ready else 503, {**_ALWAYS, **again})
