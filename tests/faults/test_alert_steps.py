"""The API is killed while somebody takes a step of an alert: it is taken once, when it is sent again."""

from __future__ import annotations

from typing import Any

import httpx
import pytest

from yanbao.application.identity.log_in import LogIn
from yanbao.domain.values import Client
from yanbao.graphql.parts.ids import global_id

from ..support.alerting import Alerting, of_the_ministry
from ..support.patience import PATIENCE
from ..support.system import PASSWORD
from ..support.world import HEAD, USERNAMES
from .harness import Installation

pytestmark = [pytest.mark.process, pytest.mark.postgres]

ACKNOWLEDGE = """mutation($id: ID!) { acknowledgeAlert(id: $id, revision: 1, clientMutationKey: "tap-00001") {
  __typename ... on AlertSaved { alert { state revision } } } }"""


@pytest.mark.parametrize(("point", "stored"), [("work.committing", 0), ("work.committed", 1)])
def test_a_step_whose_api_was_killed_at_its_commit_is_taken_once(
    installation: Installation, point: str, stored: int
) -> None:
    world = Alerting(installation.world.system)
    world.at("12:30")
    alert = of_the_ministry(at=world.system.clock.now())
    world.keep(alert)
    session = world.system.app.identity.log_in(LogIn(USERNAMES[HEAD.id], PASSWORD, Client.WEB))

    def send() -> Any:
        return httpx.post(
            f"http://127.0.0.1:{installation.environment['YANBAO_PORT']}/graphql",
            json={"query": ACKNOWLEDGE, "variables": {"id": str(global_id("Alert", alert.id))}},
            headers={"authorization": f"Bearer {session.token}"},
            trust_env=False,
            timeout=PATIENCE,
        )

    def taken() -> int:
        ((number,),) = installation.rows(
            "SELECT count(*) FROM audit_entry WHERE action = 'AlertAcknowledged'"
        )
        return int(number)

    api = installation.start("serve", faults=f"{point}[AlertAcknowledged]=kill")
    installation.until_serving()
    with pytest.raises(httpx.TransportError):
        send()
    api.until_dead()
    assert taken() == stored
    assert world.alert(alert.id).revision == 1 + stored
    again = installation.start("serve")
    installation.until_serving()
    answer = send().json()["data"]["acknowledgeAlert"]
    assert answer == {"__typename": "AlertSaved", "alert": {"state": "ACKNOWLEDGED", "revision": 2}}
    assert (taken(), world.alert(alert.id).revision) == (1, 2)
    again.kill()
