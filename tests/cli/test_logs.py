"""What is logged: nothing of each single socket, everything else of the server."""

from __future__ import annotations

import json
import logging
import sys
from collections.abc import Iterator
from datetime import datetime, timedelta
from fractions import Fraction

import pytest

from yanbao.logs import configure_logs


@pytest.fixture
def untouched() -> Iterator[None]:
    """Logging is the process's: put it back as it was."""
    root, server = logging.getLogger(), logging.getLogger("uvicorn.error")
    handlers, level, filters = root.handlers[:], root.level, server.filters[:]
    quiet = {name: logging.getLogger(name).level for name in ("httpx", "httpcore", "dramatiq", "alembic")}
    yield
    for name, before in quiet.items():
        logging.getLogger(name).setLevel(before)
    root.handlers[:], server.filters[:] = handlers, filters
    root.setLevel(level)


@pytest.mark.usefixtures("untouched")
def test_the_server_tells_of_itself_and_not_of_each_socket(capsys: pytest.CaptureFixture[str]) -> None:
    configure_logs()
    server = logging.getLogger("uvicorn.error")
    server.info('%s - "WebSocket %s" [accepted]', "10.0.0.1:4711", "/graphql")
    server.info("connection open")
    server.info("connection closed")
    server.info('%s - "WebSocket %s" 403', "10.0.0.1:4711", "/graphql")
    server.info("Application startup complete.")
    told = capsys.readouterr().err.splitlines()
    assert len(told) == 2
    assert "403" in told[0]
    assert "Application startup complete." in told[1]


@pytest.mark.usefixtures("untouched")
def test_a_line_holds_what_was_said_with_it_and_the_traceback(capsys: pytest.CaptureFixture[str]) -> None:
    configure_logs()
    secret = "hunter2"
    try:
        raise ValueError("no number")
    except ValueError:
        logging.getLogger("yanbao.somewhere").exception(
            "work.failed", extra={"topic": "短信", "lease": Fraction(1, 2)}
        )
    (line,) = capsys.readouterr().err.splitlines()
    told = json.loads(line)
    assert (told["event"], told["level"], told["logger"]) == ("work.failed", "error", "yanbao.somewhere")
    assert (told["topic"], told["lease"]) == ("短信", "Fraction(1, 2)")
    assert "短信" in line
    assert datetime.fromisoformat(told["timestamp"]).utcoffset() == timedelta(0)
    assert told["exception"].endswith("ValueError: no number")
    assert secret not in line


@pytest.mark.usefixtures("untouched")
def test_a_terminal_gets_lines_for_people(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sys.stderr, "isatty", lambda: True)
    configure_logs()
    logging.getLogger("yanbao.somewhere").warning("nudges.not_sent", extra={"reason": "gone"})
    told = capsys.readouterr().err
    assert "nudges.not_sent" in told and "gone" in told and "{" not in told
