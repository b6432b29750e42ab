"""The tables and messages of ``petition districts``."""

import re
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager

from rich.console import Console
from rich.markup import escape
from rich.progress import BarColumn, Progress, TaskProgressColumn, TextColumn, TimeElapsedColumn
from rich.table import Table

from petition.boundaries.checks.set_checks import Check, LayerCheck
from petition.boundaries.checks.set_list import SetRow
from petition.boundaries.importing.areas import Progress as Tick
from petition.boundaries.importing.set_import import ImportedSet
from petition.cli.output import count_noun, open_table

# The most items of a list that are named.
SHOWN = 3
# A digest is shortened to its first 12 digits.
_DIGEST = re.compile(r"(sha256:[0-9a-f]{12})[0-9a-f]+")
TITLES = ("Layer", "Sets", "Districts", "With id", "Invalid", "Overlaps", "Gaps", "No post")


@contextmanager
def track(name: str) -> Iterator[Tick]:
    """Yield a function that updates a progress bar, by how much is done and the total.

    - The bar is shown on a terminal only, and removed at the end.
    """
    console = Console(stderr=True)
    columns = (TextColumn("{task.description}"), BarColumn(), TaskProgressColumn())
    with Progress(
        *columns,
        TimeElapsedColumn(),
        console=console,
        transient=True,
        disable=not console.is_terminal,
    ) as bar:
        task = bar.add_task(escape(name), total=None)
        yield lambda done, total: bar.update(task, completed=done, total=total or None)


def print_import(console: Console, done: ImportedSet, *, mapped: bool, dry_run: bool) -> None:
    """Print what an import stored, and the next command."""
    what = f"{count_noun(done.districts, 'district')} of {done.layer}, scope {done.scope}"
    if dry_run and done.boundary_set_id is None:
        console.print(f"Would store {what}; nothing was stored.")
    elif done.changed:
        console.print(f"Stored boundary set {done.boundary_set_id}: {what}. It is not in force.")
    else:
        console.print(
            f"Nothing changed: this file is already boundary set {done.boundary_set_id} ({what}, "
            f"{done.state})."
        )
    for line in _describe(done, mapped):
        console.print(f"  {escape(line)}", soft_wrap=True)
    if done.boundary_set_id is not None and done.state == "loaded":
        number = done.boundary_set_id
        console.print(
            f"Next: `petition districts check {number}`, then "
            f"`petition districts activate {number}`."
        )


def _describe(done: ImportedSet, mapped: bool) -> Iterator[str]:
    if done.in_force_from is not None:
        yield f"planned to take effect on {done.in_force_from}"
    if done.read:
        by_rule = done.districts - done.by_mapping
        told = f"{done.by_mapping:,} by the mapping, {by_rule:,} by rule" if mapped else "by rule"
        yield f"with a division id: {done.districts:,} ({told})"
    for reason, count in done.skipped.items():
        yield f"skipped: {count:,} {reason}"
    if done.mended:
        crossed = count_noun(len(done.mended), "self-crossing polygon")
        yield f"repaired: {crossed} ({_some(done.mended)})"
    yield from done.notes


def draw_sets(rows: Sequence[SetRow]) -> Table:
    """Return the table of the boundary sets."""
    titles = ("No.", "Layer", "Scope", "State", "Districts", "In force from", "Until", "Source")
    table = open_table(*titles, numbers=("No.", "Districts"), whole=titles[1:-1])
    for row in rows:
        table.add_row(
            str(row.id),
            row.layer,
            row.scope,
            row.state,
            f"{row.districts:,}",
            str(row.in_force_from or ""),
            str(row.in_force_until or ""),
            escape(_DIGEST.sub(r"\1", row.source)),
        )
    return table


def print_check(console: Console, found: Check) -> None:
    """Print a check as a table, then each finding and what to do about it."""
    if not found.layers:
        console.print("No boundary sets yet. Import one with `petition districts import FILE`.")
        return
    table = open_table(*TITLES, numbers=TITLES[2:])
    for layer in found.layers:
        sets = ", ".join(f"{one.id} {one.scope} {one.state}" for one in layer.sets)
        numbers = (
            layer.districts,
            layer.with_division_id,
            len(layer.invalid),
            len(layer.overlaps),
            layer.count_gaps,
            len(layer.without_post),
        )
        table.add_row(layer.layer, sets, *(f"{number:,}" for number in numbers))
    console.print(table)
    lines = [line for layer in found.layers for line in _advise(layer)]
    if found.without_district:
        lines.append(
            f"{count_noun(len(found.without_district), 'division has', 'divisions have')} a post "
            f"but no district ({_some(found.without_district)}): import that layer, or correct "
            "the roster"
        )
    for line in lines:
        console.print(escape(line), soft_wrap=True)
    if not lines:
        console.print("Nothing to do.")


def _advise(layer: LayerCheck) -> Iterator[str]:
    name = layer.layer
    if layer.invalid:
        yield f"{name}: broken polygons ({_some(layer.invalid)}): import the file again"
    if layer.overlaps:
        pairs = [f"{one} and {other}, {share:.1%}" for one, other, share in layer.overlaps]
        yield (
            f"{name}: districts overlap ({_some(pairs)} of the smaller): people there would be "
            "counted in the one with the lower GEOID; fetch files of the same vintage"
        )
    for state, gaps in layer.gaps.items():
        if gaps.land:
            yield (
                f"{name}: {count_noun(len(gaps.land), 'part')} of {state} in no district, "
                f"{sum(gaps.land):.2%} of its area: people there go to review; check whether the "
                "file lacks a district"
            )
        if gaps.water:
            yield (
                f"{name}: {sum(gaps.water):.1%} of {state} is in no district and has almost no "
                "ZIP codes: most likely water; nothing to do"
            )
    if layer.without_post:
        yield (
            f"{name}: "
            f"{count_noun(len(layer.without_post), 'district has', 'districts have')} no post "
            f"({_some(layer.without_post)}): no letter is sent there; run `petition officials "
            "import FILE`"
        )


def _some(names: Iterable[str]) -> str:
    listed = list(names)
    more = ", ..." if len(listed) > SHOWN else ""
    return ", ".join(listed[:SHOWN]) + more
