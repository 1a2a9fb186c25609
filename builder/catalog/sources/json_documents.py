"""JSON of many evaluations: the documents of a file or an archive, validated, with their faults placed."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path, PurePosixPath
from typing import Any, NamedTuple, TypeVar

from pydantic import BaseModel, ValidationError

from builder.catalog.cells import shown
from builder.catalog.json_text import parse_json
from builder.catalog.sources.archives import archive_files, archive_names
from builder.errors import DataError, Problem

LINES = {".jsonl", ".ndjson"}
Model = TypeVar("Model", bound=BaseModel)


class Document(NamedTuple):
    """One JSON value, or what is wrong with its text."""

    name: str
    """Of the file in an archive; else empty."""
    place: str
    """As messages name it."""
    value: Any | DataError


def json_documents(path: Path, address: str, where: str) -> Iterator[Document]:
    """The documents of a .json file (one, or a list of them), of .jsonl, or of an archive.

    Of an archive every file that ends in .json is read; where some lie below a folder `data`, only those, for
    the others are about the collection. Raises DataError for a file that cannot be read at all.
    """
    suffix = PurePosixPath(address).suffix.lower()
    if suffix in LINES:
        for number, line in enumerate(_bytes(path, where).splitlines(), start=1):
            if line.strip():
                yield _document("", f"{where}: row {number}", line)
    elif suffix == ".json":
        whole = _document("", where, _bytes(path, where))
        if isinstance(whole.value, list):
            for number, one in enumerate(whole.value, start=1):
                yield Document("", f"{where}: document {number}", one)
        else:
            yield whole
    else:
        names = archive_names(path, where, _is_json)
        wanted = {name for name in names if "data" in name.split("/")[:-1]} or set(names)
        for name, data in archive_files(path, where, wanted.__contains__):
            yield _document(name, f"{where}: {shown(name)}", data)


def _is_json(name: str) -> bool:
    return name.endswith(".json") and not name.rsplit("/", 1)[-1].startswith(".")


def _bytes(path: Path, where: str) -> bytes:
    try:
        return path.read_bytes()
    except OSError as error:
        raise DataError(Problem(where, f"cannot be read: {error.strerror}.")) from None


def _document(name: str, place: str, data: bytes) -> Document:
    """Python's reading of JSON, which knows NaN; an infinity is refused."""
    try:
        return Document(name, place, parse_json(data))
    except UnicodeDecodeError:
        problem = Problem(place, "is not UTF-8 text.", "Save it as UTF-8.")
    except ValueError as error:
        problem = Problem(place, f"is not JSON ({shown(str(error))}).", "Correct it.")
    return Document(name, place, DataError(problem))


def validated(kind: type[Model], value: Any | DataError, place: str) -> Model:
    """The value as a document of that kind. Raises DataError with every fault and its place in it."""
    if isinstance(value, DataError):
        raise value
    try:
        return kind.model_validate(value)
    except ValidationError as error:
        problems = []
        for one in error.errors():
            steps = ".".join(str(step) for step in one["loc"]) or "the document"
            what = f"{one['msg']}, but it is {shown(repr(one['input']))}."
            problems.append(Problem(f"{place}: {shown(steps)}", what))
        raise DataError(problems) from None
