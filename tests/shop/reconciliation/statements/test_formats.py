"""MT940 and camt.053."""

from datetime import date

import pytest

from shop.reconciliation.statements import detect
from shop.reconciliation.statements.errors import BadStatement

MT940 = """:20:STARTUMS
:25:BFTVVNVX/0071000123456
:28C:1/1
:60F:C261030VND1000000,00
:61:2610311031C185000,00NTRFNONREF//FT26303428461
:86:OCPW5T7RN LE THI LAN
:61:2610311031D11000,00NCHGNONREF//FT26303428462
:86:PHI SMS
:62F:C261031VND1174000,00
"""
CAMT = """<?xml version="1.0" encoding="UTF-8"?>
<Document xmlns="urn:iso:std:iso:20022:tech:xsd:camt.053.001.02"><BkToCstmrStmt><Stmt>
<Acct><Id><Othr><Id>0071000123456</Id></Othr></Id></Acct>
<Bal><Tp><CdOrPrtry><Cd>OPBD</Cd></CdOrPrtry></Tp>
<Amt Ccy="VND">1000000</Amt><CdtDbtInd>CRDT</CdtDbtInd></Bal>
<Bal><Tp><CdOrPrtry><Cd>CLBD</Cd></CdOrPrtry></Tp>
<Amt Ccy="VND">1174000</Amt><CdtDbtInd>CRDT</CdtDbtInd></Bal>
<Ntry><Amt Ccy="VND">185000</Amt><CdtDbtInd>CRDT</CdtDbtInd><Sts>BOOK</Sts>
<BookgDt><DtTm>2026-10-31T09:15:00+07:00</DtTm></BookgDt><AcctSvcrRef>FT1</AcctSvcrRef>
<NtryDtls><TxDtls><RltdPties><Dbtr><Nm>LE THI LAN</Nm></Dbtr></RltdPties>
<RmtInf><Ustrd>OCPW5T7RN</Ustrd></RmtInf></TxDtls></NtryDtls></Ntry>
<Ntry><Amt Ccy="VND">11000</Amt><CdtDbtInd>DBIT</CdtDbtInd><RvslInd>true</RvslInd><Sts>BOOK</Sts>
<BookgDt><Dt>2026-10-31</Dt></BookgDt><AcctSvcrRef>FT2</AcctSvcrRef></Ntry>
<Ntry><Amt Ccy="VND">999</Amt><CdtDbtInd>CRDT</CdtDbtInd><Sts>PDNG</Sts>
<BookgDt><Dt>2026-10-31</Dt></BookgDt></Ntry>
</Stmt></BkToCstmrStmt></Document>"""


@pytest.mark.parametrize("text", [MT940, CAMT], ids=["mt940", "camt053"])
def test_money_in_and_out_with_the_banks_own_numbers_and_balances(app, text):
    statement = detect.read(text.encode(), "sao-ke")
    assert statement.account_number == "0071000123456"
    assert (statement.opening_vnd, statement.closing_vnd) == (1_000_000, 1_174_000)
    came, went = statement.lines
    assert (came.direction, came.amount_vnd, came.value_day) == ("in", 185_000, date(2026, 10, 31))
    assert "OCPW5T7RN" in came.content
    assert (went.direction, went.amount_vnd) == ("out", 11_000)
    assert len({came.bank_reference, went.bank_reference, ""}) == 3


@pytest.mark.parametrize("text", [MT940, CAMT], ids=["mt940", "camt053"])
def test_a_missing_movement_is_noticed(app, text):
    with app.test_request_context(), pytest.raises(BadStatement) as refusal:
        detect.read(text.replace("185000", "185001").encode(), "sao-ke")
    assert refusal.value.why == "unbalanced"


def test_several_statements_in_one_mt940_file_are_read_to_the_last(app):
    second = MT940.replace("1000000", "1174000").replace(
        ":62F:C261031VND1174000", ":62F:C261031VND1348000"
    )
    second = second.replace("STARTUMS", "SECOND").replace("C261030VND1174000", "C261031VND1174000")
    statement = detect.read((MT940 + second).encode(), "a.sta")
    assert len(statement.lines) == 4
    assert (statement.opening_vnd, statement.closing_vnd) == (1_000_000, 1_348_000)


def test_a_batch_of_camt_is_taken_apart(app):
    whole = CAMT.replace(
        "<NtryDtls><TxDtls>",
        "<NtryDtls><TxDtls><Amt>100000</Amt></TxDtls><TxDtls><Amt>85000</Amt>",
    )
    lines = detect.read(whole.encode(), "a.xml").lines
    assert [line.amount_vnd for line in lines] == [100_000, 85_000, 11_000]


@pytest.mark.parametrize(
    "text",
    [
        "<?xml version='1.0'?><!DOCTYPE a [<!ENTITY b 'c'>]><Document>&b;</Document>",
        "<Document>",
        "<Document/>",
        CAMT.replace("185000", "1e5"),
        ":20:\n:25:x",
    ],
)
def test_what_is_no_statement_is_refused(app, text):
    with app.test_request_context(), pytest.raises(BadStatement):
        detect.read(text.encode(), "a")


def read(text, *changes):
    for before, after in changes:
        assert before in text
        text = text.replace(before, after)
    return detect.read(text.encode(), "sao-ke")


def test_an_account_that_was_emptied_closes_at_nought(app):
    changes = [("D11000,", "D1185000,"), ("C261031VND1174000", "C261031VND0")]
    assert read(MT940, *changes).closing_vnd == 0
    with app.test_request_context(), pytest.raises(BadStatement):
        read(MT940, changes[1])


def test_a_reversed_receipt_goes_out_and_a_reversed_payment_comes_in(app):
    assert read(MT940, ("D11000,", "RC11000,")).lines[1].direction == "out"
    statement = read(MT940, ("D11000,", "RD11000,"), ("1174000", "1196000"))
    assert statement.lines[1].direction == "in"


def test_words_in_numbered_parts_are_read(app):
    line = read(MT940, (":86:OCPW5T7RN", ":86:166?00CHUYEN TIEN?20OCPW5T7RN?32")).lines[0]
    assert line.content == "CHUYEN TIEN OCPW5T7RN"


def test_an_account_number_may_stand_without_its_bank(app):
    assert read(MT940, ("BFTVVNVX/", "")).account_number == "0071000123456"


def test_balances_in_between_are_balances(app):
    assert read(MT940, (":60F:", ":60M:"), (":62F:", ":62M:")).closing_vnd == 1_174_000


def test_all_pieces_of_what_the_payer_wrote_are_read(app):
    pieces = "<Ustrd>CHUYEN TIEN</Ustrd><Ustrd>OCPW5T7RN</Ustrd>"
    line = read(CAMT, ("<Ustrd>OCPW5T7RN</Ustrd>", pieces)).lines[0]
    assert line.content == "CHUYEN TIEN OCPW5T7RN"


def test_the_other_party_of_a_payment_is_who_gets_it(app):
    both = "<Dbtr><Nm>HTX</Nm></Dbtr><Cdtr><Nm>LE THI LAN</Nm></Cdtr>"
    changes = [
        ("<Dbtr><Nm>LE THI LAN</Nm></Dbtr>", both),
        ("CRDT</CdtDbtInd><Sts>BOOK", "DBIT</CdtDbtInd><Sts>BOOK"),
        ("1174000", "804000"),
    ]
    assert read(CAMT, *changes).lines[0].counterparty == "LE THI LAN"


@pytest.mark.parametrize(
    ("text", "before", "after", "why"),
    [
        (MT940, "VND", "USD", "currency"),
        (MT940, "185000,00", "185000,50", "amount"),
        (CAMT, 'Ccy="VND"', 'Ccy="USD"', "currency"),
        (CAMT, ">185000<", ">1.85e5<", "amount"),
        (CAMT, ">185000<", ">185_000<", "amount"),
        (CAMT, ">185000<", ">-185000<", "amount"),
        (CAMT, ">185000<", ">185000.5<", "amount"),
        (CAMT, "<CdtDbtInd>CRDT</CdtDbtInd><Sts>", "<Sts>", "sign"),
        (CAMT, "<Dt>2026-10-31", "<Dt>0001-01-01", "date"),
        (CAMT, "2026-10-31T09:15:00+07:00", "9999-12-31T23:59:59-07:00", "date"),
        (CAMT, "UTF-8", "hex", "broken"),
    ],
)
def test_what_the_bank_cannot_mean_is_refused(app, text, before, after, why):
    with app.test_request_context(), pytest.raises(BadStatement) as refusal:
        read(text, (before, after))
    assert refusal.value.why == why
