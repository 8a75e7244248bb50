"""Addresses from which an account has logged in before: each has its own lock, apart from the account's."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from ipaddress import IPv6Address, ip_address, ip_network
from typing import Final

from ..values import AccountId, fact_id

REMEMBERED: Final = timedelta(days=90)
"""An address is known for so long after the last log-in from there."""
MOST_KNOWN: Final = 20
"""Most known addresses of one account: each one allows five guesses in half an hour."""
STRAY_SLOTS: Final = 1024


@dataclass(slots=True)
class KnownAddress:
    """An address from which the account has logged in. `digest` is a hash of account and network.

    Wrong passwords from here count here: nobody elsewhere can lock it, and nobody here locks the account.
    """

    account_id: AccountId
    digest: str
    logged_in_at: datetime
    failures: int = 0
    locked_until: datetime | None = None

    def is_known(self, now: datetime) -> bool:
        """Whether the last log-in from here was less than 90 days ago."""
        return now < self.logged_in_at + REMEMBERED


def network_of(address: str) -> str:
    """The network that an address counts for: its /64 in IPv6, itself in IPv4.

    Whoever has one IPv6 address usually has the whole /64. Text that is no address counts for itself.
    """
    try:
        ip = ip_address(address.partition("%")[0])
    except ValueError:  # A Unix socket or a name of a test: it has no network.
        return address
    if not isinstance(ip, IPv6Address):
        return str(ip)
    return str(ip.ipv4_mapped or ip_network((int(ip), 64), strict=False))


def stray_slot(username: str) -> int:
    """The slot for attempts that count towards no lock: of unknown names, and on what is locked already.

    They are written down so that they cost what others cost; the slots bound the rows.
    """
    name = username.strip().lower().encode("utf-8", "replace").decode()
    return fact_id("stray attempt", name).int % STRAY_SLOTS
