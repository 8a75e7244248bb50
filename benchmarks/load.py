"""The load: whole HTTP requests, written beforehand, sent over keep-alive connections by a process of its own.

`python -m benchmarks.load PORT CONNECTIONS SECONDS RATE FILE` sends each request of the file once and prints what came
of it. With a RATE, that many requests fall due each second, and a latency counts from then, whoever was late to send it.
"""

from __future__ import annotations

import asyncio
import struct
import subprocess
import sys
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from time import perf_counter, process_time
from typing import Any, Final

import orjson
import uvloop

_SIZE: Final = struct.Struct(">I")
GOOD: Final = (
    *(b'"__typename":"CommitmentSaved"', b'{"code":"0",'),
    *(b':{"nodes":[{', b'"commitmentOverview":{"whole":{'),
)
"""What the answers to the requests of this package have in them when they are what was asked for."""


@dataclass(frozen=True, slots=True)
class Sent:
    """What came of a load: how long it took, and the latency of each accepted request in seconds, in order.

    `failures` counts answers that accepted nothing, by their beginning, and connections that broke. `cpu`: seconds of the
    load's own process meanwhile.
    """

    seconds: float
    latencies: list[float]
    failures: dict[str, int]
    cpu: float

    @classmethod
    def together(cls, parts: Sequence[Sent]) -> Sent:
        """Several loads, one after the other, as one."""
        failures: Counter[str] = Counter()
        for part in parts:
            failures.update(part.failures)
        latencies = [latency for part in parts for latency in part.latencies]
        cpu = sum(part.cpu for part in parts)
        return cls(sum(part.seconds for part in parts), latencies, dict(failures), cpu)

    @property
    def accepted(self) -> int:
        return len(self.latencies)

    @property
    def rate(self) -> float:
        return self.accepted / self.seconds

    def percentile(self, percent: float) -> float:
        """In milliseconds."""
        ordered = sorted(self.latencies)
        return 1e3 * ordered[min(len(ordered) - 1, int(len(ordered) * percent / 100))] if ordered else 0.0


def write_requests(file: Path, requests: Iterable[tuple[str, bytes]]) -> int:
    """Write (token, JSON body) as whole requests to the API; gives how many."""
    accepting = {"accept": "application/json"}
    return write_posts(
        file,
        (("/graphql", body, accepting | {"authorization": f"Bearer {token}"}) for token, body in requests),
    )


def write_posts(file: Path, posts: Iterable[tuple[str, bytes, Mapping[str, str]]]) -> int:
    """Write (path, JSON body, further headers) as whole requests; gives how many."""
    count = 0
    with file.open("wb") as out:
        for path, body, headers in posts:
            lines = "".join(f"{name}: {text}\r\n" for name, text in headers.items())
            head = (
                f"POST {path} HTTP/1.1\r\nhost: 127.0.0.1\r\ncontent-type: application/json\r\n"
                f"content-length: {len(body)}\r\n{lines}\r\n"
            ).encode()
            out.write(_SIZE.pack(len(head) + len(body)) + head + body)
            count += 1
    return count


def send(port: int, file: Path, *, connections: int, seconds: float, rate: float = 0.0) -> Sent:
    """Run the load in its own process; stops at the end of the file or after `seconds`.

    `rate`: requests due in a second, whether earlier ones are answered or not; 0: each connection sends its next
    request when the last one is answered.
    """
    arguments = [str(port), str(connections), str(seconds), str(rate), str(file)]
    done = subprocess.run(
        [sys.executable, "-m", "benchmarks.load", *arguments],
        check=True,
        capture_output=True,
        timeout=seconds + 120,
    )
    return Sent(**orjson.loads(done.stdout))


def _requests(file: Path) -> Iterator[bytes]:
    raw = file.read_bytes()
    at = 0
    while at < len(raw):
        (size,) = _SIZE.unpack_from(raw, at)
        at += _SIZE.size
        yield raw[at : at + size]
        at += size


async def _run(port: int, connections: int, seconds: float, rate: float, file: Path) -> dict[str, Any]:
    waiting = enumerate(_requests(file))
    latencies: list[float] = []
    failures: Counter[str] = Counter()
    opened = [await asyncio.open_connection("127.0.0.1", port) for _ in range(connections)]
    began, cpu = perf_counter(), process_time()

    async def client(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        for number, request in waiting:
            sent = perf_counter()
            if rate:
                await asyncio.sleep(began + number / rate - sent)
                sent = began + number / rate
            if sent - began > seconds:
                break
            writer.write(request)
            head = await reader.readuntil(b"\r\n\r\n")
            length = int(head.lower().partition(b"content-length: ")[2].partition(b"\r")[0])
            body = await reader.readexactly(length)
            if any(mark in body for mark in GOOD):
                latencies.append(perf_counter() - sent)
            else:
                failures[body[:160].decode(errors="replace")] += 1
        writer.close()

    ended = await asyncio.gather(*(client(*pair) for pair in opened), return_exceptions=True)
    for failure in ended:
        if failure is not None:
            failures[type(failure).__name__] += 1
    return {
        "seconds": perf_counter() - began,
        "latencies": latencies,
        "failures": dict(failures),
        "cpu": process_time() - cpu,
    }


if __name__ == "__main__":
    port, connections, seconds, rate, file = sys.argv[1:6]
    found = uvloop.run(_run(int(port), int(connections), float(seconds), float(rate), Path(file)))
    sys.stdout.buffer.write(orjson.dumps(found))
