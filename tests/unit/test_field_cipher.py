"""What seals identity numbers: bound to row and field, by a ring of keys, found by a blind index of one office."""

from __future__ import annotations

import stat
from pathlib import Path

import pytest

from caseflow.adapters.field_cipher import AesFieldCipher, DataKeys, DataKeysUnusable
from caseflow.bootstrap import build_field_cipher
from caseflow.config import ConfigurationError, read_settings
from caseflow.services.party_details import PartyTold, sealed_details
from caseflow.services.ports.privacy import ADDRESS, CONTACT, IDENTITY, NAME, SealBroken

NUMBER = "11010519491231002X"
OLD, NEW = "caseflow-data-1-" + "0a" * 32, "caseflow-data-1-" + "f1" * 32


def cipher(*keys: str) -> AesFieldCipher:
    ring = DataKeys.of(keys or (OLD,), "the test")
    return AesFieldCipher(lambda: ring)


def test_what_is_sealed_opens_and_shows_nothing() -> None:
    sealed = cipher().seal(IDENTITY, 7, NUMBER)
    assert cipher().open(IDENTITY, 7, sealed) == NUMBER
    assert NUMBER.encode() not in sealed
    assert sealed[0] == 1
    assert cipher().seal(IDENTITY, 7, NUMBER) != sealed
    assert cipher().open(ADDRESS, 7, cipher().seal(ADDRESS, 7, "云岭县桃源路1号")) == "云岭县桃源路1号"


def test_a_swapped_or_changed_text_is_noticed() -> None:
    sealed = cipher().seal(IDENTITY, 7, NUMBER)
    for field, row in ((IDENTITY, 8), (ADDRESS, 7)):
        with pytest.raises(SealBroken, match="another row or field"):
            cipher().open(field, row, sealed)
    for at in range(len(sealed)):
        changed = sealed[:at] + bytes([sealed[at] ^ 1]) + sealed[at + 1 :]
        with pytest.raises(SealBroken) as broken:
            cipher().open(IDENTITY, 7, changed)
        assert NUMBER not in str(broken.value)
    for short in (b"", sealed[:5], sealed[:32]):
        with pytest.raises(SealBroken):
            cipher().open(IDENTITY, 7, short)


def test_the_first_key_seals_and_indexes_and_all_open_and_are_searched_by() -> None:
    before = cipher(OLD)
    turned = cipher(NEW, OLD)
    sealed = before.seal(IDENTITY, 7, NUMBER)
    assert turned.open(IDENTITY, 7, sealed) == NUMBER
    assert turned.index(IDENTITY, 1, NUMBER) == cipher(NEW).index(IDENTITY, 1, NUMBER)
    assert turned.indexes(IDENTITY, 1, NUMBER) == [
        cipher(NEW).index(IDENTITY, 1, NUMBER),
        before.index(IDENTITY, 1, NUMBER),
    ]
    kept = sealed_details(turned, 7, 1, PartyTold("和谐诊所", identity=NUMBER))
    assert kept.identity_index_old == before.index(IDENTITY, 1, NUMBER), "so that it meets what the old key indexed"
    assert sealed_details(before, 7, 1, PartyTold("和谐诊所", identity=NUMBER)).identity_index_old is None
    with pytest.raises(SealBroken, match="not sealed with a key of this ring"):
        before.open(IDENTITY, 7, turned.seal(IDENTITY, 7, NUMBER))
    with pytest.raises(SealBroken):
        cipher(NEW).open(IDENTITY, 7, sealed)


def test_the_index_finds_one_number_in_one_office_and_field_only() -> None:
    index = cipher().index(IDENTITY, 1, NUMBER)
    assert len(index) == 36
    assert cipher().index(IDENTITY, 1, "110105 19491231-002x") == index
    others = [
        cipher().index(IDENTITY, 2, NUMBER),
        cipher().index(ADDRESS, 1, NUMBER),
        cipher().index(IDENTITY, 1, "110105491231002"),  # whose it is, the row of the party knows (below)
        cipher(NEW).index(IDENTITY, 1, NUMBER),
    ]
    assert index not in others
    assert len({*others}) == 4


def test_a_row_keeps_nothing_of_what_is_not_known() -> None:
    kept = sealed_details(cipher(), 7, 1, PartyTold(" Harmony Clinic "))
    assert (kept.identity_sealed, kept.identity_index, kept.address_sealed, kept.contact_sealed) == (None,) * 4
    assert cipher().open(NAME, 7, kept.name_sealed) == "Harmony Clinic"
    assert kept.name_index == cipher().index(NAME, 1, "ＨＡＲＭＯＮＹ clinic")
    kept = sealed_details(cipher(), 7, 1, PartyTold("和谐诊所", " 010 ", "11010519491231002x", " here "))
    assert kept.identity_sealed is not None
    assert kept.address_sealed is not None
    assert kept.contact_sealed is not None
    assert cipher().open(CONTACT, 7, kept.contact_sealed) == "010"
    assert cipher().open(IDENTITY, 7, kept.identity_sealed) == NUMBER
    assert cipher().open(ADDRESS, 7, kept.address_sealed) == "here"
    assert kept.identity_index == cipher().index(IDENTITY, 1, NUMBER)
    old = sealed_details(cipher(), 8, 1, PartyTold("和谐诊所", "", "110105491231002"))
    assert old.identity_sealed is not None
    assert cipher().open(IDENTITY, 8, old.identity_sealed) == "110105491231002", "kept as it was written"
    assert old.identity_index == kept.identity_index, "the person's old number and the later one meet"


def test_the_key_file_is_made_once_and_for_nobody_else(tmp_path: Path) -> None:
    path = tmp_path / "keys" / "data.keys"
    settings = read_settings({"CASEFLOW_HOME": str(tmp_path)})
    sealed = build_field_cipher(settings).seal(IDENTITY, 7, NUMBER)
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert stat.S_IMODE(path.parent.stat().st_mode) == 0o700
    assert build_field_cipher(settings).open(IDENTITY, 7, sealed) == NUMBER
    path.write_text(f"{NEW}\n{path.read_text(encoding='ascii')}", encoding="ascii")
    assert build_field_cipher(settings).open(IDENTITY, 7, sealed) == NUMBER
    path.chmod(0o640)
    with pytest.raises(ConfigurationError, match=r"read by others.*chmod 600"):
        build_field_cipher(settings).prepare()
    path.chmod(0o600)
    path.write_text("caseflow-data-1-beef\n", encoding="ascii")
    with pytest.raises(ConfigurationError, match="no data key") as refused:
        build_field_cipher(settings).prepare()
    assert "beef" not in str(refused.value)
    path.write_text("# none\n", encoding="ascii")
    with pytest.raises(ConfigurationError, match="holds no key"):
        build_field_cipher(settings).prepare()


def test_keys_of_the_environment_are_used_instead_of_a_file(tmp_path: Path) -> None:
    settings = read_settings({"CASEFLOW_HOME": str(tmp_path), "CASEFLOW_DATA_KEYS": f"{NEW}, {OLD}"})
    assert settings.data_keys == (NEW, OLD)
    sealed = cipher(OLD).seal(IDENTITY, 7, NUMBER)
    assert build_field_cipher(settings).open(IDENTITY, 7, sealed) == NUMBER
    assert not (tmp_path / "keys").exists()


@pytest.mark.parametrize("given", ["secret", f"{OLD},secret", OLD.upper(), OLD[:-1], f"{OLD}0"])
def test_a_wrong_key_in_the_environment_stops_the_start_unshown(given: str) -> None:
    with pytest.raises(ConfigurationError, match="CASEFLOW_DATA_KEYS holds what is no data key") as refused:
        read_settings({"CASEFLOW_DATA_KEYS": given})
    assert "secret" not in str(refused.value)
    assert OLD[-20:] not in str(refused.value)


def test_an_empty_ring_is_refused() -> None:
    with pytest.raises(DataKeysUnusable, match="holds no key"):
        DataKeys.of([], "the test")
