"""Logging in, failing to, and changing the password, in one call each."""

from __future__ import annotations

import pytest

from yanbao.application.access import Actor
from yanbao.application.identity.log_in import LoggedInSession, LogIn
from yanbao.domain.refusals import Refused
from yanbao.domain.values import Client

from ...support.accounts import an_account
from ...support.system import PASSWORD
from ...support.world import HEAD, World

NEW = "Another-horse-8-staple"
ACCOUNT = an_account(HEAD).id


def log_in(
    world: World, password: str = PASSWORD, username: str = "lihong", client: Client = Client.WEB
) -> LoggedInSession:
    return world.system.app.identity.log_in(LogIn(username, password, client))


def fail(world: World, times: int) -> list[str]:
    """Log in with a wrong password so often; the sentences that come back."""
    sentences = []
    for _ in range(times):
        with pytest.raises(Refused) as refusal:
            log_in(world, "wrong-Password-1")
        sentences.append(refusal.value.sentence)
    return sentences


def change(world: World, actor: Actor, new: str, old: str = PASSWORD) -> None:
    world.system.app.identity.change_password(actor, old, new)
