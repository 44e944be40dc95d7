from __future__ import annotations

from datetime import date

import pytest

from knowledge.load import Knowledge
from knowledge.model import LANGUAGES
from knowledge.rules.finding import InputFaultsError
from knowledge.rules.origin.agreements import PARTS, fitting
from knowledge.rules.origin.guide import Consignment, Origins, explain_origin, load_origins, origin_guide
from tests.unit.knowledge.rules.conftest import TODAY


@pytest.fixture(scope="module")
def data(whole: Knowledge) -> Origins:
    return load_origins(whole)


def fit(data: Origins, origin: str, destination: str, on: date = TODAY) -> list[str]:
    return [agreement.id for agreement in fitting(data.agreements, origin, destination, on)]


@pytest.mark.parametrize(
    ("partner", "agreements"),
    [
        ("JP", ["rcep"]),
        ("KR", ["rcep", "korea", "apta"]),
        ("AU", ["rcep", "australia"]),
        ("NZ", ["rcep", "new_zealand"]),
        ("SG", ["rcep", "asean", "singapore"]),
        ("TH", ["rcep", "asean"]),
        ("MY", ["rcep", "asean"]),
        ("VN", ["rcep", "asean"]),
        ("ID", ["rcep", "asean"]),
        ("PH", ["rcep", "asean"]),
        ("BN", ["rcep", "asean"]),
        ("KH", ["rcep", "asean", "cambodia"]),
        ("LA", ["rcep", "asean"]),
        ("MM", ["rcep", "asean"]),
        ("CH", ["switzerland"]),
        ("LI", ["switzerland"]),
        ("IS", ["iceland"]),
        ("CL", ["chile"]),
        ("PE", ["peru"]),
        ("CR", ["costa_rica"]),
        ("PK", ["pakistan"]),
        ("GE", ["georgia"]),
        ("MU", ["mauritius"]),
        ("NI", ["nicaragua"]),
        ("EC", ["ecuador"]),
        ("RS", ["serbia"]),
        ("MV", ["maldives"]),
        ("HN", ["honduras"]),
        ("IN", ["apta"]),
        ("TW", ["ecfa"]),
        ("DE", []),
        ("US", []),
    ],
)
def test_agreements_that_fit_an_export(data: Origins, partner: str, agreements: list[str]) -> None:
    assert fit(data, "CN", partner) == agreements
    assert fit(data, partner, "CN") == agreements


def test_cepa_is_for_imports_only(data: Origins) -> None:
    assert fit(data, "HK", "CN") == ["cepa"]
    assert fit(data, "CN", "MO") == []


@pytest.mark.parametrize(
    ("partner", "before", "since"),
    [
        ("EC", "2024-04-30", "2024-05-01"),
        ("RS", "2024-06-30", "2024-07-01"),
        ("MV", "2024-12-31", "2025-01-01"),
        ("JP", "2021-12-31", "2022-01-01"),
        ("MU", "2020-12-31", "2021-01-01"),
    ],
)
def test_an_agreement_fits_since_its_day(data: Origins, partner: str, before: str, since: str) -> None:
    assert fit(data, "CN", partner, date.fromisoformat(before)) == []
    assert len(fit(data, "CN", partner, date.fromisoformat(since))) == 1


def test_what_has_no_source_is_said_to_be_unknown(data: Origins) -> None:
    finding = explain_origin(Consignment("CN", "RS"), TODAY, data)

    said = [data.texts.say(step, "en") for step in (*finding.steps, *finding.details)]
    assert "Waiver or self-declaration value: not known for this agreement." in said
    assert "Validity: 1 year (unverified)." in said


@pytest.mark.parametrize(
    ("agreement", "part", "says"),
    [
        ("korea", "apply", "within 7 working days"),
        ("korea", "retro", "within 1 year of shipment"),
        ("rcep", "retro", "within 1 year of shipment"),
        ("chile", "retro", "before: 30 days"),
        ("peru", "waiver", "US$600"),
        ("switzerland", "approved", "23-character serial: 5 exporter, 8 date, 10 document"),
        ("new_zealand", "transport", "12 months"),
        ("asean", "criteria", "RVC 40 %"),
        ("serbia", "notes", "agreement code 26"),
        ("cambodia", "notes", "agreement code 23"),
    ],
)
def test_parts_of_the_table(data: Origins, agreement: str, part: str, says: str) -> None:
    assert says in data.agreements[agreement].parts[part].en


def test_every_agreement_can_be_shown_in_all_languages(whole: Knowledge, data: Origins) -> None:
    guide = origin_guide(whole)
    for agreement in data.agreements.values():
        for partner in agreement.parties:
            step = guide.step({"goods_origin": partner, "destination": "CN", "agreement": agreement.id}, TODAY)
            for language in LANGUAGES:
                reply = step.render(language)  # type: ignore[union-attr]
                assert agreement.name.get(language) in reply.text
        assert agreement.parts.keys() <= set(PARTS)
        assert ("未核实" in str(agreement.parts)) == ("unverified" in str(agreement.parts))


def test_there_are_23_agreements(data: Origins) -> None:
    assert len(data.agreements) == 23


@pytest.mark.parametrize(
    ("case", "fault", "slots"),
    [
        (Consignment("CN", "CN"), "origin.same", ("destination",)),
        (Consignment("JP", "KR"), "origin.not_china", ("goods_origin", "destination")),
        (Consignment("CN", "DE", "rcep"), "origin.not_yet", ("agreement",)),
    ],
)
def test_routes_that_cannot_be(data: Origins, case: Consignment, fault: str, slots: tuple[str, ...]) -> None:
    with pytest.raises(InputFaultsError) as raised:
        explain_origin(case, TODAY, data)

    assert [(said.name, named) for said, named in raised.value.faults] == [(fault, slots)]


def test_without_an_agreement_the_non_preferential_certificate_is_named(data: Origins) -> None:
    assert explain_origin(Consignment("CN", "DE"), TODAY, data).answer.name == "origin.none_export"
    assert explain_origin(Consignment("US", "CN"), TODAY, data).answer.name == "origin.none_import"


def test_textiles_are_told_of_the_weight_rule(data: Origins) -> None:
    finding = explain_origin(Consignment("CN", "JP", goods="620342"), TODAY, data)

    assert finding.notes[0].name == "origin.textile"


@pytest.mark.parametrize(
    ("text", "case"),
    [
        ("from Thailand to China", {"goods_origin": "TH", "destination": "CN"}),
        ("China to Singapore", {"goods_origin": "CN", "destination": "SG"}),
        ("中国货出口到日本", {"goods_origin": "CN", "destination": "JP"}),
        ("出口到德国要什么原产地证", {"goods_origin": "CN", "destination": "DE"}),
        ("從紐西蘭進口奶粉", {"goods_origin": "NZ", "destination": "CN"}),
        ("import from Australia under ChAFTA", {"goods_origin": "AU", "destination": "CN", "agreement": "australia"}),
        ("我们出口南韩，HS 6203.42", {"goods_origin": "CN", "destination": "KR", "goods": "620342"}),
        ("form e", {"agreement": "asean"}),
    ],
)
def test_routes_are_found_in_free_text(whole: Knowledge, text: str, case: dict[str, str]) -> None:
    assert origin_guide(whole).read(text, on=TODAY, asked=None) == case
