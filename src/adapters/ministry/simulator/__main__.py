"""Runs the simulator: `python -m yanbao.adapters.ministry.simulator --port 8001 --store var/ministry.sqlite`.

Give the secrets in the environment, where the process list does not show them.
MINISTRY_SIMULATOR_SECRET (text) signs; MINISTRY_SIMULATOR_INBOUND_SECRET (text) signs what it pushes itself; MINISTRY_SIMULATOR_BODY_KEY (hex) encrypts if the profile does.
For SM2, MINISTRY_SIMULATOR_PRIVATE_KEY and MINISTRY_SIMULATOR_PUBLIC_KEY (hex) are its own private key and our public key.
"""

from __future__ import annotations

import argparse
import os
import signal
import socket
import sys
import time
from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Final

import uvicorn
from starlette.applications import Starlette
from starlette.routing import Route

from ....application.ports.exchange import RecordKind
from ....domain.exchange.inbound import InboundKind
from ...clock import MovableClock
from ..profile import UnfitProfile
from ..shipped import DEFAULT, find_profile
from ..wire import Wire, WireKeys
from .composing import Composer
from .control import Control
from .courier import Courier
from .faults import Troubles
from .interface import Platform
from .lines import Lines
from .pushing import Pushing
from .store import Store

INBOUND_APP_ID: Final = "ministry-demo"
INBOUND_SECRET: Final = "demo"
"""What a demo believes that was told of no other; here they are no secret."""


class _AnnouncedServer(uvicorn.Server):
    """Prints one line to standard output when it accepts connections."""

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        await super().startup(sockets=sockets)
        if self.started and sockets:
            host, port = sockets[0].getsockname()[:2]
            sys.stdout.write(f"ministry simulator ready on http://{host}:{port}\n")
            sys.stdout.flush()


def main(arguments: Sequence[str] | None = None) -> int:
    """Serve until SIGTERM or SIGINT. Returns 0 after a clean stop; exits with 2 for invalid arguments."""
    parser = argparse.ArgumentParser(
        prog="yanbao.adapters.ministry.simulator", description="部级平台模拟器，仅供演示和测试"
    )
    parser.add_argument("--host", default="127.0.0.1", help="loopback unless told otherwise")
    parser.add_argument("--port", type=int, default=8001, help="0 chooses a free one")
    parser.add_argument("--store", default="var/ministry.sqlite", help="SQLite file, or :memory:")
    parser.add_argument("--profile", default=DEFAULT, help="a shipped profile, or a file")
    parser.add_argument("--app-id", help="another than the profile's")
    parser.add_argument("--secret", default=os.environ.get("MINISTRY_SIMULATOR_SECRET"))
    parser.add_argument(
        "--body-key", default=os.environ.get("MINISTRY_SIMULATOR_BODY_KEY"), help="hexadecimal"
    )
    parser.add_argument(
        "--private-key", default=os.environ.get("MINISTRY_SIMULATOR_PRIVATE_KEY"), help="hexadecimal"
    )
    parser.add_argument(
        "--public-key", default=os.environ.get("MINISTRY_SIMULATOR_PUBLIC_KEY"), help="hexadecimal"
    )
    parser.add_argument(
        "--province", help="address of the system that is pushed to, such as http://127.0.0.1:8000"
    )
    parser.add_argument("--inbound-app-id", default=INBOUND_APP_ID, help="signs what is pushed")
    parser.add_argument(
        "--inbound-secret", default=os.environ.get("MINISTRY_SIMULATOR_INBOUND_SECRET", INBOUND_SECRET)
    )
    parser.add_argument("--clock", type=Path, help="file of the demo's clock, to show the province's time")
    chosen = parser.parse_args(arguments)
    try:
        profile = find_profile(chosen.profile)
        if chosen.app_id:
            profile = profile.model_copy(update={"app_id": chosen.app_id})
        wire = Wire(profile, _keys(chosen), time.time)
    except UnfitProfile as unfit:
        parser.error("\n".join((f"the profile {unfit.source} cannot be used:", *unfit.errors)))
    except ValueError as no:
        parser.error(str(no))

    store, troubles, lines = Store(chosen.store), Troubles(), Lines()
    business_clock = None if chosen.clock is None else MovableClock(chosen.clock).now
    composer = Composer(store.items, profile, business_clock or _now)
    pushes_as = profile.model_copy(update={"app_id": chosen.inbound_app_id})
    inbound_keys = replace(_keys(chosen), secret=chosen.inbound_secret.encode())
    courier = Courier(store.items, pushes_as, inbound_keys, time.time, chosen.province)
    platform = Platform(store, troubles, lines, profile, wire, time.time)
    routes = [
        *(Route(profile.path(kind), platform.push(kind), methods=["POST"]) for kind in RecordKind),
        Route(profile.receipts_path, platform.receipts, methods=["POST"]),
        *(
            Route(profile.inbound.poll_path(kind), platform.poll(kind), methods=["POST"])
            for kind in InboundKind
        ),
        *Control(store, troubles, profile, business_clock).routes(),
        *Pushing(store, composer, courier).routes(),
    ]
    config = uvicorn.Config(
        Starlette(routes=routes),
        http=lines.protocol(),
        lifespan="off",
        log_level="warning",
        access_log=False,
        server_header=False,
        timeout_graceful_shutdown=1,
    )
    # uvicorn raises the signal again after it has stopped: ignore it then.
    signal.signal(signal.SIGTERM, lambda *_: None)
    signal.signal(signal.SIGINT, lambda *_: None)
    family = socket.AF_INET6 if ":" in chosen.host else socket.AF_INET
    with socket.create_server((chosen.host, chosen.port), family=family) as listening:
        _AnnouncedServer(config).run(sockets=[listening])
    store.close()
    return 0


def _now() -> datetime:
    return datetime.now(UTC)


def _keys(chosen: argparse.Namespace) -> WireKeys:
    def key(text: str | None) -> bytes | None:
        return bytes.fromhex(text) if text else None

    return WireKeys(
        secret=chosen.secret.encode() if chosen.secret else None,
        body_key=key(chosen.body_key),
        private_key=key(chosen.private_key),
        public_key=key(chosen.public_key),
    )


if __name__ == "__main__":
    sys.exit(main())
