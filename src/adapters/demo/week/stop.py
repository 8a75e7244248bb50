"""The enterprise's own stop in the played week: declared, refused for a year, seen, reported by the system, over."""

from __future__ import annotations

from datetime import timedelta
from typing import Final

from ..day.documents import PREFILL
from ..day.forms import stopped
from ..played.client import CannotGoOn, Refused
from ..played.documents import REFUSED
from .stage import WeekStage

_SUBMIT: Final = f"""
mutation DeclareStop($enterprise: ID!, $day: Date!, $form: CommitmentFormInput!, $key: String!) {{
  submitCommitment(enterpriseId: $enterprise, businessDate: $day, form: $form, clientMutationKey: $key) {{
    __typename {REFUSED} ... on CommitmentSaved {{ declaredStop {{ firstDay lastDay }} }}
  }}
}}"""
_DECLARED: Final = """
query DeclaredStops($day: Date!) {
  shutdownPeriods(first: 20, covering: $day, source: ENTERPRISE) {
    nodes { firstDay lastDay registeredBy cancelled enterprise { name } }
  }
}"""
_TODAY: Final = "query MyCommitment { viewer { commitmentToday { state report { text } } } }"
A_YEAR: Final = 366


def declare_stop(stage: WeekStage, username: str, days: int) -> None:
    """Try to declare a stop for a year, which is refused; then one that resumes after `days`."""
    player = stage.person(username)
    enterprise, today = stage.parties[username], stage.now().date()
    form = stopped(player.ask(PREFILL, enterprise=enterprise)["commitmentPrefill"], "OWN_DECISION")

    def report(after: int) -> dict[str, str]:
        until = (today + timedelta(days=after)).isoformat()
        stoppage = form["stoppage"] | {"note": "设备检修", "expectedResumption": until}
        answer = player.change(
            _SUBMIT, enterprise=enterprise, day=today.isoformat(), form=form | {"stoppage": stoppage}
        )
        declared: dict[str, str] = answer["declaredStop"]
        return declared

    try:
        report(A_YEAR)
    except Refused as no:
        if no.code != "STOP_TOO_LONG":
            raise
        stage.say(f"{username}：[yellow]{no.sentence}[/yellow] [dim]{no.code}[/dim]")
    else:
        raise CannotGoOn(f"{username}申报停产一年，却没有被拒绝。")
    declared = report(days)
    stage.say(f"{username}申报停产{declared['firstDay']}至{declared['lastDay']}，其后各日由系统自动上报")


def show_declared(stage: WeekStage, username: str) -> None:
    """Show the declared stops that this person sees today. Raises CannotGoOn if there is none."""
    found = stage.person(username).ask(_DECLARED, day=stage.day.isoformat())["shutdownPeriods"]["nodes"]
    standing = [row for row in found if not row["cancelled"]]
    if not standing:
        raise CannotGoOn(f"{username}看不到企业自行申报的停产期。")
    for row in standing:
        stage.say(
            f"{username}看到{row['enterprise']['name']}自行申报停产{row['firstDay']}至{row['lastDay']}"
            f"（申报人：{row['registeredBy']}）"
        )


def must_stand(stage: WeekStage, username: str, state: str) -> None:
    """Show the day's commitment. Raises CannotGoOn unless it is in this state."""
    today = stage.person(username).ask(_TODAY)["viewer"]["commitmentToday"]
    if today["state"] != state:
        raise CannotGoOn(f"{username}当日的承诺应为{state}，系统为{today['state']}。")
    text = "尚未上报，须由企业上报" if today["report"] is None else today["report"]["text"]
    stage.say(f"{username}当日的承诺：{text}")
