"""The documents of the project, and the tables in them."""

import ast
import re
from pathlib import Path

ROOT = Path(__file__).parents[2]
DOCS = ROOT / "docs"
TEST = re.compile(r"`(tests/[\w/]+\.py)::(test_\w+)`")
PAGES = sorted([*ROOT.glob("*.md"), *DOCS.rglob("*.md")])


def read_table(page: Path, heading: str) -> list[list[str]]:
    """Return the cells of the first table whose first column is headed so, without its head."""
    lines = iter(page.read_text("utf-8").splitlines())
    for line in lines:
        if line.startswith(f"| {heading} |"):
            break
    next(lines)
    rows = []
    for line in lines:
        if not line.startswith("|"):
            break
        rows.append([cell.strip() for cell in line.strip("|").split(" | ")])
    return rows


def read_records(page: Path, heading: str) -> list[dict[str, str]]:
    """Return the rows of the table whose first column is headed so, by the heads of its columns."""
    [head] = [
        line for line in page.read_text("utf-8").splitlines() if line.startswith(f"| {heading} |")
    ]
    names = [cell.strip() for cell in head.strip("| ").split(" | ")]
    rows = read_table(page, heading)
    return [dict(zip(names, (cell.strip("| ") for cell in row), strict=True)) for row in rows]


def unquote(cell: str) -> str | None:
    """Return what stands in a cell between backticks, None when it is more or less than that."""
    match = re.fullmatch(r"`([^`]+)`", cell)
    return match[1] if match else None


def list_missing_tests(page: str) -> list[str]:
    """Return the tests that a page names and that there are not."""
    return [
        f"{path}::{name}"
        for path, name in TEST.findall(page)
        if name not in list_tests(ROOT / path)
    ]


def list_tests(path: Path) -> set[str]:
    """Return the names of the tests in a file, without importing it."""
    if not path.exists():
        return set()
    return {
        node.name
        for node in ast.walk(ast.parse(path.read_text("utf-8")))
        if isinstance(node, ast.FunctionDef)
    }
