"""What the SMS tests stand on: the simulator as a real process, a receipt listener, and a rude TCP server."""

from __future__ import annotations

import json
import os
import selectors
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Callable
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any
from uuid import uuid4

import httpx

from yanbao.adapters.sms.mas_protocol import MasAccount
from yanbao.application.ports.notice import SmsToSend

from ...support.patience import FOR_EVER, PATIENCE

SECRET = "test-Key-0001"
EC_NAME, AP_ID, SIGN = "陕西省应急管理厅", "yanbao", "Ab12Cd"


def a_text(text: str = "【提醒】请完成安全承诺上报。", phone: str = "13800001234") -> SmsToSend:
    return SmsToSend(id=uuid4(), phone=phone, text=text)


def account(host: str, **changed: Any) -> MasAccount:
    known: dict[str, Any] = {
        "host": host,
        "ec_name": EC_NAME,
        "ap_id": AP_ID,
        "secret_key": SECRET,
        "sign": SIGN,
        "timeout": PATIENCE,
        "enquiry_path": "/sms/query",
    }
    return MasAccount(**{**known, **changed})


class Simulator:
    """The simulator in its own process; killed or ended through its own handle only."""

    def __init__(self, store: Path, *options: str) -> None:
        self.process = subprocess.Popen(
            [
                *(sys.executable, "-m", "yanbao.adapters.sms.simulator"),
                *(
                    "--port",
                    "0",
                    "--store",
                    str(store),
                    "--ec-name",
                    EC_NAME,
                    "--ap-id",
                    AP_ID,
                    "--sign",
                    SIGN,
                ),
                *("--hold", str(FOR_EVER), "--receipt-pause", "0.05", *options),
            ],
            env={**os.environ, "SMS_SIMULATOR_SECRET_KEY": SECRET},
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )
        self.ready_line = self._first_line()
        self.host = next(word for word in self.ready_line.split() if word.startswith("http://"))
        self.control = httpx.Client(base_url=self.host, trust_env=False, timeout=PATIENCE)

    def _first_line(self) -> str:
        assert self.process.stdout is not None
        with selectors.DefaultSelector() as waiting:
            waiting.register(self.process.stdout, selectors.EVENT_READ)
            came = waiting.select(PATIENCE)
        line = self.process.stdout.readline() if came else ""
        if not line:
            self.process.kill()
            raise AssertionError(f"the simulator did not start: {self.process.communicate()[1]}")
        return line

    def fault(self, mode: str, times: int | None = 1) -> None:
        body = {"mode": mode} if times is None else {"mode": mode, "times": times}
        assert self.control.post("/_control/faults", json=body).status_code == 200

    def messages(self, **query: Any) -> list[dict[str, Any]]:
        return list(self.control.get("/_control/messages", params=query).json()["messages"])

    def counts(self) -> dict[str, Any]:
        return dict(self.control.get("/_control/count").json())

    def reset(self) -> None:
        assert self.control.post("/_control/reset").status_code == 200

    def kill(self) -> None:
        self.process.kill()
        self._away()

    def end(self) -> tuple[int, str]:
        """Exit code and what it complained about, after SIGTERM."""
        if self.process.poll() is None:
            self.process.terminate()
        return self._away()

    def _away(self) -> tuple[int, str]:
        self.control.close()
        try:
            _, complaints = self.process.communicate(timeout=PATIENCE)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.communicate()
            raise
        return self.process.returncode, complaints


class Listener:
    """Our side of the receipt callback: a real HTTP server that keeps the raw bodies.

    `status` is what it answers, `pause` the seconds it takes to do so.
    """

    def __init__(self) -> None:
        self.bodies: list[bytes] = []
        self.status = 200
        self.pause = 0.0
        listener = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                body = self.rfile.read(int(self.headers["Content-Length"]))
                listener.bodies.append(body)
                time.sleep(listener.pause)
                self.send_response(listener.status)
                self.send_header("Content-Length", "0")
                self.end_headers()

            def log_message(self, format: str, *args: object) -> None:
                """The tests look at the bodies; the access log would only be noise."""

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self._server.server_address[1]}/callbacks/sms/mas"
        threading.Thread(
            target=self._server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True
        ).start()

    def recipients_of(self, group: str) -> list[dict[str, Any]]:
        return [item for body in list(self.bodies) for item in json.loads(body) if item["msgGroup"] == group]

    def close(self) -> None:
        self._server.shutdown()
        self._server.server_close()


class RudeServer:
    """A TCP server that reads one HTTP request and then does to the connection whatever it was given to do."""

    def __init__(self, behave: Callable[[socket.socket], None]) -> None:
        self.requests: list[bytes] = []
        self._behave = behave
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.host = f"http://127.0.0.1:{self._listener.getsockname()[1]}"
        threading.Thread(target=self._accept, daemon=True).start()

    def close(self) -> None:
        # Only a shutdown wakes a thread that waits in accept.
        self._listener.shutdown(socket.SHUT_RDWR)
        self._listener.close()

    def _accept(self) -> None:
        while True:
            try:
                connection, _ = self._listener.accept()
            except OSError:
                # The listener was closed: the test is over.
                return
            threading.Thread(target=self._serve, args=(connection,), daemon=True).start()

    def _serve(self, connection: socket.socket) -> None:
        with connection:
            connection.settimeout(FOR_EVER)
            request = b""
            while b"\r\n\r\n" not in request:
                request += connection.recv(65536)
            head, _, body = request.partition(b"\r\n\r\n")
            length = next(
                int(line.split(b":")[1])
                for line in head.split(b"\r\n")
                if line.lower().startswith(b"content-length")
            )
            while len(body) < length:
                body += connection.recv(65536)
            self.requests.append(head + b"\r\n\r\n" + body)
            try:
                self._behave(connection)
            except OSError:
                # The caller hung up in the middle of the rudeness, as it should.
                return


def answer(status: int, body: bytes | str | dict[str, Any], *headers: str) -> Callable[[socket.socket], None]:
    """A behaviour: one complete answer."""
    raw = (
        json.dumps(body).encode()
        if isinstance(body, dict)
        else body.encode()
        if isinstance(body, str)
        else body
    )
    head = "\r\n".join([f"HTTP/1.1 {status} X", f"Content-Length: {len(raw)}", *headers, "", ""]).encode()
    return lambda connection: connection.sendall(head + raw)


def silence(connection: socket.socket) -> None:
    """A behaviour: say nothing until the caller hangs up."""
    while connection.recv(65536):
        pass


def drip(opening: bytes, piece: bytes, pause: float = 0.05) -> Callable[[socket.socket], None]:
    """A behaviour: say `opening`, then one `piece` after the other until the caller hangs up."""

    def behave(connection: socket.socket) -> None:
        connection.sendall(opening)
        ends = time.monotonic() + FOR_EVER
        while time.monotonic() < ends:
            connection.sendall(piece)
            time.sleep(pause)

    return behave
