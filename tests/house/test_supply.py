"""What others wrote and we deliver: pinned, checked by hash, under licences that allow it."""

from __future__ import annotations

import json
import re
from importlib.metadata import Distribution, PackageNotFoundError, distribution
from pathlib import Path

import pytest

from docs import audit
from docs.audit import Found

ROOT = Path(__file__).parents[2]

#: Words of licences under which one may deliver without giving one's own source; LGPL and MPL are
#: fine for packages that are used as they are.
PERMISSIVE = re.compile(
    r"\b(MIT|MIT-CMU|BSD|0BSD|Apache|ISC|PSF|Python Software Foundation|MPL|LGPL|Zlib|Unlicense"
    r"|CC0|EPL|Artistic)\b"
)
STRICT = re.compile(r"(?<!L)\b(A?GPL|SSPL|BUSL|Commons Clause)\b|Affero")

#: Packages whose metadata do not say it in a word, with what their licence file says.
#: ``text-unidecode`` leaves the choice between the Artistic licence and the GPL; tests use it.
SAID_ELSEWHERE = {"polyline": "MIT", "text-unidecode": "Artistic"}

#: Of the console: OFL is of fonts, which may be delivered with anything.
CONSOLE = {"OFL-1.1"}


def locked() -> dict[str, list[str]]:
    """Hashes by ``name==version`` of every requirement."""
    text = (ROOT / "requirements.lock").read_text().replace("\\\n", " ")
    rows = [row.split() for row in text.splitlines() if row and not row.startswith("#")]
    return {row[0]: [word for word in row if word.startswith("--hash=")] for row in rows}


def licence_of(package: Distribution) -> str:
    told = package.metadata
    classifiers = [each for each in told.get_all("Classifier") or () if each.startswith("License")]
    said = [*(told.get_all("License-Expression") or ()), *(told.get_all("License") or ())]
    return " ".join([*said, *classifiers])


def test_every_package_is_pinned_to_a_version_and_its_hashes() -> None:
    found = locked()
    assert len(found) > 50
    for requirement, hashes in found.items():
        assert re.fullmatch(r"[a-z0-9._-]+(\[[a-z,]+\])?==[\w.!+]+", requirement), requirement
        assert hashes, requirement
        assert all(re.fullmatch(r"--hash=sha256:[0-9a-f]{64}", each) for each in hashes)


def test_every_package_of_the_console_is_pinned_to_its_hash_and_runs_nothing_when_installed() -> (
    None
):
    packages = json.loads((ROOT / "dashboards/package-lock.json").read_text())["packages"]
    for name, package in packages.items():
        if name and not package.get("inBundle"):
            assert package["integrity"].startswith("sha512-"), name
        assert not package.get("hasInstallScript"), name


def test_licences_allow_us_to_deliver() -> None:
    for requirement in locked():
        name = re.split(r"[\[=]", requirement)[0]
        try:
            said = licence_of(distribution(name))
        except PackageNotFoundError:  # of another system than this one
            continue
        said = SAID_ELSEWHERE.get(name, said)
        assert PERMISSIVE.search(said), f"{name}: {said[:200]}"
        assert not STRICT.search(said) or " OR " in said, f"{name}: {said[:200]}"
    packages = json.loads((ROOT / "dashboards/package-lock.json").read_text())["packages"]
    for name, package in packages.items():
        said = package.get("license", "Apache-2.0" if not name else "")
        assert said in CONSOLE or PERMISSIVE.search(said), f"{name}: {said}"


def test_a_licence_that_asks_for_our_source_is_noticed() -> None:
    for said in ("GNU Affero General Public License v3 (AGPLv3)", "GPL-3.0-only", "SSPL-1.0"):
        assert STRICT.search(said.replace("v3", " v3")), said
    assert not STRICT.search("LGPL-3.0-only")


def test_an_audit_that_learned_nothing_does_not_say_that_all_is_well(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    hole = '{"dependencies": [{"name": "a", "version": "1", "vulns": [{"id": "CVE-1"}]}]}'
    unknown = '{"dependencies": [{"name": "a", "skip_reason": "not found"}]}'
    assert audit.of_pip(hole) == Found(("a 1: CVE-1",))
    assert audit.of_pip(unknown).unasked == "nothing could be learned of 1 of 1 packages"
    assert audit.of_pip("").unasked
    assert audit.of_npm('{"vulnerabilities": {"a": {"severity": "high"}}}') == Found(("a: high",))
    assert audit.of_npm('{"message": "405 Method Not Allowed"}').unasked.startswith("405")
    clean = {"pip": '{"dependencies": []}', "npm": '{"vulnerabilities": {}}'}
    for pip, npm, status in (
        (clean["pip"], clean["npm"], 0),
        (hole, clean["npm"], 1),
        (unknown, clean["npm"], 2),
        (clean["pip"], "", 2),
        (hole, "", 1),
    ):
        said = {audit.PIP_AUDIT: pip, audit.NPM_AUDIT: npm}
        monkeypatch.setattr(audit, "_run", said.__getitem__)
        assert audit.main() == status
    assert "could not be asked" in capsys.readouterr().err
