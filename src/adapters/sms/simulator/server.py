"""Runs the simulator's server: binds, prints one line when ready, and stops cleanly on a signal."""

from __future__ import annotations

import signal
import socket
import sys
from collections.abc import Callable
from datetime import datetime
from pathlib import Path
from types import FrameType

import uvicorn

from .app import SimulatorAccount, Timing, create_app
from .lines import Lines


class _AnnouncingServer(uvicorn.Server):
    def __init__(self, config: uvicorn.Config, ready: str) -> None:
        super().__init__(config)
        self._ready = ready

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        await super().startup(sockets)
        sys.stdout.write(self._ready + "\n")
        sys.stdout.flush()


def serve(
    *,
    host: str,
    port: int,
    store_path: Path,
    account: SimulatorAccount,
    receipt_url: str | None,
    timing: Timing,
    business_clock: Callable[[], datetime] | None = None,
) -> None:
    """Serve until SIGTERM or SIGINT; port 0 takes a free one. Prints the real address when ready.

    Raises OSError when the address is taken.
    """
    lines = Lines()
    app = create_app(
        store_path,
        account=account,
        receipt_url=receipt_url,
        timing=timing,
        lines=lines,
        business_clock=business_clock,
    )
    listener = socket.create_server((host, port), backlog=1024)
    config = uvicorn.Config(
        app,
        http=lines.protocol(),
        ws="none",
        log_level="warning",
        access_log=False,
        proxy_headers=False,
        timeout_graceful_shutdown=2,
    )
    address = f"http://{host}:{listener.getsockname()[1]}"
    server = _AnnouncingServer(config, f"sms simulator ready on {address} (store {store_path})")

    def stop(number: int, frame: FrameType | None) -> None:
        server.should_exit = True

    # After it has stopped, uvicorn raises the signal again: with this handler the process exits with code 0.
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, stop)
    server.run(sockets=[listener])
