"""Read an ESRI shapefile of the Census Bureau."""

import codecs
import hashlib
import re
import struct
from collections.abc import Iterator
from pathlib import Path

import shapefile

from petition.boundaries.importing.readers.archive import Parts
from petition.boundaries.importing.readers.features import (
    FIELDS,
    BoundaryFile,
    Feature,
    normalize_field,
)
from petition.boundaries.importing.readers.projection import check_prj
from petition.boundaries.importing.readers.shp_rings import ShapeFileBroken, read_polygons
from petition.core.errors import ImportRefused

# Exceptions that pyshp raises for truncated fields or a file that is not dBASE.
UNREADABLE = (
    ShapeFileBroken,
    shapefile.ShapefileException,
    struct.error,
    OSError,
    ValueError,
    KeyError,
    IndexError,
)
NO_PRJ = "it has no .prj: its coordinates are read as degrees, which they look like"


def read_shapefile(name: str, parts: Parts) -> BoundaryFile:
    """Return the features of a shapefile's open parts.

    - Text is UTF-8 unless the .cpg names another encoding.
    - Raises ImportRefused, with what was expected, when it cannot be read or is projected.
    """
    notes: tuple[str, ...] = (NO_PRJ,)
    if ".prj" in parts:
        check_prj(name, parts[".prj"].read(65_536).decode("utf-8", "replace"))
        notes = ()
    encoding = _find_encoding(name, parts)
    try:
        table = shapefile.Reader(dbf=parts[".dbf"], encoding=encoding)
        names = {field.name: normalize_field(field.name) for field in table.fields[1:]}
        features = _read_features(name, parts, table, names, encoding)
        return BoundaryFile(name, frozenset(names.values()), len(table), features, notes)
    except UNREADABLE as error:
        raise _refuse(name, error, encoding) from error


def digest_file(path: Path) -> str:
    """Return the SHA-256 (hex) of the geometry file together with its .dbf."""
    with path.open("rb") as file:
        digest = hashlib.file_digest(file, "sha256")
    fields = path.with_suffix(".dbf")
    if path.suffix == ".shp" and fields.exists():
        digest.update(fields.read_bytes())
    return digest.hexdigest()


def _read_features(
    name: str, parts: Parts, table: shapefile.Reader, names: dict[str, str], encoding: str
) -> Iterator[Feature]:
    kept = [field for field, normalized in names.items() if normalized in FIELDS]
    records = table.iterRecords(fields=kept)
    row = 0
    try:
        for row, geometry in enumerate(read_polygons(parts[".shp"]), start=1):
            record = next(records, None)
            if record is None:
                raise ShapeFileBroken("fewer rows in the .dbf than shapes in the .shp")
            fields = {names[field]: value for field, value in record.as_dict().items()}
            yield Feature(row, fields, geometry)
        if row < len(table):
            raise ShapeFileBroken("more rows in the .dbf than shapes in the .shp")
    except UNREADABLE as error:
        raise _refuse(name, error, encoding, row) from error


def _find_encoding(name: str, parts: Parts) -> str:
    """Return Python's name of the encoding in the .cpg."""
    if ".cpg" not in parts:
        return "utf-8"
    said = parts[".cpg"].read(100).decode("ascii", "ignore").strip()
    # ESRI writes "UTF-8", "88591", "ISO 88591", "1252", "ANSI 1252".
    plain = re.sub(r"[^a-z0-9]", "", said.lower()).removeprefix("ansi").removeprefix("iso")
    spelled = {"88591": "latin-1", "1252": "cp1252", "utf8": "utf-8"}.get(plain, said)
    try:
        return codecs.lookup(spelled).name
    except LookupError as error:
        raise ImportRefused(
            f"{name}: its .cpg names the encoding {said!r}, which is not known here; write the "
            "right one into it, such as UTF-8 or ISO-8859-1"
        ) from error


def _refuse(name: str, error: Exception, encoding: str, row: int = 0) -> ImportRefused:
    where = f" after row {row}" if row else ""
    if "could not decode" in str(error).lower():  # the only text of this error in pyshp
        return ImportRefused(
            f"{name}: the text of its .dbf{where} is not in {encoding}; expected the encoding "
            "that its .cpg names, or UTF-8 without a .cpg: write the right encoding into a .cpg "
            "next to it (ISO-8859-1 for files of the Census Bureau from before 2015)"
        )
    detail = str(error) if isinstance(error, ShapeFileBroken) else type(error).__name__
    return ImportRefused(
        f"{name}: not a readable shapefile{where} ({detail}); expected a .shp with its .dbf and "
        ".shx next to it, or a .zip that contains them: fetch it again"
    )
