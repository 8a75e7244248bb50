"""Reads and checks a request in the order of the real platform: Base64, JSON, account, mac, numbers."""

from __future__ import annotations

import base64
import binascii
import hmac
import json
from dataclasses import dataclass, field
from hashlib import md5
from typing import Any, Final

MOST_MOBILES: Final = 5000
LONGEST_CONTENT: Final = 1000

_SIGNED: Final = ("ecName", "apId", "secretKey", "mobiles", "content", "sign", "addSerial")
_SIGNED_ENQUIRY: Final = ("ecName", "apId", "secretKey", "msgId")


@dataclass(frozen=True, slots=True)
class SimulatorAccount:
    """The only account that the simulator knows; a caller must send exactly these values.

    `sign` is the code of the registered signature, `signature` the words that the platform puts before each text.
    """

    ec_name: str
    ap_id: str
    secret_key: str = field(repr=False)
    sign: str
    signature: str = "陕西省应急管理厅"


@dataclass(frozen=True, slots=True)
class Submission:
    """A valid request: numbers, one text, and the caller's own id if it sent one."""

    mobiles: tuple[str, ...]
    content: str
    sign: str
    add_serial: str
    msg_id: str | None


class Rejected(Exception):
    """The request is refused with this rspcod."""

    def __init__(self, rspcod: str) -> None:
        super().__init__(rspcod)
        self.rspcod = rspcod


def read_submission(raw: bytes, account: SimulatorAccount) -> Submission:
    """Read the submission in `raw` (Base64 of JSON). Raises Rejected with the platform's code."""
    told = _open(raw, _SIGNED)
    _check_account(told, account)
    _check_mac(told, _SIGNED)
    if not told["sign"]:
        raise Rejected("NoSignId")
    if told["sign"] != account.sign:
        raise Rejected("IllegalSignId")
    if not told["content"].strip() or len(told["content"]) > LONGEST_CONTENT:
        raise Rejected("InvalidMessage")
    mobiles = tuple(told["mobiles"].split(","))
    if len(mobiles) > MOST_MOBILES:
        raise Rejected("TooManyMobiles")
    if not all(len(one) == 11 and one.isascii() and one.isdigit() and one[0] == "1" for one in mobiles):
        raise Rejected("InvalidMobile")
    msg_id = told.get("msgId")
    return Submission(
        mobiles, told["content"], told["sign"], told["addSerial"], msg_id if isinstance(msg_id, str) else None
    )


def read_enquiry(raw: bytes, account: SimulatorAccount) -> str:
    """The msgId that the enquiry asks about. Raises Rejected like `read_submission`."""
    told = _open(raw, _SIGNED_ENQUIRY)
    _check_account(told, account)
    _check_mac(told, _SIGNED_ENQUIRY)
    return str(told["msgId"])


def _open(raw: bytes, needed: tuple[str, ...]) -> dict[str, Any]:
    try:
        told = json.loads(base64.b64decode(raw, validate=True).decode("utf-8"))
    except (binascii.Error, ValueError, RecursionError):
        # The platform has one code for every kind of broken body.
        raise Rejected("InvalidMessage") from None
    if not isinstance(told, dict) or not all(isinstance(told.get(name), str) for name in (*needed, "mac")):
        raise Rejected("InvalidMessage")
    return told


def _check_account(told: dict[str, Any], account: SimulatorAccount) -> None:
    known = (account.ec_name, account.ap_id, account.secret_key)
    if (told["ecName"], told["apId"], told["secretKey"]) != known:
        raise Rejected("InvalidUsrOrPwd")


def _check_mac(told: dict[str, Any], signed: tuple[str, ...]) -> None:
    digest = md5(usedforsecurity=False)
    for name in signed:
        digest.update(told[name].encode())
    # Compare bytes: compare_digest accepts only ASCII text, and the caller's mac may hold anything.
    if not hmac.compare_digest(digest.hexdigest().encode(), told["mac"].encode()):
        raise Rejected("IllegalMac")
