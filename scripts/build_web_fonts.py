#!/usr/bin/env python3
"""Make the pages' fonts: small WOFF2 subsets of the Source families that the letters are set in.

    .venv/bin/python scripts/build_web_fonts.py

- Writes petition/web/static/fonts/ and prints the @font-face rules for hundredth.css. A file's name
  carries a digest of its bytes, so browsers may keep it for good.
- Latin letters of western languages come first; those of names further east are a file of their
  own, fetched only where such a name stands on the page.
- The SIL Open Font License reserves the name "Source" for the unchanged fonts, so the subsets
  carry our own; the licence goes beside them.
"""

import hashlib
import shutil
from importlib.resources import files
from pathlib import Path

from fontTools import subset
from fontTools.ttLib import TTFont

FOLDER = Path(__file__).parent.parent / "petition" / "web" / "static" / "fonts"
FONTS = (
    ("Hundredth Sans", 400, "normal", "font_source_sans_pro", "SourceSansPro-Regular.otf"),
    ("Hundredth Sans", 600, "normal", "font_source_sans_pro", "SourceSansPro-Semibold.otf"),
    ("Hundredth Serif", 400, "normal", "font_source_serif_pro", "SourceSerifPro-Regular.otf"),
    ("Hundredth Serif", 400, "italic", "font_source_serif_pro", "SourceSerifPro-It.otf"),
    ("Hundredth Serif", 600, "normal", "font_source_serif_pro", "SourceSerifPro-Semibold.otf"),
)
RANGES = {
    "latin": (
        "U+0020-007E, U+00A0-00FF, U+0131, U+0152-0153, U+02C6, U+02DA, U+02DC, U+2013-2014, "
        "U+2018-201A, U+201C-201E, U+2020-2022, U+2026, U+2032-2033, U+2039-203A, U+20AC, U+2116, "
        "U+2122, U+2190-2193, U+2212"
    ),
    "latin-ext": "U+0100-0130, U+0132-0151, U+0154-024F, U+0300-0304, U+0306-030C, U+0323, "
    "U+0327-0328, U+1E00-1EFF",
}
FEATURES = ["kern", "liga", "calt", "ccmp", "locl", "mark", "mkmk", "lnum", "pnum", "tnum"]
# OpenType name ids: family, unique id, full name, PostScript name, typographic family.
FAMILY, UNIQUE, FULL, POSTSCRIPT, TYPOGRAPHIC = 1, 3, 4, 6, 16


def build_fonts() -> None:
    """Write every subset and the licences, and print the rules that name them."""
    shutil.rmtree(FOLDER, ignore_errors=True)
    FOLDER.mkdir(parents=True)
    for family, weight, style, package, name in FONTS:
        for label, characters in RANGES.items():
            font = make_subset(files(package).joinpath("files", name), characters)
            rename(font, family, weight, style)
            stem = f"{family.split()[1].lower()}-{weight}{'i' if style == 'italic' else ''}"
            print_rule(family, weight, style, save(font, f"{stem}-{label}"), characters)
    for package, label in (("font_source_sans_pro", "sans"), ("font_source_serif_pro", "serif")):
        licence = files(package).joinpath("files", "LICENSE.txt").read_text("utf-8")
        (FOLDER / f"OFL-{label}.txt").write_text(licence, "utf-8")


def make_subset(path, characters: str) -> TTFont:
    """Return the font cut down to the characters."""
    options = subset.Options(
        layout_features=FEATURES, hinting=False, desubroutinize=True, name_IDs=["*"]
    )
    with path.open("rb") as file:
        font = TTFont(file, lazy=False, recalcTimestamp=False)
    cutter = subset.Subsetter(options)
    cutter.populate(unicodes=subset.parse_unicodes(characters.replace(" ", "")))
    cutter.subset(font)
    return font


def rename(font: TTFont, family: str, weight: int, style: str) -> None:
    """Give the font our family name wherever it says its own."""
    full = f"{family} {weight} {style}"
    names = {
        FAMILY: family,
        UNIQUE: full,
        FULL: full,
        POSTSCRIPT: full.replace(" ", "-"),
        TYPOGRAPHIC: family,
    }
    for record in font["name"].names:
        if record.nameID in names:
            record.string = names[record.nameID]
    if "CFF " in font:
        cff = font["CFF "].cff
        cff.fontNames = [names[POSTSCRIPT]]
        cff.topDictIndex[0].FullName = full
        cff.topDictIndex[0].FamilyName = family


def save(font: TTFont, stem: str) -> str:
    """Write the font under a name with its digest and return the name."""
    temporary = FOLDER / "unnamed.woff2"
    font.flavor = "woff2"
    font.save(temporary)
    digest = hashlib.sha256(temporary.read_bytes()).hexdigest()[:10]
    path = temporary.rename(FOLDER / f"{stem}.{digest}.woff2")
    return path.name


def print_rule(family: str, weight: int, style: str, name: str, characters: str) -> None:
    """Print one @font-face rule."""
    print(
        f'@font-face {{\n  font-family: "{family}";\n  font-weight: {weight};\n'
        f"  font-style: {style};\n  font-display: swap;\n"
        f'  src: url("fonts/{name}") format("woff2");\n  unicode-range: {characters};\n}}'
    )


if __name__ == "__main__":
    build_fonts()
