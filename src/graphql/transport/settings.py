"""What the endpoint is told by its installation."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class EndpointSettings:
    """What differs between installations.

    `allowed_origins`: further sites (`https://host[:port]`) whose pages may open a socket; our own may always.
    `page`: serve the IDE to browsers. Sizes are in bytes, times in seconds.
    """

    session_cookie: str = "yanbao_session"
    allowed_origins: tuple[str, ...] = ()
    page: bool = False
    max_body: int = 1_048_576
    keep_alive: float = 12.0
    recheck: float = 4.0
    operations_per_socket: int = 100
