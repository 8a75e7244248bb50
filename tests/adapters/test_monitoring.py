"""The monitoring platform on a real wire: what it says is taken exactly, and whatever goes wrong is 未接入, in time."""

from __future__ import annotations

import json
import socket
import time
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest

from yanbao.adapters.monitoring import HttpMonitoring, TwinMonitoring
from yanbao.application.ports.inspection import MonitoringSource, OnlineRates
from yanbao.domain.values import RegionId

from ..support.logs import capture_logs
from ..support.patience import FOR_EVER, PATIENCE, striking_deadlines
from .sms.support import RudeServer, answer, drip, silence

XIAN, WEINAN = RegionId("610100"), RegionId("610500")
AT = datetime(2026, 11, 24, 0, 30, tzinfo=UTC)
Behaviour = Callable[[socket.socket], None]


@pytest.fixture
def platform() -> Iterator[Callable[[Behaviour], RudeServer]]:
    started: list[RudeServer] = []

    def start(behave: Behaviour) -> RudeServer:
        started.append(RudeServer(behave))
        return started[-1]

    yield start
    for server in started:
        server.close()


Platform = Callable[[Behaviour], RudeServer]


def asked(server: RudeServer, **options: Any) -> OnlineRates | None:
    monitoring = HttpMonitoring(f"{server.host}/rates", **{"seconds": PATIENCE, **options})
    try:
        return monitoring.online_rates(XIAN, AT)
    finally:
        monitoring.close()


def test_the_platform_is_asked_for_a_region_at_a_moment_and_its_word_is_taken(platform: Platform) -> None:
    as_of = "2026-11-24T08:29:00+08:00"
    server = platform(
        answer(200, {"videoOnlineRate": 97.55, "sensorOnlineRate": 100, "asOf": as_of, "more": []})
    )
    assert asked(server) == OnlineRates(Decimal("97.6"), Decimal("100.0"), datetime.fromisoformat(as_of))
    head, _, body = server.requests[0].partition(b"\r\n\r\n")
    assert head.startswith(b"POST /rates HTTP/1.1")
    assert json.loads(body) == {"regionCode": "610100", "at": "2026-11-24T08:30:00+08:00"}


@pytest.mark.parametrize("silent", [{"videoOnlineRate": 0, "sensorOnlineRate": None}, {"videoOnlineRate": 0}])
def test_what_is_not_connected_is_none_and_never_0(platform: Platform, silent: dict[str, Any]) -> None:
    assert asked(platform(answer(200, silent))) == OnlineRates(Decimal("0.0"), None, AT)


def closes(connection: socket.socket) -> None:
    connection.shutdown(socket.SHUT_RDWR)


FAILURES: dict[str, tuple[Behaviour, str]] = {
    "a page": (answer(200, "<html>请登录</html>"), "no JSON"),
    "an error": (answer(500, {"videoOnlineRate": 90}), "HTTP 500"),
    "a redirect": (answer(302, "", "Location: /login"), "HTTP 302"),
    "nothing": (answer(200, ""), "no JSON"),
    "bytes": (answer(200, b"\xff\xfe\x00"), "no JSON"),
    "endless depth": (answer(200, "[" * 60_000), "no JSON"),
    "a list": (answer(200, "[97.5]"), "neither of the rates"),
    "other words": (answer(200, {"rate": 97.5}), "neither of the rates"),
    "text": (answer(200, {"videoOnlineRate": "97.5"}), "videoOnlineRate is no number"),
    "yes": (answer(200, {"videoOnlineRate": True}), "videoOnlineRate is no number"),
    "too much": (answer(200, {"sensorOnlineRate": 100.1}), "sensorOnlineRate is no number"),
    "too little": (answer(200, {"sensorOnlineRate": -1}), "sensorOnlineRate is no number"),
    "no number": (answer(200, '{"videoOnlineRate": NaN}'), "videoOnlineRate is no number"),
    "no end of a number": (answer(200, '{"videoOnlineRate": 1e999}'), "videoOnlineRate is no number"),
    "another region": (answer(200, {"videoOnlineRate": 9, "regionCode": "610500"}), "about another region"),
    "no such region": (answer(404, {"code": "NO_SUCH_REGION"}), "HTTP 404"),
    "no time": (answer(200, {"videoOnlineRate": 9, "asOf": "今天"}), "asOf is no time"),
    "a number for a time": (answer(200, {"videoOnlineRate": 9, "asOf": 7}), "asOf is no time"),
    "a time of nowhere": (answer(200, {"videoOnlineRate": 9, "asOf": "2026-11-24T08:29:00"}), "no offset"),
    "too long": (answer(200, "x" * 70_000), "longer than 65536"),
    "a closed door": (closes, "RemoteProtocolError"),
}
NEVER_THROUGH: dict[str, Behaviour] = {
    "silence": silence,
    "a drip": drip(b"HTTP/1.1 200 X\r\nContent-Length: 10000\r\n\r\n", b" "),
    "a drip of headers": drip(b"HTTP/1.1 200 X\r\n", b"X: y\r\n"),
}


@pytest.mark.parametrize("what", FAILURES)
def test_whatever_else_it_says_is_not_connected_and_has_a_reason_in_the_log(
    platform: Platform, what: str
) -> None:
    behave, reason = FAILURES[what]
    server = platform(behave)
    with capture_logs() as log:
        assert asked(server) is None
    (line,) = log
    assert (line["event"], line["region"]) == ("monitoring.not_connected", XIAN)
    assert reason in line["reason"]


@pytest.mark.parametrize("what", NEVER_THROUGH)
def test_who_does_not_come_to_an_end_is_not_waited_for(platform: Platform, what: str) -> None:
    server = platform(NEVER_THROUGH[what])
    for seconds in striking_deadlines():
        began = time.monotonic()
        with capture_logs() as log:
            assert asked(server, seconds=seconds) is None
        assert time.monotonic() - began < PATIENCE
        assert [line["event"] for line in log] == ["monitoring.not_connected"]
        if f"within {seconds:g} s" in log[0]["reason"]:
            return
    raise AssertionError(log[0]["reason"])


def test_nobody_there_is_not_connected() -> None:
    server = RudeServer(closes)
    server.close()
    with capture_logs() as log:
        assert asked(server) is None
    assert "ConnectError" in log[0]["reason"]


def test_an_address_that_is_none_is_not_connected() -> None:
    with capture_logs() as log:
        assert HttpMonitoring("http://monitoring.test:port").online_rates(XIAN, AT) is None
    assert "InvalidURL" in log[0]["reason"]


def test_after_a_failure_it_is_left_alone_for_a_while(platform: Platform) -> None:
    server = platform(answer(500, ""))
    monitoring = HttpMonitoring(server.host, seconds=PATIENCE, silent_seconds=FOR_EVER)
    with capture_logs() as log:
        assert [monitoring.online_rates(XIAN, AT) for _ in range(3)] == [None, None, None]
    assert (len(server.requests), len(log)) == (1, 1)
    monitoring.close()


def test_after_that_while_it_is_asked_again(platform: Platform) -> None:
    server = platform(answer(500, ""))
    monitoring = HttpMonitoring(server.host, seconds=PATIENCE, silent_seconds=0.2)
    assert monitoring.online_rates(XIAN, AT) is None
    time.sleep(0.25)
    assert monitoring.online_rates(XIAN, AT) is None
    assert len(server.requests) == 2
    monitoring.close()


def test_a_region_with_an_unusable_answer_does_not_hide_the_next_one(platform: Platform) -> None:
    def by_region(connection: socket.socket) -> None:
        wrong = b"610100" in server.requests[-1]
        answer(200, {"videoOnlineRate": 975 if wrong else 97.5})(connection)

    server = platform(by_region)
    monitoring = HttpMonitoring(server.host, seconds=PATIENCE)
    with capture_logs() as log:
        assert monitoring.online_rates(XIAN, AT) is None
        assert monitoring.online_rates(WEINAN, AT) == OnlineRates(Decimal("97.5"), None, AT)
    assert [line["region"] for line in log] == [XIAN]
    monitoring.close()


# ---------------------------------------------------------------- twin and platform alike

KNOWN = {
    XIAN: OnlineRates(Decimal("97.5"), Decimal("0.0"), AT),
    WEINAN: OnlineRates(None, Decimal("100.0"), AT - timedelta(minutes=1)),
}


@pytest.fixture(params=["twin", "http"])
def source(request: pytest.FixtureRequest, platform: Platform) -> Iterator[MonitoringSource]:
    """A source that knows these two regions."""
    if request.param == "twin":
        yield TwinMonitoring(KNOWN)
        return

    def know(connection: socket.socket) -> None:
        found = KNOWN.get(json.loads(server.requests[-1].partition(b"\r\n\r\n")[2])["regionCode"])
        if found is None:
            return answer(404, "")(connection)
        rates = {"videoOnlineRate": found.video, "sensorOnlineRate": found.sensors}
        body = {name: None if rate is None else float(rate) for name, rate in rates.items()}
        return answer(200, body | {"asOf": found.as_of.isoformat()})(connection)

    server = platform(know)
    monitoring = HttpMonitoring(server.host, seconds=PATIENCE)
    yield monitoring
    monitoring.close()


def test_each_region_has_its_own_rates_and_what_is_not_connected_is_none(source: MonitoringSource) -> None:
    elsewhere = RegionId("610300")
    asked = [source.online_rates(region, AT) for region in (XIAN, elsewhere, WEINAN, XIAN)]
    assert asked == [KNOWN[XIAN], None, KNOWN[WEINAN], KNOWN[XIAN]]


def test_the_twin_says_what_it_was_given() -> None:
    rates = OnlineRates(Decimal(90), None, AT)
    twin = TwinMonitoring({XIAN: rates})
    assert (twin.online_rates(XIAN, AT), twin.online_rates(RegionId("610500"), AT)) == (rates, None)
    assert twin.asked == [(XIAN, AT), (RegionId("610500"), AT)]
