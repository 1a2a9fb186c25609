"""The documents keep to the code, and the repository to its rules."""

from __future__ import annotations

import re
import subprocess
from pathlib import Path

import pytest
from conftest import ROOT

from builder.catalog.sources import ADAPTERS
from builder.cli import app
from builder.database import QUERIES
from builder.stats.schemes import SCHEMES

LISTED = subprocess.run(
    ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"],
    cwd=ROOT, capture_output=True, text=True, check=False,
).stdout.split("\0")  # fmt: skip
FILES = [ROOT / name for name in LISTED if name and (ROOT / name).is_file()]
DOCUMENTS = [
    *(ROOT / name for name in ("README.md", "ARCHITECTURE.md", "CHANGELOG.md")),
    *(ROOT / "docs").glob("*.md"),
]
OURS = ("brain-score-vision", "human-observers", "simulated-alignment", "simulated-joint", "timm-imagenet")
"""Studies that come with the project; who adopts it adds more, and may leave these out."""
LEFT_OUT = [study for study in OURS if not (ROOT / "data" / "studies" / f"{study}.toml").is_file()]


def test_the_repository_is_listed() -> None:
    assert len(FILES) > 100


@pytest.mark.parametrize("document", DOCUMENTS, ids=lambda path: path.name)
def test_every_file_and_anchor_that_a_document_names_is_there(document: Path) -> None:
    text = document.read_text()
    for target in re.findall(r"\]\(([^)#\s]*)#?([^)\s]*)\)", text):
        path, anchor = target
        if path.startswith("http"):
            continue
        named_file = document.parent / path if path else document
        assert named_file.exists(), target
        if anchor:
            heads = re.findall(r"^#+ (.+)$", named_file.read_text(), re.MULTILINE)
            assert anchor in [re.sub(r"[^\w -]", "", h.lower()).replace(" ", "-") for h in heads]
    for named in re.findall(r"`((?:builder|tests|queries|site_src|data)/[\w./-]+)`", text):
        if "<" not in named and "NN_" not in named and not any(study in named for study in LEFT_OUT):
            assert (ROOT / named).exists(), named


def test_no_key_stands_twice_in_the_configuration_of_mkdocs() -> None:
    """YAML takes the last of them without a word."""
    keys = re.findall(r"^(\w+):", (ROOT / "mkdocs.yml").read_text(), re.MULTILINE)
    assert "plugins" in keys
    assert len(keys) == len(set(keys))


def test_the_readme_names_every_command_study_and_exit_code() -> None:
    text = (ROOT / "README.md").read_text()
    for command in app.registered_commands:
        name = command.name or command.callback.__name__  # type: ignore[union-attr]
        assert f"`alignboard {name}`" in text
    for study in OURS:
        assert f"`{study}`" in text
    assert re.search(r"Exit codes: 0 .*1 .*2 .*3 .*4 ", text)
    assert "@@" not in text


def test_every_room_of_the_house_is_in_the_architecture() -> None:
    text = (ROOT / "ARCHITECTURE.md").read_text()
    for path in (ROOT / "builder").iterdir():
        if path.suffix == ".py" and path.stem != "__init__":
            assert path.name in text, path.name
        if path.is_dir() and path.name != "__pycache__":
            assert f"{path.name}/" in text, path.name
    for path in (ROOT / "builder" / "catalog").glob("*.py"):
        if path.stem != "__init__":
            assert path.name in text, path.name


def test_every_query_is_asked_and_begins_with_its_question() -> None:
    code = "".join(path.read_text() for path in (ROOT / "builder").rglob("*.py"))
    files = sorted(QUERIES.glob("*.sql"))
    assert [int(file.name[:2]) for file in files] == list(range(1, len(files) + 1))
    for file in files:
        assert file.read_text().startswith("-- "), file.name
        assert f'"{file.stem[3:]}"' in code, f"nobody asks {file.name}"


def test_the_readme_lists_every_adapter() -> None:
    text = (ROOT / "README.md").read_text(encoding="utf-8")
    for name, adapter in ADAPTERS.items():
        assert f"| `{name}` | {adapter.title} |" in text, name


def test_every_adapter_has_a_study_or_a_test_and_every_scheme_a_published_or_worked_case() -> None:
    studies = "".join(path.read_text() for path in (ROOT / "data" / "studies").glob("*.toml"))
    tests = "".join(path.read_text() for path in (ROOT / "tests").glob("test_source_*.py"))
    for adapter in ADAPTERS:
        assert f'adapter = "{adapter}"' in studies or f'ADAPTERS["{adapter}"].read(' in tests, adapter
    cases = (ROOT / "tests" / "test_stats_schemes.py").read_text()
    for scheme in SCHEMES.values():
        assert scheme.aggregate.__name__ in cases or scheme.id in cases, scheme.id


@pytest.mark.parametrize("suffix", [".py", ".js", ".css", ".sql", ".md", ".jinja", ".html"])
def test_no_file_of_code_is_over_four_hundred_lines(suffix: str) -> None:
    long = {
        str(path.relative_to(ROOT)): n
        for path in FILES
        if path.suffix == suffix and (n := len(path.read_text(encoding="utf-8").splitlines())) > 400
    }
    assert long == {}


def test_nothing_names_a_registry_or_a_path_of_a_machine() -> None:
    registry = re.compile(
        "|".join(["py" + "pi\\.org", "python" + "hosted", "registry\\.npm" + "js", "deb\\.debian"])
    )
    machine = re.compile(r"(?<![\w.])/(?:work|root|home/\w+)/")
    for path in FILES:
        if path.suffix in {".png", ".svg", ".csv"} or path.name == "test_docs.py":
            continue
        text = path.read_text(encoding="utf-8")
        assert not registry.search(text), path
        assert not machine.search(text), path


def test_lock_files_pin_every_package_with_hashes() -> None:
    for name in ("run", "dev", "spark"):
        text = (ROOT / "requirements" / f"{name}.txt").read_text()
        packages = re.findall(r"^([\w.\[\]-]+)==\S+", text, re.MULTILINE)
        assert len(packages) > 30
        blocks = re.split(r"^(?=[\w.\[\]-]+==)", text, flags=re.MULTILINE)[1:]
        assert all("--hash=sha256:" in block for block in blocks)


def test_every_source_of_a_scheme_is_among_the_references() -> None:
    listed = (ROOT / "site_src/templates/_references.html").read_text(encoding="utf-8").splitlines()[1:-1]
    assert listed == sorted(listed, key=str.lower)
    assert all(line.startswith("<li>") and line.endswith("</li>") for line in listed)
    cited: set[tuple[str, str]] = set()
    for scheme in SCHEMES.values():
        for part in scheme.source.split(";"):
            cited |= set(re.findall(r"([A-Z]\w+)(?=,? (?:[A-Z]|and|et al|\())[^()]*\((\d{4})\)", part))
    assert len(cited) >= 18
    for name, year in sorted(cited):
        assert any(line.startswith(f"<li>{name}") and f"({year})" in line for line in listed), (name, year)
