"""What is logged: nothing of each single socket, everything else of the server."""

from __future__ import annotations

import logging
from collections.abc import Iterator

import pytest
import structlog

from yanbao.logs import configure_logs


@pytest.fixture
def untouched() -> Iterator[None]:
    """Logging is the process's: put it back as it was."""
    root, server = logging.getLogger(), logging.getLogger("uvicorn.error")
    handlers, level, filters = root.handlers[:], root.level, server.filters[:]
    quiet = {name: logging.getLogger(name).level for name in ("httpx", "httpcore", "dramatiq", "alembic")}
    structured = structlog.get_config()
    yield
    structlog.configure(**structured)
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
