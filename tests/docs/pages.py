"""The documents of the project, and the tables in them."""

import re
from pathlib import Path

ROOT = Path(__file__).parents[2]
DOCS = ROOT / "docs"
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
