"""A letter's page in a real browser: whoever holds its PDF compares it there, or by hand."""

from pathlib import Path

from playwright.sync_api import expect
from sqlalchemy import select

from petition.core.extensions import db
from petition.models import Letter, Milestone
from tests.browser.conftest import Live, Visitor
from tests.browser.signing import do_all_that_is_due, lay_campaign


def send_letter(live: Live) -> tuple[str, bytes]:
    """Send one letter; return its code and its PDF."""
    world = lay_campaign(live)
    world.count(2)
    do_all_that_is_due(live, world.campaign_id)
    with live.app.app_context():
        code = db.session.scalars(select(Milestone.code)).one()
        digest = db.session.scalars(select(Letter.sha256)).one()
    (pdf,) = live.app.extensions["hundredth"].data_dir.rglob("outbox/*/letter.pdf")
    assert digest
    return code, pdf.read_bytes()


def test_a_pdf_is_compared_in_the_browser_and_stays_there(
    live: Live, visitor: Visitor, tmp_path: Path
) -> None:
    code, pdf = send_letter(live)
    page = visitor.open(f"{live.url}/letters/{code}")
    sent: list[str] = []
    page.on("request", lambda request: sent.append(request.post_data or ""))
    answer = page.get_by_role("status")

    page.get_by_label("Choose the PDF").set_input_files(
        {"name": "held.pdf", "mimeType": "application/pdf", "buffer": pdf}
    )
    expect(answer).to_contain_text("This is exactly the file that we made: To the Board")
    page.get_by_label("Choose the PDF").set_input_files(
        {"name": "held.pdf", "mimeType": "application/pdf", "buffer": pdf + b"\n"}
    )
    expect(answer).to_contain_text("This is not a file that we made for this letter.")

    assert not any(sent)


def test_without_a_script_the_page_says_how_to_compare_by_hand(
    live: Live, visitor: Visitor
) -> None:
    code, _ = send_letter(live)

    page = visitor.open(f"{live.url}/letters/{code}", java_script_enabled=False)

    expect(page.get_by_label("Choose the PDF")).to_be_hidden()
    expect(page.get_by_text("sha256sum letter.pdf")).to_be_visible()
