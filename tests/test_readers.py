"""Whatever text a reader is given, it gives a valid value or says what is wrong, and nothing else."""

from __future__ import annotations

import importlib.util
import subprocess
import sys
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from readers import TARGETS, Target, run

HERE = Path(__file__).resolve().parent


def mutated(target: Target) -> st.SearchStrategy[bytes]:
    """Texts near those that the reader accepts: pieces cut out or replaced by words of its language."""
    piece = st.one_of(
        st.sampled_from([word.encode() for word in target.words]), st.binary(max_size=6),
        st.text(max_size=6).map(lambda text: text.encode("utf-8", "surrogatepass")),
    )  # fmt: skip
    place = st.floats(0, 1)

    def apply(text: bytes, changes: list[tuple[float, float, bytes]]) -> bytes:
        for start, length, new in changes:
            at = int(start * len(text))
            text = text[:at] + new + text[at + int(length**4 * (len(text) - at)) :]
        return text

    changes = st.lists(st.tuples(place, place, piece), min_size=1, max_size=3)
    return st.builds(apply, st.sampled_from(target.seeds), changes)


@pytest.mark.parametrize("name", TARGETS)
def test_what_it_begins_from_is_accepted(name: str) -> None:
    assert [run(TARGETS[name], seed) for seed in TARGETS[name].seeds] == [True] * len(TARGETS[name].seeds)


@pytest.mark.parametrize("name", TARGETS)
@settings(max_examples=40, deadline=None, suppress_health_check=list(HealthCheck))
@given(data=st.data())
def test_any_text_is_read_or_refused(name: str, data: st.DataObject) -> None:
    run(TARGETS[name], data.draw(mutated(TARGETS[name])))


@pytest.mark.parametrize("name", ["descriptor", "every-eval-ever", "brain-score-history", "study"])
@pytest.mark.parametrize("text", [
    b"[" * 100_000, b'{"a":' * 100_000, b'["\\ud800"]', b"x = " + b"[" * 100_000, b"x = " + b"9" * 5000,
    b"9" * 5000, b"", b"\xff", b"\0",
])  # fmt: skip
def test_what_breaks_parsers_is_refused(name: str, text: bytes) -> None:
    assert not run(TARGETS[name], text)


@pytest.mark.soak
@pytest.mark.parametrize("name", TARGETS)
def test_atheris_finds_no_fault(name: str) -> None:
    if importlib.util.find_spec("atheris") is None:
        pytest.skip("atheris is not installed (requirements/soak.txt, Linux only)")
    subprocess.run([sys.executable, HERE / "fuzz.py", name, "120"], check=True)
