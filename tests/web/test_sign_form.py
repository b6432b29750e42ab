"""The sign form: one good answer, every bad one with its words, and nothing stored by halves."""

import re
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor

import pytest
from flask import Flask
from sqlalchemy import select
from werkzeug.test import TestResponse

from petition.core.errors import ConfigurationError
from petition.core.extensions import db
from petition.core.queues import Stage
from petition.models import CampaignState, Consent, ConsentOffer, Organization, Signature
from tests.ground import SLUG, fill_form
from tests.web.public_world import (
    CAMPAIGN,
    SIGN,
    add_offers,
    count_signatures,
    make_world,
    open_page,
    read_answer,
    read_words,
    sign,
)

BROWSER = {"Sec-Fetch-Mode": "navigate", "Sec-Fetch-Site": "same-origin"}
OURS = {"Origin": "https://petition.example", "Sec-Fetch-Site": "same-origin"}
NO_NAMES = [
    "\u3164",
    "\u2800",
    "\u200b",
    "\u00ad",
    "\U0001f600",
    "\u0301",
    "...",
    "12345",
    "https://spam.example/x",
    "WIN $1000 at http://spam.example !!!",
    "ＷＷＷ．evil",
    "ada＠evil",
    "evil.example\n/login",
]


def test_a_sign_is_stored_and_led_to_the_thanks(app: Flask) -> None:
    make_world(app)

    answer = sign(app, fill_form(1) | {"comment": "I live here.", "publish_comment": "1"})

    assert answer.status_code == 303
    assert answer.headers["Location"].startswith(f"{CAMPAIGN}/thanks?near=")
    assert "02139" not in answer.headers["Location"]
    words = read_words(open_page(app, answer.headers["Location"]))
    assert "Thank you, your signature is in" in words
    with app.app_context():
        signature = db.session.scalars(select(Signature)).one()
        assert signature.publish_comment
        assert signature.person is not None and signature.person.locality == "Cambridge"


def test_a_sign_wakes_one_worker_after_it_is_stored(app: Flask) -> None:
    make_world(app)

    for number in range(3):
        sign(app, fill_form(number))

    assert app.extensions["hundredth-queues"].queue(Stage.LOCATE).count == 1


def test_a_sign_that_awaits_confirmation_wakes_the_mail_and_says_so(app: Flask) -> None:
    make_world(app, confirm_email=True)

    answer = sign(app)

    assert app.extensions["hundredth-queues"].queue(Stage.MAIL).count == 1
    assert "confirm your e-mail" in read_words(open_page(app, answer.headers["Location"]))


def test_a_second_sign_of_one_person_is_answered_byte_for_byte_as_the_first(app: Flask) -> None:
    make_world(app)

    first = sign(app, fill_form(1))
    again = sign(app, fill_form(1) | {"email": "PERSON-1+again@people.example"})

    assert read_answer(first) == read_answer(again)
    assert count_signatures(app) == 2  # the second waits for the mailbox's owner


def test_a_ticked_box_is_a_consent_to_that_organization_only(app: Flask) -> None:
    world = make_world(app)
    add_offers(world.campaign_id, app)

    sign(app, fill_form(1) | {"consent_email_open-streets": "1", "consent_email_unknown": "1"})

    with app.app_context():
        given = db.session.scalars(
            select(Organization.slug)
            .join(ConsentOffer, ConsentOffer.organization_id == Organization.id)
            .join(Consent, Consent.offer_id == ConsentOffer.id)
        ).all()
    assert given == ["open-streets"]


def test_errors_stand_beside_their_fields_and_nothing_typed_is_lost(app: Flask) -> None:
    make_world(app)
    typed = {
        "given_name": "12",
        "family_name": "O’Example <b>",
        "email": "nobody",
        "postal_code": "00000",
        "comment": "Kept\nwords",
        "publish_comment": "1",
    }

    page = sign(app, typed)

    assert page.status_code == 422
    assert count_signatures(app) == 0
    assert "<title>Error: " in page.text
    assert "3 answers need your attention" in read_words(page)
    assert "autofocus" in page.text.partition('class="summary"')[2].partition(">")[0]
    for name in ("given_name", "email", "postal_code"):
        assert f'href="#{name}"' in page.text
        assert f'id="{name}-problem"' in page.text
        field = page.text.partition(f'id="{name}" ')[2].partition(">")[0]
        assert 'aria-invalid="true"' in field and f"{name}-problem" in field
    assert 'value="O’Example &lt;b&gt;"' in page.text
    assert 'value="nobody"' in page.text and 'value="00000"' in page.text
    assert "Kept\nwords</textarea>" in page.text
    assert page.text.count(" checked") == 1


def test_a_field_that_the_form_has_not_is_shown_where_it_is_wrong(app: Flask) -> None:
    make_world(app)

    page = sign(app, fill_form(1) | {"region": "CA"})

    assert page.status_code == 422
    assert 'id="region-problem"' in page.text and 'value="CA"' in page.text
    assert 'id="region"' not in open_page(app, CAMPAIGN).text


def test_the_form_has_a_zip_a_name_an_address_and_a_button(app: Flask) -> None:
    make_world(app, confirm_email=True, recent_shown=5)

    page = open_page(app, CAMPAIGN).text.partition('id="sign"')[2].partition("</form>")[0]

    fields = re.findall(r'<(?:input|textarea|select)[^>]* name="([a-z_]+)"', page)
    shown = [name for name in fields if name not in ("subject", "drawn", "altcha")]
    assert shown == ["postal_code", "given_name", "family_name", "email"]


def test_the_zip_alone_is_told_without_a_script_and_what_was_typed_is_kept(app: Flask) -> None:
    make_world(app).count(63)
    typed = {"postal_code": "02139", "given_name": "Ada", "email": "ada@people.example"}

    page = sign(app, typed, f"{CAMPAIGN}/zip")

    assert page.status_code == 200 and page.headers["Cache-Control"] == "no-store"
    assert "63 of the next 100 in Middlesex County have signed." in read_words(page)
    assert 'value="Ada"' in page.text and 'value="ada@people.example"' in page.text
    assert "Error: " not in page.text and count_signatures(app) == 63
    assert sign(app, typed, f"{CAMPAIGN}/zip", {"Sec-Fetch-Site": "cross-site"}).status_code == 403
    assert open_page(app, f"{CAMPAIGN}/zip").headers["Location"] == CAMPAIGN


def test_a_groups_link_keeps_its_box_in_the_form_and_no_other(app: Flask) -> None:
    world = make_world(app)
    offers = add_offers(world.campaign_id, app)

    plain = open_page(app, CAMPAIGN).text
    page = open_page(app, f"{CAMPAIGN}?source=open-streets").text
    again = sign(app, {"source": "open-streets"}).text

    assert "consent_email" not in plain
    for text in (page, again):
        assert f'name="consent_email_open-streets" value="offer-{offers["open-streets"]}"' in text
        assert "consent_email_quiet-skies" not in text
        assert 'type="hidden" name="source" value="open-streets"' in text
    assert "consent_email" not in open_page(app, f"{CAMPAIGN}?source=%3Cscript%3E").text


def test_a_required_field_that_is_missing_is_named(app: Flask) -> None:
    make_world(app)

    for name in ("given_name", "email", "postal_code"):
        form = fill_form(1)
        del form[name]
        if name == "given_name":
            del form["family_name"]
        page = sign(app, form)

        assert page.status_code == 422
        assert f'href="#{name}"' in page.text


@pytest.mark.parametrize("path", [SIGN, f"/embed/{SLUG}/signatures"], ids=["page", "frame"])
def test_what_is_no_name_is_told_beside_its_field_and_nothing_is_stored(
    app: Flask, path: str
) -> None:
    make_world(app, embed_origins=["https://group.example"])
    least = "Enter your {} name in letters"

    for number, typed in enumerate(NO_NAMES):
        for field, said in (("given_name", "first"), ("family_name", "last")):
            page = sign(app, fill_form(number) | {field: typed}, path, OURS)

            assert page.status_code == 422, ascii(typed)
            words = page.text.partition(f'id="{field}-problem"')[2].partition("</p>")[0]
            assert least.format(said) in words, ascii(typed)
            assert f'href="#{field}"' in page.text
    assert count_signatures(app) == 0


@pytest.mark.parametrize(
    "name", ["A", "O’Brien", "يوسف", "Md.Rahim", "John 3rd", "\u200eAda\ufeff"]
)
def test_one_name_alone_signs_in_either_field(app: Flask, name: str) -> None:
    make_world(app)

    for number, field in enumerate(("given_name", "family_name")):
        form = fill_form(number) | {"given_name": "", "family_name": ""}
        assert sign(app, form | {field: name}).status_code == 303

    assert count_signatures(app) == 2


@pytest.mark.parametrize(
    "value",
    ["A\0B", "Ada\u202eelpmaxE", "A\x1b[31mB", "x" * 5000, b"A\xed\xa0\x80B", b"\xff\xfe\xfd"],
    ids=["NUL", "bidi override", "escape", "5,000 characters", "lone surrogate", "bad UTF-8"],
)
def test_odd_input_is_refused_or_cleaned_and_never_an_error_of_ours(
    app: Flask, value: str | bytes
) -> None:
    make_world(app)
    taken = 0

    for number, name in enumerate(
        [*fill_form(0), "street_address", "locality", "region", "comment"]
    ):
        answer = sign(app, fill_form(number) | {name: value})

        assert answer.status_code in (303, 422), name
        taken += answer.status_code == 303
        assert count_signatures(app) == taken, name


ABSURD = [
    (b"", "", 422),
    (b"\x00\x01\x02", "application/x-www-form-urlencoded", 422),
    (b"%ff%fe=%00&&&=&=", "application/x-www-form-urlencoded", 422),
    (b"given_name=Ada", "application/x-www-form-urlencoded; charset=klingon", 422),
    (b"no boundary here", "multipart/form-data", 422),
    (b"--x\r\nbroken", "multipart/form-data; boundary=x", 422),
    (b'{"given_name": "Ada"}', "application/json", 415),
    (b"<xml/>", "text/xml; charset=\xff", 415),
    (b"x", "////;;;==", 415),
    (b"a=" + b"x" * 300_000, "application/x-www-form-urlencoded", 413),
    (b"&".join(b"f%d=1" % n for n in range(2_000)), "application/x-www-form-urlencoded", 422),
]


def test_absurd_bodies_are_answered_with_words(app: Flask) -> None:
    make_world(app)

    for body, content_type, status in ABSURD:
        answer = sign(app, body, content_type=content_type)

        assert answer.status_code == status, (body[:40], content_type)
        assert "<h1" in answer.text
    assert count_signatures(app) == 0


def test_a_closed_campaign_takes_nothing_and_says_so(app: Flask) -> None:
    make_world(app, state=CampaignState.CLOSED)

    for form in (fill_form(1), {}):
        page = sign(app, form)

        assert page.status_code == 403
        assert "This campaign is closed" in read_words(page)
    assert count_signatures(app) == 0


def test_a_draft_and_an_unknown_campaign_take_nothing(app: Flask) -> None:
    make_world(app, state=CampaignState.DRAFT)

    for form in (fill_form(1), {}):
        assert sign(app, form).status_code == 404
        assert sign(app, form, "/campaigns/no-such/signatures").status_code == 404
    assert count_signatures(app) == 0


def test_a_wrong_method_is_told_the_right_one(app: Flask) -> None:
    make_world(app)

    for method in ("PUT", "DELETE", "PATCH"):
        answer = app.test_client().open(SIGN, method=method, data=fill_form(1))

        assert answer.status_code == 405
        assert "POST" in answer.headers["Allow"]
    assert count_signatures(app) == 0


def test_another_sites_page_cannot_send_the_form(app: Flask) -> None:
    make_world(app)

    for headers in (
        {"Sec-Fetch-Site": "cross-site"},
        {"Sec-Fetch-Site": "cross-site", "Origin": "https://petition.example"},
        {"Sec-Fetch-Site": "same-site", "Origin": "https://evil.petition.example"},
        {"Origin": "https://evil.example"},
        {"Origin": "https://petition.example.evil.example"},
        {"Origin": "https://petition.example@evil.example"},
        {"Origin": "null"},
        {"Origin": ""},
    ):
        page = sign(app, headers=headers)

        assert page.status_code == 403, headers
        assert "another website" in page.text
    assert count_signatures(app) == 0


def test_our_own_page_and_programs_can_send_it(app: Flask) -> None:
    make_world(app)

    for headers in (
        {},
        {"Sec-Fetch-Site": "same-origin", "Origin": "https://petition.example"},
        {"Sec-Fetch-Site": "same-origin", "Origin": "null"},
        {"Sec-Fetch-Site": "none"},
        {"Origin": "https://petition.example"},
        {"Origin": "http://localhost"},
    ):
        assert sign(app, headers=headers).status_code == 303, headers


def test_a_client_that_takes_json_only_gets_the_problems_as_json(app: Flask) -> None:
    make_world(app)

    answer = sign(app, {"family_name": "12"}, headers={"Accept": "application/json"})

    assert answer.status_code == 422
    assert answer.json is not None
    error = answer.json["error"]
    assert error["code"] == "invalid-input"
    assert set(error["fields"]) == {"family_name", "email", "postal_code"}
    assert error["fields"]["family_name"].startswith("Enter your last name in letters")


def test_one_network_may_sign_only_so_often_and_another_still_can(
    make_app: Callable[..., Flask],
) -> None:
    app = make_app(PETITION_SIGN_LIMIT="3 per minute; 5 per hour", PETITION_PROXY_HOPS="1")
    make_world(app, guards={"proof_of_work": "off"})

    answers = [
        sign(app, fill_form(number), headers={"X-Forwarded-For": "2001:db8::1"})
        for number in range(4)
    ]
    neighbour = sign(app, fill_form(8), headers={"X-Forwarded-For": "2001:db8::2"})
    stranger = sign(app, fill_form(9), headers={"X-Forwarded-For": "2001:db8:1::1"})

    assert [answer.status_code for answer in answers] == [303, 303, 303, 429]
    assert 0 < int(answers[-1].headers["Retry-After"]) <= 60
    assert "Nothing was stored" in answers[-1].text
    assert (neighbour.status_code, stranger.status_code) == (429, 303)
    assert count_signatures(app) == 4


def test_a_person_whose_network_is_over_its_limit_keeps_what_was_typed(
    make_app: Callable[..., Flask],
) -> None:
    app = make_app(PETITION_SIGN_LIMIT="1 per minute")
    make_world(app, guards={"proof_of_work": "off"})
    sign(app, fill_form(1))
    form = fill_form(2) | {"comment": "The 83 never comes."}

    page = sign(app, form, headers=BROWSER)
    program = sign(app, form, headers={"Accept": "application/json"})

    assert page.status_code == 429
    assert 0 < int(page.headers["Retry-After"]) <= 60
    words = read_words(page)
    assert "Your signature is not sent yet" in words and "then press the button again" in words
    assert "The 83 never comes." in page.text and 'value="person-2@people.example"' in page.text
    assert program.json is not None and program.json["error"]["code"] == "too-many-requests"
    assert count_signatures(app) == 1


def test_over_the_limit_the_zip_step_keeps_the_form_and_looks_nothing_up(
    make_app: Callable[..., Flask],
) -> None:
    app = make_app(PETITION_SIGN_LIMIT="1 per minute")
    make_world(app).count(63)
    typed = fill_form(2) | {"given_name": "Zoë"}
    told = sign(app, typed, f"{CAMPAIGN}/zip", BROWSER)

    page = sign(app, typed, f"{CAMPAIGN}/zip", BROWSER)
    again = sign(app, typed | {"redraw": "1"}, f"{CAMPAIGN}/zip?lang=es", BROWSER)
    program = sign(app, typed, f"{CAMPAIGN}/zip", {"Accept": "application/json"})

    assert "63 of the next 100" in read_form(told) and told.status_code == 200
    assert page.status_code == 429 and 0 < int(page.headers["Retry-After"]) <= 60
    assert page.headers["Cache-Control"] == "no-store"
    words = read_words(page)
    assert "Your ZIP code is not looked up yet" in words and "You can sign without this" in words
    assert 'value="Zoë"' in page.text and "63 of the next 100" not in read_form(page)
    assert "You can sign without this" in read_form(page)
    assert again.status_code == 429 and "Puede firmar sin esto" in read_words(again)
    assert program.json is not None and program.json["error"]["code"] == "too-many-requests"
    assert sign(app, typed, headers=BROWSER).status_code == 303


def read_form(page: TestResponse) -> str:
    return page.text.partition('<form id="typed-form"')[2].partition("</form>")[0]


@pytest.mark.parametrize("networks", ["2001:db8:0:{:x}::1", "2001:db8:0:{:x}00::7"])
def test_five_hundred_networks_of_one_larger_one_sign_as_one(
    make_app: Callable[..., Flask], networks: str
) -> None:
    app = make_app(PETITION_SIGN_LIMIT="9 per hour", PETITION_PROXY_HOPS="1")
    make_world(app, guards={"proof_of_work": "off"})

    answers = [
        sign(app, fill_form(n), headers={"X-Forwarded-For": networks.format(n % 256)}).status_code
        for n in range(500)
    ]

    assert answers == [303] * 9 + [429] * 491
    assert count_signatures(app) == 9


def test_a_catch_all_mailbox_is_limited_from_wherever_it_signs(
    make_app: Callable[..., Flask],
) -> None:
    app = make_app(PETITION_DOMAIN_LIMIT="9 per hour", PETITION_PROXY_HOPS="1")
    make_world(app, guards={"proof_of_work": "off"})

    def sign_as(email: str, number: int) -> TestResponse:
        headers = {"X-Forwarded-For": f"192.0.{number}.7"}
        return sign(app, fill_form(number) | {"email": email}, headers=headers)

    bought = [
        sign_as(email, n).status_code
        for n in range(10)
        for email in (f"x{n}@catchall.example", f"X{n}@sub{n}.CatchAll.example")
    ]
    other = sign_as("ada@people.example", 201)
    large = [sign_as(f"ada{n}@gmail.com", n).status_code for n in range(20)]

    assert bought == [303] * 9 + [429] * 11
    assert other.status_code == 303
    assert large == [303] * 20
    assert count_signatures(app) == 30


def test_a_person_whose_mail_domain_is_over_its_limit_keeps_what_was_typed(
    make_app: Callable[..., Flask],
) -> None:
    app = make_app(PETITION_DOMAIN_LIMIT="1 per minute")
    make_world(app, guards={"proof_of_work": "off"})
    sign(app, fill_form(1))
    form = fill_form(2) | {"comment": "The 83 never comes."}

    page = sign(app, form, headers=BROWSER)
    program = sign(app, form, headers={"Accept": "application/json"})

    assert page.status_code == 429
    assert 0 < int(page.headers["Retry-After"]) <= 60
    words = read_words(page)
    assert "Many signatures with addresses at people.example are coming in right now. Wait" in words
    assert "The 83 never comes." in page.text and 'value="person-2@people.example"' in page.text
    assert program.json is not None and program.json["error"]["code"] == "too-many-requests"
    assert "at one domain" in program.json["error"]["message"]
    assert count_signatures(app) == 1


def test_a_limit_on_mail_domains_that_cannot_be_read_stops_the_start(
    make_app: Callable[..., Flask],
) -> None:
    with pytest.raises(ConfigurationError, match="PETITION_DOMAIN_LIMIT"):
        make_app(PETITION_DOMAIN_LIMIT="many")


def test_a_forged_forwarded_address_gains_nothing(make_app: Callable[..., Flask]) -> None:
    app = make_app(PETITION_SIGN_LIMIT="2 per hour")
    make_world(app, guards={"proof_of_work": "off"})

    answers = [
        sign(app, fill_form(number), headers={"X-Forwarded-For": f"192.0.2.{number}"})
        for number in range(4)
    ]

    assert [answer.status_code for answer in answers] == [303, 303, 429, 429]


def test_without_redis_signing_stays_good_and_limited(make_app: Callable[..., Flask]) -> None:
    app = make_app(REDIS_URL="unix:///nowhere/valkey.sock", PETITION_SIGN_LIMIT="3 per hour")
    make_world(app, guards={"proof_of_work": "off"})

    started = time.monotonic()
    answers = [sign(app, fill_form(number)).status_code for number in range(5)]

    assert answers == [303, 303, 303, 429, 429]
    assert count_signatures(app) == 3
    assert time.monotonic() - started < 5


@pytest.mark.both_databases
def test_many_at_once_from_one_network_pass_the_limit_by_none(
    make_app: Callable[..., Flask],
) -> None:
    app = make_app(PETITION_SIGN_LIMIT="10 per hour")
    make_world(app, guards={"proof_of_work": "off"})

    with ThreadPoolExecutor(8) as pool:
        answers = list(pool.map(lambda n: sign(app, fill_form(n)).status_code, range(40)))

    assert answers.count(303) == 10
    assert answers.count(429) == 30
