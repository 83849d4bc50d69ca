"""Scanners that know nothing of caseflow find nothing: schemathesis on every form, wapiti, sqlmap."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any
from urllib.parse import urlencode, urlsplit

import pytest

from tests.security.attacked import NOBODY, WHO, Attacked, Target, run, schema_of, tool, written

# A client that hangs up in the middle of a stream is the scanner's way, and no fault.
pytestmark = pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning")
# wapiti's levels: 0 informational, 1 low, 2 medium, 3 high, 4 critical.
INFORMATIONAL = 0
# Its module csrf takes two equal refusals for a token that is not looked at; tests/web/test_csrf.py tries every form.
WAPITI_MODULES = (
    "cookieflags,crlf,csp,exec,file,htaccess,http_headers,ldap,methods,redirect,sql,upload,xss,permanentxss"
)


@pytest.mark.parametrize("who", WHO)
def test_no_form_breaks_whatever_is_sent(county: Attacked, who: str, tmp_path: Path) -> None:
    visitor = county.visitor(who)
    targets = list(county.reached(visitor))
    assert targets, "nothing was reached"
    schema = written(tmp_path / "forms.json", schema_of(targets))
    # A signed-out visitor has a cookie too: the token of the forms belongs to it.
    done = run(
        tool("schemathesis"), "run", schema, "--url", county.address, "-H", f"Cookie: {county.cookie(visitor)}",
        "--checks", "not_a_server_error", "--phases", "coverage,fuzzing", "--max-examples", "15", "--workers", "2",
        "--max-redirects", "0", "--generation-allow-x00", "true", "--continue-on-failure", "--no-color",
        "--report", "ndjson", "--report-dir", str(tmp_path), "--suppress-health-check", "all", "--warnings", "off",
        seconds=1800, cwd=tmp_path,
    )  # fmt: skip
    assert done.returncode == 0, done.stdout[-6000:] + done.stderr[-2000:]


@pytest.mark.parametrize("who", WHO)
def test_wapiti_finds_nothing_above_informational(county: Attacked, who: str, tmp_path: Path) -> None:
    visitor = county.visitor(who)
    report = tmp_path / "wapiti.json"
    starts = sorted({target.path for target in county.reached(visitor)})
    more = [part for path in starts for part in ("-s", f"{county.address}{path}")]
    done = run(
        tool("wapiti"), "-u", f"{county.address}/", *more, "--scope", "domain", "-m", WAPITI_MODULES,
        "-C", county.cookie(visitor), "--drop-set-cookie", "-x", f"{county.address}/sign-out",
        "-x", f"{county.address}/my-case/sign-out", "-d", "2",
        "--max-files-per-dir", "40", "--max-scan-time", "420", "--max-attack-time", "60", "--flush-session",
        "--store-session", str(tmp_path / "session"), "--store-config", str(tmp_path / "config"), "--no-bugreport",
        "-f", "json", "-o", str(report),
        seconds=900, cwd=tmp_path,
    )  # fmt: skip
    assert report.exists(), done.stdout[-4000:] + done.stderr[-2000:]
    found = json.loads(report.read_text(encoding="utf-8"))
    assert found["infos"]["crawled_pages_nbr"] > len(starts)
    worse = [
        (kind, one["method"], one["path"], one["info"])
        for group in ("vulnerabilities", "anomalies")
        for kind, all_of_it in found[group].items()
        for one in all_of_it
        if one["level"] > INFORMATIONAL
    ]
    assert worse == []


@pytest.mark.parametrize("who", WHO)
def test_sqlmap_finds_no_way_into_the_database(county: Attacked, who: str, tmp_path: Path) -> None:
    visitor = county.visitor(who)
    targets = [target for target in county.reached(visitor) if _has_parameters(target)]
    if who == NOBODY:
        form = visitor.get("/sign-in").form_to("/sign-in")
        targets.append(Target("POST", "/sign-in", {**form.values, "login": "officer", "password": "x"}))
    assert targets
    done = run(
        tool("sqlmap"), "-l", _requests(county, county.cookie(visitor), targets, tmp_path), "--batch",
        "--level", "2", "--risk", "1", "--technique", "BEU", "--dbms", "PostgreSQL", "--smart", "--threads", "2",
        "--skip", "csrf_token", "--flush-session", "--disable-coloring", "--output-dir", str(tmp_path / "sqlmap"),
        "--ignore-code", "*", "--drop-set-cookie", "--ignore-redirects", "-v", "1",
        seconds=1800, cwd=tmp_path,
    )  # fmt: skip
    said = done.stdout + done.stderr
    assert "testing" in said or "tested" in said, said[-4000:]
    assert "POST parameter" in said, said[-4000:]
    assert "is vulnerable" not in said, said[-6000:]
    assert "sqlmap identified the following injection point" not in said, said[-6000:]


def _has_parameters(target: Target) -> bool:
    return bool(set(target.fields) - {"csrf_token"})


def _requests(county: Attacked, cookie: str, targets: list[Target], folder: Path) -> str:
    """Write the requests as a log of Burp, from which sqlmap takes forms as well as addresses; return its path."""
    host = urlsplit(county.address).netloc
    line, parts = "=" * 54, []
    for target in targets:
        fields: dict[str, Any] = dict(target.fields)
        sent, address = urlencode(fields), target.path
        head = [f"Host: {host}", f"Cookie: {cookie}"]
        if target.method == "GET":
            address, sent = f"{address}?{sent}", ""
        else:
            head += ["Content-Type: application/x-www-form-urlencoded", f"Content-Length: {len(sent)}"]
        request = "\r\n".join([f"{target.method} {address} HTTP/1.1", *head, "", sent])
        parts.append(f"{line}\n12:00:00  {county.address}  [127.0.0.1]\n{line}\n{request}\n{line}\n")
    path = folder / "requests.log"
    path.write_text("\n".join(parts) + "\n", encoding="utf-8")
    return str(path)
