"""Deadlines as day and text, so that no client shows the next day for a deadline at midnight."""

from __future__ import annotations

from datetime import datetime, time, timedelta

from yanbao.domain.values import SHANGHAI

from ...support.asking import a_world
from ...support.dates import TODAY, in_days, month_day, on_or_before
from .issuing import to_the_county

DUES = """query($id: ID!) { node(id: $id) { ... on Problem {
  rectifyDue rectifyDueOn rectifyDueText acknowledgeDueOn acknowledgeDueText feedBackDueOn feedBackDueText
  extensionUntilText timeline { rectifyDue rectifyDueOn rectifyDueText } extensions { untilText }
} } }"""


def test_a_day_for_rectification_is_shown_as_that_day_and_its_24_00() -> None:
    world = a_world()
    id = to_the_county(world, rectify_on=in_days(5))
    found = world("county-head").ask(DUES, id=id)["node"]
    midnight = datetime.combine(TODAY + timedelta(days=6), time.min, SHANGHAI)
    assert found["rectifyDue"] == midnight.isoformat(), "the instant is that of the next day"
    assert (found["rectifyDueOn"], found["rectifyDueText"]) == (
        f"{in_days(5)}",
        f"{month_day(in_days(5))}24:00",
    )
    (line,) = found["timeline"]
    assert (line["rectifyDueOn"], line["rectifyDueText"]) == (found["rectifyDueOn"], found["rectifyDueText"])
    for term in ("acknowledgeDue", "feedBackDue"):
        assert found[f"{term}Text"].startswith(month_day(datetime.fromisoformat(found[f"{term}On"]).date()))
    assert found["extensionUntilText"] is None


def test_the_day_of_an_extension_is_shown_as_its_24_00() -> None:
    world = a_world()
    id = to_the_county(world)
    world("county-head").ask(
        """mutation($id: ID!, $until: Date!) {
          requestExtension(id: $id, revision: 1, until: $until, reason: "配件未到货") { __typename } }""",
        id=id,
        until=f"{in_days(20)}",
    )
    found = world("county-head").ask(DUES, id=id)["node"]
    text = f"{month_day(in_days(20))}24:00"
    assert [asked["untilText"] for asked in found["extensions"]] == [text]
    assert found["extensionUntilText"] == text


def test_the_deadline_of_a_commitment_and_the_end_of_a_week_have_their_texts() -> None:
    world = a_world()
    by = world("province-head")
    where = f'{{ firstDay: "{TODAY}", lastDay: "{TODAY}" }}'
    found = by.ask(f"{{ commitments(where: {where}, first: 3) {{ nodes {{ dueAt dueOn dueText }} }} }}")
    rows = found["commitments"]["nodes"]
    assert {(row["dueOn"], row["dueText"]) for row in rows} == {(f"{TODAY}", f"{month_day(TODAY)}10:00")}
    friday = on_or_before(5)
    week = by.ask(f'{{ weeklyFigures(weekEnding: "{friday}") {{ untilText }} }}')["weeklyFigures"]
    assert week["untilText"] == f"{month_day(friday)}14:00"
