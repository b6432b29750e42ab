"""FAULT 18: whatever stands in an address, a header or a form, it is no error of ours.

The addresses are those of the app's own map, so that a page which is added is tried here too.
"""

import re
from collections.abc import Iterator
from dataclasses import astuple
from io import BytesIO
from typing import Any
from urllib.parse import quote_plus

from flask import Flask
from sqlalchemy import select

from petition.campaigns.definition import FIELDS
from petition.core.extensions import db
from petition.models import Event, Signature
from petition.signing.form_fields import LONGEST
from tests.ground import SLUG, fill_form
from tests.security.visitor import Visitor
from tests.web.staff_world import BASE, find_token, make_staff
from tests.web.street_world import WEST

# Explicit direction marks (Unicode bidi controls) can make a printed line read as another name.
BIDI = frozenset("\u061c\u200e\u200f\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069")
ODD: dict[str, str | bytes] = {
    "nothing": "",
    "NUL": "a\0b",
    "bidi and zero width": "\u202eadA\u2066\u200b\u200d\ufeff",
    "lone surrogate": b"A\xed\xa0\x80da",
    "bad UTF-8": b"\xff\xfe\xc0\x80",
    "line ends and escapes": "a\r\nSet-Cookie: b=c\r\n\r\n\x1b[31m\x7f\x85\u2028",
    "negative number": "-1",
    "huge number": "9" * 40,
    "path and quotes": "../../../etc/passwd'\"`;--",
    "beyond the plane": "\U0001f469\u200d\U0001f467\U000e0041\U0010ffff",
    "5,000 characters": "x" * 4_000 + "\u0338" * 1_000,
}
# Alone in one field, with all others as they should be.
WORST = (ODD["NUL"], ODD["lone surrogate"], "x" * 100_000)
ASKED = ("NUL", "bad UTF-8", "line ends and escapes", "negative number", "huge number")
QUERY = ("lang", "postal_code", "code", "campaign", "state", "district", "since", "page")
QUERY += ("reason", "after", "next", "words", "layer", "before", "from", "follows", "version")
HEADERS = ("Accept", "Accept-Language", "Referer", "Range", "X-Forwarded-For", "X-Forwarded-Host")
HEADERS += ("If-None-Match", "If-Modified-Since", "User-Agent", "Sec-Fetch-Site", "Authorization")
PERSON = (*LONGEST, "show_name", "consent_email_open-gov", "subject", "drawn", "altcha")
ADDRESS = ("street_address", "locality", "region", "postal_code")
LATER = ("token", "what", "do", "comment", "publish_comment")
FORMS: dict[str, tuple[str, ...]] = {
    "public.sign": PERSON,
    "embed.sign": PERSON,
    "public.near_street": ("street_address", "postal_code"),
    "public.show_zip": PERSON,
    "public.answer_later": LATER,
    "embed.answer_later": LATER,
    "links.answer": ADDRESS,
    "embed_links.answer": ADDRESS,
    "links.act": ("do", *ADDRESS),
    "links.choose_boxes": ("show_name", "notify", "tell_successor"),
    "links.choose_consent": ("do",),
    "links.choose_reply": ("do",),
    "links.say_reachable": (),
    "links.confirm_now": (),
    "links.unsubscribe_now": ("List-Unsubscribe",),
    "links.unsubscribe_group_now": ("List-Unsubscribe",),
    "links.mail_lost": ("email",),
    "public.find_groups": ("postal_code",),
    "public.send_application": ("name", "url", "contact_name", "email", "why", "campaign", "drawn"),
    "links.prove_application": (),
    "partner.save_group": ("name", "url", "offering", "reach_km", "members", "logo"),
    "partner.change_bases": ("base", "postal_code"),
    "partner.choose_reach": ("division", "shown", "words", "layer"),
    "partner.change_group_members": ("do", "email", "role", "member", "invitation"),
    "staff.act_on_cause": ("do", "version", "whom", "hours", "note", "why", "whose"),
    "staff.choose_digest": ("on",),
    "staff.change_invitations": ("do", "email", "role", "scope", "invitation"),
    "staff.change_person": ("do", "role", "scope", "grant", "session", "sure"),
    "staff.find_people": ("words",),
    "staff.change_pause": ("do", "why"),
    "staff.change_stop": ("do", "why"),
    "staff.open_by_form": ("do", "despite", "why"),
    "staff.decide_group": ("do", "application", "change", "base", "slug", "because"),
    "public.find_homes": ("postal_code", "home_county"),
    **{
        f"{portal}.{view}": fields
        for portal in ("staff", "partner")
        for view, fields in {
            "sign_in": ("email", "password", "next"),
            "check_code": ("code",),
            "use_recovery": ("code",),
            "set_up_factor": ("code",),
            "open_invitation": ("password", "again"),
            "ask_reset": ("email",),
            "choose_password": ("password", "again"),
            "change_password": ("known", "password", "again"),
            "end_session": ("session",),
            "renew_codes": (),
            "prove": ("proof", "next"),
        }.items()
    },
    "partner.make_token": ("name", "scopes", "days"),
    "partner.change_token": ("do",),
    "api.record_signature": (),
    "api.acknowledge_changes": ("number",),
    "api.ask_export": (),
    "api.take_export_file": (),
    "api.report_person_erasure": (),
    "api.add_own_webhook": (),
    "api.replay_own_deliveries": (),
    "partner.ask_group_export": ("purpose", "format", "campaign", "since"),
    "partner.download_export": (),
    "partner.confirm_removed": ("number",),
    "partner.upload_list": ("campaign",),
    "partner.begin_import": ("source", "agreed", "promise", "column_email"),
    "partner.discard_import": (),
    "partner.undo_import": (),
    "partner.add_webhook": ("url", "kinds", "signing"),
    "partner.change_webhook": ("do", "overlap", "since", "which"),
    "partner.test_webhook": (),
    "partner.replay_hook_delivery": (),
    **{
        f"partner.{view}": ("subject", "body", "campaign", "since")
        for view in ("save_new_message", "save_message")
    },
    **{f"partner.{view}_message": ("seen",) for view in ("test", "send", "change", "delete")},
    **{
        f"staff.{view}": (*FIELDS, "shown", "zone", "version", "draft", "follows", "note", "do")
        for view in ("make_campaign", "save_campaign")
    },
    "staff.discard_edit": ("draft",),
    "staff.put_version_back": ("version",),
    "staff.change_campaign_state": ("do",),
    "staff.change_picture": ("do", "section", "alt"),
    "staff.change_consents": ("do", "organization", "purpose", "wording"),
    "staff.note_one": ("why",),
    "staff.fix_office": ("email", "seen", "source", "checked"),
    "staff.correct_one": ("value", "seen", "none", "for_post", "source", "checked", "until"),
    "staff.withdraw_one": ("why",),
    "staff.upload_roster": ("state", "mode", "leave_out", "skip_unjoined"),
    "staff.check_roster_again": ("state", "mode", "leave_out", "skip_unjoined"),
    "staff.import_roster_now": ("seen",),
    "staff.add_body": ("division_id", "source", "checked", "role-1", "title-1", "starts_on-1"),
    "staff.save_filters": ("name", "query"),
    "staff.forget_filters": (),
    "staff.hold_one": ("why",),
    "staff.act_on_ticked": ("act", "why", "tick", "query"),
    "staff.send_one_otherwise": ("channel", "why"),
    "staff.release_one": ("why",),
    "staff.cancel_one": ("why", "sure"),
    "staff.resolve_one": ("why", "outcome"),
    "staff.confirm_one": ("why",),
    "staff.retry_one": ("why",),
    "staff.find_signatures": ("by", "campaign", "email", "name", "after", "why"),
    "staff.open_signature": ("why",),
    "staff.correct_signer": ("given_name", "family_name", "seen", "why"),
    "staff.withdraw_signer": ("why", "sure"),
    "staff.export_signer": ("why",),
    "staff.erase_signer": ("why", "sure"),
    "staff.settle_one": ("why", "sldl", "sldl-elsewhere"),
    "staff.look_up_again": (),
    "staff.change_limits": (
        "campaign",
        "seen",
        "why",
        "network_share",
        "quick_minutes",
        "letters_a_day",
    ),
    "staff.release_milestone": ("why", "list"),
    "staff.invalidate_milestone": ("why", "only", "sure"),
    "staff.restore_milestone": ("why",),
    "staff.run_retention": ("sure",),
    "staff.place_hold": ("campaign", "why"),
    "staff.release_hold": ("campaign",),
    "staff.decide_words": ("decision", "words", "why"),
}
GOOD = fill_form(7) | {"street_address": WEST, "do": "address", "campaign": SLUG}
GOOD |= {"outcome": "sent", "why": "They rang.", "sure": ""}
PART = b'--x\r\nContent-Disposition: form-data; name="a"\r\n\r\n\r\n'
URLENCODED = "application/x-www-form-urlencoded"
BODIES: list[tuple[bytes, str]] = [
    (b"\x00\xff", URLENCODED),
    (b"%ff%fe=%00&&&=&=%&%zz", f"{URLENCODED}; charset=klingon"),
    (b"&".join(b"f%d=1" % n for n in range(1_000)), URLENCODED),
    (b"email=a&given_name=b&" * 500, URLENCODED),
    (b"email=" + b"x" * 300_000, URLENCODED),
    (b"no boundary", "multipart/form-data"),
    (b"--x\r\nbroken", "multipart/form-data; boundary=x"),
    (PART * 500, "multipart/form-data; boundary=x"),
    (b'{"email": ["a"]}', "application/json"),
    (b"<xml/>", "text/xml; charset=\xff"),
]


def list_forms(fields: tuple[str, ...], alone: bool) -> Iterator[dict[str, Any]]:
    """Yield a form with each odd word in every field, and with the worst in one ``alone``.

    - Then with a file in each field, and with each field twice.
    """
    for name in fields if alone else ():
        yield from (GOOD | {name: word} for word in WORST)
    for word in ODD.values():
        yield dict.fromkeys(fields, word)
    if fields:
        yield {name: (BytesIO(b"\0\xff"), "a\0b.exe") for name in fields}
        yield {name: [GOOD.get(name, ""), "\0"] for name in fields}


def test_every_address_of_the_app_is_known_here(visitor: Visitor) -> None:
    opened = {}
    for rule in visitor.list_rules("GET"):
        opened[rule.endpoint] = visitor.browser.get(visitor.fill(rule), base_url=BASE).status_code

    # The challenge wants a campaign in its query, this group has no logo and this campaign no
    # picture, the figures are closed.
    missing = {"public.give_challenge": 404, "public.show_logo": 404}
    missing |= {"public.show_picture": 404, "links.renewed": 404}
    missing |= {"staff.show_campaign_picture": 404}
    missing |= {"operators.tell_metrics": 404, "public.show_security": 404}
    # These need a token.
    missing |= {"api.show_organization": 401, "api.list_people": 401}
    missing |= {"api.list_consent_changes": 401}
    missing |= {"api.list_own_webhooks": 401, "api.list_own_deliveries": 401}
    missing |= {"api.show_export": 401, "api.list_near_people": 401}
    # Campaigners and reviewers approve no organizations.
    missing |= {f"staff.{view}": 403 for view in ("list_groups", "list_people", "show_person")}
    # And they do not manage the settings.
    missing |= {"staff.list_trail": 403, "staff.show_retention": 403}
    missing |= {"staff.export_trail_csv": 403, "staff.export_trail_lines": 403}
    # The links are those of the other portal.
    missing |= {"partner.open_invitation": 404, "partner.choose_password": 404}
    assert {name: status for name, status in opened.items() if status >= 400} == missing
    assert {rule.endpoint for rule in visitor.list_rules("POST")} == set(FORMS)


def test_no_odd_word_in_an_address_is_an_error_of_ours(visitor: Visitor) -> None:
    form = {"csrf_token": visitor.token, "do": "give"}

    wrong = [
        visitor.try_out(rule, method, visitor.fill(rule, **{name: word}), data=data)
        for method, data in (("GET", None), ("POST", form))
        for rule in visitor.list_rules(method)
        for name in rule.arguments
        for word in ODD.values()
    ]

    assert set(wrong) == {None}


def test_no_odd_word_in_a_query_or_a_header_is_an_error_of_ours(visitor: Visitor) -> None:
    wrong = []
    for kind in ASKED:
        word = ODD[kind]
        query = "&".join(f"{name}={quote_plus(word)}&{name}=x" for name in QUERY)
        # As a server hands them on: a byte is a character, and none ends the line.
        raw = word.encode() if isinstance(word, str) else word
        line = re.sub(r"[\r\n]", "", raw.decode("latin-1"))
        for rule in visitor.list_rules("GET"):
            path = f"{visitor.fill(rule)}?{query}&%=%zz&=&&"
            wrong.append(visitor.try_out(rule, "GET", path, headers=dict.fromkeys(HEADERS, line)))

    assert set(wrong) == {None}


def test_no_odd_form_is_an_error_of_ours_or_stored_by_halves(visitor: Visitor) -> None:
    wrong = []
    for rule in visitor.list_rules("POST"):
        path = visitor.fill(rule)
        for form in list_forms(FORMS[rule.endpoint], rule.endpoint != "embed.sign"):
            data = {"csrf_token": visitor.token, "sldl": visitor.parts["east"]} | form
            wrong.append(visitor.try_out(rule, "POST", path, data=data))
        for body, content_type in BODIES:
            wrong.append(visitor.try_out(rule, "POST", path, data=body, content_type=content_type))

    assert set(wrong) == {None}
    with visitor.app.app_context():
        people = db.session.scalars(select(Signature.person)).all()
        details = db.session.scalars(select(Event.detail)).all()
    values = [value for person in people if person for value in astuple(person)]
    kept = [value for value in values if isinstance(value, str)]  # not what it is sealed for
    assert len(people) > 4
    assert not {"\0", "\x1b", *BIDI} & set("".join(kept))
    assert {"why": "a b", "sldl": int(visitor.parts["east"])} in details


def test_no_odd_word_signs_anybody_in(app: Flask) -> None:
    email = make_staff(app)
    statuses = set()
    for number, word in enumerate([*ODD.values(), WORST[2]]):
        for good in ({}, {"email": email}):
            browser = app.test_client()
            token = find_token(browser.get("/staff/login", base_url=BASE))
            answer = browser.post(
                "/staff/login",
                data={"email": word, "password": word, "next": word, "csrf_token": token} | good,
                base_url=BASE,
                environ_overrides={"REMOTE_ADDR": f"192.0.2.{number}"},
            )
            statuses.add(answer.status_code)

    assert statuses <= {200, 413}
