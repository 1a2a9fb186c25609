"""A snapshot for machine learning's tools: its files and their columns as Croissant 1.0 describes them.

Source: Akhtar et al. (2024), "Croissant: a metadata format for ML-ready datasets"; MLCommons' specification.
"""

from __future__ import annotations

import hashlib
import json
from pathlib import Path
from typing import Any

from builder.database import file_rows
from builder.names import slug
from builder.site.book import Book
from builder.site.metadata import snapshot_dataset

Entry = dict[str, Any]
FILE = "croissant.json"
RANKINGS = "rankings/rankings.parquet"
_TERMS = (
    "citeAs", "column", "extract", "field", "fileProperty", "fileObject", "fileSet", "format", "includes",
    "isLiveDataset", "jsonPath", "key", "md5", "parentField", "path", "recordSet", "references", "regex",
    "repeated", "replace", "samplingRate", "separator", "source", "subField", "transform",
)  # fmt: skip
CONTEXT: Entry = {
    "@language": "en",
    "@vocab": "https://schema.org/",
    "sc": "https://schema.org/",
    "cr": "http://mlcommons.org/croissant/",
    "rai": "http://mlcommons.org/croissant/RAI/",
    "dct": "http://purl.org/dc/terms/",
    "conformsTo": "dct:conformsTo",
    "data": {"@id": "cr:data", "@type": "@json"},
    "dataType": {"@id": "cr:dataType", "@type": "@vocab"},
    "examples": {"@id": "cr:examples", "@type": "@json"},
    **{name: f"cr:{name}" for name in _TERMS},
}
TYPES = {"string": "sc:Text", "number": "sc:Float", "integer": "sc:Integer", "boolean": "sc:Boolean"}
"""Data Package's names of types -> Croissant's; what is not here is text."""


def write_croissant(book: Book, tree: Path) -> None:
    """Write `croissant.json` beside the files of a finished snapshot that it describes."""
    files, records = [], []
    if (tree / RANKINGS).is_file():
        files.append(_file("rankings", RANKINGS, "application/vnd.apache.parquet", tree))
        records.append(_records("rankings", "Every ranking of the snapshot.", _columns(tree / RANKINGS)))
    package = tree / "data" / "datapackage.json"
    if package.is_file():
        for table in json.loads(package.read_text(encoding="utf-8"))["resources"]:
            name = table["name"]
            files.append(_file(name, f"data/{table['path']}", table["mediatype"], tree))
            fields = [(one["name"], TYPES.get(one["type"], "sc:Text")) for one in table["schema"]["fields"]]
            records.append(_records(name, f"The snapshot's {name}.", fields))
    about = snapshot_dataset(book)
    citation = about.pop("citation", "")
    described = {
        "@context": CONTEXT,
        **about,
        "name": slug(f"{book.study.id}-{book.snapshot.id}"),
        "alternateName": about["name"],
        "conformsTo": "http://mlcommons.org/croissant/1.0",
        "license": about.get("license", book.study.data.licence),
        **({"citeAs": citation} if citation else {}),
        "distribution": files,
        "recordSet": records,
    }
    text = json.dumps(described, ensure_ascii=False, indent=1)
    (tree / FILE).write_text(text + "\n", encoding="utf-8")


def _file(name: str, path: str, kind: str, tree: Path) -> Entry:
    content = (tree / path).read_bytes()
    return {
        "@type": "cr:FileObject",
        "@id": f"{name}-file",
        "name": f"{name}-file",
        "contentUrl": path,
        "contentSize": f"{len(content)} B",
        "encodingFormat": kind,
        "sha256": hashlib.sha256(content).hexdigest(),
    }


def _records(name: str, description: str, columns: list[tuple[str, str]]) -> Entry:
    fields = [
        {
            "@type": "cr:Field",
            "@id": f"{name}/{column}",
            "name": column,
            "dataType": kind,
            "source": {"fileObject": {"@id": f"{name}-file"}, "extract": {"column": column}},
        }
        for column, kind in columns
    ]
    return {"@type": "cr:RecordSet", "@id": name, "name": name, "description": description, "field": fields}


def _columns(file: Path) -> list[tuple[str, str]]:
    """The columns of a Parquet file and Croissant's names of their types."""
    _, rows = file_rows("parquet_columns", file)
    kinds = {"VARCHAR": "sc:Text", "BIGINT": "sc:Integer", "DOUBLE": "sc:Float"}
    return [(name, kinds[kind]) for name, kind in rows]
