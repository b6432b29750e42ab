"""FAULT 7: a hundred payloads in all that people type and campaigns say, in every place it shows.

A page with payloads must be built of the very elements that it has with harmless words, and must
say the payloads as they were typed. (Letters payload by payload: tests/letters/test_payloads.py.)
"""

import json
import re
from collections.abc import Callable
from datetime import timedelta
from email import message_from_bytes
from email.message import EmailMessage
from email.policy import default

from flask import Flask
from sqlalchemy import select

from petition.comments.comment_decisions import decide
from petition.comments.comment_list import list_comments
from petition.core.extensions import db, get_settings, transaction
from petition.mail.mailer import get_folder
from petition.models import CommentState, Delivery, Letter, Signature
from petition.notifications.arrival_notices import plan_delivered
from petition.notifications.batches import send_batch
from petition.notifications.confirmations import mail_batch
from petition.notifications.message_ids import read_named_id
from petition.participants.cells import count_areas_if_due
from petition.signing.link_tokens import LinkPurpose, make_token
from tests.factories import invent_network, make_campaign, make_signature
from tests.ground import POSTAL_CODE, SLUG, lay_ground
from tests.letter_store import LetterStore
from tests.letters.samples import read_text
from tests.letters.test_payloads import PAYLOADS
from tests.notifications.conftest import read_part
from tests.redistricting.world import send, work
from tests.security.hostile import Seen, pack, passes_for_a_name
from tests.web.public_world import CAMPAIGN, look_up, open_page

NAMES = pack(24, filter(passes_for_a_name, PAYLOADS))
STREETS, COMMENTS = pack(200), pack(1_000)
SIGNERS = len(NAMES)
MAIL_HEADERS = [
    "Subject",
    "From",
    "To",
    "Reply-To",
    "Message-ID",
    "Date",
    "List-Unsubscribe",
    "List-Unsubscribe-Post",
    "Auto-Submitted",
    "MIME-Version",
    "Content-Type",
]


def fill(number: int) -> dict[str, str]:
    """Return the form of a signer who types payloads wherever the form lets them."""
    return {
        "given_name": NAMES[number],
        "family_name": NAMES[number - 1],
        "email": f"{{{{7*7}}}}'&=-{number}@people.example",
        "street_address": STREETS[number % len(STREETS)],
        "locality": NAMES[number - 2],
        "postal_code": POSTAL_CODE,
        "comment": COMMENTS[number % len(COMMENTS)],
    }


BOXES = dict.fromkeys(("publish_comment", "show_name", "notify"), "1")


def list_headers(raw: bytes) -> list[str]:
    """Return the names of a mail's headers as a server reads them, line by line."""
    head = raw.split(b"\r\n\r\n", 1)[0]
    lines = (line for line in head.split(b"\r\n") if line[:1] not in (b" ", b"\t"))
    return [line.partition(b":")[0].decode() for line in lines]


def check_mail(raw: bytes, several: bool = False) -> EmailMessage:
    """Return a mail that has no header but ours and no link but the service's.

    - ``several``: it is about several letters, which one click would not all stop.
    """
    message = message_from_bytes(raw, policy=default)
    assert isinstance(message, EmailMessage)
    ours = [one for one in MAIL_HEADERS if not several or "Unsubscribe" not in one]
    assert list_headers(raw) == ours
    for name in ("To", "From", "Reply-To"):
        assert len(message[name].addresses) == 1
    assert [part.get_content_type() for part in message.iter_parts()] == ["text/plain", "text/html"]
    return message


def read_pdf(delivery_id: int) -> bytes:
    """Return the letter of a delivery."""
    letter = select(Letter.sha256).join(Delivery, Delivery.letter_id == Letter.id)
    digest = db.session.scalars(letter.where(Delivery.id == delivery_id)).one()
    return LetterStore(get_settings().letters_dir).read(digest)


def read_mails(app: Flask, kind: str) -> list[EmailMessage]:
    """Return the mails of a kind as they would be sent, by the number of their signature."""
    folders = get_folder(app.extensions["hundredth"]).folder.glob(f"{kind}.*")
    with app.app_context():
        found = sorted(folders, key=lambda folder: read_named_id(folder.name) or 0)
    return [check_mail((folder / "message.eml").read_bytes()) for folder in found]


def sign_and_confirm(app: Flask) -> None:
    """Let the signers sign on the page, be mailed, and confirm by the link of their mail."""
    browser = app.test_client()
    for number in range(SIGNERS):
        network = {"REMOTE_ADDR": f"198.51.{number}.7"}
        answer = browser.post(
            f"{CAMPAIGN}/signatures", data=fill(number) | BOXES, environ_base=network
        )
        assert answer.status_code == 303, answer.text
    with app.app_context():
        while mail_batch():
            pass
    for mail in read_mails(app, "confirm"):
        link = re.search(r"https://petition\.example(/confirm/\S+)", read_part(mail, "plain"))
        assert link and browser.post(link[1]).status_code == 303


def lay_campaigns() -> tuple[int, int]:
    """Lay a campaign for payloads, and one that harmless people have signed; return their ids."""
    quiet = {"minimum_seconds": 0, "proof_of_work": "off"}
    texts = {"step": SIGNERS, "confirm_email": True, "recent_shown": 50, "guards": quiet}
    texts["organization_email"] = "hello@neighbours.example"
    hostile, _ = lay_ground(**texts)
    with transaction() as session:
        plain = make_campaign(session, slug="plain", **texts)
        for _ in range(SIGNERS):
            make_signature(session, plain, show_name=True, networks=invent_network())
        return hostile, plain.id


def test_what_people_type_stays_text_from_the_form_to_the_letter(
    app: Flask, make_later: Callable[[timedelta], None]
) -> None:
    with app.app_context():
        campaigns = lay_campaigns()
    sign_and_confirm(app)
    with app.app_context():
        for campaign_id in campaigns:
            work(campaign_id)
        count_areas_if_due()
    check_pages(app)
    check_files(app)
    with app.app_context():
        ids = [row.id for row in list_comments(campaign=SLUG, size=SIGNERS).rows]
        decide(ids, CommentState.ALLOWED, "test", same=True)
        (delivery_id,) = send(campaigns[0], laid_out=True)
        check_letter(delivery_id)
        plan_delivered()
        make_later(timedelta(minutes=11))
        while send_batch():
            pass
    check_mails(app)


def check_pages(app: Flask) -> None:
    """The pages that name people are built as with harmless people, and name all as they typed."""
    both = (f"/campaigns/{SLUG}", "/campaigns/plain")
    found = [(look_up(app, path=path), 12) for path in both]
    shown = [(open_page(app, path), SIGNERS) for path in both]
    for (one, least), (other, _) in (shown, found):
        page, twin = Seen(one.text), Seen(other.text)
        assert page.built == twin.built, one.request.path
        assert page.leads_astray() == []
        assert sum(f"{words} " in page.said for words in NAMES) >= least


def check_files(app: Flask) -> None:
    """Each signer's own file is JSON with what they typed."""
    with app.app_context():
        query = select(Signature.id).order_by(Signature.id.desc()).limit(SIGNERS)
        tokens = [make_token(number, LinkPurpose.STATUS) for number in db.session.scalars(query)]
    for number, token in enumerate(reversed(tokens)):
        file = open_page(app, f"/signatures/{token}/data.json")
        assert file.mimetype == "application/json"
        assert json.loads(file.text)["person"].items() >= fill(number).items()


def check_letter(delivery_id: int) -> None:
    """The paper has every name and every comment as it was typed."""
    letter = select(Letter.sha256).join(Delivery, Delivery.letter_id == Letter.id)
    digest = db.session.scalars(letter.where(Delivery.id == delivery_id)).one()
    paper = "".join(read_text(LetterStore(get_settings().letters_dir).read(digest)).split())
    for words in [*NAMES, *COMMENTS]:
        assert "".join(words.split()) in paper


def check_mails(app: Flask) -> None:
    """The signers' mails of one kind are all built alike, and greet each whose mailbox it is.

    - What asks for the confirmation says nothing that was typed.
    """
    for kind in ("confirm", "delivered"):
        mails = read_mails(app, kind)
        pages = [Seen(read_part(mail, "html")) for mail in mails]
        texts = [" ".join(read_part(mail, "plain").split()) for mail in mails]
        assert len({frozenset(page.built.items()) for page in pages}) == 1
        assert [page.leads_astray() for page in pages] == [[]] * SIGNERS
        for words, page, text in zip(NAMES, pages, texts, strict=True):
            greeting = "Hello," if kind == "confirm" else f"Hello {words},"
            assert greeting in page.said and greeting in text
            assert kind != "confirm" or words not in text
