"""Reminders of problems that were sent after the backup are not sent again; the newest of each is made again."""

from __future__ import annotations

from datetime import timedelta

from yanbao.domain.notice.notice import MessageKind, SmsState

from ...support.rectification import a_rectification, issued_as
from ...support.restoring import backup, begin, finish, restore

HOUR = timedelta(hours=1)


def test_a_reminder_of_before_is_asked_about_one_of_later_is_not() -> None:
    world = a_rectification()
    problem = issued_as("超员", at=world.system.clock.moment - HOUR)
    problem.events = []
    world.keep(problem)
    world.after(timedelta(minutes=-5))
    kept = backup(world)
    world.after(timedelta(minutes=10))
    assert world.remind() == 1
    told = world.send()
    assert told
    begin(restore(world.after(timedelta(minutes=10)), kept))
    finish(world)
    assert world.remind() == 1, "in the app it is told again"
    assert {sms.state for sms in world.state.texts.values()} == {SmsState.UNKNOWN}
    assert world.send() == []
    assert {sms.state for sms in world.state.texts.values()} == {SmsState.ACCEPTED}
    kinds = {message.kind for message in world.state.messages.values()}
    assert kinds == {MessageKind.PROBLEM_REMINDER}
    world.remind(world.system.clock.moment + 2 * HOUR)
    assert world.send(), "a mark that came after the restore"
