"""Which network an address counts for, and the bounded count of attempts that concern no account."""

from __future__ import annotations

import pytest

from yanbao.domain.identity.known_address import STRAY_SLOTS, network_of, stray_slot


@pytest.mark.parametrize(
    ("address", "network"),
    [
        ("10.61.1.7", "10.61.1.7"),
        ("2001:db8:1:2::7", "2001:db8:1:2::/64"),
        ("2001:0DB8:0001:0002:ffff:ffff:ffff:ffff", "2001:db8:1:2::/64"),
        ("fe80::1%eth0", "fe80::/64"),
        ("::ffff:10.61.1.7", "10.61.1.7"),
        ("unix socket", "unix socket"),
        ("", ""),
    ],
)
def test_an_ipv6_address_counts_for_its_64_and_any_other_for_itself(address: str, network: str) -> None:
    assert network_of(address) == network


def test_a_name_always_counts_in_the_same_slot_of_a_bounded_number() -> None:
    slots = {stray_slot(f"name-{number}") for number in range(20_000)}
    assert slots == set(range(STRAY_SLOTS)), "every slot is used and there is no other one"
    assert stray_slot("nobody") == stray_slot("NoBody")
