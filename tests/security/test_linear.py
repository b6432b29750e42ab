"""FAULT 27: no text makes a pattern, or anything else that reads it, go back and forth for seconds.

What people type is read by the functions below, each as a page or a worker calls it. Texts are made
of repeated pieces, with an end that spoils the match; twice as long may take twice as long.
"""

import time
from collections.abc import Callable
from contextlib import suppress
from itertools import product

import pytest
from flask import Flask

from petition.accounts.addresses import ADDRESS
from petition.core.errors import PetitionError
from petition.geocoding import Address
from petition.geocoding.normalization import normalize
from petition.geocoding.po_boxes import part_box
from petition.geocoding.street_units import drop_unit, is_unit
from petition.geocoding.street_words import HOUSE_AND_STREET, tidy
from petition.letters.printed_text import clean_line
from petition.mail.reports import judge
from petition.mail.reports.answer_reader import is_automatic
from petition.mail.reports.limited_mail import parse_text
from petition.models.campaigns.campaign import SLUG, CommentMode
from petition.moderation.judgement import judge_comment
from petition.postal.postal_codes import read_postal_code
from petition.postal.us_states import find_region_code
from petition.signing.canonical_email import canonical_email, read_email
from petition.signing.form import CONSENT, OFFER
from petition.signing.form_fields import LONGEST, read_text
from petition.signing.prepared_message import is_prepared
from petition.validation.mail_domains import spell_domain
from petition.validation.mail_providers import find_small_domain
from petition.validation.names import read_name
from petition.validation.printable import make_printable
from petition.validation.web_addresses import holds_address, spell_plainly
from petition.web.portals.portal import STAFF
from petition.web.public.address_repair import BEHIND, STUCK

PIECES = (
    *(" ", "a", "A", "0", ".", "-", "@", "<", "\n", ",", "#", "'", ";", "&", "/", "(", "_", "{{"),
    *("a ", "a.", "0-", "a-", ". ", "A ", "a@", "1 ", "a'", ",a", "a/", "=a", "1.", "0/", "# "),
    *("PO ", "PO BOX ", "R R ", "RR", "HC ", "APT ", "NO ", "KM 1 ", "CALLE ", "100 A", "MAIN ST "),
    *(
        "www",
        "h",
        "http:",
        "a.b",
        "one ",
        "(1) ",
        "w w ",
        "\u0301\u0316",
        "\u00b7a",
        "\u00e9",
        "xn--",
    ),
)
ENDS = ("", "!", "@", "z", "0")
FIELDS = "{{ given_name }}, {{ family_name }}, {{ place }}, {{ district }}, {{ count }}."
SMALL, LARGE = 1_000, 2_000  # characters
# What is over within this, at twice a comment's length, holds nobody.
QUICK = 0.1
# Of the time of twice the length to that of once: 2 is linear, 4 is a square.
MOST = 3.2
REPEATS = 3

pytestmark = pytest.mark.faults

Reader = Callable[[str], object]
READERS: dict[str, Reader] = {
    "name": read_name,
    "ZIP": read_postal_code,
    "region": find_region_code,
    "e-mail": read_email,
    "same e-mail": canonical_email,
    "mail domain": spell_domain,
    "small domain": find_small_domain,
    "printable": make_printable,
    "line of a letter": clean_line,
    "address within": lambda text: holds_address(spell_plainly(text)),
    "comment": lambda text: judge_comment(CommentMode.ALL, text, publish=True),
    "prepared words": lambda text: is_prepared(text, FIELDS),
    "a field's text as prepared": lambda text: is_prepared(", ".join([text[:180]] * 6), FIELDS),
    "street": lambda text: normalize(Address(text, "", "MA", "02139")),
    "box": lambda text: part_box(tidy(text)),
    "unit": lambda text: (drop_unit(tidy(text)), is_unit(tidy(text))),
    "house": lambda text: HOUSE_AND_STREET.fullmatch(text),
    "consent": lambda text: CONSENT.fullmatch(f"consent_{text}"),
    "offer": OFFER.fullmatch,
    "slug": SLUG.fullmatch,
    "staff's address": ADDRESS.fullmatch,
    "next page": lambda text: STAFF.local_page.fullmatch(f"/staff/{text}"),
    "a mail server's reply": judge,
    "a mail's kind": lambda text: is_automatic(parse_text(f"Subject: Re: {text}\n\n")),
    "passed on": lambda text: (BEHIND.sub("", text[:400]), STUCK.sub("", text[:400])),
    **{f"field {name}": lambda text, name=name: read_text(name, text, {}) for name in LONGEST},
}


def measure(read: Reader, text: str) -> float:
    """Return the least processor time of some readings."""
    times = []
    for _ in range(REPEATS):
        began = time.process_time()
        with suppress(PetitionError):
            read(text)
        times.append(time.process_time() - began)
        if times[-1] < QUICK:
            break
    return min(times)


def make_text(piece: str, end: str, length: int) -> str:
    return (piece * length)[: length - len(end)] + end


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
@pytest.mark.parametrize("name", READERS)
def test_reading_takes_time_by_the_length_alone(app: Flask, name: str) -> None:
    read = READERS[name]
    slow = []
    with app.test_request_context("/"):
        for piece, end in product(PIECES, ENDS):
            took = measure(read, make_text(piece, end, LARGE))
            if took < QUICK:
                continue
            shorter = measure(read, make_text(piece, end, SMALL))
            if took > MOST * shorter:
                slow.append((piece, end, shorter, took))

    assert slow == []
