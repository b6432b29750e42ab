"""The tables of the figures, each with its chart, and as CSV."""

import csv
import io
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date, timedelta

from petition.delivery.log.state_counts import count_by_state
from petition.geocoding.geocoder import Precision
from petition.totals.district_totals import iterate_districts
from petition.totals.total_counts import UNPLACED, CampaignTotals
from petition.validation.spreadsheet_cells import protect_cell
from petition.web.staff.figures.charts import Chart, draw_bars, draw_lines

SHOWN_DAYS = 90
SHOWN_WEEKS = 26
FOLDED = 10  # people of one district; fewer are close to naming them
PRECISIONS = {
    Precision.ROOFTOP.value: "the house itself",
    Precision.STREET.value: "along the street",
    Precision.LOCALITY.value: "somewhere in the town",
    Precision.POSTAL.value: "the center of the ZIP code",
    UNPLACED: "not located yet, or chosen by the signer",
}

Cell = str | int


@dataclass(frozen=True, slots=True)
class FigureTable:
    """A table: ``name`` in its address; the first column of ``rows`` is a label."""

    name: str
    columns: tuple[str, ...]
    rows: Sequence[tuple[Cell, ...]]


@dataclass(frozen=True, slots=True)
class Scope:
    """What the figures are of: one campaign, or all; ``totals``: as they were last counted."""

    campaign_id: int | None
    totals: CampaignTotals


def list_days(scope: Scope) -> FigureTable:
    """Return the signatures by day, with the days without any between them, the latest last."""
    found = dict(scope.totals.days)
    rows: list[tuple[Cell, ...]] = []
    if found:
        day, last = date.fromisoformat(min(found)), date.fromisoformat(max(found))
        while day <= last:
            rows.append((day.isoformat(), found.get(day.isoformat(), 0)))
            day += timedelta(days=1)
    return FigureTable("days", ("day", "signatures"), rows)


def list_states(scope: Scope) -> FigureTable:
    """Return the letters by state, also those without any."""
    which = None if scope.campaign_id is None else [scope.campaign_id]
    counts = count_by_state(which)
    rows = [(state.value.replace("_", " "), number) for state, number in counts.items()]
    return FigureTable("states", ("state", "letters"), rows)


def list_times(scope: Scope) -> FigureTable:
    """Return the letters handed over by week, and the seconds since their hundred."""
    columns = ("week", "letters", "median_seconds", "p95_seconds")
    return FigureTable("times", columns, scope.totals.weeks)


def list_precisions(scope: Scope) -> FigureTable:
    """Return the signatures by precision, the most precise first."""
    found = scope.totals.precisions
    rows = [(name, found.get(name, 0)) for name in PRECISIONS]
    return FigureTable("precision", ("precision", "signatures"), rows if found else [])


def list_returned(scope: Scope) -> FigureTable:
    """Return the letters that came back by week, with the weeks without any between them."""
    found = dict(scope.totals.returned)
    rows: list[tuple[Cell, ...]] = []
    if found:
        week, last = date.fromisoformat(min(found)), date.fromisoformat(max(found))
        while week <= last:
            rows.append((week.isoformat(), found.get(week.isoformat(), 0)))
            week += timedelta(days=7)
    return FigureTable("bounces", ("week", "letters"), rows)


TABLES: dict[str, Callable[[Scope], FigureTable]] = {
    "days": list_days,
    "states": list_states,
    "times": list_times,
    "precision": list_precisions,
    "bounces": list_returned,
}


def draw(table: FigureTable) -> Chart | None:
    """Return the chart of a table over time, of its latest rows; None without any."""
    rows = table.rows[-(SHOWN_DAYS if table.name == "days" else SHOWN_WEEKS) :]
    if not rows:
        return None
    labels = [str(row[0]) for row in rows]
    series = [[int(row[at]) for row in rows] for at in range(1, len(table.columns))]
    if table.name == "times":
        return draw_lines(labels, *series[1:])
    return draw_bars(labels, series[0])


def write_csv(columns: Iterable[str], rows: Iterable[Iterable[Cell]]) -> Iterator[str]:
    """Give a table as CSV, the headings first; no cell is a formula for a spreadsheet."""
    yield _write(columns)
    for cells in rows:
        yield _write(cells)


def fold(number: int) -> Cell:
    """Return a count of people as who may know nobody in particular reads it."""
    return number if number == 0 or number >= FOLDED else f"fewer than {FOLDED}"


def write_districts(campaign_id: int | None, *, folds: bool) -> Iterator[str]:
    """Give every district with a count as CSV; ``folds``: small counts as ``fold`` tells them."""
    columns = ("campaign", "district", "state", "layer", "signatures", "hundreds")
    rows = (
        (
            one.campaign,
            one.name,
            one.state,
            one.layer,
            fold(one.live) if folds else one.live,
            one.hundreds,
        )
        for one in iterate_districts(campaign_id)
    )
    return write_csv(columns, rows)


def _write(cells: Iterable[Cell]) -> str:
    out = io.StringIO()
    csv.writer(out).writerow([protect_cell(str(cell)) for cell in cells])
    return out.getvalue()
