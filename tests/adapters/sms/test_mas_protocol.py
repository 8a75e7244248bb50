"""The 云MAS body and codes against values worked out with `md5sum` and `base64`, not with our own code."""

from __future__ import annotations

from uuid import UUID

import pytest

from yanbao.adapters.sms.mas_protocol import (
    RSPCODS,
    MasAccount,
    SealedBody,
    enquiry,
    judge,
    mac,
    refusal,
    submission,
)
from yanbao.application.ports.notice import SmsAccepted, SmsOutcomeUnknown, SmsRefused, SmsToSend

SMS = SmsToSend(
    id=UUID("6f1c2b1e-5a55-5c8e-9f39-0d2f6a3b7c11"),
    phone="13800001234",
    text="【提醒】今日10:00前请完成安全承诺上报。",
)

# printf '%s' '陕西省应急管理厅yanbaos3cret-Key13800001234【提醒】今日10:00前请完成安全承诺上报。Ab12Cd01' | md5sum
MAC = "29f4af56c7ad1c9e8836865095e51d39"

# printf '{"ecName":"陕西省应急管理厅",…,"mac":"29f4…"}' | base64 -w0
BODY = (
    b"eyJlY05hbWUiOiLpmZXopb/nnIHlupTmgKXnrqHnkIbljoUiLCJhcElkIjoieWFuYmFvIiwic2VjcmV0S2V5IjoiczNjcmV0LUtleSIs"
    b"Im1vYmlsZXMiOiIxMzgwMDAwMTIzNCIsImNvbnRlbnQiOiLjgJDmj5DphpLjgJHku4rml6UxMDowMOWJjeivt+WujOaIkOWuieWFqOaJ"
    b"v+ivuuS4iuaKpeOAgiIsInNpZ24iOiJBYjEyQ2QiLCJhZGRTZXJpYWwiOiIwMSIsIm1hYyI6IjI5ZjRhZjU2YzdhZDFjOWU4ODM2ODY1"
    b"MDk1ZTUxZDM5In0="
)

# The same with ,"msgId":"6f1c2b1e-…" after the mac.
BODY_WITH_OUR_ID = (
    b"eyJlY05hbWUiOiLpmZXopb/nnIHlupTmgKXnrqHnkIbljoUiLCJhcElkIjoieWFuYmFvIiwic2VjcmV0S2V5IjoiczNjcmV0LUtleSIs"
    b"Im1vYmlsZXMiOiIxMzgwMDAwMTIzNCIsImNvbnRlbnQiOiLjgJDmj5DphpLjgJHku4rml6UxMDowMOWJjeivt+WujOaIkOWuieWFqOaJ"
    b"v+ivuuS4iuaKpeOAgiIsInNpZ24iOiJBYjEyQ2QiLCJhZGRTZXJpYWwiOiIwMSIsIm1hYyI6IjI5ZjRhZjU2YzdhZDFjOWU4ODM2ODY1"
    b"MDk1ZTUxZDM5IiwibXNnSWQiOiI2ZjFjMmIxZS01YTU1LTVjOGUtOWYzOS0wZDJmNmEzYjdjMTEifQ=="
)

# mac: printf '%s' '陕西省应急管理厅yanbaos3cret-Key6f1c2b1e-5a55-5c8e-9f39-0d2f6a3b7c11' | md5sum → 592cd515…
ENQUIRY = (
    b"eyJlY05hbWUiOiLpmZXopb/nnIHlupTmgKXnrqHnkIbljoUiLCJhcElkIjoieWFuYmFvIiwic2VjcmV0S2V5IjoiczNjcmV0LUtleSIs"
    b"Im1zZ0lkIjoiNmYxYzJiMWUtNWE1NS01YzhlLTlmMzktMGQyZjZhM2I3YzExIiwibWFjIjoiNTkyY2Q1MTVhOTc2OWI1YzVlMzczNzVh"
    b"OTZlZGQ1YjYifQ=="
)


def the_account(enquiry_path: str | None = None, **changed: str) -> MasAccount:
    known = {
        "host": "https://mas.example",
        "ec_name": "陕西省应急管理厅",
        "ap_id": "yanbao",
        "secret_key": "s3cret-Key",
        "sign": "Ab12Cd",
        "add_serial": "01",
    }
    return MasAccount(**{**known, **changed}, enquiry_path=enquiry_path)


def test_the_mac_is_the_md5_of_the_fields_joined() -> None:
    assert mac("a", "b", "c", "d", "e", "f", "g") == "7ac66c0f148de9519b8bd264312c4d64"
    assert mac("") == "d41d8cd98f00b204e9800998ecf8427e"
    assert mac("陕西省应急管理厅", "yanbao", "s3cret-Key", SMS.phone, SMS.text, "Ab12Cd", "01") == MAC


def test_a_submission_is_this_body_to_the_byte() -> None:
    assert submission(the_account(), SMS) == SealedBody(BODY)


def test_our_id_goes_along_only_where_it_can_be_asked_about() -> None:
    assert submission(the_account(enquiry_path="/sms/query"), SMS) == SealedBody(BODY_WITH_OUR_ID)


def test_an_enquiry_is_this_body_to_the_byte() -> None:
    assert enquiry(the_account(enquiry_path="/sms/query"), SMS) == SealedBody(ENQUIRY)


@pytest.mark.parametrize(
    "phone", ["", "13800001234,13900001234", "138 0000 1234", "13800001234\n", "١٣٨٠٠٠٠١٢٣٤"]
)
def test_anything_but_one_plain_number_is_refused_here(phone: str) -> None:
    assert submission(the_account(), SmsToSend(SMS.id, phone, "好")) == SmsRefused(
        "InvalidMobile", "手机号码格式不正确。", False
    )


@pytest.mark.parametrize("text", ["", " \n", "坏\ud800字"])
def test_a_text_that_cannot_be_carried_is_refused_here(text: str) -> None:
    assert submission(the_account(), SmsToSend(SMS.id, SMS.phone, text)) == SmsRefused(
        "InvalidMessage", "短信平台不接受请求格式或短信内容。", False
    )


@pytest.mark.parametrize(
    ("code", "may_succeed_later"),
    [
        ("IllegalMac", False),
        ("IllegalSignId", False),
        ("InvalidMessage", False),
        ("InvalidUsrOrPwd", False),
        ("NoSignId", False),
        ("TooManyMobiles", False),
        ("InvalidMobile", False),
        ("SystemBusy", True),
        ("FlowOverLimit", True),
        ("OverDailyMax", False),
    ],
)
def test_each_code_of_the_handbook_has_its_sentence_and_its_hope(code: str, may_succeed_later: bool) -> None:
    verdict = judge(200, f'{{"msgGroup":"","rspcod":"{code}","success":false}}'.encode())
    assert isinstance(verdict, SmsRefused)
    assert (verdict.code, verdict.may_succeed_later) == (code, may_succeed_later)
    assert verdict.sentence == RSPCODS[code].sentence
    assert verdict.sentence.endswith("。")


def test_a_known_refusal_needs_no_success_flag() -> None:
    assert judge(200, b'{"rspcod":"SystemBusy"}') == refusal("SystemBusy")


def test_every_code_has_a_sentence_of_its_own() -> None:
    assert len(RSPCODS) == 10
    assert len({known.sentence for known in RSPCODS.values()}) == 10


@pytest.mark.parametrize(
    ("code", "shown"),
    [("NewThing", "NewThing"), ("<b>s3cret-Key</b>", "Unrecognised"), ("x" * 41, "Unrecognised")],
)
def test_a_code_nobody_knows_is_final_and_shown_only_when_it_is_harmless(code: str, shown: str) -> None:
    assert refusal(code) == SmsRefused(shown, f"短信平台拒绝发送，返回了未知代码（{shown}）。", False)


@pytest.mark.parametrize("success", ["true", '"true"'])
def test_success_is_acceptance_with_the_group_as_the_id(success: str) -> None:
    body = f'{{"msgGroup":"0927182205","rspcod":"success","success":{success}}}'
    assert judge(200, body.encode()) == SmsAccepted("0927182205")


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"<html>login</html>",
        b"[]",
        b'"success"',
        b"\xff\xfe\x00",
        b"[" * 50_000,
        b"{}",
        b'{"success":true}',
        b'{"msgGroup":"1","rspcod":"","success":false}',
        b'{"msgGroup":"1","rspcod":7,"success":true}',
        b'{"msgGroup":"1","rspcod":"success","success":false}',
        b'{"msgGroup":"1","rspcod":"SystemBusy","success":true}',
        b'{"msgGroup":"1","rspcod":"NewThing"}',
        b'{"msgGroup":"1","rspcod":"success"}',
        b'{"msgGroup":"1","rspcod":"success","success":"yes"}',
        b'{"msgGroup":"","rspcod":"success","success":true}',
        b'{"rspcod":"success","success":true}',
        b'{"msgGroup":"1","rspcod":"success","succ',
    ],
)
def test_an_answer_that_does_not_say_leaves_the_outcome_unknown(body: bytes) -> None:
    assert isinstance(judge(200, body), SmsOutcomeUnknown)


@pytest.mark.parametrize(
    "wrong",
    [
        {"host": "mas.example"},
        {"host": "ftp://mas.example"},
        {"host": "https://"},
        {"host": "https://user:pass@mas.example"},
        {"host": "https://mas.example?x=1"},
        {"ec_name": " "},
        {"ap_id": ""},
        {"secret_key": ""},
        {"sign": ""},
    ],
)
def test_a_half_filled_account_is_refused_without_quoting_it(wrong: dict[str, str]) -> None:
    with pytest.raises(ValueError, match=next(iter(wrong))) as refused:
        the_account(**wrong)
    assert "s3cret-Key" not in str(refused.value)


def test_an_enquiry_path_is_a_path() -> None:
    with pytest.raises(ValueError, match="enquiry_path"):
        the_account(enquiry_path="sms/query")


def test_neither_account_nor_body_shows_the_secret() -> None:
    shown = repr(the_account()) + repr(submission(the_account(), SMS))
    assert "s3cret-Key" not in shown
    assert "eyJl" not in shown
