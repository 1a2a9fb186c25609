"""The workflows: pinned, with few rights, and made of commands that there are."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
import yaml
from conftest import ROOT

from builder.cache.store import BUILT
from builder.catalog.fetch import cache_entry
from builder.cli import app

FOLDER = ROOT / ".github" / "workflows"
FILES = sorted(FOLDER.glob("*.yml"))
MAKE = (ROOT / "Makefile").read_text(encoding="utf-8")
TARGETS = set(re.findall(r"^([a-z]+):", MAKE, re.MULTILINE))
MAY_WRITE = {
    ("preview-comment", "comment"): {"pull-requests"},
    ("publish", "attest"): {"id-token", "attestations"},
    ("publish", "deploy"): {"pages", "id-token"},
    ("refresh", "propose"): {"contents", "pull-requests"},
}
"""All that any job may write; what runs foreign data or code is not among them."""


def read(path: Path) -> dict[str, Any]:
    held: dict[Any, Any] = yaml.safe_load(path.read_text(encoding="utf-8"))
    held["on"] = held.pop(True)  # YAML 1.1 reads "on" as true
    return held


WORKFLOWS = {path.stem: read(path) for path in FILES}
JOBS = [(name, id_, job) for name, held in WORKFLOWS.items() for id_, job in held["jobs"].items()]
STEPS = [(name, id_, step) for name, id_, job in JOBS for step in job["steps"]]


def test_there_is_a_workflow_for_each_thing_that_is_done() -> None:
    assert set(WORKFLOWS) == {"check", "preview", "preview-comment", "publish", "refresh"}
    assert WORKFLOWS["check"]["jobs"]["check"]["strategy"]["matrix"]["python"] == [
        "3.11",
        "3.12",
        "3.13",
        "3.14",
    ]
    assert set(WORKFLOWS["publish"]["on"]["push"]) == {"branches", "tags"}
    assert WORKFLOWS["publish"]["on"]["release"] == {"types": ["published"]}
    assert set(WORKFLOWS["refresh"]["on"]) == {"schedule", "workflow_dispatch"}
    assert WORKFLOWS["preview-comment"]["on"]["workflow_run"]["workflows"] == [WORKFLOWS["preview"]["name"]]


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.stem)
def test_every_action_is_pinned_by_its_commit_and_says_its_version(path: Path) -> None:
    used = re.findall(r"uses: *(.+)", path.read_text(encoding="utf-8"))
    assert used
    for line in used:
        assert re.fullmatch(r"actions/[a-z/-]+@[0-9a-f]{40} # v\d+\.\d+\.\d+", line), line


def test_one_action_is_one_commit_everywhere() -> None:
    found: dict[str, set[str]] = {}
    for path in FILES:
        for repository, pin in re.findall(r"uses: *(actions/[a-z-]+)[a-z/-]*@(.+)", path.read_text()):
            found.setdefault(repository, set()).add(pin)
    assert {repository: len(pins) for repository, pins in found.items()} == dict.fromkeys(found, 1)


@pytest.mark.parametrize("name", WORKFLOWS)
def test_a_workflow_has_no_rights_of_its_own_and_runs_once_at_a_time(name: str) -> None:
    assert WORKFLOWS[name]["permissions"] == {}
    assert "group" in WORKFLOWS[name]["concurrency"]
    assert "pull_request_target" not in WORKFLOWS[name]["on"]


@pytest.mark.parametrize(("name", "id_", "job"), JOBS, ids=[f"{name}-{id_}" for name, id_, _ in JOBS])
def test_a_job_ends_and_writes_what_it_has_to(name: str, id_: str, job: dict[str, Any]) -> None:
    assert 0 < job["timeout-minutes"] <= 60
    assert set(job["permissions"].values()) <= {"read", "write"}
    writes = {what for what, right in job["permissions"].items() if right == "write"}
    assert writes == MAY_WRITE.get((name, id_), set())
    assert "secrets." not in str(job)
    for step in job["steps"]:
        if str(step.get("uses", "")).startswith("actions/checkout@"):
            assert step["with"]["persist-credentials"] is False
        # What may write runs no package, but for actions and the standard library.
        if writes and "run" in step:
            assert not needs_packages(step["run"]), step
        # The token is for what asks GitHub; nothing that installs packages sees it.
        if "github.token" in str(step) and "run" in step:
            assert not needs_packages(step["run"]), step


def needs_packages(run: str) -> bool:
    target = re.match(r"make ([a-z]+)", run)
    assert target is not None, run
    return f"\n{target[1]}: $(VENV)" in MAKE


def test_every_step_is_a_target_that_there_is() -> None:
    ran = [step["run"] for _, _, step in STEPS if "run" in step]
    for run in ran:
        assert "\n" not in run.strip()
        assert "${{" not in run, "what an expression gives goes through the environment"
        if not run.startswith("sudo apt-get "):
            target = re.fullmatch(r'make ([a-z]+)(?: [A-Z]+=(?:"\$RUNNER_TEMP/[a-z]+"|HEAD\^1))?', run)
            assert target is not None, run
            assert target[1] in TARGETS
    assert {"make check", "make test", "make bench", "make publish", "make refresh"} <= set(ran)


DEFAULT = "github.ref == format('refs/heads/{0}', github.event.repository.default_branch)"


def test_runs_of_main_and_of_tags_wait_for_nothing_but_each_other_s_deployment() -> None:
    publish = WORKFLOWS["publish"]
    once = {"cancel-in-progress": False}
    assert publish["concurrency"] == {"group": "publish-${{ github.ref }}", **once}
    assert publish["jobs"]["deploy"]["concurrency"] == {"group": "deploy", **once}


def test_what_is_deployed_is_the_newest_whole_and_attested() -> None:
    jobs = WORKFLOWS["publish"]["jobs"]
    assert jobs["deploy"]["needs"] == ["build", "attest"]
    assert " ".join(jobs["deploy"]["if"].split()) == (
        "!cancelled() && needs.build.result == 'success' "
        "&& (needs.attest.result == 'success' || github.event.repository.private) "
        "&& needs.build.outputs.head == 'true' "
        f"&& (github.ref_type == 'tag' || {DEFAULT})"
    )
    assert jobs["attest"]["if"] == "${{ !github.event.repository.private }}"
    assert jobs["build"]["outputs"] == {"head": "${{ steps.head.outputs.head }}"}
    for name in ("build", "deploy"):
        [asked] = [step for step in jobs[name]["steps"] if step.get("id") == "head"]
        assert (asked["run"], asked["env"]["COMMIT"]) == ("make head", "${{ github.sha }}")
    # A run of long ago may be run anew, or one job of it: what deploys asks itself.
    last = jobs["deploy"]["steps"][-1]
    assert last["uses"].startswith("actions/deploy-pages@")
    assert last["if"] == "steps.head.outputs.head == 'true'"
    rule = MAKE[MAKE.index("\npublish:") :]
    build, check = (line.strip() for line in rule.splitlines()[2:4])
    assert build == '$(BIN)/alignboard build --require-all --study "$(ALIGNBOARD_STUDY)"'
    assert check == '$(BIN)/alignboard verify-site --publish --study "$(ALIGNBOARD_STUDY)"'


def test_previews_restore_what_publish_keeps_on_the_default_branch_and_keep_nothing() -> None:
    def caches(name: str, kind: str) -> list[dict[str, Any]]:
        """The steps of the first job that restore or save."""
        [job] = [job for of, id_, job in JOBS if of == name and id_ in {"build", "preview"}]
        return [step for step in job["steps"] if f"cache{kind}@" in str(step.get("uses"))]

    restored, saved = caches("publish", "/restore"), caches("publish", "/save")
    assert [step["with"] for step in caches("preview", "/restore")] == [step["with"] for step in restored]
    assert not caches("preview", "/save")
    assert not caches("preview", "")
    assert len(restored) == len(saved) == 2
    for one, other in zip(restored, saved, strict=True):
        assert other["with"]["path"] == one["with"]["path"]
        assert other["with"]["key"] == f"${{{{ steps.{one['id']}.outputs.cache-primary-key }}}}"
        assert " ".join(other["if"].split()) == (
            f"{DEFAULT} && steps.{one['id']}.outputs.cache-hit != 'true'"
        )
    sources, built = (one["with"]["path"].rsplit("/", 1)[1] for one in restored)
    assert (sources, built) == (cache_entry(Path(), "0" * 64).parts[0], BUILT)
    # A push that changes nothing of what is built keeps nothing anew.
    kept_by = re.findall(r"'([^']+)'", restored[1]["with"]["key"])
    tracked = {path.name for path in ROOT.iterdir()}
    assert {part.split("/")[0] for part in kept_by} <= tracked
    assert {"data/**", "builder/**", "queries/**", "site_src/**", "mkdocs.yml"} <= set(kept_by)
    assert "docs/**" not in kept_by


def test_a_change_of_data_or_of_what_is_locked_is_previewed_and_a_failure_is_told() -> None:
    assert WORKFLOWS["preview"]["on"]["pull_request"]["paths"] == ["data/**", "links.lock"]
    job = WORKFLOWS["preview-comment"]["jobs"]["comment"]
    assert """contains(fromJSON('["success", "failure", "timed_out"]'), """ in job["if"]
    [fetched] = [step for step in job["steps"] if "download-artifact@" in str(step.get("uses"))]
    assert fetched["if"] == "github.event.workflow_run.conclusion == 'success'"


def test_every_command_of_the_makefile_exists() -> None:
    known = {command.name or command.callback.__name__ for command in app.registered_commands}  # type: ignore[union-attr]
    named = set(re.findall(r"\$\(BIN\)/alignboard ([a-z-]+)", MAKE))
    assert named <= known
    for module in re.findall(r"-m (builder[\w.]*)", MAKE):
        assert (ROOT / (module.replace(".", "/") + ".py")).is_file()
    listed = " ".join(re.findall(r"^\.PHONY: (.*)$", MAKE, re.MULTILINE))
    assert set(listed.split()) == TARGETS


@pytest.mark.parametrize(
    "tool", [["actionlint"], ["zizmor", "--offline", "--quiet", "--persona", "pedantic", ".github"]]
)
def test_the_linters_find_nothing(tool: list[str]) -> None:
    beside = os.pathsep.join([str(Path(sys.executable).parent), os.environ["PATH"]])
    program = shutil.which(tool[0], path=beside)
    assert program, "make test installs it beside this Python"
    found = subprocess.run([program, *tool[1:]], cwd=ROOT, capture_output=True, text=True, check=False)
    assert found.returncode == 0, found.stdout + found.stderr
