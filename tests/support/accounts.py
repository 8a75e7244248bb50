"""Accounts, their sessions, and lines of the trail."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

from yanbao.application.ports.operations import AuditEntry
from yanbao.domain.directory.organisation import Person
from yanbao.domain.identity.account import Account, Session
from yanbao.domain.values import AccountId, Client

from .builders import NOW, an_id


def an_account(person: Person, username: str = "lihong") -> Account:
    return Account(
        id=AccountId(an_id("account", person.id)),
        username=username,
        person_id=person.id,
        password_digest="$argon2id$v=19$not-a-real-digest",
        password_set_at=NOW - timedelta(days=23, microseconds=1),
    )


def a_session(
    account: Account, token: str = "digest-1", *, at: datetime = NOW, client: Client = Client.WEB
) -> Session:
    return Session(
        id=an_id("session", token),
        token_digest=token,
        account_id=account.id,
        client=client,
        created_at=at,
        last_seen_at=at,
    )


def an_audit_entry(name: object = "第一条", *, at: datetime = NOW, **detail: Any) -> AuditEntry:
    return AuditEntry(
        id=an_id("audit", name),
        at=at,
        actor_id=AccountId(an_id("account", "admin")),
        actor_name="张审计",
        action="CommitmentReported",
        subject=f"Commitment:{name}",
        detail=detail or {"revision": 1, "late": False, "名称": str(name)},
    )
