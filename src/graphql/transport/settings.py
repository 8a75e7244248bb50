"""Settings of the GraphQL endpoint."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class EndpointSettings:
    """Settings that differ between installations.

    `allowed_origins`: other sites (`https://host[:port]`) whose pages may open a socket; our own always may.
    `page`: serve the IDE to browsers. Sizes are in bytes, times in seconds.
    `max_strangers_body`: of a request without a session, and of a socket's messages before it is acknowledged.
    `sockets_per_session`: at once, in this process. `init_wait`: how long a socket may be open without its first
    message.
    """

    session_cookie: str = "yanbao_session"
    allowed_origins: tuple[str, ...] = ()
    page: bool = False
    max_body: int = 1_048_576
    max_strangers_body: int = 65_536
    keep_alive: float = 12.0
    recheck: float = 4.0
    operations_per_socket: int = 100
    sockets_per_session: int = 20
    init_wait: float = 10.0
