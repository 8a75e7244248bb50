"""Two served processes behind one Redis and one database: what one does, the subscribers of the other see."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx
import pytest
from websockets.exceptions import ConnectionClosed
from websockets.sync.client import ClientConnection, connect
from websockets.typing import Subprotocol

from yanbao.adapters.identity import OpaqueTokens
from yanbao.application.access import SYSTEM
from yanbao.application.notice.inbox import tell
from yanbao.domain.directory.organisation import Role
from yanbao.settings import Settings
from yanbao.wiring import wire

from ...support.accounts import a_session, an_account
from ...support.builders import NOW, a_department_tree, a_person, a_region_tree, an_enterprise
from ...support.databases import migrated_postgres
from ...support.dates import start_clock
from ...support.notices import a_message
from ...support.patience import PATIENCE
from ...support.processes import a_free_port, a_process, bare_environment, until_healthy
from ...support.redis import real_redis, until_subscribed
from ...support.settling import settle_in

FIRM = an_enterprise()
HEAD = a_person("李永红", Role.ENTERPRISE_HEAD, of=FIRM)
TOKEN, OTHER = "token-of-one-device", "token-of-another"


@dataclass(frozen=True)
class Installation:
    """The addresses of two processes, and the second session of the same person."""

    here: str
    there: str

    def change(self, at: str, mutation: str, token: str = OTHER) -> dict[str, Any]:
        answer = httpx.post(
            f"http://{at}/graphql",
            json={"query": f"mutation {{ {mutation} }}"},
            headers={"authorization": f"Bearer {token}"},
            trust_env=False,
            timeout=PATIENCE,
        ).json()
        assert "errors" not in answer, answer
        return dict(answer["data"])


@pytest.fixture
def installation(tmp_path: Path) -> Iterator[Installation]:
    with ExitStack() as stack:
        url = stack.enter_context(real_redis())
        if url is None:
            pytest.skip("no Redis answers and no redis-server is on the path: set YANBAO_TEST_REDIS")
        database = stack.enter_context(migrated_postgres())
        start_clock(tmp_path, NOW)
        system = wire(Settings(var=tmp_path, database_url=database, redis_url=None, embedded=False))
        stack.callback(system.close)
        settle_in(system.storage, SYSTEM, *a_region_tree(), *a_department_tree(), FIRM, HEAD)
        account, digest = an_account(HEAD), OpaqueTokens().digest
        with system.storage.work(SYSTEM) as work:
            work.accounts.save(account)
            for token in (TOKEN, OTHER):
                work.sessions.add(a_session(account, digest(token), at=NOW))
            tell(work, [a_message(HEAD, 1, at=NOW)])
            work.commit()
        served = []
        for name in ("here", "there"):
            port, log = a_free_port(), tmp_path / f"{name}.log"
            environment = bare_environment() | {
                "YANBAO_DATABASE_URL": database,
                "YANBAO_REDIS_URL": url,
                "YANBAO_VAR": str(tmp_path),
                "YANBAO_PORT": str(port),
                "YANBAO_EMBEDDED": "false",
            }
            process = stack.enter_context(a_process(log, environment, "-m", "yanbao", "serve"))
            served.append((process, f"127.0.0.1:{port}", log))
        for process, address, log in served:
            until_healthy(process, f"http://{address}", log)
        until_subscribed(url, f"yanbao-nudges:{url.rpartition('/')[2] or 0}", 2)
        yield Installation(*(address for _, address, _ in served))


@contextmanager
def subscribed(address: str) -> Iterator[tuple[ClientConnection, dict[str, Any]]]:
    """A socket with the markers of the person, and their first figures."""
    with connect(
        f"ws://{address}/graphql",
        subprotocols=[Subprotocol("graphql-transport-ws")],
        open_timeout=PATIENCE,
        ping_timeout=None,
        close_timeout=PATIENCE,
    ) as ws:
        ws.send(json.dumps({"type": "connection_init", "payload": {"authorization": f"Bearer {TOKEN}"}}))
        assert hear(ws)["type"] == "connection_ack"
        query = "subscription { markers { unreadCount } }"
        ws.send(json.dumps({"type": "subscribe", "id": "1", "payload": {"query": query}}))
        yield ws, hear(ws)["payload"]["data"]["markers"]


def hear(ws: ClientConnection) -> dict[str, Any]:
    return dict(json.loads(ws.recv(timeout=PATIENCE)))


def test_a_change_in_one_process_reaches_a_subscriber_of_the_other_and_so_does_the_end_of_its_session(
    installation: Installation,
) -> None:
    with subscribed(installation.here) as (ws, first):
        assert first == {"unreadCount": 1}
        read = installation.change(installation.there, "markMessagesRead { __typename }")
        assert read == {"markMessagesRead": {"__typename": "MessagesRead"}}
        assert hear(ws)["payload"]["data"]["markers"] == {"unreadCount": 0}
        installation.change(installation.there, "logOut { __typename }", TOKEN)
        with pytest.raises(ConnectionClosed) as closed:
            hear(ws)
        assert closed.value.rcvd is not None and closed.value.rcvd.code == 4401
