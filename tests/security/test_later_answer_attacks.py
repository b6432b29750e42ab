"""Strangers at the page after signing: with a token that is good, and with others in its place."""

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from urllib.parse import parse_qs, urlsplit

import pytest
from flask import Flask
from sqlalchemy import func, select

from petition.core.extensions import db
from petition.models import Consent, Event, ReplyConsent, Signature, SignatureState
from petition.signers.withdraw import ERASED_VALUES, erase_signature, withdraw_signature
from petition.signing.link_tokens import LinkPurpose, make_token
from tests.ground import SLUG, fill_form
from tests.security.test_odd_input import BIDI, BODIES, ODD
from tests.web.public_world import CAMPAIGN, add_offers, make_world, open_page, sign

PATHS = (f"{CAMPAIGN}/answers", f"/embed/{SLUG}/answers")
LATER = ("what", "do", "comment", "publish_comment")
NAMES = ("words", "reply", "notify", "show_name", "tell_successor", "offer-1")


def sign_one(app: Flask, number: int = 1) -> tuple[str, str]:
    """Sign; return the token of the answers and the sealed part of the address of the thanks."""
    sent = sign(app, fill_form(number))
    address = sent.headers["Location"]
    page = open_page(app, address).text
    token = page.partition('name="token" value="')[2].partition('"')[0]
    return token, parse_qs(urlsplit(address).query)["near"][0]


def read_row(app: Flask) -> Signature:
    with app.app_context():
        return list(db.session.scalars(select(Signature).order_by(Signature.id)))[-1]


def read_all(app: Flask) -> list[str]:
    """Return what may be changed by an answer, in every table that has some."""
    with app.app_context():
        query = select(
            Signature.person,
            *(getattr(Signature, name) for name in ("show_name", "notify", "tell_successor")),
            *(getattr(Signature, name) for name in ("publish_comment", "comment_state")),
        ).order_by(Signature.id)
        rows = [repr(tuple(row)) for row in db.session.execute(query)]
        for table in (Consent, ReplyConsent, Event):
            rows.append(str(db.session.scalar(select(func.count()).select_from(table))))
        return rows


def list_odd_forms() -> Iterator[dict[str, object]]:
    for name in LATER:
        for good in NAMES:
            for word in ODD.values():
                yield {"what": good, "do": "give", "comment": "A", name: word}
    for good in NAMES:
        yield {"what": [good, "\0"], "do": ["give", "take"], "comment": ["A", "B" * 5_000]}
    for number in ("0", "999999999", "1\n", "\u0661", "-1", "1 ", "01", "1" * 10):
        yield {"what": f"offer-{number}", "do": "give"}


def test_with_a_good_token_no_odd_answer_is_an_error_of_ours(app: Flask) -> None:
    world = make_world(app, confirm_email=True, recent_shown=5)
    add_offers(world.campaign_id, app)
    token, _ = sign_one(app)
    browser = app.test_client()
    wrong = []

    for form in list_odd_forms():
        for path in PATHS:
            answer = browser.post(path, data={"token": token} | form)
            location = answer.headers.get("Location", "")
            if answer.status_code >= 500 or set("\r\n\0") & set(location):
                wrong.append((path, form, answer.status_code))
    for body, content_type in BODIES:
        answer = browser.post(PATHS[0], data=body, content_type=content_type)
        if answer.status_code not in (400, 404, 413):
            wrong.append((PATHS[0], {"body": body[:40]}, answer.status_code))

    assert wrong == []
    person = read_row(app).person
    assert person is not None and not {"\0", "\x1b", *BIDI} & set(person.comment)
    assert len(person.comment) <= 1_000


@pytest.mark.parametrize("method", ["GET", "HEAD", "PUT", "PATCH", "DELETE", "OPTIONS", "TRACE"])
@pytest.mark.parametrize("path", PATHS)
def test_no_other_method_changes_anything(app: Flask, method: str, path: str) -> None:
    make_world(app, confirm_email=True)
    token, _ = sign_one(app)
    before = read_all(app)
    form = {"token": token, "what": "notify", "do": "give"}

    for way in ({"data": form}, {"query_string": form}):
        answer = app.test_client().open(path, method=method, **way)
        assert answer.status_code in {"GET": (303,), "HEAD": (303,), "OPTIONS": (200,)}.get(
            method, (405,)
        )

    assert read_all(app) == before


def test_no_other_sealed_text_is_taken_as_the_token(app: Flask) -> None:
    make_world(app, confirm_email=True)
    token, thanks = sign_one(app)
    row = read_row(app).id
    with app.app_context():
        links = [make_token(row, purpose) for purpose in LinkPurpose]
    before = read_all(app)

    for other in (*links, thanks, token[:-2], token + "AA", token.swapcase(), ""):
        form = {"token": other, "what": "notify", "do": "give"}
        for path in PATHS:
            answer = app.test_client().post(path, data=form)
            assert answer.status_code in (404, 410), other
    # In the address, where it would stay in logs, it is not read.
    form = {"what": "notify", "do": "give"}
    assert app.test_client().post(f"{PATHS[0]}?token={token}", data=form).status_code >= 400

    assert read_all(app) == before


def test_the_token_is_no_link_of_any_page(app: Flask) -> None:
    make_world(app, confirm_email=True)
    token, thanks = sign_one(app)

    for text in (token, thanks):
        for place in ("confirm", "signatures", "unsubscribe"):
            assert app.test_client().get(f"/{place}/{text}").status_code in (404, 410)
            assert app.test_client().post(f"/{place}/{text}").status_code in (404, 410)


@pytest.mark.parametrize("end", [erase_signature, withdraw_signature])
@pytest.mark.parametrize("name", NAMES[:-1])
def test_who_was_taken_out_by_staff_is_given_nothing_more(
    app: Flask, end: object, name: str
) -> None:
    make_world(app)
    token, _ = sign_one(app)
    with app.app_context():
        end(read_row(app).id, actor="cli")  # type: ignore[operator]
    before = read_all(app)

    form = {"token": token, "what": name, "do": "give", "comment": "A", "publish_comment": "1"}
    answer = app.test_client().post(PATHS[0], data=form)

    assert answer.status_code == 410
    assert read_all(app) == before
    row = read_row(app)
    if row.state == SignatureState.ERASED:
        assert {name: getattr(row, name) for name in ERASED_VALUES} == dict(ERASED_VALUES)


def test_of_many_taps_at_once_none_fails_and_one_consent_is_stored(app: Flask) -> None:
    world = make_world(app, confirm_email=False)
    offer = add_offers(world.campaign_id, app)["open-streets"]
    token, _ = sign_one(app)
    taps = [
        {"token": token, "what": what, "do": do, "comment": "A", "publish_comment": "1"}
        for what in (f"offer-{offer}", "reply", "words", "notify")
        for do in ("give", "take", "give")
    ]

    with ThreadPoolExecutor(4) as pool:
        statuses = list(
            pool.map(lambda form: app.test_client().post(PATHS[0], data=form).status_code, taps)
        )

    assert set(statuses) == {303}
    with app.app_context():
        assert db.session.scalar(select(func.count()).select_from(Consent)) == 1
        assert db.session.scalar(select(func.count()).select_from(ReplyConsent)) == 1
