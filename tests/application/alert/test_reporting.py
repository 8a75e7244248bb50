"""What goes up to the ministry of alerts: of its own every step that we take, of our watch only results."""

from __future__ import annotations

from dataclasses import replace

import pytest

from yanbao.application.alert.reporting import goes_up
from yanbao.domain.alert.form import AlertLevel, AlertOrigin
from yanbao.domain.alert.workflow import BY_SOURCE, AlertAction
from yanbao.domain.directory.certificate import CertificateKind
from yanbao.domain.exchange.duty import Duty, Topic

from ...support.alerting import Alerting, an_alerting, of_the_ministry
from ...support.builders import LINTONG, a_permit
from ...support.dates import in_days
from ...support.world import COUNTY_HEAD, DONGFENG, HEAD, MANAGER, PROVINCE_HEAD

A = AlertAction
KEYS = {
    *("external_id", "local_id", "origin", "kind", "revision", "action", "state", "level", "at", "handler"),
    *("region_code", "credit_code", "note", "verification", "situation", "measure", "progress", "plan_date"),
    *("is_finish", "late", "certificate_number"),
}


def going_up(world: Alerting) -> list[Duty]:
    return sorted(world.duties(Topic.MINISTRY_ALERT), key=lambda duty: duty.revision)


def test_of_the_ministry_s_alert_each_step_of_ours_goes_up_and_the_result_with_the_close() -> None:
    alert = of_the_ministry()
    world = an_alerting().keep(alert)
    for action, by in (
        *((A.ACKNOWLEDGE, HEAD), (A.HANDLE, HEAD), (A.REPORT_PROGRESS, HEAD), (A.FEED_BACK, HEAD)),
        *((A.RETURN, PROVINCE_HEAD), (A.HANDLE, HEAD), (A.FEED_BACK, HEAD)),
    ):
        world.do(action, by, alert.id)
    world.restate(alert.id, level=AlertLevel.BLUE)
    world.do(A.CLOSE, PROVINCE_HEAD, alert.id)
    duties = going_up(world)
    assert [(duty.revision, duty.facts["action"]) for duty in duties] == [
        *((2, "ACKNOWLEDGE"), (3, "HANDLE"), (4, "REPORT_PROGRESS"), (5, "FEED_BACK"), (6, "RETURN")),
        *((7, "HANDLE"), (8, "FEED_BACK"), (10, "CLOSE")),
    ], "what the ministry states itself has a revision, too, but does not go back"
    assert all(set(duty.facts) == KEYS for duty in duties)
    result = ("verification", "situation", "measure", "progress", "plan_date", "is_finish")
    assert all(duty.facts[key] is None for duty in duties[:-1] for key in result)
    assert [duty.facts["note"] for duty in duties] == ["", "", "", "", "照片不清楚", "", "", "已核实"]
    close = duties[-1].facts
    assert (close["external_id"], close["local_id"], close["origin"]) == (
        alert.external_id,
        str(alert.id),
        "MINISTRY",
    )
    assert (close["handler"], close["region_code"], close["credit_code"]) == (
        DONGFENG.name,
        LINTONG,
        DONGFENG.credit_code.text,
    )
    assert (close["verification"], close["situation"], close["is_finish"], close["late"]) == (
        "TRUE",
        "情况属实",
        True,
        False,
    )
    assert (close["level"], close["plan_date"]) == ("BLUE", in_days(38).isoformat())


def test_of_our_own_watch_only_results_go_up() -> None:
    permit = a_permit(DONGFENG, expires=in_days(100))
    world = an_alerting()
    world.settle(permit)
    assert world.look(in_days(30)) == 1
    (alert,) = world.alerts()
    for action, by in ((A.ACKNOWLEDGE, HEAD), (A.HANDLE, HEAD), (A.FEED_BACK, HEAD), (A.CLOSE, COUNTY_HEAD)):
        assert going_up(world) == []
        world.do(action, by, alert.id)
    world.restate(alert.id, ended="证书已更新")
    facts = [duty.facts for duty in going_up(world)]
    assert [(one["action"], one["state"], one["external_id"]) for one in facts] == [
        ("CLOSE", "CLOSED", None),
        ("END", "CLOSED", None),
    ]
    assert {one["certificate_number"] for one in facts} == {permit.number}
    assert [one["situation"] for one in facts] == ["情况属实", None]


def test_the_number_of_a_personal_certificate_does_not_go_up() -> None:
    card = replace(
        a_permit(DONGFENG, expires=in_days(100)),
        kind=CertificateKind.SPECIAL_OPERATION_CARD,
        person_id=MANAGER.id,
        number="T610115198001011234",
    )
    world = an_alerting()
    world.settle(card)
    assert world.look(in_days(70)) == 1
    (alert,) = world.alerts()
    for action, by in ((A.ACKNOWLEDGE, HEAD), (A.HANDLE, HEAD), (A.FEED_BACK, HEAD), (A.CLOSE, COUNTY_HEAD)):
        world.do(action, by, alert.id)
    (duty,) = going_up(world)
    assert duty.facts["certificate_number"] is None
    assert card.number not in str(duty.facts)


@pytest.mark.parametrize("action", [None, *AlertAction])
def test_what_goes_up_of_whom(action: AlertAction | None) -> None:
    ours = action is not None and action not in BY_SOURCE
    assert goes_up(AlertOrigin.MINISTRY, action) is ours
    assert goes_up(AlertOrigin.WATCH, action) is (action in (A.CLOSE, A.END))
