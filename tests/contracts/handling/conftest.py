"""The assertions of the modules beside the tests say what differs, as those of the tests do."""

import pytest

pytest.register_assert_rewrite(
    "tests.contracts.handling.driven",
    "tests.contracts.handling.side_by_side",
    "tests.contracts.handling.looking",
    "tests.contracts.handling.two_stores",
)
