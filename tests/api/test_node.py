"""Looking things up by their global id: every type that has one, by whoever may see it, and by nobody else."""

from __future__ import annotations

from io import BytesIO

import pytest
from graphql import GraphQLInterfaceType

from yanbao.application.files.tickets import PATH
from yanbao.domain.report.report import ReportKind

from ..support.asking import TODAY, World, a_world, commitment_of, id_of, pages, region_id
from ..support.samples import a_pdf
from ..support.system import schema
from .alert.alerting import opened
from .exchange.inboxing import received
from .export.asking import requested
from .inspection.inspecting import a_patrol
from .problem.issuing import to_the_county

NODE = "query($id: ID!) { node(id: $id) { __typename id } }"


def a_busy_scene() -> World:
    """Noon: one enterprise has reported and was pushed, the others were reminded."""
    world = a_world()
    world.submit(world.red)
    world.at("10:00").system.app.commitment_reminders.remind(world.now)
    world.at("12:00").system.app.pushes.push_due()
    world.at("12:31").system.app.report_making.make(ReportKind.DAILY, TODAY)
    return world


SCENE = a_busy_scene()


def one_of(table: str) -> str:
    return id_of(next(iter(getattr(SCENE.state, table).values())))


def listed(username: str, connection: str) -> str:
    return str(next(pages(SCENE(username), connection, "id", first=1))["id"])


def own_message(username: str) -> str:
    found = SCENE(username).ask("{ viewer { messages(first: 1) { nodes { id } } } }")
    return str(found["viewer"]["messages"]["nodes"][0]["id"])


def own_file(username: str) -> str:
    files, actor = SCENE.system.app.files, SCENE.system.app.identity.authenticate(str(SCENE(username).token))
    ticket = files.request_upload(actor, name="验收单.pdf", size=100)
    begun = files.begin_upload(actor, ticket.path.removeprefix(PATH))
    return id_of(files.take_in(actor, begun, BytesIO(a_pdf())))


SEEN: dict[str, tuple[str, str]] = {
    "Region": ("county-duty", region_id("610526")),
    "Department": ("province-head", one_of("departments")),
    "Person": ("province-head", one_of("people")),
    "Enterprise": ("county-duty", id_of(SCENE.red)),
    "Certificate": ("province-head", one_of("certificates")),
    "ShutdownPeriod": ("province-head", one_of("shutdown_periods")),
    "Commitment": ("county-duty", commitment_of(SCENE.red)),
    "Inspection": ("province-head", a_patrol(SCENE("city-inspector"))["id"]),
    "Problem": ("county-duty", to_the_county(SCENE)),
    "Alert": ("county-duty", opened(SCENE)),
    "Export": ("city-duty", requested(SCENE("city-duty"))["id"]),
    "Attachment": ("city-duty", own_file("city-duty")),
    "RegionReport": ("city-duty", listed("city-duty", "reports")),
    "SmsRecord": ("county-duty", listed("county-duty", "smsRecords")),
    "Message": ("county-duty", own_message("county-duty")),
    "Account": ("security-admin", listed("security-admin", "accounts")),
    "InboxMessage": ("province-duty", received(SCENE)[0]),
    "InboxRecord": ("province-duty", received(SCENE)[1]),
    "ExchangeEntry": ("province-duty", listed("province-duty", "exchangeEntries")),
}
"""Of each type one, and somebody who may see it."""


def test_the_list_above_is_complete() -> None:
    node = schema()._schema.type_map["Node"]
    assert isinstance(node, GraphQLInterfaceType)
    assert {kind.name for kind in schema()._schema.get_possible_types(node)} == set(SEEN)


@pytest.mark.parametrize("kind", SEEN)
def test_everything_with_a_global_id_is_found_by_it(kind: str) -> None:
    username, id = SEEN[kind]
    assert SCENE(username).ask(NODE, id=id)["node"] == {"__typename": kind, "id": id}


@pytest.mark.parametrize("username", ["city-duty", "province-head", "system-admin", "enterprise-head"])
def test_a_message_is_its_receivers_alone(username: str) -> None:
    assert SCENE(username).send(NODE, id=SEEN["Message"][1]) == {"data": {"node": None}}


FORBIDDEN = {
    "Inspection": ["enterprise-head", "system-admin"],
    "RegionReport": ["county-duty", "enterprise-head", "system-admin"],
    "Export": ["province-head", "county-duty", "enterprise-head", "security-admin", "audit-admin"],
    "Account": ["audit-admin", "province-head", "county-duty", "enterprise-head"],
    "InboxMessage": ["system-admin", "city-head", "county-duty", "enterprise-head"],
    "InboxRecord": ["system-admin", "city-head", "county-duty", "enterprise-head"],
    "ExchangeEntry": ["security-admin", "city-head", "county-duty", "enterprise-head"],
}


@pytest.mark.parametrize(
    ("kind", "username"), [(kind, name) for kind in FORBIDDEN for name in FORBIDDEN[kind]]
)
def test_what_a_role_may_not_list_it_may_not_look_up(kind: str, username: str) -> None:
    assert SCENE(username).send(NODE, id=SEEN[kind][1]) == {"data": {"node": None}}


NODES = "query($ids: [ID!]!) { nodes(ids: $ids) { __typename id } }"


@pytest.mark.parametrize(
    "username",
    [
        "enterprise-head",
        "county-duty",
        "city-head",
        "province-head",
        "system-admin",
        "security-admin",
        "audit-admin",
    ],
)
def test_an_id_that_one_may_not_read_is_null_in_its_place_and_spoils_no_other(username: str) -> None:
    somebody = SCENE(username)
    ids = [id for _, id in SEEN.values()]
    alone = [somebody.ask(NODE, id=id)["node"] for id in ids]
    assert alone[0] is not None and None in alone
    assert somebody.ask(NODES, ids=ids)["nodes"] == alone


def test_a_head_sees_the_own_enterprise_between_ids_of_what_enterprises_do_not_read() -> None:
    ids = [SEEN[kind][1] for kind in ("Inspection", "Enterprise", "Account", "ExchangeEntry")]
    nodes = SCENE("enterprise-head").ask(NODES, ids=ids)["nodes"]
    assert nodes == [None, {"__typename": "Enterprise", "id": ids[1]}, None, None]
