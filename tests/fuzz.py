"""Fuzz the readers with atheris: `python tests/fuzz.py TARGET [SECONDS]`, all targets in turn without one.

The random numbers are seeded; a fault is printed with the text that brings it about, and ends the run. Needs
requirements/soak.txt, which is for Linux.
"""

from __future__ import annotations

import subprocess
import sys
import tempfile
from pathlib import Path

import atheris

HERE = Path(__file__).resolve().parent
SEED, LONGEST, SECONDS_OF_ONE, MEGABYTES = 20250131, 16_384, 5, 2_048
"""Bytes of a text; what a reader may take of it in seconds and memory before that is a fault."""

LONGEST_WORD = 64
"""Bytes of a word of libFuzzer's dictionary."""


def main() -> None:
    """Fuzz one target in this process, or each in a process of its own."""
    sys.path[:0] = [str(HERE.parent), str(HERE)]
    with atheris.instrument_imports(include=["builder.catalog", "builder.names", "csv", "json", "tomllib"]):
        import readers
    seconds = sys.argv[2] if len(sys.argv) > 2 else "60"
    if len(sys.argv) < 2 or sys.argv[1] == "all":
        failed = [
            name
            for name in readers.TARGETS
            if subprocess.run([sys.executable, __file__, name, seconds], check=False).returncode
        ]
        sys.exit(f"faults in {', '.join(failed)}" if failed else 0)
    fuzz(readers, sys.argv[1], int(seconds))


def fuzz(readers, name: str, seconds: int) -> None:
    target = readers.TARGETS[name]
    folder = Path(tempfile.mkdtemp(prefix=f"alignboard-fuzz-{name}-"))
    for number, seed in enumerate(target.seeds):
        (folder / f"seed{number}").write_bytes(seed)
    words = folder.with_suffix(".dict")
    short = [word for word in target.words if len(word.encode()) <= LONGEST_WORD]
    words.write_text("".join(f'"{escaped(word)}"\n' for word in short), encoding="ascii")

    def one(data: bytes) -> None:
        readers.run(target, data)
        if target.head:
            readers.run(target, target.head + data)

    limits = [f"-max_len={LONGEST}", f"-timeout={SECONDS_OF_ONE}", f"-rss_limit_mb={MEGABYTES}"]
    budget = [
        f"-max_total_time={seconds}",
        f"-seed={SEED}",
        f"-dict={words}",
        "-verbosity=0",
        "-print_final_stats=1",
    ]
    atheris.Setup([sys.argv[0], *limits, *budget, f"-artifact_prefix={folder}/", str(folder)], one)
    print(f"{name}: for {seconds} s, texts and faults in {folder}", flush=True)
    atheris.Fuzz()


def escaped(word: str) -> str:
    """A word as libFuzzer's dictionaries have it."""
    return "".join(f"\\x{byte:02x}" for byte in word.encode())


if __name__ == "__main__":
    main()
