"""Checking a built site: a whole one is whole, and each fault is found and named."""

from __future__ import annotations

import gzip
import hashlib
import re
import shutil
from pathlib import Path

import pytest
from projects import Page
from releases import FIRST, SECOND, THIRD, VIEW, Published, spoil
from typer.testing import CliRunner

from builder.cli import app
from builder.errors import BuildError, DataError
from builder.releases.guard import refuse_broken_links
from builder.releases.lock import Lock, read_lock, write_lock
from builder.site.swap import read_manifest
from builder.sitecheck.check import check_site
from builder.sitecheck.digests import lock_problems
from builder.sitecheck.html_links import LINKS, page_links
from builder.sitecheck.inventory import open_site
from builder.sitecheck.listings import listing_problems


def test_a_whole_site_is_whole(published: Published) -> None:
    found = check_site(published.site, published.root)
    assert found.problems == ()
    assert (found.n_releases, found.n_locked) == (2, len(read_lock(published.root).lines))
    assert found.n_pages == len(list(published.site.rglob("*.html")))
    assert found.n_views == sum(entry.n_views for entry in read_manifest(published.site).entries)


LAST = f"tiny/v/{THIRD}"
MEAN = f"{LAST}/view/everything/complete/z-mean"
ENTRY = b"<entry><id>x</id><title>x</title><updated>2024-12-31T00:00:00Z</updated></entry>"
FEED, PAGES = b"</feed>", b"</urlset>"
GONE, STRAY, A_BYTE = b"gone", b"stray", b""
# What is wrong -> file, bytes before and after, and what is said of it.
FAULTS: dict[str, tuple[str, bytes, bytes, str]] = {
    "a frozen page": (f"tiny/v/{FIRST}/methods/index.html", A_BYTE, b"", "is not the file that SHA256SUMS"),
    "a frozen script": ("assets/*/*/copy.js", A_BYTE, b"", "is not the file that SHA256SUMS"),
    "a frozen file gone": (f"tiny/v/{FIRST}/coverage/cost.csv", GONE, b"", "is not there, though SHA256SUMS"),
    "sums": (f"tiny/releases/{FIRST}/SHA256SUMS", b"  tiny", b" tiny", "is no line of SHA-256"),
    "a ranking": (f"{MEAN}/ranking.csv", b"beta", b"bela", "has the digest"),
    "a citation": (f"{MEAN}/cite.json", b"king: ", b"king: 0", "does not name"),
    "a link": (f"{LAST}/index.html", b'href="rankings/"', b'href="ranking/"', "ranking/index.html'"),
    "an absolute link": (f"{LAST}/index.html", b'href="rankings/"', b'href="/nowhere"', "to 'nowhere'"),
    "a link out of it": (f"{LAST}/index.html", b'href="rankings/"', b'href="../../../../x"', r"'\.\./x"),
    "an anchor": (f"{LAST}/data/index.html", b'id="cell-states"', b'id="cell-state"', "#cell-states'"),
    "a page gone": (f"{LAST}/model/beta/index.html", GONE, b"", f"links to '{LAST}/model/beta/index.html'"),
    "a document": (f"{LAST}/api/coverage.json", b'"frontier"', b'"frontear"', "does not fit its schema"),
    "a document's hash": (f"{LAST}/api/coverage.json", b'{"', b'{ "', "is not the file that"),
    "a schema": (f"{LAST}/api/schemas/view.schema.json", GONE, b"", "has no schema"),
    "a package's table": (f"{LAST}/data/scores.csv", A_BYTE, b"", "is not the file that"),
    "JSON": (f"{LAST}/figures/coverage.vl.json", b"{", b"", "is not JSON"),
    "versions": ("tiny/v/versions.json", b'"latest"', b'"newest"', "does not list the study's snapshots"),
    "a sitemap": (f"{LAST}/sitemap.xml", b"/methods/", b"/method/", "does not list the snapshot's pages"),
    "a packed sitemap": (f"{LAST}/sitemap.xml.gz", GONE, b"", "cannot be read"),
    "XML": ("feed.xml", b"<entry>", b"<entry", "is not well-formed XML"),
    "a feed's entry": ("tiny/feed.xml", b"<updated>", b"<updated/><u>", "not well-formed"),
    "a feed's length": ("tiny/feed.xml", FEED, ENTRY + FEED, "has 4 entries, and the site has 3 snapshots"),
    "an id twice": ("feed.xml", FEED, 2 * ENTRY + FEED, "has two entries of one id"),
    "a foreign page": (f"{LAST}/sitemap.xml", PAGES, b"<url><loc>http://o.example/</loc></url>" + PAGES,
                       "see an address of another site"),
    "a search index": (f"{LAST}/search/search_index.json", b'"location":"data/', b'"location":"date/',
                       "search_index.json: links to"),
    "a table of croissant.json": (f"{LAST}/croissant.json", b'"sha256": "', b'"sha256": "0',
                                  "is not the file that .*croissant"),
    "a feed's link": ("tiny/feed.xml", b'href="v/2024', b'href="v/2023', "links to 'v/2023"),
    "a stray snapshot": ("tiny/v/2023-01-01/index.html", STRAY, b"", "is not listed in .alignboard"),
    "an address above": ("tiny/latest/index.html", GONE, b"", "1 published address: 'tiny/latest/'"),
}  # fmt: skip


@pytest.mark.parametrize("fault", FAULTS)
def test_each_fault_is_found(copied: Published, fault: str) -> None:
    name, old, new, said = FAULTS[fault]
    if old == STRAY:
        path = copied.site / name
        path.parent.mkdir()
        path.write_text("<title>x</title>")
    else:
        [path] = copied.site.glob(name)
        if old == GONE:
            path.unlink()
        else:
            spoil(path, old, new)
    found = [str(problem) for problem in check_site(copied.site, copied.root).problems]
    assert [one for one in found if re.search(said, one)], found


def test_a_frozen_page_altered_with_its_sums_is_told_by_the_lock(copied: Published) -> None:
    page = copied.site / "tiny" / "v" / FIRST / "methods" / "index.html"
    old = hashlib.sha256(page.read_bytes()).hexdigest()
    spoil(page)
    listed = copied.site / "tiny" / "releases" / FIRST / "SHA256SUMS"
    spoil(listed, old.encode(), hashlib.sha256(page.read_bytes()).hexdigest().encode())
    [problem] = check_site(copied.site, copied.root).problems
    assert problem.what == (
        f"not as frozen: 2 frozen addresses: 'tiny/v/{FIRST}/methods/', 'tiny/releases/{FIRST}/SHA256SUMS'."
    )


def test_what_is_wrong_with_a_file_that_releases_share_is_said_once(copied: Published) -> None:
    [script] = copied.site.glob("assets/*/*/copy.js")
    spoil(script)
    [problem] = check_site(copied.site, copied.root).problems
    assert problem.where == script.relative_to(copied.site).as_posix()


def test_a_restored_snapshot_without_its_record_is_told(copied: Published) -> None:
    shutil.rmtree(copied.site / "tiny" / "releases" / FIRST)
    path = f"tiny/releases/{FIRST}/SHA256SUMS"
    what = f"is not there, though a build restores it from tiny-{FIRST}.release.tar.gz."
    found = check_site(copied.site, copied.root, "", copied.releases)
    assert [(one.where, one.what) for one in found.problems] == [(path, what)]
    asked = ["verify-site", str(copied.site), "--root", str(copied.root)]
    said = CliRunner().invoke(app, asked)
    assert (said.exit_code, f"{path}: {what}" in said.output) == (1, True), "the project's releases/ are read"

    # Built again to the same bytes, where the archive is not at hand: no fault, and said.
    (copied.releases / f"tiny-{FIRST}.release.tar.gz").unlink()
    said = CliRunner().invoke(app, asked)
    assert (said.exit_code, f"no archive here to restore from: tiny {FIRST}.\n" in said.output) == (0, True)
    found = check_site(copied.site, copied.root)
    assert (found.problems, found.unproved, found.n_releases) == ((), (f"tiny {FIRST}",), 1)


def test_a_release_that_no_line_locks_any_more_is_told(copied: Published) -> None:
    lines = read_lock(copied.root).lines
    write_lock(copied.root, Lock({one: said for one, said in lines.items() if FIRST not in one}))
    [problem] = check_site(copied.site, copied.root).problems
    assert problem.where == f"tiny/releases/{FIRST}/SHA256SUMS"
    assert problem.what == f"is of a frozen snapshot, and links.lock does not have 'tiny/v/{FIRST}/'."
    (copied.root / "links.lock").unlink()
    assert check_site(copied.site, copied.root).problems == (), "as of a site that was fetched alone"


def test_an_archive_that_is_damaged_is_told_with_what_else_is_wrong(copied: Published) -> None:
    archive = copied.releases / f"tiny-{FIRST}.release.tar.gz"
    archive.write_bytes(archive.read_bytes()[:100])
    (copied.site / "tiny" / "latest" / "index.html").unlink()
    found = check_site(copied.site, copied.root, "", copied.releases)
    assert [one for one in found.problems if one.where == str(archive)]
    assert [one for one in found.problems if "'tiny/latest/'" in one.what]


def altered(lock: Lock, address: str, said: str | None) -> Lock:
    """The lock with another digest of an address, or without its line."""
    lines = {one: digest for one, digest in lock.lines.items() if one != address or said is not None}
    return Lock(lines if said is None else {**lines, address: said})


OF_FIRST = f"links.lock: {{}} what was frozen with 'tiny/v/{FIRST}/': '{{}}'. Take links.lock from Git again"
NO_DIGEST = f"links.lock: has no digest of 1 page or ranking of the frozen 'tiny/v/{FIRST}/': '{{}}'. Take"
METHODS = f"tiny/v/{FIRST}/methods/"
# What is altered in links.lock, where the site is whole -> address, its line, and what is said.
ALTERED: dict[str, tuple[str, str | None, str]] = {
    "a page's digit": (
        METHODS,
        f"page:{'0' * 64}",
        OF_FIRST.format("1 line has another digest than", METHODS),
    ),
    "a ranking's digit": (VIEW, f"view:{'0' * 64}", OF_FIRST.format("1 line has another digest than", VIEW)),
    "a ranking's kind": (VIEW, f"page:{'0' * 64}", OF_FIRST.format("1 line has another digest than", VIEW)),
    "a page's line": (METHODS, None, NO_DIGEST.format(METHODS)),
    "a ranking's line": (VIEW, None, NO_DIGEST.format(VIEW)),
    "a page's digest": (METHODS, "-", NO_DIGEST.format(METHODS)),
    "a folder's line": (f"tiny/v/{FIRST}/", None, f"links.lock: has digests of what is in 'tiny/v/{FIRST}/'"),
}


@pytest.mark.parametrize("what", ALTERED)
def test_a_line_of_the_lock_that_was_changed_or_removed_is_told(published: Published, what: str) -> None:
    address, said, told = ALTERED[what]
    locked, site = altered(read_lock(published.root), address, said), open_site(published.site)
    problems = [str(one) for one in lock_problems(site, locked, "", {}, [])]
    assert [one for one in problems if one.startswith(told)] == problems != []
    trees = {f"tiny/v/{FIRST}/", f"tiny/v/{SECOND}/"}
    for restored in (set(), trees):
        with pytest.raises(BuildError) as caught:
            refuse_broken_links(site.root, locked, site.manifest, restored, None)
        assert [str(one) for one in caught.value.problems] == problems, restored


def test_the_commands_say_what_they_found(copied: Published) -> None:
    def run(*arguments: str) -> tuple[int, str]:
        answer = CliRunner().invoke(app, [*arguments, "--root", str(copied.root)])
        return answer.exit_code, answer.output

    code, said = run("freeze", FIRST, "--site", str(copied.site))
    assert (code, f"tiny {FIRST} is frozen: " in said, "0 more lines" in said) == (0, True, True)
    code, said = run("verify-site", str(copied.site))
    assert (code, "is whole: " in said, "2 restored releases" in said) == (0, True, True)
    spoil(copied.site / "tiny" / "v" / FIRST / "methods" / "index.html")
    code, said = run("verify-site", str(copied.site))
    assert (code, f"tiny/v/{FIRST}/methods/index.html: is not the file" in said) == (1, True)
    assert "--releases DIR" in said
    code, said = run("verify-site", str(copied.root))
    assert (code, "is not a built site" in said) == (1, True)


def test_a_frozen_site_may_move_to_another_address(copied: Published) -> None:
    """As if it had been frozen where it stood before: SHA256SUMS says the sitemap that has that address."""
    for snapshot in (FIRST, SECOND, THIRD):
        sitemap = copied.site / "tiny" / "v" / snapshot / "sitemap.xml"
        text = sitemap.read_bytes().replace(b"http://localhost/", b"http://old.example/boards/")
        sitemap.write_bytes(text)
        Path(f"{sitemap}.gz").write_bytes(gzip.compress(text, mtime=0))
    found = {problem.where: problem.what for problem in listing_problems(open_site(copied.site))}
    assert list(found) == [f"tiny/v/{THIRD}/sitemap.xml"], "what is no release has to name this site"
    page = copied.site / "tiny" / "v" / FIRST / "methods" / "index.html"
    page.unlink()
    found = {problem.where: problem.what for problem in listing_problems(open_site(copied.site))}
    assert f"see tiny/v/{FIRST}/methods/index.html" in found[f"tiny/v/{FIRST}/sitemap.xml"]


def test_a_site_of_one_study_is_held_to_what_is_locked_of_it(copied: Published) -> None:
    lock = read_lock(copied.root)
    write_lock(copied.root, Lock({**lock.lines, "other/v/2020-01-01/": f"tree:{'0' * 64}", "other/": "-"}))
    locked, site = read_lock(copied.root), open_site(copied.site)
    [problem] = lock_problems(site, locked, "", {}, [])
    assert problem.what == "not there: 2 published addresses: 'other/', 'other/v/2020-01-01/'."
    assert lock_problems(site, locked, "tiny", {}, []) == []
    spoil(copied.site / "tiny" / "v" / SECOND / "methods" / "index.html")
    (copied.site / "tiny" / "latest" / "index.html").unlink()
    found = [str(one) for one in check_site(copied.site, copied.root, "tiny").problems]
    assert [one for one in found if "1 published address: 'tiny/latest/'" in one]
    assert [one for one in found if f"tiny/v/{SECOND}/methods/index.html: is not the file" in one]
    assert not [one for one in found if "other/" in one]
    with pytest.raises(DataError, match="Did you mean 'tiny'"):
        check_site(copied.site, copied.root, "tinny")


def test_locked_addresses_of_other_studies_are_counted_and_not_published_over(copied: Published) -> None:
    own = len(read_lock(copied.root).within("tiny/"))
    more = {
        "other/v/2020-01-01/": f"tree:{'0' * 64}",
        "other/v/2020-01-01/methods/": f"page:{'0' * 64}",
        "other/": "-",
        "assets/alignboard/000000000000/": f"tree:{'0' * 64}",
    }
    write_lock(copied.root, Lock({**read_lock(copied.root).lines, **more}))
    found = check_site(copied.site, copied.root, "tiny")
    assets = [one for one in read_lock(copied.root).trees if one.startswith("assets/") and one not in more]
    none = len(read_lock(copied.root).lines) - own - len(assets) - 3
    assert (found.problems, found.n_locked) == ((), own + len(assets))
    assert found.elsewhere == {"": none, "other": 3}

    def run(*options: str) -> tuple[int, str]:
        asked = ["verify-site", str(copied.site), "--root", str(copied.root), "--study", "tiny", *options]
        answer = CliRunner().invoke(app, asked)
        return answer.exit_code, answer.output

    code, said = run()
    assert (code, f", {own + len(assets)} locked addresses.\n" in said) == (0, True)
    assert f"Locked addresses that were not looked for: 3 of other, {none} of no one study.\n" in said
    code, said = run("--publish")
    assert code == 1
    assert "links.lock: has 1 frozen snapshot of other, which this site lacks" in said
    assert "docs/releases.md" in said
    dropped = {one: digest for one, digest in read_lock(copied.root).lines.items() if one not in more}
    write_lock(copied.root, Lock(dropped))
    code, said = run("--publish")
    assert (code, " of other" in said) == (0, False), "a study that is dropped for good has no lines"


def test_json_of_any_depth_is_told(copied: Published) -> None:
    deep = b"[" * 200_000
    names = [f"{LAST}/{name}" for name in ("api/index.json", "search/search_index.json")]
    names += [f"{LAST}/api/schemas/view.schema.json", "tiny/v/versions.json"]
    for name in names:
        (copied.site / name).write_bytes(deep)
    found = [str(problem) for problem in check_site(copied.site, copied.root).problems]
    for name in names:
        assert [one for one in found if one.startswith(f"{name}: is not JSON that can be read")], name
    (copied.site / ".alignboard").write_bytes(deep)
    with pytest.raises(BuildError, match="cannot be read as the list"):
        check_site(copied.site, copied.root)


def test_a_packed_sitemap_of_other_pages_is_found(copied: Published) -> None:
    packed = copied.site / LAST / "sitemap.xml.gz"
    packed.write_bytes(gzip.compress(b"<urlset/>", mtime=0))
    [problem] = check_site(copied.site, copied.root).problems
    assert problem.where == f"{LAST}/sitemap.xml.gz"


def test_links_and_anchors_are_those_that_a_parser_finds(published: Published) -> None:
    for path in sorted(published.site.rglob("*.html")):
        page = Page.read(path)
        found = page_links(path.read_text(encoding="utf-8"))
        assert found.anchors == {
            value for tag, name, value in page.attributes if name == "id" or (tag, name) == ("a", "name")
        }, path
        assert found.links == {value for _, name, value in page.attributes if name in LINKS}, path
