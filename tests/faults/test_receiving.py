"""API and worker are killed between commit and answer, and the ministry repeats: one problem, and one set of SMS."""

from __future__ import annotations

import json
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest

from yanbao.adapters.ministry.shipped import DEFAULT_PROFILE

from ..support.builders import CHANGAN, LINTONG, PUCHENG
from ..support.patience import until
from ..support.world import ENTERPRISES
from .harness import Installation

pytestmark = [pytest.mark.process, pytest.mark.postgres]


def pushed(installation: Installation, **order: Any) -> dict[str, Any]:
    """Have the ministry push; it repeats what is not answered for as long as that takes."""
    targets = {
        "companies": [str(of.credit_code) for of in ENTERPRISES],
        "areas": [CHANGAN, LINTONG, PUCHENG],
    }
    answer = installation.ministry.post("/_control/push", json={**targets, "attempts": 100, **order})
    assert answer.status_code == 200, answer.text
    done: dict[str, Any] = answer.json()
    return done


def until_processed(installation: Installation) -> dict[str, int]:
    """Wait until every record is processed; how many are in each state."""

    def states() -> dict[str, int]:
        return dict(installation.rows("SELECT state, count(*) FROM inbox_record GROUP BY state"))  # type: ignore[arg-type]

    until(lambda: states() and "PENDING" not in states(), f"not processed: {states()}")
    return states()


def messages(installation: Installation) -> list[tuple[Any, ...]]:
    """What people were told of ministry problems, in-app; each has at most one SMS."""
    return installation.rows(
        "SELECT receiver_id, title, count(*) FROM message WHERE kind LIKE 'PROBLEM%' GROUP BY 1, 2"
    )


def test_what_was_committed_and_not_answered_is_known_when_it_comes_again(installation: Installation) -> None:
    api = installation.start("serve", faults="inbound.committed=kill@1")
    installation.until_serving()
    with ThreadPoolExecutor(1) as pool:
        pushing = pool.submit(pushed, installation, kinds={"SPOT_CHECK_PROBLEM": 1})
        api.until_dead()
        assert installation.rows("SELECT count(*) FROM inbox_message") == [(1,)]
        installation.start("serve")
        installation.start("worker")
        done = pushing.result()
    assert done["statuses"]["200"] == 1 and done["statuses"]["none"] >= 1
    assert until_processed(installation) == {"APPLIED": 1}
    assert installation.rows("SELECT count(*) FROM inbox_message") == [(1,)]
    assert installation.rows("SELECT count(*) FROM problem") == [(1,)]
    told = messages(installation)
    assert told and {times for _, _, times in told} == {1}
    assert installation.until_settled("SMS") == {"DONE": len(set(installation.sent()))}


def test_repeated_and_shuffled_messages_open_each_item_once(installation: Installation) -> None:
    installation.start("serve")
    installation.until_serving()
    installation.start("worker")
    kinds = {"PATROL_PROBLEM": 3, "SPOT_CHECK_PROBLEM": 3, "WARNING": 6}
    done = pushed(installation, kinds=kinds, repeat=3, order="shuffled", change="raised", seed=7)
    assert done["statuses"] == {"200": 72}
    states = until_processed(installation)
    assert set(states) <= {"APPLIED", "IGNORED"} and sum(states.values()) == 24
    assert installation.rows("SELECT count(*) FROM problem") == [(6,)]
    assert installation.rows("SELECT count(*) FROM alert") == [(6,)]


def test_what_is_forged_or_late_is_not_believed_and_nothing_of_it_is_kept(installation: Installation) -> None:
    installation.start("serve")
    installation.until_serving()
    for tampering in ("flipped_byte", "wrong_signature", "old_timestamp"):
        assert pushed(installation, kinds={"WARNING": 2}, tampering=tampering)["statuses"] == {"401": 2}
    assert installation.rows("SELECT count(*) FROM inbox_message") == [(0,)]
    assert pushed(installation, kinds={"WARNING": 1}, tampering="replayed")["statuses"] == {"200": 2}
    other = pushed(installation, kinds={"WARNING": 1}, tampering="replayed_nonce")
    assert other["statuses"] == {"200": 1, "409": 1}
    assert pushed(installation, kinds={"WARNING": 1}, tampering="cut_json")["statuses"] == {"400": 1}
    outcomes = installation.rows("SELECT outcome, count(*) FROM inbox_message GROUP BY 1 ORDER BY 1")
    assert outcomes == [("CONFLICTING", 1), ("READ", 2), ("UNREADABLE", 1)]


def test_results_go_up_for_the_item_that_was_pushed(installation: Installation) -> None:
    installation.start("serve")
    installation.until_serving()
    installation.start("worker")
    (item,) = pushed(installation, kinds={"PATROL_PROBLEM": 1})["items"]
    until_processed(installation)

    def returned() -> list[dict[str, Any]]:
        found = installation.ministry.get("/_control/items", params={"id": item}).json()["items"]
        results: list[dict[str, Any]] = found[0]["returned"]
        return results

    until(returned, "no result came back")
    assert returned()[0]["externalId"] == item


def test_what_was_polled_and_not_confirmed_comes_again_and_counts_once(
    installation: Installation, tmp_path: Path
) -> None:
    polls = DEFAULT_PROFILE.model_dump(mode="json", by_alias=True)
    polls["inbound"]["delivery"] = "POLL"
    polls["inbound"]["poll"]["seconds"] = 5
    profile = tmp_path / "polls.json"
    profile.write_text(json.dumps(polls), encoding="utf-8")
    kinds = {"WARNING": 2, "PATROL_PROBLEM": 1}
    (first, *_) = pushed(installation, kinds=kinds, by="mailbox")["items"]
    worker = installation.start("worker", faults="poll.committed=kill@1", ministry_profile=str(profile))
    worker.until_dead()
    assert installation.rows("SELECT count(*) FROM inbox_message") == [(3,)]
    installation.start("worker", ministry_profile=str(profile))

    def confirmed() -> bool:
        found = installation.ministry.get("/_control/items", params={"id": first}).json()["items"]
        return all(sending["answer"] is not None for sending in found[0]["sendings"])

    until(confirmed, "the mailbox was not confirmed")
    assert until_processed(installation) == {"APPLIED": 3}
    assert installation.rows("SELECT count(*) FROM inbox_message") == [(3,)]
    assert installation.rows("SELECT count(*) FROM alert") == [(2,)]
