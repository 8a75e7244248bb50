"""While a restore is open the API can be read, and says clearly why nothing can be changed."""

from __future__ import annotations

from ...support.asking import SUBMIT, TODAY, a_world, form_for, id_of, submit


def test_a_change_is_refused_and_reading_goes_on() -> None:
    world = a_world()
    restores = world.system.app.restores
    world("enterprise-head")
    restores.begin(by="周强", reason="磁盘损坏，从备份恢复")
    world.at("08:45")  # Everybody was logged out, and logs in again.
    head = world("enterprise-head")
    asked = {"id": id_of(world.red), "day": f"{TODAY}", "form": form_for(world.red)}
    assert head.refusal(SUBMIT, **asked) == (
        "RESTORING",
        "系统正在从备份恢复，暂时只能查看，请稍后再试。",
        None,
    )
    assert head.ask("{ viewer { name } }")["viewer"]["name"]
    restores.finish(by="周强")
    world.at("08:50")
    assert submit(world, world.red, form_for(world.red))["commitment"]["revision"] == 1
