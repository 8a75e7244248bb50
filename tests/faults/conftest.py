"""One installation for all fault tests of a test worker, emptied for each."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from .harness import Installation, an_installation, redis_binary


@pytest.fixture(scope="session")
def installing(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Any]:
    binary = redis_binary()
    if binary is None:
        pytest.skip("no redis-server is on the path, and a fault test must be able to kill one")
    with an_installation(tmp_path_factory.mktemp("faults"), binary) as for_a_test:
        yield for_a_test


@pytest.fixture
def installation(installing: Any) -> Iterator[Installation]:
    with installing() as found:
        yield found
