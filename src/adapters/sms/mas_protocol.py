"""The protocol of 中国移动云MAS without the network: account, signed body and answer codes.

The body is Base64 of a UTF-8 JSON object, signed with a lower-case MD5 over its plain fields.
Source: the provider's HTTP interface `norsubmit`, described in the domain handbook under SMS.
"""

from __future__ import annotations

import base64
import hashlib
import json
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Any, Final
from urllib.parse import urlsplit

from ...application.ports.notice import SmsAccepted, SmsOutcomeUnknown, SmsRefused, SmsToSend

SUBMIT_PATH: Final = "/sms/norsubmit"

# A field of ours, not of the provider: sent only to a gateway with an enquiry path.
OUR_ID: Final = "msgId"


@dataclass(frozen=True, slots=True)
class MasAccount:
    """Address and credentials of the MAS. Raises ValueError if incomplete, without quoting the secret.

    `host` is the address up to the path (`https://mas.example:1993`). `sign` is the provider's code of the
    registered signature; the provider itself puts 【…】 before the text. `add_serial` extends the sender's
    number and may be empty. `timeout` is the total deadline of one call in seconds. Set `enquiry_path` only
    for a gateway that answers enquiries about our ids; a real 云MAS does not.
    """

    host: str
    ec_name: str
    ap_id: str
    secret_key: str = field(repr=False)
    sign: str
    add_serial: str = ""
    timeout: float = 10.0
    enquiry_path: str | None = None

    def __post_init__(self) -> None:
        address = urlsplit(self.host)
        if address.scheme not in ("http", "https") or not address.hostname:
            raise ValueError("host must be an http or https address")
        if address.port == 0 or address.query or address.fragment or address.username:
            raise ValueError("host must carry no query, no fragment, no credentials and no port 0")
        for name in ("ec_name", "ap_id", "secret_key", "sign"):
            if not getattr(self, name).strip():
                raise ValueError(f"{name} must not be empty")
        if not self.timeout > 0:
            raise ValueError("timeout must be more than 0 seconds")
        if self.enquiry_path is not None and not self.enquiry_path.startswith("/"):
            raise ValueError("enquiry_path must start with /")


@dataclass(frozen=True, slots=True)
class SealedBody:
    """A body ready to be posted. It contains the secret key, so `repr` hides its content."""

    content: bytes = field(repr=False)


@dataclass(frozen=True, slots=True)
class Rspcod:
    """The meaning of an answer code: a Chinese sentence, and whether the same text may succeed later."""

    sentence: str
    may_succeed_later: bool


RSPCODS: Final[Mapping[str, Rspcod]] = MappingProxyType(
    {
        "IllegalMac": Rspcod("短信平台校验码不符，请核对云MAS接口密钥。", False),
        "IllegalSignId": Rspcod("短信签名编码未登记或与接口账号不符。", False),
        "InvalidMessage": Rspcod("短信平台不接受请求格式或短信内容。", False),
        "InvalidUsrOrPwd": Rspcod("云MAS企业名称、接口账号或密钥不正确。", False),
        "NoSignId": Rspcod("没有提供短信签名编码。", False),
        "TooManyMobiles": Rspcod("一次提交的手机号码超过5000个。", False),
        "InvalidMobile": Rspcod("手机号码格式不正确。", False),
        "SystemBusy": Rspcod("短信平台繁忙，稍后自动重试。", True),
        "FlowOverLimit": Rspcod("短信发送速度超过平台限制，稍后自动重试。", True),
        # The quota is renewed at midnight: a retry within minutes fails, and tomorrow is too late.
        "OverDailyMax": Rspcod("当日短信发送量已达到平台上限。", False),
    }
)

# The field is a comma-separated list of numbers: allow exactly one plain number.
_ONE_NUMBER: Final = re.compile(r"\+?[0-9]{5,20}")
_PRINTABLE_CODE: Final = re.compile(r"[A-Za-z0-9_.:-]{1,40}")


def refusal(code: str) -> SmsRefused:
    """The refusal for a rspcod. An unknown code is final: only flow errors are tried again."""
    if known := RSPCODS.get(code):
        return SmsRefused(code, known.sentence, known.may_succeed_later)
    shown = code if _PRINTABLE_CODE.fullmatch(code) else "Unrecognised"
    return SmsRefused(shown, f"短信平台拒绝发送，返回了未知代码（{shown}）。", False)


def mac(*plain: str) -> str:
    """Lower-case hex MD5 over the fields in UTF-8, joined without a separator (the provider's scheme)."""
    return hashlib.md5("".join(plain).encode(), usedforsecurity=False).hexdigest()


def unsendable(sms: SmsToSend) -> SmsRefused | None:
    """The refusal of a text that no gateway can send: not exactly one number, blank, or not valid Unicode."""
    if not _ONE_NUMBER.fullmatch(sms.phone):
        return refusal("InvalidMobile")
    if not sms.text.strip() or not _is_unicode(sms.text):
        return refusal("InvalidMessage")
    return None


def submission(account: MasAccount, sms: SmsToSend) -> SealedBody | SmsRefused:
    """The body that hands `sms` over, or a refusal for a text that the provider cannot send."""
    if no := unsendable(sms):
        return no
    fields = {
        "ecName": account.ec_name,
        "apId": account.ap_id,
        "secretKey": account.secret_key,
        "mobiles": sms.phone,
        "content": sms.text,
        "sign": account.sign,
        "addSerial": account.add_serial,
    }
    fields["mac"] = mac(*fields.values())
    if account.enquiry_path is not None:
        fields[OUR_ID] = str(sms.id)
    return _seal(fields)


def enquiry(account: MasAccount, sms: SmsToSend) -> SealedBody:
    """The body that asks about our id; only for gateways with an enquiry path, such as our simulator."""
    fields = {
        "ecName": account.ec_name,
        "apId": account.ap_id,
        "secretKey": account.secret_key,
        OUR_ID: str(sms.id),
    }
    fields["mac"] = mac(*fields.values())
    return _seal(fields)


def judge(status: int, body: bytes) -> SmsAccepted | SmsRefused | SmsOutcomeUnknown:
    """Read the provider's answer to a submission; SmsOutcomeUnknown when its meaning is unclear.

    The exception is returned, and the caller raises it. A traceback from here would show the answer,
    which may quote our secret key.

    A usable answer has `status` 200 and the `body` `{msgGroup, rspcod, success}`. Accepted is not delivered.
    """
    if status != 200:
        # A proxy may answer 5xx while the MAS goes on; a redirect may come after the text was taken.
        # So the text may or may not have been sent.
        return SmsOutcomeUnknown(f"answered HTTP {status} after the request was sent")
    answer = read_object(body)
    if answer is None:
        return SmsOutcomeUnknown("the answer to the request is not a JSON object")
    code, success = answer.get("rspcod"), answer.get("success")
    if not isinstance(code, str) or not code:
        return SmsOutcomeUnknown("the answer carries no rspcod")
    said_yes, said_no = success in (True, "true"), success in (False, "false")
    if code != "success" and (said_no or (code in RSPCODS and not said_yes)):
        return refusal(code)
    if code != "success" or not said_yes:
        return SmsOutcomeUnknown("rspcod and success of the answer do not agree on a yes or a no")
    group = answer.get("msgGroup")
    if not isinstance(group, str) or not group.strip():
        # Without msgGroup no receipt can be matched; the sender decides whether to enquire or send again.
        return SmsOutcomeUnknown("the answer says success but carries no msgGroup")
    return SmsAccepted(gateway_id=group.strip())


def read_object(body: bytes) -> dict[str, Any] | None:
    """The JSON object in `body`, or None for anything else (HTML, broken JSON, nested too deep)."""
    try:
        answer = json.loads(body)
    except (ValueError, RecursionError):
        # Not JSON, not UTF-8 or too deep: the caller decides what this means.
        return None
    return answer if isinstance(answer, dict) else None


def _is_unicode(text: str) -> bool:
    try:
        text.encode()
    except UnicodeEncodeError:
        # A lone surrogate has no UTF-8 form, so the text cannot be put into the body.
        return False
    return True


def _seal(fields: Mapping[str, str]) -> SealedBody:
    plain = json.dumps(fields, ensure_ascii=False, separators=(",", ":"))
    return SealedBody(base64.b64encode(plain.encode()))
