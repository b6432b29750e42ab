"""Imports in the record of an organization: begun, read and taken back, by whom, and no number."""

from collections.abc import Callable
from datetime import datetime, timedelta

import pytest
from flask import Flask
from sqlalchemy import select, update

from petition.bulk.import_batches import ImportOrder, begin_batch
from petition.bulk.import_undo import undo_batch
from petition.bulk.uploads.upload_record import ENDED_EARLY, READ, list_told_ends
from petition.core.clock import utcnow
from petition.core.extensions import db, transaction
from petition.models import Campaign, CampaignState, Event, ImportBatch, ImportUpload
from petition.partners.profile.organization_record import list_record
from tests.accounts.world import make_group
from tests.bulk.files import SLUG, make_row
from tests.web.staff_world import find_token, get, post
from tests.web.test_partner_imports import import_list, open_portal, run, write_list
from tests.web.test_portals import EMAIL

BEGUN = "An import of a list of signatures was begun"
TAKEN_BACK = "An import of a list of signatures was taken back"
LIST = write_list([make_row(number) for number in range(3)])


def read_record(app: Flask, group: int = 1) -> list[tuple[str, str, str]]:
    """Return what, detail and actor of each line about imports, the newest first."""
    with app.app_context():
        found = list_record(group, list_told_ends)
        db.session.rollback()
    return [(one.what, one.detail, one.actor) for one in found if "list of sig" in one.what]


def set_times(app: Flask, began: datetime, ended: datetime, undone: datetime | None = None) -> None:
    with app.app_context(), transaction() as session:
        session.execute(update(ImportUpload).values(began_at=began, ended_at=ended))
        if undone is not None:
            session.execute(update(ImportBatch).values(started_at=began, undone_at=undone))


def test_each_step_is_a_line_with_who_did_it_and_without_a_number(
    app: Flask, make_later: Callable[[timedelta], None]
) -> None:
    browser = open_portal(app)
    page = import_list(browser, LIST)
    assert read_record(app) == [(BEGUN, "", EMAIL)]
    run(app)
    assert read_record(app) == [(BEGUN, "", EMAIL)]

    make_later(timedelta(minutes=2))
    read = read_record(app)
    post(browser, f"{page}/undo", find_token(get(browser, page)))
    run(app)

    assert read == [(READ, "", EMAIL), (BEGUN, "", EMAIL)]
    assert read_record(app) == [(TAKEN_BACK, "", EMAIL), *read]
    shown = get(browser, "/partner/riders/record").text
    assert all(words in shown for words in (BEGUN, READ, TAKEN_BACK))
    with app.app_context():
        finished = db.session.scalars(select(Event).where(Event.action == "import.finished")).one()
        assert finished.detail["signed"] == 3  # for staff alone


def test_the_end_is_told_at_the_moment_of_the_page_and_not_when_it_was(app: Flask) -> None:
    import_list(open_portal(app), LIST)
    run(app)
    began = utcnow() - timedelta(hours=1)

    told = []
    for real in (timedelta(milliseconds=5), timedelta(seconds=4)):
        set_times(app, began, began + real)
        with app.app_context():
            told += [entry.at for entry in list_told_ends(1)]

    assert len(told) == 2 and told[0] == told[1] > began + timedelta(seconds=4)


@pytest.mark.parametrize(("ended", "undone", "told"), [(1, 2, 0), (4, 2, 0), (1, 7, 1), (4, 7, 1)])
def test_one_taken_back_before_its_end_is_told_has_none_whether_it_had_ended_or_not(
    app: Flask, ended: int, undone: int, told: int
) -> None:
    import_list(open_portal(app), LIST)
    run(app)
    began = utcnow() - timedelta(hours=1)

    set_times(
        app, began, began + timedelta(seconds=ended), undone=began + timedelta(seconds=undone)
    )

    assert sorted(what for what, _, _ in read_record(app)) == sorted([BEGUN] + [READ] * told)


def test_one_whose_campaign_closed_says_that_it_ended_early(
    app: Flask, make_later: Callable[[timedelta], None]
) -> None:
    import_list(open_portal(app), LIST)
    with app.app_context(), transaction() as session:
        session.execute(update(Campaign).values(state=CampaignState.CLOSED))
    run(app)
    make_later(timedelta(minutes=2))

    assert [what for what, _, _ in read_record(app)] == [ENDED_EARLY, BEGUN]


def test_another_organization_reads_none_of_it(app: Flask) -> None:
    import_list(open_portal(app), LIST)
    run(app)
    began = utcnow() - timedelta(hours=1)
    set_times(app, began, began)

    assert len(read_record(app)) == 2
    assert read_record(app, make_group(app, "walkers")) == []


def test_what_staff_import_for_it_is_by_staff_and_has_no_end(app: Flask) -> None:
    open_portal(app)
    with app.app_context():
        order = ImportOrder(SLUG, "0" * 64, {"email": "Email"}, "Sheets", organization="riders")
        batch_id = begin_batch(order, actor="cli")
        with transaction() as session:
            session.execute(update(ImportBatch).values(finished_at=utcnow()))
        undo_batch(batch_id, actor="staff:7", tell=lambda *_: None)

    assert read_record(app) == [(TAKEN_BACK, "", "staff"), (BEGUN, "", "staff")]
