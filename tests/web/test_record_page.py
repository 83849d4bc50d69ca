"""The pages of the sealed record: how far it is sealed, its heads, the proof of one record and of a receipt."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import quote

import psycopg
import pytest

from caseflow.services import sealed_record as service
from tests.conftest import Servers, with_database
from tests.sealed import Sealed, sealed_record
from tests.site import Site


@pytest.fixture
def sealed(site: Site, servers: Servers, tmp_path: Path) -> Iterator[Sealed]:
    name = site.office.database_url.rpartition("/")[2].partition("?")[0]
    with sealed_record(site.office, with_database(servers.admin_url, name), tmp_path) as record:
        yield record


def test_before_anything_is_sealed(site: Site) -> None:
    page = site.sign_in("auditor").get("/record")
    assert "Nothing is sealed yet." in page.text
    assert "A head appears here each time records are sealed" in page.text
    shown = site.sign_in("auditor").get("/record/event/1")
    assert "Not sealed yet." in shown.text


def test_how_far_it_is_sealed_and_a_head_to_take_away(site: Site, sealed: Sealed) -> None:
    sealed.write(1)
    supervisor = site.sign_in("supervisor")
    assert "/record" in supervisor.get("/money").links()
    page = supervisor.get("/record")
    kept = json.loads(sealed.kept_head().read_text(encoding="utf-8"))
    size = kept["tree_size"]
    assert f"Records sealed {size}" in page.text
    assert kept["root"] in page.text
    assert "the oldest written 1 minute ago" in page.text
    answer = supervisor.client.get(f"/record/heads/{size}.json")
    assert answer.get_json() == kept
    assert answer.headers["Content-Disposition"].startswith("attachment; filename=")
    for missing in (size + 1, 10**30):
        assert supervisor.get(f"/record/heads/{missing}.json").status == 404
    assert "There is no older head." in supervisor.get("/record?before=1").text
    assert supervisor.get(f"/record?before={10**30}").status == 200
    assert site.sign_in("officer").get("/record").status == 403


def test_heads_by_pages(site: Site, sealed: Sealed, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(service, "HEADS_A_PAGE", 1)
    auditor = site.sign_in("auditor")
    (older,) = (link for link in auditor.get("/record").links() if "before=" in link)
    page = auditor.get(older)
    assert "Newest heads" in page.text
    assert not [link for link in page.links() if "before=" in link]
    assert sealed.findings() == []


def test_one_record_by_number_and_by_key(site: Site, sealed: Sealed) -> None:
    auditor, victim = site.sign_in("auditor"), sealed.victim("transfer")
    address = f"/record/transfer/{victim.id}"
    form = auditor.get("/record").form_to("/record/find")
    assert auditor.client.get(form.action, query_string={"kind": "transfer", "wanted": victim.id}).location == address
    page = auditor.get(address)
    proof = sealed.office.application.record.proof("transfer", victim.id)
    assert proof is not None
    assert proof.text() in page.text
    assert "was changed" not in page.text
    for wanted, told in (("nonsense", "The office has no such record."), ("", "Type the number")):
        missing = auditor.get(f"/record/find?kind=event&wanted={wanted}")
        assert told in missing.text
        assert missing.by_id("wanted").get("value") == wanted
    assert auditor.get("/record/find?kind=secret&wanted=1").status == 404
    assert auditor.get(f"/record/event/{10**30}").status == 404
    sealed.attack(f"update transfer set amount_fen = 5 where id = {victim.id}")
    assert "This record was changed after it was written" in auditor.get(address).text


def test_an_entry_of_several_transfers_is_offered_as_a_list(site: Site, sealed: Sealed) -> None:
    victim = sealed.victim("transfer")
    sealed.attack(
        f"update transfer set key = 'both', leg = 2 where id = {victim.other}",
        f"update transfer set key = 'both' where id = {victim.id}",
    )
    links = site.sign_in("auditor").get("/record/find?kind=transfer&wanted=both").links()
    assert [link for link in links if link.startswith("/record/transfer/")] == [
        f"/record/transfer/{victim.id}", f"/record/transfer/{victim.other}",
    ]  # fmt: skip


def test_another_offices_record_is_not_shown(site: Site, sealed: Sealed) -> None:
    victim = sealed.victim("event")
    sealed.attack(f"update audit_event set office_id = 99 where id = {victim.id}")
    with psycopg.connect(site.office.database_url) as connection:
        key = connection.execute("select key from audit_event where id = %s", (victim.id,)).fetchone()
    assert key is not None
    auditor = site.sign_in("auditor")
    assert auditor.get(f"/record/event/{victim.id}").status == 404
    assert "The office has no such record." in auditor.get(f"/record/find?kind=event&wanted={key[0]}").text


def test_the_proof_of_a_receipt_is_checked(site: Site, sealed: Sealed) -> None:
    auditor, victim = site.sign_in("auditor"), sealed.victim("transfer")
    proof = sealed.office.application.record.proof("transfer", victim.id)
    assert proof is not None
    text = proof.text()
    good = auditor.get(f"/record/check?proof={quote(text)}")
    assert "The proof holds." in good.text
    assert good.form_to("/record/check").values["proof"] == text
    bent = auditor.get(f"/record/check?proof={quote(text[:-9] + 'ABCDEF' + text[-3:])}")
    assert "The proof does not hold." in bent.text
    assert "The signature of its head is wrong" in bent.text
    sealed.attack(f"update transfer set reason = 'x' where id = {victim.id}")
    changed = auditor.get(f"/record/check?proof={quote(text)}")
    assert "The record at that place is not the one that was sealed." in changed.text
    nonsense = auditor.get("/record/check?proof=hello")
    assert "This is no proof" in nonsense.text
    assert nonsense.by_id("proof").get("aria-invalid") == "true"
