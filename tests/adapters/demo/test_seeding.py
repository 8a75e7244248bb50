"""Seeding writes the demo province once, whatever happens in between."""

from __future__ import annotations

from datetime import time, timedelta
from typing import Any

import pytest

from yanbao.adapters.demo.province import Province, build_province
from yanbao.adapters.demo.seeding import seed
from yanbao.adapters.memory.storage import MemoryStorage
from yanbao.application.access import EVERYTHING, SYSTEM
from yanbao.application.policies import PolicyBook
from yanbao.application.reactions import ReactionTable
from yanbao.domain.deadlines import instant
from yanbao.domain.directory.enterprise import Enterprise

from ...support.dates import TODAY

NOW = instant(TODAY, time(9, 0))
TABLES = ("regions", "departments", "people", "enterprises", "certificates", "shutdown_periods", "accounts")


@pytest.fixture(scope="module")
def province() -> Province:
    return build_province(today=TODAY)


@pytest.fixture
def storage() -> MemoryStorage:
    return MemoryStorage(reactions=ReactionTable(PolicyBook()))


def _kept(storage: MemoryStorage) -> dict[str, dict[Any, Any]]:
    return {table: dict(getattr(storage.landed, table)) for table in TABLES}


def test_writes_everything(storage: MemoryStorage, province: Province) -> None:
    added = seed(storage, province, password_digest="digest", at=NOW)
    kept = _kept(storage)
    for table in TABLES:
        assert len(kept[table]) == len(getattr(province, table))
    assert added == 120 + 120 + 160 + len(province.shutdown_periods)


def test_accounts_can_be_used_at_once(storage: MemoryStorage, province: Province) -> None:
    seed(storage, province, password_digest="digest", at=NOW)
    with storage.work(SYSTEM) as work:
        account = work.accounts.by_username("enterprise-head")
    assert account is not None
    assert (account.password_digest, account.must_change_password) == ("digest", False)
    actor = storage.readers().access.actor(account.person_id)
    assert actor is not None and actor.enterprise_id == province.enterprises[0].id


def test_a_second_time_changes_and_doubles_nothing(storage: MemoryStorage, province: Province) -> None:
    seed(storage, province, password_digest="digest", at=NOW)
    before, trail = _kept(storage), len(storage.landed.audit)
    later = build_province(today=TODAY + timedelta(days=1))
    assert seed(storage, province, password_digest="other", at=NOW + timedelta(days=1)) == 0
    assert seed(storage, later, password_digest="other", at=NOW + timedelta(days=1)) == 0
    assert _kept(storage) == before
    assert len(storage.landed.audit) == trail > 0


def test_what_people_have_changed_since_is_left_alone(storage: MemoryStorage, province: Province) -> None:
    seed(storage, province, password_digest="digest", at=NOW)
    old = province.enterprises[0]
    changed = Enterprise.parse(
        id=old.id,
        credit_code=old.credit_code.text,
        name="改过的名称",
        kind=old.kind,
        region_id=old.region_id,
        address=old.address,
    )
    with storage.work(SYSTEM) as work:
        work.enterprises.save(changed, at=NOW)
        work.commit()
    seed(storage, province, password_digest="digest", at=NOW)
    with storage.work(SYSTEM) as work:
        assert work.enterprises.get(old.id, within=EVERYTHING) == changed


def test_goes_on_where_it_was_cut_off(storage: MemoryStorage, province: Province) -> None:
    class PowerCut(Exception):
        pass

    def cut(done: int, total: int) -> None:
        if done > 300:
            raise PowerCut

    with pytest.raises(PowerCut):
        seed(storage, province, password_digest="digest", at=NOW, progress=cut)
    assert 0 < len(storage.landed.enterprises) < 160
    seed(storage, province, password_digest="digest", at=NOW)
    assert len(storage.landed.enterprises) == 160
    assert len(storage.landed.people) == len(province.people)


def test_says_how_far_it_is(storage: MemoryStorage, province: Province) -> None:
    heard: list[tuple[int, int]] = []
    seed(
        storage,
        province,
        password_digest="d",
        at=NOW,
        progress=lambda done, total: heard.append((done, total)),
    )
    total = 400 + len(province.shutdown_periods)
    assert heard[-1] == (total, total)
    assert [done for done, _ in heard] == sorted({done for done, _ in heard})
