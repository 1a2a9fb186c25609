"""Whether JSON files can be read, documents of the API fit their schemas, and listed hashes are right."""

from __future__ import annotations

import hashlib
import json
from functools import cache
from typing import Any

from jsonschema import Draft202012Validator
from jsonschema.exceptions import SchemaError, best_match

from builder.api import schema_kind
from builder.errors import Problem
from builder.sitecheck.inventory import REBUILD, Site

SCHEMAS = "schemas/"


def document_problems(site: Site) -> tuple[list[Problem], int]:
    """What is wrong with the site's JSON, and how many files there are.

    A document of the API is held against the schema beside it: a frozen one is of the form of its day.
    """
    problems: list[Problem] = []
    paths = sorted(path for path in site.files if path.endswith(".json"))
    for path in paths:
        held, problem = _read(site, path)
        if problem is not None:
            problems.append(problem)
            continue
        inside = _below_api(site, path)
        if inside and not inside[1].startswith(SCHEMAS):
            problems += _schema_problems(site, path, *inside, held)
        problems += _hash_problems(site, path, held)
    return problems, len(paths)


def _read(site: Site, path: str) -> tuple[Any, Problem | None]:
    def refuse(word: str) -> None:
        raise ValueError(f"{word} is no JSON")

    try:
        return json.loads((site.root / path).read_bytes(), parse_constant=refuse), None
    except (ValueError, OSError, RecursionError) as error:
        return None, Problem(path, f"is not JSON that can be read ({error}).", REBUILD)


def _below_api(site: Site, path: str) -> tuple[str, str] | None:
    """The `api/` folder that a document is in, and its path there."""
    tree = "/".join(path.split("/")[:3]) + "/"
    api = f"{tree}api/"
    return (api, path.removeprefix(api)) if tree in site.trees and path.startswith(api) else None


def _schema_problems(site: Site, path: str, api: str, inside: str, held: Any) -> list[Problem]:
    file = f"{api}{SCHEMAS}{schema_kind(inside)}.schema.json"
    try:
        validator = _validator((site.root / file).read_bytes())
    except FileNotFoundError:
        return [Problem(path, f"has no schema: '{file}' is not there.", REBUILD)]
    except (ValueError, SchemaError, RecursionError) as error:
        return [Problem(file, f"is no JSON Schema ({str(error).splitlines()[0]}).", REBUILD)]
    if validator.is_valid(held):
        return []
    worst = best_match(validator.iter_errors(held))
    message = worst.message if len(worst.message) <= 200 else worst.message[:197] + "..."
    return [Problem(path, f"does not fit its schema at {worst.json_path}: {message}.", REBUILD)]


@cache
def _validator(schema: bytes) -> Draft202012Validator:
    held = json.loads(schema)
    Draft202012Validator.check_schema(held)
    return Draft202012Validator(held)


def _hash_problems(site: Site, path: str, held: Any) -> list[Problem]:
    """Files that `api/index.json`, `croissant.json` and `datapackage.json` list with another hash."""
    name = path.rsplit("/", 1)[-1]
    folder = path.removesuffix(name)
    try:
        if name == "index.json":
            listed = {one["path"]: one["sha256"] for one in held["files"]}
        elif name == "croissant.json":
            listed = {one["contentUrl"]: one["sha256"] for one in held["distribution"]}
        elif name == "datapackage.json":
            listed = {one["path"]: one["hash"].removeprefix("sha256:") for one in held["resources"]}
        else:
            return []
    except (KeyError, TypeError, AttributeError) as error:
        return [Problem(path, f"lists files in a form that is not known ({error!r}).", REBUILD)]
    problems = []
    for file, sha256 in listed.items():
        if f"{folder}{file}" not in site.files:
            problems.append(Problem(path, f"lists '{file}', which is not there.", REBUILD))
        elif hashlib.sha256((site.root / folder / file).read_bytes()).hexdigest() != sha256:
            problems.append(Problem(f"{folder}{file}", f"is not the file that {path} lists.", REBUILD))
    return problems
