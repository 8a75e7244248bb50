"""A setting in the played week: a county's head would like a later deadline, and is refused."""

from __future__ import annotations

from datetime import timedelta
from typing import Final

from ..played.client import CannotGoOn, Refused
from ..played.documents import REFUSED
from .stage import WeekStage

_SET: Final = f"""
mutation Set($region: ID!, $value: String!, $from: Date!, $key: String!) {{
  setSetting(
    regionId: $region, key: COMMITMENT_DEADLINE, value: $value, effectiveFrom: $from, clientMutationKey: $key
  ) {{ __typename {REFUSED} }}
}}"""


def loosen_deadline(stage: WeekStage, username: str, region_id: str) -> None:
    """Try to set the county's deadline later than its superiors have it. Raises CannotGoOn if it is accepted."""
    tomorrow = (stage.now().date() + timedelta(days=1)).isoformat()
    try:
        stage.person(username).change(_SET, region=region_id, value="12:00", **{"from": tomorrow})
    except Refused as no:
        if no.code != "LOOSER_THAN_ABOVE":
            raise
        stage.say(f"{username}：[yellow]{no.sentence}[/yellow] [dim]{no.code}[/dim]")
    else:
        raise CannotGoOn(f"{username}把上报时限设得晚于上级，却没有被拒绝。")
