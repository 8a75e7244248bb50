"""What the transport asks a context about who is there; contexts of other kinds need not answer."""

from __future__ import annotations

from typing import Any


def is_logged_in(context: object) -> bool:
    """Whether the request or socket has a session; nobody knows means no."""
    return bool(getattr(context, "logged_in", False))


def session_key(context: object) -> str | None:
    """What tells this session from others; None without one."""
    key = getattr(context, "session_key", None)
    return key if isinstance(key, str) else None


def fork(context: Any) -> Any:
    """Make a separate context with fresh loaders for one operation, if the context has `fork()`."""
    make = getattr(context, "fork", None)
    return make() if callable(make) else context
