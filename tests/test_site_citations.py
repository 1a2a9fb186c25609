"""Citations in four forms, what a page says of itself to machines, and checking a ranking against both."""

from __future__ import annotations

import hashlib
import json
import re
import subprocess
from dataclasses import replace
from pathlib import Path

import pytest
from projects import book_of, served, study_of
from samples import STUDY, make_snapshot

from builder.catalog.study import Study
from builder.errors import DataError, SourceError
from builder.results import SnapshotResults, View
from builder.site.book import Book
from builder.site.citations import FORMATS, bibtex, citation, csl_json, plain, ris
from builder.site.downloads import write_tables
from builder.site.metadata import about
from builder.site.pages import all_pages
from builder.verify import ranking_file_digest, verify

HARD = r"Läufe & {50 %} of $x_1^2$ #~\ "
NAMED = 'authors = ["Ada Lovelace", "Institute of <Tests>"]\ndoi = "10.5281/zenodo.123"\n'


def a_view(book: Book) -> View:
    return book.views["everything", "complete", "mean-rank"]


@pytest.fixture(scope="module")
def book(tmp_path_factory: pytest.TempPathFactory) -> Book:
    study = study_of(tmp_path_factory.mktemp("study"), NAMED + STUDY)
    return book_of(study, site_url="https://boards.example/here/")


def test_every_form_names_study_snapshot_view_digest_and_address(book: Book) -> None:
    view = a_view(book)
    cited = citation(book, view)
    address = "https://boards.example/here/tiny/v/2025-01-31/view/everything/complete/mean-rank/"
    for written in (plain, bibtex, csl_json, ris):
        text = written(cited)
        for part in (
            "Tiny",
            "2025-01-31",
            view.title,
            view.digest,
            address,
            "10.5281/zenodo.123",
            "Lovelace",
        ):
            assert part in text, (written, part)


def test_bibtex_keeps_its_braces_whatever_a_title_holds(book: Book) -> None:
    view = replace(a_view(book), title=HARD + "}}} @misc{")
    text = bibtex(citation(book, view))
    # As BibTeX counts: a backslash does not save a brace from being counted, so none may be left alone.
    depth = 0
    for sign in text:
        depth += {"{": 1, "}": -1}.get(sign, 0)
        assert depth >= 0
    assert depth == 0
    assert text.count("@") == 2  # the entry's, and the title's, which stands within braces
    assert r"\& " in text
    assert r"50 \%" in text
    assert r"\$x\_1" in text


def test_csl_json_has_the_types_of_its_schema(book: Book) -> None:
    (item,) = json.loads(csl_json(citation(book, a_view(book))))
    assert item["type"] == "dataset"
    assert item["issued"] == {"date-parts": [[2025, 1, 31]]}
    assert item["author"] == [{"literal": "Ada Lovelace"}, {"literal": "Institute of <Tests>"}]
    assert item["DOI"] == "10.5281/zenodo.123"


def test_ris_has_one_field_a_line_and_its_end(book: Book) -> None:
    view = replace(a_view(book), title="one\r\nTY  - BOOK\x00")
    lines = ris(citation(book, view)).split("\r\n")
    assert lines[0] == "TY  - DATA"
    assert lines[-2:] == ["ER  - ", ""]
    assert all(re.fullmatch(r"[A-Z][A-Z0-9]  - [^\x00-\x1f]*", line) for line in lines[:-1])
    assert sum(line.startswith("TY") for line in lines) == 1
    assert sum(line.startswith("AU") for line in lines) == 2


def test_without_an_address_the_path_is_named(study: Study, tiny: SnapshotResults) -> None:
    book = Book(study, make_snapshot(), tiny)
    text = plain(citation(book, a_view(book)))
    assert "View tiny/v/2025-01-31/view/everything/complete/mean-rank/." in text
    assert "http" not in text
    assert "url =" not in bibtex(citation(book, a_view(book)))


@pytest.mark.parametrize("doi", ["zenodo.123", "https://doi.org/10.1/x", "10.5281/a b", '10.5281/"'])
def test_a_doi_that_is_none_is_refused(tmp_path: Path, doi: str) -> None:
    with pytest.raises(DataError, match="key 'doi'"):
        study_of(tmp_path, f"doi = {json.dumps(doi)}\n{STUDY}")


def test_a_page_says_what_it_is_to_machines(book: Book) -> None:
    found = {page.address: about(book, page) for page in all_pages(book)}
    view = a_view(book)
    head = found[view.address]
    data = json.loads(head["jsonld"])
    assert data["@type"] == "Dataset"
    assert 50 <= len(data["description"]) <= 5000
    assert f"sha256:{view.digest}" in data["identifier"]
    assert data["url"] in data["distribution"][0]["contentUrl"]
    assert data["distribution"][1]["contentUrl"].endswith(f"/tiny/v/2025-01-31/api/{view.address}.json")
    assert {link["rel"] for link in head["links"]} == {"cite-as", "describedby", "item"}
    assert head["links"][0]["href"] == "https://doi.org/10.5281/zenodo.123"
    assert json.loads(found[""]["jsonld"])["identifier"] == [
        f"sha256:{book.digest}",
        "doi:10.5281/zenodo.123",
    ]
    assert set(found["methods"]) <= {"social"}


def test_nothing_of_a_name_ends_the_script(tmp_path: Path) -> None:
    text = STUDY.replace('title = "Everything"', 'title = "</script><b>&"')
    book = book_of(study_of(tmp_path, text))
    page = next(page for page in all_pages(book) if page.subject.view is a_view(book))
    text = about(book, page)["jsonld"]
    assert "<" not in text
    assert "&" not in text
    assert "</script><b>&" in json.loads(text)["name"]


@pytest.fixture(scope="module")
def folder(book: Book, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A view's folder as it is published."""
    root = tmp_path_factory.mktemp("tables")
    write_tables(book, root)
    return root / a_view(book).address


def test_the_digest_is_what_cut_and_sha256sum_give(book: Book, folder: Path) -> None:
    command = f"cut -d, -f1-3 '{folder / 'ranking.csv'}' | sha256sum"
    said = subprocess.run(["sh", "-c", command], capture_output=True, text=True, check=True).stdout.split()[0]
    assert verify(str(folder)).digest == said == a_view(book).digest
    assert verify(str(folder / "ranking.csv"), said.upper()).n_models == len(a_view(book).ranking)
    assert verify(str(folder / "index.html")).digest == said


def test_line_ends_of_another_system_change_nothing(folder: Path) -> None:
    content = (folder / "ranking.csv").read_bytes()
    assert ranking_file_digest(content.replace(b"\n", b"\r\n"), "x") == ranking_file_digest(content, "x")


def test_an_address_is_verified_as_a_folder_is(folder: Path) -> None:
    with served(folder) as address:
        for place in (address, f"{address}/", f"{address}/ranking.csv", f"{address}/index.html?x=1#cite"):
            assert verify(place).digest == verify(str(folder)).digest
        with pytest.raises(SourceError, match=r"nowhere/ranking\.csv: cannot be fetched: .* 404"):
            verify(f"{address}/nowhere")


def test_a_changed_place_is_another_ranking(folder: Path, tmp_path: Path) -> None:
    for name in ("ranking.csv", "cite.json"):
        (tmp_path / name).write_bytes((folder / name).read_bytes())
    file = tmp_path / "ranking.csv"
    file.write_bytes(file.read_bytes().replace(b"\n2,", b"\n1,", 1))
    columns = [b",".join(line.split(b",")[:3]) for line in file.read_bytes().splitlines()]
    changed = hashlib.sha256(b"\n".join(columns) + b"\n")
    with pytest.raises(DataError, match=f"is not the cited ranking: its SHA-256 is {changed.hexdigest()}"):
        verify(str(tmp_path))


@pytest.mark.parametrize(
    ("name", "content", "said"),
    [
        ("ranking.csv", b"", "does not begin with the columns place, model_id, value"),
        ("ranking.csv", b"place;model_id;value\n1;a;2\n", "does not begin with the columns"),
        ("cite.json", b"[]", "names no digest of a ranking"),
        ("cite.json", None, "cannot be read: No such file or directory. Give the digest with --digest."),
        ("ranking.csv", None, "cannot be read: No such file"),
    ],
)
def test_what_cannot_be_verified_says_why(
    folder: Path, tmp_path: Path, name: str, content: bytes | None, said: str
) -> None:
    for kept in ("ranking.csv", "cite.json"):
        (tmp_path / kept).write_bytes((folder / kept).read_bytes())
    (tmp_path / name).unlink()
    if content is not None:
        (tmp_path / name).write_bytes(content)
    with pytest.raises(DataError, match=re.escape(said)):
        verify(str(tmp_path))


def test_a_digest_that_is_none_is_refused(folder: Path) -> None:
    with pytest.raises(DataError, match="not 64 hexadecimal digits"):
        verify(str(folder), "abc")


def test_each_form_stands_beside_the_ranking(folder: Path) -> None:
    cited = {file for _, file, _ in FORMATS}
    assert cited | {"ranking.csv", "ranking.parquet", "above.csv", "figure.svg"} == {
        path.name for path in folder.iterdir()
    }


ENTRIES = "@article{one,\n title = {A {B} c},\n}\n\n@misc{two:2020, note = {x}}"


def test_the_entries_of_the_data_s_source_follow_the_ranking_s(tmp_path: Path) -> None:
    study = study_of(tmp_path, STUDY.replace("[data]\n", f"[data]\nbibtex = '''\n{ENTRIES}\n'''\n"))
    book = book_of(study)
    text = bibtex(citation(book, a_view(book)))
    assert re.findall(r"^@(\w+)\{([^,]+),", text, re.MULTILINE) == [
        ("misc", "tiny-2025-01-31-everything-complete-mean-rank"),
        ("article", "one"),
        ("misc", "two:2020"),
    ]
    assert text.endswith(f"\n\n{ENTRIES}\n")


@pytest.mark.parametrize(
    "entries",
    [
        "Lovelace (1843)",
        "@misc{a, note = {b}",
        "@misc{a}",
        "@misc{a, b = {c}} and",
        "@misc{a, b = {c}}}",
        "@{a,}",
    ],
)
def test_what_is_not_bibtex_is_refused(tmp_path: Path, entries: str) -> None:
    with pytest.raises(DataError, match=r"key 'data\.bibtex'"):
        study_of(tmp_path, STUDY.replace("[data]\n", f"[data]\nbibtex = {json.dumps(entries)}\n"))
