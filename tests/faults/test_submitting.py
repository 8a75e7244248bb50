"""The API is killed while an enterprise reports: the report is stored once, with all that belongs to it, or not at all."""

from __future__ import annotations

from typing import Any

import httpx
import pytest

from yanbao.application.identity.log_in import LogIn
from yanbao.domain.values import Client
from yanbao.graphql.parts.ids import global_id

from ..support.asking import form_for
from ..support.builders import DAY
from ..support.patience import PATIENCE
from ..support.system import PASSWORD
from ..support.world import DONGFENG, HEAD, USERNAMES
from .harness import Installation

pytestmark = [pytest.mark.process, pytest.mark.postgres]

SUBMIT = """mutation($id: ID!, $day: Date!, $form: CommitmentFormInput!) {
  submitCommitment(enterpriseId: $id, businessDate: $day, form: $form, clientMutationKey: "tap-00001") {
    __typename ... on CommitmentSaved { commitment { state revision } } } }"""
STORED = """SELECT (SELECT count(*) FROM commitment_version), (SELECT count(*) FROM outbox WHERE topic = 'MINISTRY_COMMITMENT'),
  (SELECT count(*) FROM audit_entry WHERE action = 'CommitmentReported'),
  (SELECT count(*) FROM remembered_answer WHERE key = 'tap-00001'),
  (SELECT count(*) FROM commitment WHERE revision = 1),
  (SELECT sum(expected - unreported) FROM commitment_tally)"""


@pytest.mark.parametrize(("point", "stored"), [("work.committing", 0), ("work.committed", 1)])
def test_a_report_whose_api_was_killed_at_its_commit_is_stored_once(
    installation: Installation, point: str, stored: int
) -> None:
    world = installation.world.at("12:30")
    session = world.system.app.identity.log_in(LogIn(USERNAMES[HEAD.id], PASSWORD, Client.WEB))
    variables = {
        "id": str(global_id("Enterprise", DONGFENG.id)),
        "day": DAY.isoformat(),
        "form": form_for(DONGFENG),
    }

    def send() -> Any:
        return httpx.post(
            f"http://127.0.0.1:{installation.environment['YANBAO_PORT']}/graphql",
            json={"query": SUBMIT, "variables": variables},
            headers={"authorization": f"Bearer {session.token}"},
            trust_env=False,
            timeout=PATIENCE,
        )

    api = installation.start("serve", faults=f"{point}[CommitmentReported]=kill")
    installation.until_serving()
    with pytest.raises(httpx.TransportError):
        send()
    api.until_dead()
    assert installation.rows(STORED) == [(stored,) * 6]
    again = installation.start("serve")
    installation.until_serving()
    answer = send().json()["data"]["submitCommitment"]
    assert answer == {"__typename": "CommitmentSaved", "commitment": {"state": "REPORTED", "revision": 1}}
    assert installation.rows(STORED) == [(1,) * 6]
    again.kill()
