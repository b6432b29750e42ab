"""Words and addresses that go into headers."""

from email import message_from_bytes
from email.message import EmailMessage
from email.policy import SMTP

import pytest

from petition.core.errors import ChannelRefused
from petition.mail import clean_header, make_address, render_message


@pytest.mark.parametrize(
    ("text", "line"),
    [
        ("  two \t words ", "two words"),
        ("a\r\nBcc: b", "a Bcc: b"),
        ("a\u2028b\u2029c\x85d\x00e\x1ff", "a b c d e f"),
        ("\u202egnp.exe\u2066", "gnp.exe"),
        ("=?utf-8?q?=0D=0ABcc:_x?=", "= ?utf-8?q?=0D=0ABcc:_x?="),
        ("bad \ud800 half", "bad half"),
        ("José – 日本 👩\u200d👧", "José – 日本 👩\u200d👧"),
    ],
)
def test_a_header_is_one_line_that_reads_as_it_is(text: str, line: str) -> None:
    assert clean_header(text) == line


def test_a_header_ends_where_it_must() -> None:
    assert clean_header("x" * 300) == "x" * 199 + "…"


@pytest.mark.parametrize("length", range(55, 90))
def test_a_header_is_folded_after_its_first_word(length: int) -> None:
    message = EmailMessage(policy=SMTP)
    subject = ("word " * 40)[:length].strip()
    message["Subject"] = subject

    raw = render_message(message)

    assert not raw.startswith(b"Subject:\r\n")
    assert message_from_bytes(raw, policy=SMTP)["Subject"] == subject


def test_an_address_may_come_with_a_name() -> None:
    address = make_address("Neighbours", "Letters <letters@petition.example>")

    assert str(address) == "Neighbours <letters@petition.example>"


@pytest.mark.parametrize(
    ("domain", "written"),
    [
        ("stra\u00dfe.example", "xn--strae-oqa.example"),
        ("strasse.example", "strasse.example"),
        ("\u03c3\u03b1\u03c2.example", "xn--mxa8ab.example"),
        ("\u03c3\u03b1\u03c3.example", "xn--mxa9ab.example"),
        ("M\u00dcNCHEN.example", "xn--mnchen-3ya.example"),
        ("mail_1.people.example", "mail_1.people.example"),
    ],
)
def test_a_domain_is_written_by_idna_2008(domain: str, written: str) -> None:
    address = make_address("Ada", f"ada@{domain}")

    assert address.addr_spec == f"ada@{written}"


@pytest.mark.parametrize("address", ["", "x", "a@", "@b", "a b@c.example", "a@b\n.example", "a@.b"])
def test_what_is_no_address_is_refused(address: str) -> None:
    with pytest.raises(ChannelRefused, match="malformed sender"):
        make_address("", address, "sender")
