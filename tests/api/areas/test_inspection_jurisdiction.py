"""Who may inspect whom over the API: those below oneself, and nobody beside or above."""

from __future__ import annotations

import pytest

from .asking import TODAY, Scene, a_scene, id_of, region_id, unknown
from .inspecting import KEY, OPEN_PATROL, OPEN_SPOT_CHECK, PUCHENG, RECORDS, drafts, refused


@pytest.fixture
def scene() -> Scene:
    return a_scene()


@pytest.mark.parametrize(
    ("username", "code"),
    [
        *(("city-inspector", code) for code in ("610425", "610400", "610000", "610199")),
        *(("county-inspector", code) for code in ("610528", "610500")),
    ],
)
def test_a_region_elsewhere_or_above_cannot_be_patrolled(scene: Scene, username: str, code: str) -> None:
    who = scene(username)
    assert refused(who, OPEN_PATROL, region=region_id(code), key=KEY) == ("NOT_FOUND", "regionId")
    assert drafts(who) == []


@pytest.mark.parametrize(("username", "code"), [("city-inspector", "610500"), ("county-inspector", "610526")])
def test_ones_own_department_cannot_be_patrolled(scene: Scene, username: str, code: str) -> None:
    answer = refused(scene(username), OPEN_PATROL, region=region_id(code), key=KEY)
    assert answer == ("OUTSIDE_JURISDICTION", "regionId")


@pytest.mark.parametrize("username", ["city-inspector", "county-inspector"])
def test_an_enterprise_elsewhere_cannot_be_checked_and_is_not_told_from_none(
    scene: Scene, username: str
) -> None:
    who = scene(username)
    foreign, none = (
        who.change(OPEN_SPOT_CHECK, enterprise=id, key=KEY)
        for id in (id_of(scene.enterprises[1]), unknown("Enterprise"))
    )
    assert foreign == none and foreign["code"] == "NOT_FOUND" and drafts(who) == []


@pytest.mark.parametrize("username", ["enterprise-head", "enterprise-manager", "system-admin", "audit-admin"])
def test_who_is_of_no_department_or_administers_inspects_nobody(scene: Scene, username: str) -> None:
    who = scene(username)
    assert refused(who, OPEN_PATROL, region=PUCHENG, key=KEY) == ("FORBIDDEN", None)
    assert refused(who, OPEN_SPOT_CHECK, enterprise=id_of(scene.red), key=KEY) == ("FORBIDDEN", None)


def test_nobody_opens_or_reads_anything_without_logging_in(scene: Scene) -> None:
    days = {"firstDay": f"{TODAY}", "lastDay": f"{TODAY}"}
    for query, variables in (
        (OPEN_PATROL.replace("@", "{ __typename }"), {"region": PUCHENG, "key": KEY}),
        (RECORDS, {"where": days, "first": 5}),
        ("{ inspectionDrafts(first: 5) { nodes { id } } }", {}),
        ("{ checklist(kind: PRODUCTION) { code } }", {}),
    ):
        assert scene.nobody.error(query, **variables)["code"] == "UNAUTHENTICATED"
