"""Makes the generated parts of `docs/sheets.md` again, and the pictures of answers in `docs/kinds/`.

    python docs/make.py                      the tables, and a picture for each kind that has none
    python docs/make.py --pictures descent   these pictures again (no name: all)

Needs `pdftoppm` for pictures.
"""

from __future__ import annotations

import argparse
import struct
import subprocess
import tempfile
import zlib
from pathlib import Path

from solver.assembly import Options
from solver.guide.describe import ALL
from solver.guide.tables import filled
from solver.pipeline import build
from solver.resources import data_folder, template_folder

DOCS = Path(__file__).resolve().parent
GUIDE = DOCS / "sheets.md"
RESOLUTION, MARGIN, MAX_HEIGHT = 84, 8, 620
"""Dots an inch; pixels left around what is drawn; the most pixels before a picture ends at a white line."""
SHADES = 16
PAGE = """
#set page(width: 15.5cm, height: auto, margin: 6mm, footer: none)
#let title(look, level, body) = if look < 3 { pagebreak(weak: true) } else { strong(body) }
#let conventions-box(..parts) = []
<< body >>
"""
"""The answer alone on the first page: no headings, no conventions, and what was checked on the next page."""


def guide() -> str:
    """The guide as it should be."""
    return filled(GUIDE.read_text(encoding="utf-8"))


def picture(kind: str, folder: Path) -> bytes:
    """The example of a kind as built, without its title: a small PNG in sixteen greys."""
    frame = (template_folder() / "typst" / "document.typ.j2").read_text(encoding="utf-8")
    look = folder / "look" / "typst"
    look.mkdir(parents=True, exist_ok=True)
    before, body = frame.split("#let head =")
    assert "<< body >>" in body
    (look / "document.typ.j2").write_text(before + PAGE, encoding="utf-8")
    options = Options(("pdf",), templates=look.parent)
    (path,) = build(data_folder("sheets") / "kinds" / f"{kind}.md", folder, options).paths
    command = ["pdftoppm", "-gray", "-r", str(RESOLUTION), "-f", "1", "-l", "1", str(path)]
    image = subprocess.run(command, capture_output=True, check=True).stdout
    return png(cropped(rows_of(image)))


def rows_of(image: bytes) -> list[bytes]:
    """The rows of a PGM file, a byte a pixel."""
    _, width, height, _, data = image.split(maxsplit=4)
    data = image[-int(width) * int(height) :]
    return [data[i * int(width) : (i + 1) * int(width)] for i in range(int(height))]


def cropped(rows: list[bytes]) -> list[bytes]:
    """Without white margins, and without what follows the last white line before MAX_HEIGHT."""
    white = bytes([255])
    inked = [i for i, row in enumerate(rows) if row.strip(white)]
    top, bottom = inked[0], inked[-1] + 1
    if bottom - top > MAX_HEIGHT:
        bottom = max(i for i in range(top, top + MAX_HEIGHT) if not rows[i].strip(white))
        while not rows[bottom - 1].strip(white):
            bottom -= 1
    kept = rows[top:bottom]
    left = min(len(row) - len(row.lstrip(white)) for row in kept)
    right = max(len(row.rstrip(white)) for row in kept)
    blank = white * (right - left + 2 * MARGIN)
    framed = [white * MARGIN + row[left:right] + white * MARGIN for row in kept]
    return [blank] * MARGIN + framed + [blank] * MARGIN


def png(rows: list[bytes]) -> bytes:
    """A greyscale PNG of four bits a pixel."""
    width = len(rows[0])

    def chunk(name: bytes, data: bytes) -> bytes:
        return struct.pack(">I", len(data)) + name + data + struct.pack(">I", zlib.crc32(name + data))

    def packed(row: bytes) -> bytes:
        shades = [pixel * (SHADES - 1) // 255 for pixel in row + b"\xff" * (width % 2)]
        return bytes(a * SHADES + b for a, b in zip(shades[::2], shades[1::2], strict=True))

    header = struct.pack(">IIBBBBB", width, len(rows), 4, 0, 0, 0, 0)
    data = zlib.compress(b"".join(b"\0" + packed(row) for row in rows), 9)
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + chunk(b"IDAT", data) + chunk(b"IEND", b"")


def main() -> None:
    """Writes what changed and names it."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--pictures", nargs="*", metavar="KIND", choices=ALL)
    wanted = parser.parse_args().pictures
    missing = [kind for kind in ALL if not (DOCS / "kinds" / f"{kind}.png").exists()]
    (DOCS / "kinds").mkdir(exist_ok=True)
    with tempfile.TemporaryDirectory() as folder:
        for kind in missing if wanted is None else wanted or ALL:
            path = DOCS / "kinds" / f"{kind}.png"
            path.write_bytes(picture(kind, Path(folder)))
            print(path.relative_to(DOCS.parent), path.stat().st_size)
    if (text := guide()) != GUIDE.read_text(encoding="utf-8"):
        GUIDE.write_text(text, encoding="utf-8")
        print(GUIDE.relative_to(DOCS.parent))


if __name__ == "__main__":
    main()
