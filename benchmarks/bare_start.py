"""What no start can be cheaper than: uvicorn and Starlette with one address, set as the API's server is.

`python -m benchmarks.bare_start PORT`.
"""

from __future__ import annotations

import sys

import uvicorn
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import PlainTextResponse
from starlette.routing import Route


async def _answer(_: Request) -> PlainTextResponse:
    return PlainTextResponse("ok")


if __name__ == "__main__":
    uvicorn.run(
        Starlette(routes=[Route("/healthz", _answer), Route("/readyz", _answer)]),
        host="127.0.0.1",
        port=int(sys.argv[1]),
        ws="websockets-sansio",
        access_log=False,
        log_config=None,
    )
