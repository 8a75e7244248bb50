"""Runs the simulator: `python -m yanbao.adapters.sms.simulator --port 8002 --store var/sms.sqlite`."""

from __future__ import annotations

import argparse
import os
from collections.abc import Sequence
from pathlib import Path

from ...clock import MovableClock
from .app import Timing
from .faults import Silence
from .postman import Retries
from .reading import SimulatorAccount
from .server import serve

SECRET_VARIABLE = "SMS_SIMULATOR_SECRET_KEY"


def main(argv: Sequence[str] | None = None) -> None:
    """Read the command line and serve until a signal stops the process."""
    options = _parser().parse_args(argv)
    serve(
        host=options.host,
        port=options.port,
        store_path=options.store,
        account=SimulatorAccount(
            ec_name=options.ec_name,
            ap_id=options.ap_id,
            secret_key=os.environ.get(SECRET_VARIABLE) or "simulator",
            sign=options.sign,
            signature=options.signature,
        ),
        receipt_url=options.receipt_url,
        timing=Timing(
            receipt_delay=options.receipt_delay,
            retries=Retries(options.receipt_attempts, options.receipt_pause),
            silence=Silence(options.hold, options.drip_pause),
        ),
        business_clock=None if options.clock is None else MovableClock(options.clock).now,
    )


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="python -m yanbao.adapters.sms.simulator",
        description=f"A stand-in of the SMS platform 云MAS. The secret key is read from {SECRET_VARIABLE}"
        ' and is "simulator" when that is not set.',
    )
    parser.add_argument("--host", default="127.0.0.1", help="address to listen on (default: loopback only)")
    parser.add_argument("--port", type=int, default=8002, help="port to listen on; 0 takes a free one")
    parser.add_argument(
        "--store", type=Path, default=Path("var/sms.sqlite"), help="SQLite file to remember in"
    )
    parser.add_argument("--receipt-url", help="where delivery receipts are posted; none are without it")
    parser.add_argument("--ec-name", default="陕西省应急管理厅", help="ecName of the one account")
    parser.add_argument("--ap-id", default="yanbao", help="apId of the one account")
    parser.add_argument("--sign", default="yanbao-sign", help="sign, the code of the registered signature")
    parser.add_argument("--signature", default="陕西省应急管理厅", help="the words of the signature")
    parser.add_argument(
        "--clock", type=Path, help="file of the demo's clock, to show the time of the system that sends"
    )
    parser.add_argument("--receipt-delay", type=float, default=1.0, help="seconds from a text to its receipt")
    parser.add_argument("--receipt-attempts", type=int, default=8, help="how often a receipt is offered")
    parser.add_argument("--receipt-pause", type=float, default=0.5, help="seconds before the second offer")
    parser.add_argument("--hold", type=float, default=60.0, help="seconds of silence or dripping in a fault")
    parser.add_argument("--drip-pause", type=float, default=0.1, help="seconds between two dripped bytes")
    return parser


if __name__ == "__main__":
    main()
