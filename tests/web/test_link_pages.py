"""A signer's own links: a GET shows and changes nothing, a POST acts without cookie or token."""

from collections.abc import Callable
from datetime import timedelta

import pytest
from flask import Flask
from sqlalchemy import select

from petition.core.clock import utcnow
from petition.core.extensions import db, transaction
from petition.core.queues import Stage
from petition.models import Campaign, CampaignState, LedgerEntry, Signature, SignatureState
from petition.models.states import ENDED
from petition.signing.link_tokens import LinkPurpose, make_token
from tests.factories import make_signature
from tests.web.public_world import CAMPAIGN, list_links, make_world, open_page, read_words

PATHS = {
    LinkPurpose.CONFIRM: "/confirm/{}",
    LinkPurpose.UNSUBSCRIBE: "/unsubscribe/{}",
    LinkPurpose.STATUS: "/signatures/{}",
}


def make_link(app: Flask, purpose: LinkPurpose, signature_id: int | None = None) -> str:
    """Return a link of that purpose to a signature, to a fresh pending one where none is given."""
    with app.app_context():
        if signature_id is None:
            with transaction() as session:
                campaign = session.scalars(select(Campaign)).one()
                signature = make_signature(
                    session, campaign, state=SignatureState.PENDING, confirmed_at=None
                )
                signature_id = signature.id
        return PATHS[purpose].format(make_token(signature_id, purpose))


def read_signature(app: Flask) -> dict[str, object]:
    """Return the whole row of the only signature."""
    with app.app_context():
        row = db.session.execute(select(*Signature.__table__.columns)).one()
        return dict(row._mapping)


@pytest.mark.parametrize("purpose", list(PATHS))
def test_a_scanner_that_follows_a_link_changes_nothing(app: Flask, purpose: LinkPurpose) -> None:
    make_world(app)
    link = make_link(app, purpose)
    before = read_signature(app)

    answers = [app.test_client().open(link, method=method) for method in ("GET", "HEAD", "GET")]

    assert [answer.status_code for answer in answers] == [200, 200, 200]
    assert read_signature(app) == before


def test_a_post_confirms_and_the_page_then_says_so(app: Flask) -> None:
    make_world(app, confirm_email=True)
    link = make_link(app, LinkPurpose.CONFIRM)

    answer = app.test_client().post(link)

    assert (answer.status_code, answer.headers["Location"]) == (303, link)
    assert read_signature(app)["state"] == SignatureState.CONFIRMED
    assert "Your signature is confirmed" in read_words(open_page(app, link))
    assert app.extensions["hundredth-queues"].queue(Stage.LOCATE).count == 1


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        (
            {"step": 25},
            "We find your county from your ZIP code. It takes a minute. | "
            "You are counted with the others who live there. | "
            "When the next 25 have signed, the letter is sent to the lawmakers of your county",
        ),
        (
            {"layers": ["sldl"], "step": 1_000},
            "We find your state house district from your street address, or from your ZIP code "
            "if that is enough. It takes a minute. | "
            "You are counted with the others who live there. | "
            "When the next 1,000 have signed, the letter is sent to your state representative",
        ),
        (
            {"layers": ["sldu", "place"], "recipients": {"place": ["mayor"]}},
            "We find your districts from your street address, or from your ZIP code if that is "
            "enough. It takes a minute. | "
            "You are counted in each, with the others who live there. | "
            "When the next 100 in each have signed, the letter is sent to your state senator "
            "and your mayor",
        ),
    ],
)
def test_what_happens_next_is_told_by_the_campaigns_layers_and_step(
    app: Flask, changes: dict[str, object], said: str
) -> None:
    make_world(app, confirm_email=True, **changes)
    link = make_link(app, LinkPurpose.CONFIRM)
    app.test_client().post(link)

    words = read_words(open_page(app, link))

    for part in said.split(" | "):
        assert part in words


def test_who_has_confirmed_reads_how_far_it_is_shares_it_and_adds_to_it(app: Flask) -> None:
    make_world(app, confirm_email=True).count(63)
    link = make_link(app, LinkPurpose.CONFIRM)
    app.test_client().post(link)

    page = open_page(app, link)
    words = read_words(page)
    token = page.text.partition('name="token" value="')[2].partition('"')[0]
    form = {"token": token, "what": "notify", "do": "give"}
    sent = app.test_client().post(f"{CAMPAIGN}/answers", data=form)

    assert "63 of the next 100 in Middlesex County have signed." in words
    assert "Yours is added once it is counted." in words
    assert "37 more from Middlesex County and it is sent to the Board of Commissioners" in words
    after = read_words(open_page(app, sent.headers["Location"]))
    assert "Thank you, your signature is in" in after and "Saved: yes." in after


def test_confirming_twice_changes_nothing_more(app: Flask) -> None:
    make_world(app)
    link = make_link(app, LinkPurpose.CONFIRM)
    app.test_client().post(link)
    before = read_signature(app)

    assert app.test_client().post(link).status_code == 303
    assert read_signature(app) == before


def test_one_click_unsubscribes_without_cookie_or_token(app: Flask) -> None:
    make_world(app)
    link = make_link(app, LinkPurpose.UNSUBSCRIBE)

    answer = app.test_client(use_cookies=False).post(
        link, data="List-Unsubscribe=One-Click", content_type="application/x-www-form-urlencoded"
    )

    assert answer.status_code == 200  # a redirect would not be followed
    assert "unsubscribed" in read_words(answer)
    assert read_signature(app)["unsubscribed_at"] is not None


def test_a_signer_sees_where_their_signature_is_and_which_letter_carries_it(app: Flask) -> None:
    world = make_world(app, step=12)
    code = world.send(world.count(12)[0])
    with app.app_context():
        signature_id = db.session.scalars(select(LedgerEntry.signature_id)).first()

    page = open_page(app, make_link(app, LinkPurpose.STATUS, signature_id))

    words = read_words(page)
    assert "Counted" in words and "Middlesex County" in words
    assert "To the Board of Commissioners, Middlesex County" in words and "In the outbox" in words
    assert f"/letters/{code}" in list_links(page)


@pytest.mark.parametrize(
    ("state", "words"),
    [
        (SignatureState.PENDING, "Waiting for you to confirm"),
        (SignatureState.CONFIRMED, "We are finding your district"),
        (SignatureState.LOCATED, "About to be counted"),
        (SignatureState.REVIEW, "We could not find your district"),
        (SignatureState.COUNTED, "Counted"),
        (SignatureState.WITHDRAWN, "Withdrawn"),
        (SignatureState.REJECTED, "Not counted"),
        (SignatureState.EXPIRED, "Expired"),
    ],
)
def test_every_state_has_its_words(app: Flask, state: SignatureState, words: str) -> None:
    world = make_world(app)
    with app.app_context(), transaction() as session:
        campaign = session.get_one(Campaign, world.campaign_id)
        ended_at = utcnow() if state in ENDED else None
        signature_id = make_signature(session, campaign, state=state, ended_at=ended_at).id

    page = open_page(app, make_link(app, LinkPurpose.STATUS, signature_id))

    assert page.status_code == 200
    assert words in read_words(page)


def test_who_has_not_confirmed_can_on_their_private_page(app: Flask) -> None:
    make_world(app, confirm_email=True)
    link = make_link(app, LinkPurpose.STATUS)
    assert "Confirm my signature" in read_words(open_page(app, link))

    answer = app.test_client().post(link, data={"do": "confirm"})

    assert (answer.status_code, answer.headers["Location"]) == (303, link)
    assert read_signature(app)["state"] == SignatureState.CONFIRMED
    assert app.extensions["hundredth-queues"].queue(Stage.LOCATE).count == 1
    assert "Confirm my signature" not in read_words(open_page(app, link))


@pytest.mark.parametrize("state", [SignatureState.WITHDRAWN, SignatureState.COUNTED])
def test_confirming_there_brings_nobody_back(app: Flask, state: SignatureState) -> None:
    world = make_world(app)
    with app.app_context(), transaction() as session:
        campaign = session.get_one(Campaign, world.campaign_id)
        ended_at = utcnow() if state in ENDED else None
        signature_id = make_signature(session, campaign, state=state, ended_at=ended_at).id
    link = make_link(app, LinkPurpose.STATUS, signature_id)

    answer = app.test_client().post(link, data={"do": "confirm"})

    assert (answer.status_code, answer.headers["Location"]) == (303, link)
    assert read_signature(app)["state"] == state


@pytest.mark.parametrize(
    ("campaign_state", "offered"), [(CampaignState.OPEN, True), (CampaignState.CLOSED, False)]
)
def test_an_expired_signature_leads_to_signing_again_while_that_can_be_done(
    app: Flask, campaign_state: CampaignState, offered: bool
) -> None:
    world = make_world(app, state=campaign_state)
    with app.app_context(), transaction() as session:
        campaign = session.get_one(Campaign, world.campaign_id)
        signature_id = make_signature(
            session, campaign, state=SignatureState.EXPIRED, ended_at=utcnow()
        ).id

    page = open_page(app, make_link(app, LinkPurpose.STATUS, signature_id))

    assert (f"{CAMPAIGN}#sign" in list_links(page)) is offered


def test_a_post_withdraws_and_the_count_follows(app: Flask) -> None:
    world = make_world(app)
    world.count(1)
    link = make_link(app, LinkPurpose.STATUS, int(str(read_signature(app)["id"])))

    answer = app.test_client().post(link, data={"do": "withdraw"})

    assert (answer.status_code, answer.headers["Location"]) == (303, link)
    assert read_signature(app)["state"] == SignatureState.WITHDRAWN
    assert "Withdrawn" in read_words(open_page(app, link))
    assert app.extensions["hundredth-queues"].queue(Stage.COUNT).count == 1


def test_a_post_erases_and_the_page_holds_nothing_more(app: Flask) -> None:
    world = make_world(app)
    world.count(1)
    link = make_link(app, LinkPurpose.STATUS, int(str(read_signature(app)["id"])))

    app.test_client().post(link, data={"do": "erase"})

    row = read_signature(app)
    assert (row["state"], row["person"], row["email_digest"]) == ("erased", None, None)
    assert "All erased" in read_words(open_page(app, link))


@pytest.mark.parametrize("method", ["GET", "POST"])
def test_a_forged_token_is_refused_with_words(app: Flask, method: str) -> None:
    for purpose, path in PATHS.items():
        for token in ("forged", "a.b.c", "%00", "%ff%fe", "x" * 5000, "MQ.aaaa.bbbb", "…"):
            answer = app.test_client().open(path.format(token), method=method)

            assert answer.status_code == 404, (purpose, token)
            assert "This link is not valid" in answer.text


@pytest.mark.parametrize("method", ["GET", "POST"])
def test_a_token_works_for_its_own_purpose_only(app: Flask, method: str) -> None:
    make_world(app)
    token = make_link(app, LinkPurpose.UNSUBSCRIBE).rpartition("/")[2]
    before = read_signature(app)

    for purpose in (LinkPurpose.CONFIRM, LinkPurpose.STATUS):
        answer = app.test_client().open(PATHS[purpose].format(token), method=method)
        assert answer.status_code == 404
    assert read_signature(app) == before


@pytest.mark.parametrize("method", ["GET", "POST"])
def test_an_old_confirmation_says_to_sign_again(
    app: Flask, make_later: Callable[[timedelta], None], method: str
) -> None:
    make_world(app)
    link = make_link(app, LinkPurpose.CONFIRM)
    make_later(timedelta(days=15))

    answer = app.test_client().open(link, method=method)

    assert answer.status_code == 410
    assert "Sign again" in answer.text
    assert read_signature(app)["state"] == SignatureState.PENDING


def test_a_wrong_method_is_told_the_right_ones(app: Flask) -> None:
    make_world(app)

    for purpose in PATHS:
        for method in ("PUT", "DELETE"):
            answer = app.test_client().open(make_link(app, purpose), method=method)

            assert answer.status_code == 405
            assert {"GET", "POST"} <= set(answer.headers["Allow"].split(", "))


@pytest.mark.parametrize("purpose", list(PATHS))
def test_no_cache_crawler_or_other_site_learns_the_address(
    app: Flask, purpose: LinkPurpose
) -> None:
    make_world(app)
    link = make_link(app, purpose)

    for answer in (
        open_page(app, link),
        app.test_client().post(link),
        open_page(app, PATHS[purpose].format("forged")),
    ):
        assert answer.headers["Referrer-Policy"] == "no-referrer"
        assert answer.headers["Cache-Control"] == "no-store"
        assert "noindex" in answer.headers["X-Robots-Tag"]


def test_a_link_that_opens_nothing_leads_to_where_another_is_asked_for(app: Flask) -> None:
    make_world(app)

    for path in ("/signatures/forged", "/confirm/forged"):
        page = open_page(app, path)
        assert page.status_code == 404 and "/signatures/lost" in list_links(page)
    assert "/signatures/lost" not in list_links(open_page(app, "/no-such-page"))
