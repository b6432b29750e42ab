"""An organization brings a list in a browser: uploads it, checks its columns, and undoes it."""

from playwright.sync_api import expect

from petition.bulk.uploads.upload_run import run_uploads
from petition.core.extensions import transaction
from petition.error_messages.description import describe_row
from petition.models import RoleName
from petition.partners.organizations import join_campaign
from tests.accounts.world import invite_to, make_group
from tests.browser.conftest import DESK, PHONE, Live, Visitor
from tests.browser.test_accounts import accept, check_width, follow, press
from tests.bulk.files import make_row
from tests.factories import make_campaign
from tests.web.test_partner_imports import write_list


def test_a_list_from_the_file_to_its_undoing(live: Live, visitor: Visitor) -> None:
    group = make_group(live.app)
    with live.app.app_context():
        with transaction() as session:
            make_campaign(session, slug="paper", title="Save the path", confirm_email=True)
        join_campaign("riders", "paper", {"updates": "E-mail me."}, actor="test")
    link = invite_to(live.app, "lists@riders.example", RoleName.ORGANIZER, group)
    desk = visitor.open(live.url + link, viewport=DESK)
    accept(desk)
    follow(desk, "Riders")
    follow(desk, "Lists")
    check_width(desk)
    rows = [make_row(number) for number in range(24)] + [make_row(30, ZIP="99999")]
    file = {"name": "market.csv", "mimeType": "text/csv", "buffer": write_list(rows)}
    desk.get_by_label("What did they sign?").select_option(label="Save the path")
    desk.get_by_label("The list, as a CSV file").set_input_files(file)
    press(desk, "Upload and choose the columns")
    expect(desk.get_by_role("heading", level=1)).to_have_text("Check the columns")
    check_width(desk)
    desk.set_viewport_size(PHONE)
    check_width(desk)
    desk.get_by_label("Where does the list come from?").fill("Paper sheets at the market")
    desk.get_by_label("When and how did they agree").fill("On May 2, each signed a sheet.")
    desk.get_by_label("Everyone on this list agreed").check()
    press(desk, "Import the list")
    expect(desk.get_by_role("heading", level=1)).to_have_text("Your list waits for its turn")
    check_width(desk)
    with live.app.app_context():
        while run_uploads(describe_row, lambda: False):
            pass
    # The page's own script finds that it began, and that it ended.
    done = desk.get_by_role("heading", name="Your list was read")
    expect(done).to_be_visible(timeout=30_000)
    check_width(desk)
    expect(desk.get_by_text("20 or a few more rows accepted")).to_be_visible()
    with desk.expect_download() as taken:
        desk.get_by_role("link", name="Download the refused rows").click()
    assert taken.value.suggested_filename.startswith("refused-rows-")
    press(desk, "Take the import back")
    expect(desk.get_by_role("heading", level=1)).to_have_text("The import was taken back")
    check_width(desk)
    desk.context.clear_cookies()
