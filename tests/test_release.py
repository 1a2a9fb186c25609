"""Two snapshots are frozen, a third is published: what is restored, and what is refused."""

from __future__ import annotations

import datetime as dt
import hashlib
import json
import re
import shutil
import subprocess
from collections.abc import Iterable
from dataclasses import replace
from pathlib import Path

import pytest
from playwright.sync_api import Browser
from projects import Page, build_project, contents, library, served
from releases import FIRST, NOTE, SECOND, THIRD, VIEW, Published, spoil

from builder.errors import BuildError, DataError
from builder.names import SNAPSHOT_ID
from builder.pipeline import _fronts
from builder.releases import archive, sums
from builder.releases.freeze import freeze
from builder.releases.guard import refuse_broken_links
from builder.releases.lock import FILE as LOCK
from builder.releases.lock import Lock, read_lock, write_lock
from builder.releases.restore import checked_files, read_release, restore
from builder.releases.sums import read_sums, tree_digest
from builder.site.swap import read_manifest

# The archive


def test_freezing_again_keeps_the_archive_and_gives_the_same_bytes(copied: Published) -> None:
    kept = {path.name: path.read_bytes() for path in copied.releases.iterdir()}
    assert sorted(kept) == [f"tiny-{FIRST}.release.tar.gz", f"tiny-{SECOND}.release.tar.gz"]
    locked = (copied.root / LOCK).read_bytes()
    assert freeze(copied.root, copied.site, FIRST, "tiny", copied.releases).kept
    for path in copied.releases.iterdir():
        path.unlink()
    for snapshot in (FIRST, SECOND):  # of a site that was restored from them
        assert not freeze(copied.root, copied.site, snapshot, "", copied.releases).kept
    assert {path.name: path.read_bytes() for path in copied.releases.iterdir()} == kept
    assert (copied.root / LOCK).read_bytes() == locked


def test_the_archive_proves_itself_without_alignboard(published: Published, tmp_path: Path) -> None:
    path = published.releases / f"tiny-{FIRST}.release.tar.gz"
    environment = {"PATH": "/usr/bin:/bin", "LC_ALL": "C", "TZ": "Pacific/Auckland"}
    subprocess.run(["tar", "-xzf", path], cwd=tmp_path, env=environment, check=True)
    listed = tmp_path / "site" / "tiny" / "releases" / FIRST / "SHA256SUMS"
    command = f"sha256sum --quiet --strict --check {listed} && grep '  tiny/v/{FIRST}/' {listed} | sha256sum"
    said = subprocess.run(["bash", "-c", command], cwd=tmp_path / "site", capture_output=True, text=True,
                          env=environment, check=True)  # fmt: skip
    locked = read_lock(published.root)
    assert said.stdout.split()[0] == locked.trees[f"tiny/v/{FIRST}/"]
    here = contents(tmp_path / "site")
    assert len(listed.read_text().splitlines()) == len(here) - 1
    record = json.loads(here[f"tiny/releases/{FIRST}/release.json"])
    assert (record["study"], record["snapshot"], record["front"]["n_models"]) == ("tiny", FIRST, 3)
    assert record["data_package"] == f"tiny/v/{FIRST}/data/datapackage.json"
    assert record["data_package"] in here
    assert f"tiny/releases/{FIRST}/requirements/run.txt" in here
    assert {name for name in here if name.startswith("assets/")} >= {f"{record['assets'][0]}alignboard.js"}


def test_an_archive_of_other_content_is_not_overwritten(copied: Published) -> None:
    target = copied.releases / f"tiny-{FIRST}.release.tar.gz"
    (copied.releases / f"tiny-{SECOND}.release.tar.gz").replace(target)
    before = target.read_bytes()
    with pytest.raises(BuildError, match="holds other content"):
        freeze(copied.root, copied.site, FIRST, "tiny", copied.releases)
    assert target.read_bytes() == before


def test_what_is_locked_is_not_frozen_again_with_other_content(copied: Published) -> None:
    shutil.rmtree(copied.site / "tiny" / "releases")
    spoil(copied.site / "tiny" / "v" / FIRST / "methods" / "index.html")
    locked = (copied.root / LOCK).read_bytes()
    with pytest.raises(BuildError, match=rf"links\.lock.*'tiny/v/{FIRST}/methods/'"):
        freeze(copied.root, copied.site, FIRST, "tiny", copied.root / "elsewhere")
    assert (copied.root / LOCK).read_bytes() == locked


def test_a_ranking_that_is_not_what_it_says_is_not_frozen(copied: Published) -> None:
    spoil(copied.site / VIEW / "ranking.csv", b"beta", b"bega")
    with pytest.raises(DataError, match=r"arithmetic-mean/ranking\.csv: has the digest"):
        freeze(copied.root, copied.site, FIRST, "tiny", copied.root / "elsewhere")


def test_a_file_that_changes_while_it_is_frozen_is_told(
    copied: Published, monkeypatch: pytest.MonkeyPatch
) -> None:
    page = copied.site / "tiny" / "v" / FIRST / "methods" / "index.html"
    taken = sums.hashed

    def then_spoiled(root: Path, paths: Iterable[str]) -> dict[str, str]:
        found = taken(root, paths)
        if f"tiny/v/{FIRST}/methods/index.html" in found:
            spoil(page)
        return found

    monkeypatch.setattr(sums, "hashed", then_spoiled)
    shutil.rmtree(copied.site / "tiny" / "releases")
    before = (copied.root / LOCK).read_bytes()
    with pytest.raises(DataError, match=r"methods/index\.html: changed while it was frozen"):
        freeze(copied.root, copied.site, FIRST, "tiny", copied.root / "elsewhere")
    assert (copied.root / LOCK).read_bytes() == before
    assert list((copied.root / "elsewhere").iterdir()) == []


def test_pages_of_other_snapshots_that_a_frozen_one_names_are_locked(copied: Published) -> None:
    (copied.root / LOCK).unlink()
    freeze(copied.root, copied.site, SECOND, "tiny", copied.root / "elsewhere")
    locked = read_lock(copied.root)
    assert locked.lines[f"tiny/v/{FIRST}/"] == "-", "named by the first page"
    named = {address for address in locked.within(f"tiny/v/{FIRST}/") if "/view/" in address}
    assert named == {
        f"tiny/v/{FIRST}/{path.relative_to(copied.site / 'tiny' / 'v' / SECOND).parent.as_posix()}/"
        for path in (copied.site / "tiny" / "v" / SECOND / "view").rglob("index.html")
    }
    assert {locked.lines[address] for address in named} == {"-"}
    shutil.rmtree(copied.site / "tiny" / "v" / FIRST)
    with pytest.raises(BuildError, match=rf"would be gone: 'tiny/v/{FIRST}/'"):
        refuse_broken_links(copied.site, locked, read_manifest(copied.site), (), None)


def test_nothing_half_is_left_where_the_disk_is_full(
    copied: Published, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(*_arguments: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(archive.os, "fsync", full)
    folder = copied.root / "elsewhere"
    with pytest.raises(BuildError, match="No space left on device"):
        freeze(copied.root, copied.site, FIRST, "tiny", folder)
    assert list(folder.iterdir()) == []


def test_an_unknown_snapshot_is_named(published: Published) -> None:
    with pytest.raises(DataError, match=f"Did you mean '{FIRST}'"):
        freeze(published.root, published.site, "2024-10-30", "", published.releases)


# What a build does


def test_a_byte_of_a_release_is_caught_by_the_build(copied: Published) -> None:
    before = contents(copied.site)
    path = copied.releases / f"tiny-{FIRST}.release.tar.gz"
    content = bytearray(path.read_bytes())
    content[len(content) // 2] ^= 1
    path.write_bytes(content)
    with pytest.raises(DataError, match=f"tiny-{FIRST}"):
        build_project(copied.root, copied.site, study="tiny", releases=copied.releases)
    assert contents(copied.site) == before


def test_a_file_of_a_release_is_named_when_it_was_altered(copied: Published) -> None:
    path = copied.releases / f"tiny-{FIRST}.release.tar.gz"
    files = dict(archive.read_archive(path))
    files[f"tiny/v/{FIRST}/methods/index.html"] += b" "
    archive.write_archive(path, files.items(), dt.date(2024, 11, 30))
    with pytest.raises(DataError, match=f"'tiny/v/{FIRST}/methods/index.html' is not the file"):
        build_project(copied.root, copied.site, study="tiny", releases=copied.releases)


def test_an_altered_release_whose_sums_fit_is_told_by_the_lock(copied: Published) -> None:
    path = copied.releases / f"tiny-{FIRST}.release.tar.gz"
    page = f"tiny/v/{FIRST}/methods/index.html"
    files = dict(archive.read_archive(path))
    old = hashlib.sha256(files[page]).hexdigest()
    files[page] += b" "
    listed = f"tiny/releases/{FIRST}/SHA256SUMS"
    files[listed] = files[listed].replace(old.encode(), hashlib.sha256(files[page]).hexdigest().encode())
    record = f"tiny/releases/{FIRST}/release.json"
    digest = tree_digest(read_sums(files[listed].decode(), ""), f"tiny/v/{FIRST}/")
    old = hashlib.sha256(files[record]).hexdigest()
    files[record] = json.dumps(json.loads(files[record]) | {"tree_sha256": digest}).encode()
    files[listed] = files[listed].replace(old.encode(), hashlib.sha256(files[record]).hexdigest().encode())
    archive.write_archive(path, files.items(), dt.date(2024, 11, 30))
    assert len(list(checked_files(read_release(path)))) == len(files)  # it fits itself
    with pytest.raises(DataError, match=r"is not what links\.lock locks"):
        build_project(copied.root, copied.site, study="tiny", releases=copied.releases)


def test_what_a_release_says_of_itself_is_locked_too(copied: Published) -> None:
    path = copied.releases / f"tiny-{FIRST}.release.tar.gz"
    files = dict(archive.read_archive(path))
    listed, record = f"tiny/releases/{FIRST}/SHA256SUMS", f"tiny/releases/{FIRST}/release.json"
    old = hashlib.sha256(files[record]).hexdigest()
    files[record] = files[record].replace(b"Three models", b"Four models")
    files[listed] = files[listed].replace(old.encode(), hashlib.sha256(files[record]).hexdigest().encode())
    archive.write_archive(path, files.items(), dt.date(2024, 11, 30))
    with pytest.raises(DataError, match=r"its SHA256SUMS is not what links\.lock locks"):
        build_project(copied.root, copied.site, study="tiny", releases=copied.releases)


def test_a_release_that_nobody_locked_is_not_restored(copied: Published) -> None:
    (copied.root / LOCK).unlink()
    with pytest.raises(DataError, match=r"is not frozen in links\.lock"):
        build_project(copied.root, copied.site, study="tiny", releases=copied.releases)


@pytest.mark.parametrize("what", ["a stranger", "an asset elsewhere", "another digest"])
def test_a_release_that_is_not_of_its_snapshot_alone_is_refused(copied: Published, what: str) -> None:
    path = copied.releases / f"tiny-{FIRST}.release.tar.gz"
    files = dict(archive.read_archive(path))
    listed, record = f"tiny/releases/{FIRST}/SHA256SUMS", f"tiny/releases/{FIRST}/release.json"
    said = json.loads(files[record])
    if what == "a stranger":
        files["tiny/latest/index.html"] = b"<p>mine</p>"
    elif what == "an asset elsewhere":
        said["assets"] = [*said["assets"], "tiny/latest/"]
    else:
        said["tree_sha256"] = "0" * 64
    files[record] = json.dumps(said).encode()
    hashes = {name: hashlib.sha256(data).hexdigest() for name, data in files.items() if name != listed}
    files[listed] = sums.sums_text(hashes).encode()
    archive.write_archive(path, files.items(), dt.date(2024, 11, 30))
    message = (
        "says another digest"
        if what == "another digest"
        else "holds what is not of its snapshot: 'tiny/latest/"
    )
    with pytest.raises(DataError, match=message):
        read_release(path)


def test_a_release_without_a_file_that_it_lists_is_told(copied: Published) -> None:
    path = copied.releases / f"tiny-{FIRST}.release.tar.gz"
    files = dict(archive.read_archive(path))
    del files[f"tiny/v/{FIRST}/methods/index.html"]
    archive.write_archive(path, files.items(), dt.date(2024, 11, 30))
    with pytest.raises(DataError, match=rf"lacks 'tiny/v/{FIRST}/methods/index\.html'"):
        list(checked_files(read_release(path)))


def test_what_an_older_site_left_is_not_mixed_with_a_release(copied: Published) -> None:
    strays = [copied.site / folder / FIRST / "stray.html" for folder in ("tiny/v", "tiny/releases")]
    for stray in strays:
        stray.write_text("old")
    restore(read_release(copied.releases / f"tiny-{FIRST}.release.tar.gz"), copied.site)
    assert [stray.exists() for stray in strays] == [False, False]


def test_two_releases_of_one_snapshot_are_refused(copied: Published) -> None:
    shutil.copy(copied.releases / f"tiny-{FIRST}.release.tar.gz", copied.releases / "other.release.tar.gz")
    (copied.releases / "data.tar.gz").write_bytes(b"of another kind, and none of ours")
    with pytest.raises(DataError, match=rf"a release of tiny {FIRST}, as "):
        build_project(copied.root, copied.site, study="tiny", releases=copied.releases)


def test_a_site_without_a_locked_page_is_not_published(copied: Published) -> None:
    lock = read_lock(copied.root)
    gone = {f"tiny/v/{FIRST}/model/model-{i}/": f"page:{'0' * 64}" for i in range(30)}
    write_lock(copied.root, Lock({**lock.lines, **gone}))
    before = contents(copied.site)
    with pytest.raises(BuildError) as caught:
        build_project(copied.root, copied.site, study="tiny", snapshot=FIRST, releases=copied.releases)
    said = str(caught.value)
    assert said.startswith(
        "links.lock: 30 published addresses would be gone: 'tiny/v/2024-11-30/model/model-0/'"
    )
    assert "and 10 more" in said
    assert "--releases" in said
    assert contents(copied.site) == before


def test_a_page_that_the_site_had_stays_though_its_snapshot_is_not_built(copied: Published) -> None:
    locked = Lock({"tiny/latest/": "-", "other/": "-", "tiny/v/2020-01-01/": "-"})
    manifest = read_manifest(copied.site)
    (copied.site / "tiny" / "latest" / "index.html").unlink()
    with pytest.raises(BuildError, match=r"1 published address would be gone: 'tiny/latest/'"):
        refuse_broken_links(copied.site, locked, manifest, (), {"tiny/latest/"})
    refuse_broken_links(copied.site, locked, manifest, (), set())
    with pytest.raises(BuildError, match=r"3 published addresses would be gone"):
        refuse_broken_links(copied.site, locked, manifest, (), None)


def test_a_kept_page_of_a_frozen_snapshot_is_held_against_the_lock(copied: Published) -> None:
    locked, manifest = read_lock(copied.root), read_manifest(copied.site)
    page = copied.site / "tiny" / "v" / FIRST / "methods" / "index.html"
    whole = page.read_bytes()
    spoil(page)  # its SHA256SUMS stays
    trees = {f"tiny/v/{FIRST}/", f"tiny/v/{SECOND}/"}
    with pytest.raises(BuildError, match=rf"would show something else: 'tiny/v/{FIRST}/methods/'"):
        refuse_broken_links(copied.site, locked, manifest, trees - {f"tiny/v/{FIRST}/"}, set())
    page.write_bytes(whole)
    spoil(copied.site / "tiny" / "v" / FIRST / "coverage" / "cost.csv")
    with pytest.raises(BuildError, match=rf"would show something else: 'tiny/v/{FIRST}/'\."):
        refuse_broken_links(copied.site, locked, manifest, trees - {f"tiny/v/{FIRST}/"}, set())
    refuse_broken_links(copied.site, locked, manifest, trees, set())  # its files were checked just now


def test_restored_snapshots_stand_among_the_others_by_their_place_now(copied: Published) -> None:
    release = read_release(copied.releases / f"tiny-{SECOND}.release.tar.gz")
    refs = library(copied.root).choose("tiny")
    [front] = _fronts([release], [replace(ref, position=ref.position + 5) for ref in refs])
    assert (release.record.front.position, front.position) == (1, 6)
    assert [front] == [replace(release.record.front, position=6)]
    assert [one.position for one in _fronts([release], [])] == [1], "where the study has it no more"


def test_a_frozen_snapshot_is_not_rebuilt_to_other_bytes(copied: Published) -> None:
    study = copied.root / "data" / "studies" / "tiny.toml"
    study.write_text(study.read_text().replace('title = "Tiny"', 'title = "Tinier"'))
    before = contents(copied.site)
    with pytest.raises(
        BuildError, match=rf"would show something else: .*'tiny/v/{FIRST}/methods/'"
    ) as caught:
        build_project(copied.root, copied.site, study="tiny", snapshot=FIRST)
    assert "corrects" in str(caught.value)
    assert contents(copied.site) == before


def test_a_release_outlives_its_snapshot_s_data(copied: Published) -> None:
    shutil.rmtree(copied.root / "data" / "snapshots" / "tiny" / FIRST)
    study = copied.root / "data" / "studies" / "tiny.toml"
    study.write_text(re.sub(r"\[dois\]\n.*\n", "", study.read_text()))
    before = contents(copied.site / "tiny" / "v" / FIRST)
    shutil.rmtree(copied.root / "data" / "snapshots" / "tiny" / THIRD)
    build_project(copied.root, copied.site, study="tiny", releases=copied.releases)
    assert contents(copied.site / "tiny" / "v" / FIRST) == before


# Corrections and DOIs


def test_a_correction_says_what_it_corrects_and_the_lists_say_so(published: Published) -> None:
    assert re.fullmatch(SNAPSHOT_ID, THIRD)
    site = published.site
    text = Page.read(site / "tiny" / "v" / THIRD / "index.html").text
    assert f"This snapshot corrects {SECOND}, which stays as it was published: {NOTE}." in text
    assert f"{SECOND}: {NOTE}." in Page.read(site / "tiny" / "v" / THIRD / "data" / "index.html").text
    rows = {row["version"]: row for row in json.loads((site / "tiny/v/versions.json").read_text())}
    assert list(rows) == [THIRD, SECOND, FIRST]
    assert rows[THIRD]["properties"] == {"corrects": SECOND, "note": NOTE}
    assert rows[SECOND]["properties"] == {"corrected_by": THIRD, "why": f"{NOTE}."}
    assert "properties" not in rows[FIRST]
    feed = (site / "tiny" / "feed.xml").read_text(encoding="utf-8")
    assert f"Corrects {SECOND}: {NOTE.replace('<', '&lt;').replace('>', '&gt;')}. " in feed
    assert f"<summary>Corrected by {THIRD}. 3 models" in feed
    assert f">{SECOND}</a> (corrected)" in (site / "index.html").read_text(encoding="utf-8")
    package = json.loads((site / "tiny" / "v" / THIRD / "data" / "datapackage.json").read_text())
    assert (package["corrects"], package["note"]) == (SECOND, NOTE)


def test_a_frozen_page_says_that_it_was_corrected(published: Published, browser: Browser) -> None:
    with served(published.site) as address:
        page = browser.new_page()
        page.goto(f"{address}/tiny/v/{SECOND}/methods/", wait_until="networkidle")
        note = page.locator(".ab-correction")
        assert note.inner_text() == (
            f"This snapshot was corrected by {THIRD}, and stays as it was published: {NOTE}."
        )
        assert note.locator("a").get_attribute("href") == f"{address}/tiny/v/{THIRD}/"
        note.locator("a").click()
        page.wait_for_url(f"{address}/tiny/v/{THIRD}/**")
        page.goto(f"{address}/tiny/v/{FIRST}/methods/", wait_until="networkidle")
        assert not page.locator(".ab-correction").is_visible()
        page.close()


def test_a_snapshot_s_doi_stands_in_its_citations_and_the_study_s_in_the_others(published: Published) -> None:
    for snapshot, doi in ((FIRST, "10.5281/zenodo.101"), (SECOND, "10.5281/zenodo.100")):
        folder = published.site / VIEW.replace(FIRST, snapshot)
        for name in ("cite.bib", "cite.json", "cite.ris", "index.html"):
            found = set(re.findall(r"10\.5281/zenodo\.\d+", (folder / name).read_text(encoding="utf-8")))
            assert found == {doi}, name
        overview = (published.site / "tiny" / "v" / snapshot / "index.html").read_text(encoding="utf-8")
        assert f'"doi:{doi}"' in overview
