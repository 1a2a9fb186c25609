"""How pages look, in pictures too small to read: what moved or changed colour is seen, a letter is not."""

from __future__ import annotations

import io
import os
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from PIL import Image

FOLDER = Path(__file__).with_name("looks")
WIDTH = 64
CHANGED, SHARE = 14, 0.01
"""A cell changed if it is this much lighter or darker, of 255; a page, if more than a share of its cells."""
REVIEW = "ALIGNBOARD_REVIEW"
"""Names a folder: screenshots are written there to be looked at, and small ones become the kept ones."""

Look = NDArray[np.uint8]


def small(screenshot: bytes) -> Look:
    """A screenshot in greys, each cell the mean of what it covers; shape (rows, 64)."""
    picture = Image.open(io.BytesIO(screenshot)).convert("L")
    height = round(WIDTH * picture.height / picture.width)
    return np.asarray(picture.resize((WIDTH, height), Image.Resampling.BOX))


def share_changed(one: Look, other: Look) -> float:
    """The share of cells that differ; 1 for pictures of another shape."""
    if one.shape != other.shape:
        return 1.0
    return float((np.abs(one.astype(int) - other.astype(int)) > CHANGED).mean())


def kept(name: str) -> Look | None:
    """The look that was reviewed; None where there is none."""
    path = FOLDER / f"{name}.png"
    return np.asarray(Image.open(path)) if path.is_file() else None


def review(name: str, screenshot: bytes) -> None:
    """Write a screenshot where the environment asks for it, and keep its small one."""
    asked = os.environ.get(REVIEW)
    if asked:
        Path(asked).mkdir(parents=True, exist_ok=True)
        (Path(asked) / f"{name}.png").write_bytes(screenshot)
        FOLDER.mkdir(exist_ok=True)
        Image.fromarray(small(screenshot) // 8 * 8 + 4).save(FOLDER / f"{name}.png", optimize=True)
