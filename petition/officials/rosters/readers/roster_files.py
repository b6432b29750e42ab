"""Open roster files: their text, and the documents of a YAML file.

- UTF-8, and UTF-16 with a byte order mark, as Excel's "Unicode Text". A file that cannot be read is
  refused with its place, what was expected and what to do.
"""

import codecs
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import yaml

from petition.core.errors import ImportRefused
from petition.officials.rosters.roster import refuse

TABLES = (".csv", ".tsv", ".txt")
SUFFIXES = (*TABLES, ".yml", ".yaml")
WORKBOOKS = (".xlsx", ".xls", ".xlsm", ".xlsb", ".ods", ".numbers")
SAVE_AS = 'save it as UTF-8; in Excel that is "CSV UTF-8 (Comma delimited)"'
# What a YAML file may have: values with their keys, and lists and mappings in each other. At 25
# bytes a line, 3 MB have some 250,000 values.
MOST_VALUES = 500_000
DEEPEST = 20
# First bytes of an Excel workbook: a ZIP archive, or an OLE file (MS-CFB, 2.2).
_PACKED = (b"PK\x03\x04", b"\xd0\xcf\x11\xe0")


class _TextLoader(getattr(yaml, "CSafeLoader", yaml.SafeLoader)):  # type: ignore[misc]
    """Safe loader that keeps every scalar but null as its source text.

    - An unquoted ZIP code 02134 is no octal number, a district 12 no integer, a date no object.
    """


_TextLoader.yaml_implicit_resolvers = {
    sign: kept
    for sign, resolvers in yaml.SafeLoader.yaml_implicit_resolvers.items()
    if (kept := [(tag, rule) for tag, rule in resolvers if tag.endswith(":null")])
}
# Of what a tag could ask for (!!timestamp, !!binary, !!set) nothing stands in a roster.
_TextLoader.yaml_constructors = {
    tag: make
    for tag, make in yaml.SafeLoader.yaml_constructors.items()
    if tag is None or tag.endswith((":null", ":str", ":seq", ":map"))
}


def read_text(path: Path, notes: list[str]) -> str:
    """Return the text of a file without a byte order mark."""
    try:
        found = path.read_bytes()
    except OSError as error:
        raise refuse(
            path.name, f"it cannot be read ({error.strerror})", "a file", "check its permissions"
        ) from error
    text = _decode(path, found, notes)
    if not text.strip():
        raise refuse_empty(path, "at least one person or body")
    return text


def read_documents(path: Path, notes: list[str]) -> list[Any]:
    """Return the documents of a YAML file that are not empty, made of text, lists and mappings."""
    text = read_text(path, notes)
    odd = yaml.SafeLoader.NON_PRINTABLE.search(text)
    if odd is not None:
        line = text.count("\n", 0, odd.start()) + 1
        sign = f"U+{ord(odd[0]):04X}"
        raise refuse(
            f"{path.name}, line {line}", f"it contains {sign}", "printable characters", "remove it"
        )
    loader = _TextLoader(text)
    try:
        _check_shape(path, text)
        documents = list(_load_all(loader))
    except (yaml.YAMLError, RecursionError, ValueError) as error:
        mark = getattr(error, "problem_mark", None)
        spot = f", line {mark.line + 1}" if mark else ""
        problem = getattr(error, "problem", None) or type(error).__name__
        raise refuse(
            f"{path.name}{spot}",
            f"it is not valid YAML ({problem})",
            "a YAML file",
            "correct the line",
        ) from error
    finally:
        loader.dispose()
    if not documents:
        raise refuse_empty(path, "at least one person")
    return documents


def refuse_empty(path: Path, expected: str) -> ImportRefused:
    """Return the refusal of an empty file."""
    return refuse(path.name, "the file is empty", expected, "export it again")


def _decode(path: Path, found: bytes, notes: list[str]) -> str:
    if found.startswith(_PACKED):
        raise refuse(path.name, "it is a workbook or an archive", "a text file", SAVE_AS)
    wide = found.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE))
    if not wide and found.count(0) * 5 > len(found):
        raise refuse(
            path.name,
            "its characters have two bytes each (UTF-16), without a byte order mark",
            "UTF-8",
            SAVE_AS,
        )
    try:
        text = found.decode("utf-16" if wide else "utf-8-sig")
    except UnicodeDecodeError as error:
        raise _refuse_bytes(path, found, error, wide) from error
    if wide:
        notes.append(f"{path.name}: read as UTF-16, as its byte order mark says")
    return text.removeprefix("\ufeff")


def _refuse_bytes(path: Path, found: bytes, error: UnicodeDecodeError, wide: bool) -> ImportRefused:
    if wide:
        return refuse(
            path.name,
            f"byte {error.start + 1} is not UTF-16, although its byte order mark says so",
            "UTF-8",
            SAVE_AS,
        )
    line = found.count(b"\n", 0, error.start) + 1
    byte = found[error.start]
    try:
        guess = f"; in Windows-1252 it is {bytes([byte]).decode('cp1252')!r}"
    except UnicodeDecodeError:
        guess = ""
    return refuse(
        path.name,
        f"byte {error.start + 1} (line {line}, 0x{byte:02X}) is not UTF-8{guess}",
        "a text file in UTF-8",
        SAVE_AS,
    )


def _check_shape(path: Path, text: str) -> None:
    """Refuse what takes much more memory than its bytes, before anything is made of it.

    - A few aliases of each other stand for millions of values, and lists a million deep end the
      process. No roster needs them.
    """
    values = depth = 0
    for event in yaml.parse(text, Loader=_TextLoader):
        values += isinstance(event, yaml.NodeEvent)
        depth += isinstance(event, yaml.CollectionStartEvent)
        depth -= isinstance(event, yaml.CollectionEndEvent)
        problem = _find_problem(event, values, depth)
        if problem:
            mark = event.start_mark
            raise refuse(
                f"{path.name}, line {mark.line + 1 if mark else 1}",
                problem,
                "the entry of each person or body written out",
                "export it again, or write it out and split it into several files",
            )


def _find_problem(event: yaml.Event, values: int, depth: int) -> str:
    if getattr(event, "anchor", None) is not None:
        return "it has an anchor or an alias (& or *), which is also what an unquoted * or & begins"
    if isinstance(event, yaml.ScalarEvent):
        is_plain = event.value == "<<" and event.implicit[0]
        if is_plain or str(event.tag or "").endswith(":merge"):
            return "it has a merge key (<<)"
    if depth > DEEPEST:
        return f"its lists and mappings are more than {DEEPEST} deep"
    return f"it has more than {MOST_VALUES:,} values" if values > MOST_VALUES else ""


def _load_all(loader: Any) -> Iterator[Any]:
    while loader.check_data():
        document = loader.get_data()
        if document is not None:
            yield document
