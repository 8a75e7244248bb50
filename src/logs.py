"""Sets up structured logs with structlog; tracebacks omit local variables, which may hold secrets."""

from __future__ import annotations

import logging
import sys
from typing import Final

import structlog

_OF_A_SOCKET: Final = frozenset({'%s - "WebSocket %s" [accepted]', "connection open", "connection closed"})


def configure_logs(level: int = logging.INFO) -> None:
    """Send structlog and standard logging to stderr: coloured lines on a terminal, JSON elsewhere."""
    shared: list[structlog.typing.Processor] = [
        structlog.contextvars.merge_contextvars,
        structlog.stdlib.add_log_level,
        structlog.stdlib.add_logger_name,
        structlog.processors.TimeStamper(fmt="iso", utc=True),
        structlog.stdlib.ExtraAdder(),
    ]
    renderer: structlog.typing.Processor
    if sys.stderr.isatty():
        renderer = structlog.dev.ConsoleRenderer(exception_formatter=structlog.dev.plain_traceback)
    else:
        shared.append(structlog.processors.format_exc_info)
        renderer = structlog.processors.JSONRenderer(ensure_ascii=False)
    structlog.configure(
        processors=[*shared, structlog.stdlib.ProcessorFormatter.wrap_for_formatter],
        wrapper_class=structlog.stdlib.BoundLogger,
        logger_factory=structlog.stdlib.LoggerFactory(),
        cache_logger_on_first_use=True,
    )
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(structlog.stdlib.ProcessorFormatter(processor=renderer, foreign_pre_chain=shared))
    root = logging.getLogger()
    root.handlers[:] = [handler]
    root.setLevel(level)
    logging.getLogger("uvicorn.error").addFilter(_is_no_socket)
    for name in ("httpx", "httpcore", "dramatiq", "alembic"):
        logging.getLogger(name).setLevel(logging.WARNING)


def _is_no_socket(record: logging.LogRecord) -> bool:
    """Leave out what uvicorn and websockets say of every socket: they have no access log either.

    In the morning thousands open; writing two lines for each took a quarter of the time that opening it took.
    """
    return record.msg not in _OF_A_SOCKET
