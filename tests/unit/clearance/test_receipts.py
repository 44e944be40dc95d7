"""Receipts and tables: what they become, and every fault by its place."""

from __future__ import annotations

import base64
from datetime import UTC, date, datetime
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.clearance.model import Stage
from bot.clearance.receipts import Read, load_channels, read_receipts
from bot.errors import StartError
from tests.events import DECLARATION_NO

ZONE = ZoneInfo("Asia/Shanghai")
NOWHERE = Path("/nonexistent/channels.yaml")


def result(**said: str) -> str:
    values = {"ENTRY_ID": DECLARATION_NO, "CHANNEL": "P", "NOTICE_DATE": "2026-11-22T09:30:00", "NOTE": ""} | said
    return "<DEC_RESULT>" + "".join(f"<{tag}>{text}</{tag}>" for tag, text in values.items()) + "</DEC_RESULT>"


def read(content: str | bytes, own: Path = NOWHERE) -> Read:
    return read_receipts(content.encode() if isinstance(content, str) else content, load_channels(own), ZONE, name="f")


def envelope(inner: str) -> str:
    data = base64.b64encode(inner.encode()).decode()
    return f'<DxpMsg xmlns="http://www.chinaport.gov.cn/dxp" ver="1.0"><TransInfo/><Data>{data}</Data></DxpMsg>'


def test_a_receipt_becomes_a_report_in_the_ports_time() -> None:
    (event,) = read(result(NOTE="放行", BILL_NO="COSU6123456780", I_E_DATE="20261118", CUSTOM_MASTER="5301")).events

    assert (event.declaration_no, event.stage, event.note) == (DECLARATION_NO, Stage.RELEASED, "放行")
    assert event.occurred_at == datetime(2026, 11, 22, 1, 30, tzinfo=UTC)
    assert event.details.bills == ("COSU6123456780",)
    assert event.details.arrived_on == date(2026, 11, 18)
    assert event.details.port == "5301"


def test_the_same_receipt_has_the_same_id_in_every_envelope() -> None:
    plain = result()
    forms = [plain, f"<DEC_DATA>{plain}<RESULT_INFO/></DEC_DATA>", envelope(plain), "\ufeff" + plain]

    assert len({read(form).events[0].key for form in forms}) == 1


@pytest.mark.parametrize(
    ("letter", "stage"),
    [("L", "stored"), ("J", "reviewed"), ("T", "tax_due"), ("C", "examination"), ("R", "closed"), ("E", "rejected")],
)
def test_letters_have_the_meaning_of_the_fact_sheet(letter: str, stage: str) -> None:
    assert read(result(CHANNEL=letter)).events[0].stage == stage


@pytest.mark.parametrize(
    "said", [{"CHANNEL": "S"}, {"CHANNEL": "Z"}, {"CHANNEL": "C", "NOTE": "查验放行通知"}, {"CHANNEL": ""}]
)
def test_a_letter_in_doubt_is_never_guessed(said: dict[str, str]) -> None:
    found = read(result(**said))

    assert found.events == []
    assert [fault.where for fault in found.faults] == ["f: receipt 1: CHANNEL"]


def test_a_providers_own_meaning_goes_before_ours(tmp_path: Path) -> None:
    own = tmp_path / "channels.yaml"
    own.write_text("stages: {C: released, Z: returned}\n")

    assert read(result(CHANNEL="C", NOTE="放行"), own).events[0].stage is Stage.RELEASED
    assert read(result(CHANNEL="Z"), own).events[0].stage is Stage.RETURNED
    assert read(result(CHANNEL="P"), own).events[0].stage is Stage.RELEASED


def test_a_stage_that_is_none_of_ours_stops_the_start(tmp_path: Path) -> None:
    (own := tmp_path / "channels.yaml").write_text("stages: {C: on_the_moon}\n")

    with pytest.raises(StartError, match="on_the_moon"):
        load_channels(own)


def test_what_tells_no_stage_is_counted_and_not_hidden() -> None:
    found = read(
        f"<ALL>{result(CHANNEL='0')}{result(ENTRY_ID='')}<DecImportResponse><ResponseCode>0</ResponseCode></DecImportResponse></ALL>"
    )

    assert (found.events, found.faults, sum(found.skipped.values())) == ([], [], 3)


def test_every_fault_of_every_receipt_is_named() -> None:
    found = read(f"<ALL>{result(ENTRY_ID='12', NOTICE_DATE='yesterday')}{result(CHANNEL='?')}</ALL>")

    assert [fault.where for fault in found.faults] == [
        "f: receipt 1: ENTRY_ID",
        "f: receipt 1: NOTICE_DATE",
        "f: receipt 2: CHANNEL",
    ]


@pytest.mark.parametrize(
    "content",
    [
        "<DEC_RESULT><ENTRY_ID>",
        '<!DOCTYPE a [<!ENTITY b "c">]><DEC_RESULT>&b;</DEC_RESULT>',
        '<!DOCTYPE a SYSTEM "file:///etc/passwd"><a/>',
        "<html/>",
        "<DxpMsg><Data>%%%</Data></DxpMsg>",
    ],
)
def test_what_is_no_receipt_is_refused(content: str) -> None:
    found = read(content)

    assert found.events == []
    assert found.faults


def test_a_table_is_judged_as_events_are_by_row_and_column() -> None:
    found = read(
        "declaration_no,stage,time,containers,duty_amount\n"
        f"{DECLARATION_NO},tax_due,2026-11-20T09:30:00+08:00,CSQU3054383,120.50\n"
        f"12,nowhere,yesterday,CSQU3054384,-1\n"
        f"{DECLARATION_NO},released\n"
    )

    assert [fault.where for fault in found.faults] == [
        "f:3: time",
        "f:3: declaration_no",
        "f:3: stage",
        "f:3: containers",
        "f:3: duty_amount",
        "f:4",
    ]


def test_a_table_in_gb18030_with_a_withdrawal_is_read() -> None:
    table = (
        "id,declaration_no,stage,time,note,withdraws\n"
        f"a,{DECLARATION_NO},released,2026-11-20T09:30:00+08:00,已放行,\n"
        f"b,{DECLARATION_NO},,2026-11-20T10:00:00+08:00,,a\n"
    )

    found = read(table.encode("gb18030"))

    assert [(event.event_id, event.stage, event.amends_id) for event in found.events] == [
        ("a", Stage.RELEASED, None),
        ("b", None, "a"),
    ]
    assert found.events[0].note == "已放行"


def test_unknown_and_missing_columns_are_named_together() -> None:
    (fault,) = read("number,stage\n1,2\n").faults

    assert "number" in fault.message
    assert "declaration_no, time" in fault.message


@given(st.binary(max_size=300))
def test_any_bytes_are_read_or_refused(content: bytes) -> None:
    found = read(content)

    assert not (found.events and found.faults)
