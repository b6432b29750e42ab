"""A bounce, a complaint, an out-of-office note and an answer arrive by IMAP, and staff see it."""

import email
from email.policy import default
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from petition.core.extensions import get_settings, transaction
from petition.dispatch.engine import send_due
from petition.incoming.answer_kind import ANSWERS
from petition.incoming.applied_mail import MailSubject
from petition.incoming.mailbox_polling import poll_mailbox
from petition.mail.imap.imap_url import ImapServer
from petition.models import Campaign, RoleName
from tests.accounts.world import invite_to
from tests.browser.conftest import Live, Visitor
from tests.browser.test_accounts import accept, check_width, follow
from tests.browser.test_every_page import list_faults
from tests.delivery.letter_reports import make_notice, make_proved
from tests.incoming.answers import OFFICE, make_answer
from tests.incoming.test_mailbox_polling import arrange
from tests.mail.dovecot import needs_dovecot, run_dovecot
from tests.mail.reports import make_complaint
from tests.mail.servers import make_certificate

ORGANIZATION = "office@coalition.example"
WIDTHS = (320, 640, 1280)


def show(page: Page, live: Live, delivery_id: int) -> None:
    """Open the page of a delivery; at no width is it too wide, and axe finds nothing."""
    page.goto(f"{live.url}/staff/deliveries/{delivery_id}")
    for width in WIDTHS:
        page.set_viewport_size({"width": width, "height": 800})
        check_width(page)
        assert list_faults(page) == []


@needs_dovecot
def test_what_arrives_by_imap_is_where_staff_look_for_it(
    live: Live, visitor: Visitor, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    certificate, _ = make_certificate(tmp_path)
    monkeypatch.setenv("SSL_CERT_FILE", str(certificate))
    with live.app.app_context():
        ready, (bounced, unwanted, away, answered, _) = arrange(letters=5)
        with transaction() as session:
            campaign = session.get_one(Campaign, ready.campaign_id)
            campaign.organization_email = ORGANIZATION
        proof = make_proved("delivered", "2.0.0", ready.delivery_ids[-1])
    note = make_answer(away, "I am away.", "Automatic reply: Paid leave", number=2)
    with run_dovecot(certificate, certificate.with_suffix(".key")) as server:
        server.put(
            note,
            make_answer(answered, f"We will vote for it. Call me: {OFFICE}"),
            make_complaint("abuse", unwanted),
            make_notice("failed", "5.1.1", bounced),
            proof,
        )
        with live.app.app_context():
            found = poll_mailbox(ImapServer.from_url(server.url))
            again = poll_mailbox(ImapServer.from_url(server.url))
            send_due(ANSWERS)
        assert server.list_flags() == [r"\Seen"] * 5

    assert found is not None and again is not None
    assert found.counts == {MailSubject.LETTER: 3, MailSubject.ANSWER: 1, MailSubject.OTHER: 1}
    assert again.counts == {}
    with live.app.app_context():
        (forwarded,) = (get_settings().data_dir / "mail").glob("answer.*/message.eml")
    sent = email.message_from_bytes(forwarded.read_bytes(), policy=default)
    assert sent["To"] == ORGANIZATION and OFFICE in sent["Reply-To"]

    link = invite_to(live.app, "staff@staff.example", RoleName.CAMPAIGNER)
    page = visitor.open(live.url + link)
    accept(page)
    first, second, third, fourth, fifth = ready.delivery_ids
    show(page, live, first)
    expect(page.get_by_text("It bounced, with 5.1.1. The report names the letter")).to_be_visible()
    show(page, live, second)
    expect(page.get_by_text("its reader reported it as unwanted")).to_be_visible()
    show(page, live, third)
    expect(page.get_by_text("I am away.")).to_have_count(0)
    expect(page.get_by_role("heading", name="Answers")).to_have_count(0)
    show(page, live, fifth)
    expect(page.get_by_text("Proof of delivery was received (2.0.0).")).to_be_visible()
    show(page, live, fourth)
    expect(page.get_by_text("We will vote for it. Call me: [address]")).to_be_visible()
    expect(page.get_by_text("It was sent to the organization.")).to_be_visible()

    page.get_by_text("Record that the office confirmed it").click()
    page.get_by_label("Who confirmed it, and how?").fill("The clerk, by e-mail")
    page.get_by_role("button", name="Record as delivered").click()
    expect(page.get_by_text("The office confirmed that it has the letter.").last).to_be_visible()
    assert list_faults(page) == []

    follow(page, "Attention")
    expect(page.get_by_role("heading", name="Letters that bounced")).to_be_visible()
    expect(page.get_by_text("I am away.")).to_have_count(0)
    page.context.clear_cookies()
