"""The delivery log as CSV, for spreadsheets: a page of rows is in memory at a time."""

import csv
import io
from collections.abc import Iterator
from datetime import datetime

from petition.core.extensions import db
from petition.delivery.log.delivery_log import list_deliveries, name_holders
from petition.delivery.log.log_filters import LogFilters
from petition.delivery.log.log_pages import DeliveryRow
from petition.validation.spreadsheet_cells import protect_cell

EXPORT_ROWS = 500
COLUMNS = (
    "delivery",
    "state",
    "reason",
    "campaign",
    "district",
    "district_state",
    "division_id",
    "post",
    "holder",
    "milestone",
    "letter_code",
    "channel",
    "attempts",
    "planned",
    "due",
    "settled",
)


def write_csv(filters: LogFilters) -> Iterator[str]:
    """Give the deliveries that match as CSV, the headings first, in the order of the list.

    - Times are UTC. A cell that a spreadsheet would take as a formula begins with an apostrophe.
    - No transaction is open between two pages, so a slow reader holds nothing; a delivery whose
      state changes meanwhile may be left out or be there twice.
    """
    yield _write([list(COLUMNS)])
    after = None
    while True:
        page = list_deliveries(filters, after, EXPORT_ROWS)
        holders = name_holders(page.rows)
        rows = [_describe(row, holders.get(row.post_id, "")) for row in page.rows]
        db.session.expunge_all()
        db.session.rollback()
        yield _write(rows)
        after = page.last
        if after is None:
            return


def _describe(row: DeliveryRow, holder: str) -> list[str]:
    cells = (
        row.id,
        row.state.value,
        row.reason,
        row.campaign_slug,
        row.district,
        row.district_state,
        row.division_id,
        row.post,
        holder,
        row.threshold,
        row.code,
        row.channel,
        row.attempt,
        _stamp(row.created_at),
        _stamp(row.due_at),
        _stamp(row.settled_at),
    )
    return [protect_cell("" if cell is None else str(cell)) for cell in cells]


def _stamp(moment: datetime | None) -> str:
    return moment.isoformat(timespec="seconds") if moment else ""


def _write(rows: list[list[str]]) -> str:
    text = io.StringIO()
    csv.writer(text).writerows(rows)
    return text.getvalue()
