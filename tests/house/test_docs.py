"""The pages are true: what they name exists, and what must be named is."""

from __future__ import annotations

import ast
import re
import tomllib
from pathlib import Path

import pytest

from docs import generate, meanings
from fleet.records import Reason
from milepost.__main__ import app

ROOT = Path(__file__).parents[2]
DECISIONS = sorted((ROOT / "docs/decisions").glob("*.md"))
PAGES = [*sorted(ROOT.glob("*.md")), *sorted((ROOT / "docs").glob("*.md")), *DECISIONS]
#: The lead picture is taken of a running demonstration and stands in the README.
PICTURES = (".png",)


def read(path: Path) -> str:
    return path.read_text(encoding="utf-8")


def commands() -> set[str]:
    made = app.registered_commands
    names = {str(command.name or getattr(command.callback, "__name__", "")) for command in made}
    return names | {str(group.name) for group in app.registered_groups}


def targets() -> set[str]:
    return set(re.findall(r"^([a-z]+):", read(ROOT / "Makefile"), re.MULTILINE))


def test_the_generated_pages_are_those_of_the_code(capsys: pytest.CaptureFixture[str]) -> None:
    status = generate.main(["--check"])
    assert status == 0, capsys.readouterr().err


def test_a_stale_page_is_named(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(generate, "HERE", tmp_path)
    assert generate.main([]) == 0
    assert generate.main(["--check"]) == 0
    (tmp_path / "wire.md").write_text("an older page", encoding="utf-8")
    assert generate.main(["--check"]) == 1
    said = capsys.readouterr().err
    assert "stale: docs/wire.md;" in said
    assert "settings.md" not in said
    assert read(tmp_path / "wire.md") == "an older page", "checking writes nothing"


def test_a_setting_without_a_meaning_is_refused_by_name(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    of_class = meanings.of_class

    def forgetful(kind: type) -> dict[str, str]:
        return {k: v for k, v in of_class(kind).items() if k != "api_port"}

    monkeypatch.setattr(meanings, "of_class", forgetful)
    assert generate.main(["--check"]) == 1
    assert "MILEPOST_API_PORT (milepost.settings.Settings.api_port)" in capsys.readouterr().err


def test_a_meaning_stands_above_behind_or_below(tmp_path: Path) -> None:
    module = tmp_path / "module.py"
    module.write_text(
        '"""Settings."""\n\n'
        "#: s; above,\n#: on two lines\nABOVE = 1.0\n"
        "BEHIND = 2  #: m; behind\n"
        'BELOW = 3\n"""kg; below,\n\non three lines"""\n'
        "SILENT = 4  # not for readers\n",
        encoding="utf-8",
    )
    source = read(module)
    found = meanings._meanings(ast.parse(source).body, meanings._comments(source))  # noqa: SLF001 - the rule itself is under test
    assert found == {
        "ABOVE": "s; above, on two lines",
        "BEHIND": "m; behind",
        "BELOW": "kg; below, on three lines",
    }


def test_every_reason_is_explained() -> None:
    page = read(ROOT / "docs/reasons-and-flags.md")
    assert all(f"| `{reason.value}` |" in page for reason in Reason)


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.relative_to(ROOT).as_posix())
def test_links_lead_somewhere(page: Path) -> None:
    for target in re.findall(r"\]\(([^)#\s]+)", read(page)):
        if "://" not in target and not target.endswith(PICTURES):
            assert (page.parent / target).exists(), target


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.relative_to(ROOT).as_posix())
def test_files_that_a_page_names_exist(page: Path) -> None:
    tops = (
        "bench|dashboards|docs|firmware_sim|fleet|gateway|milepost|store|tests|tracker_api|worker"
    )
    for named in re.findall(rf"`((?:{tops})/[\w./-]+)(?:::\w+)?`", read(page)):
        if not named.startswith("dashboards/dist"):
            assert (ROOT / named).exists(), named


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.relative_to(ROOT).as_posix())
def test_tests_that_a_page_names_exist(page: Path) -> None:
    for file, name in re.findall(r"`(tests/[\w./-]+)::(test_\w+)`", read(page)):
        assert f"def {name}(" in read(ROOT / file), f"{file}::{name}"
    beside = {name for name in re.findall(r"`(test_\w+)`", read(page)) if not name.endswith("_x")}
    known = {
        name
        for file in (ROOT / "tests").rglob("test_*.py")
        for name in re.findall(r"def (test_\w+)\(", read(file))
    }
    assert beside - {"test_what_situation"} <= known


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.relative_to(ROOT).as_posix())
def test_what_a_page_says_is_in_a_file_is_there(page: Path) -> None:
    for name, file in re.findall(r"`(\w+)` in `([\w./-]+\.\w+)`", read(page)):
        assert re.search(rf"\b{name}\b", read(ROOT / file)), f"{name} in {file}"


@pytest.mark.parametrize("page", DECISIONS, ids=lambda page: page.stem)
def test_a_decision_has_its_four_parts_and_is_enforced_by_what_exists(page: Path) -> None:
    text = read(page)
    assert re.match(rf"# {page.stem[:4]} \S", text)
    for part in ("**Context.**", "**Decision.**", "**Consequences.**", "**Enforced by**"):
        assert text.count(part) == 1, part
    proofs = re.findall(r"`(tests/[\w./]+\.py)`", text.partition("**Enforced by**")[2])
    assert proofs
    assert all((ROOT / proof).exists() for proof in proofs)


def test_decisions_are_numbered_without_a_gap() -> None:
    numbers = [int(page.stem[:4]) for page in DECISIONS]
    assert numbers == list(range(1, len(numbers) + 1))


def test_the_dependencies_are_those_that_have_a_reason() -> None:
    project = tomllib.loads(read(ROOT / "pyproject.toml"))
    declared = {
        *project["project"]["dependencies"],
        *project["dependency-groups"]["dev"],
    }
    names = {re.split(r"[\[<>=~]", entry)[0] for entry in declared}
    rows = re.findall(
        r"^\| ([\w, -]+) \|", read(ROOT / "docs/decisions/0006-dependencies.md"), re.MULTILINE
    )
    listed = {name for row in rows for name in row.split(", ")} - {"package", "---"}
    assert listed == names


def test_the_readmes_two_commands_are_targets() -> None:
    shown = re.findall(r"^make (\w+)$", read(ROOT / "README.md"), re.MULTILINE)
    assert shown == ["demo", "test"]
    assert set(shown) <= targets()


@pytest.mark.parametrize("page", ["README.md", "CONTRIBUTING.md"])
def test_commands_that_a_page_shows_exist(page: str) -> None:
    text = read(ROOT / page)
    assert set(re.findall(r"\bmake ([a-z]+)\b(?= |`|$)", text, re.MULTILINE)) - {"it"} <= targets()
    shown = set(re.findall(r"(?:^|`|&& )(?:\S+=\S+ )*milepost ([a-z][a-z-]*)", text, re.MULTILINE))
    assert shown <= commands()


def test_the_readme_shows_every_command() -> None:
    shown = set(re.findall(r"^milepost ([a-z][a-z-]*)", read(ROOT / "README.md"), re.MULTILINE))
    assert shown == commands()


def test_continuous_integration_runs_the_readmes_command() -> None:
    script = read(ROOT / ".ci/run")
    assert re.search(r"^make check\b", script, re.MULTILINE)
    assert re.search(r"^make test </dev/null", script, re.MULTILINE)


def test_the_licence_is_the_apache_licence() -> None:
    text = read(ROOT / "LICENSE")
    assert "Version 2.0, January 2004" in text
    assert "END OF TERMS AND CONDITIONS" in text
    assert 'license = "Apache-2.0"' in read(ROOT / "pyproject.toml")


def test_the_changelog_begins_with_the_version_of_the_project() -> None:
    version = tomllib.loads(read(ROOT / "pyproject.toml"))["project"]["version"]
    first = re.search(r"^## \[(\S+)\]", read(ROOT / "CHANGELOG.md"), re.MULTILINE)
    assert first
    assert first[1] in {version, "Unreleased"}
