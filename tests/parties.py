"""Parties that tests write by plain SQL, sealed as the application seals them, or by nobody."""

from __future__ import annotations

import psycopg

from caseflow.services.party_details import PartyTold, sealed_details
from caseflow.services.ports.privacy import NAME, FieldCipher
from tests.office import Office, kept_cipher

# What stands for name_sealed and name_index where no page shows the name: of the right form, and opened by no key.
UNNAMED = "decode('01' || repeat('00', 50), 'hex'), decode(repeat('00', 36), 'hex')"


def party_of(office: Office, case_id: int) -> int:
    """Return the id of the party of a case."""
    with psycopg.connect(office.database_url) as connection:
        row = connection.execute("select party_id from cases where id = %s", [case_id]).fetchone()
    assert row is not None
    return int(row[0])


def rename_everybody(office: Office, name: str) -> None:
    """Give every party this name, as no page does."""
    cipher = kept_cipher()
    with psycopg.connect(office.database_url) as connection:
        for party_id, office_id in connection.execute("select id, office_id from party").fetchall():
            sealed, index = cipher.seal(NAME, party_id, name), cipher.index(NAME, office_id, name)
            connection.execute(
                "update party set name_sealed = %s, name_index = %s where id = %s", [sealed, index, party_id]
            )


def know_as(office: Office, case_id: int, told: PartyTold) -> None:
    """Let the party of a case be known so."""
    party_id = party_of(office, case_id)
    kept = sealed_details(kept_cipher(), party_id, office.actors["officer"].office_id, told)
    with psycopg.connect(office.database_url) as connection:
        connection.execute(
            "update party set name_sealed = %s, name_index = %s, identity_sealed = %s, identity_index = %s, "
            "identity_index_old = %s, address_sealed = %s, contact_sealed = coalesce(%s, contact_sealed) where id = %s",
            [kept.name_sealed, kept.name_index, kept.identity_sealed, kept.identity_index, kept.identity_index_old,
             kept.address_sealed, kept.contact_sealed, party_id],
        )  # fmt: skip


def names_kept(database_url: str, cipher: FieldCipher | None = None) -> list[str]:
    """Return the names of all parties, opened with the keys of this run of the tests unless others are given."""
    with psycopg.connect(database_url) as connection:
        rows = connection.execute("select id, name_sealed from party order by id").fetchall()
    keys = cipher or kept_cipher()
    return [keys.open(NAME, party_id, sealed) for party_id, sealed in rows]
