"""The message: the same facts give the same bytes, and no words of anyone add a header."""

from dataclasses import replace
from datetime import UTC, datetime
from email import message_from_bytes
from email.message import EmailMessage
from email.policy import SMTP

import pytest
from hypothesis import HealthCheck, example, given
from hypothesis import settings as options
from hypothesis import strategies as st

from petition.core.errors import ChannelRefused
from petition.delivery.letter_message import Facts, build_message, compose_envelope, name_file

PDF = bytes(range(256)) * 40
FACTS = Facts(
    message_id="<code.7@petition.example>",
    dated=datetime(2026, 11, 21, 14, 5, tzinfo=UTC),
    sha256="0" * 64,
    code="CODE2345",
    language="en",
    topic="Face surveillance in local government",
    organization="Neighbours Together",
    reply_to="hello@neighbours.example",
    sender="Letters <letters@petition.example>",
    recipient="clerk@middlesex.example",
    title="Board of Commissioners, Middlesex County",
    salutation="Dear Members of the Board",
    district="Middlesex County",
    state="MA",
    names=100,
    total=100,
    url="https://petition.example/letters/CODE2345",
)
HEADERS = [
    "From",
    "To",
    "Reply-To",
    "Subject",
    "Date",
    "Message-ID",
    "MIME-Version",
    "Content-Type",
    "Content-Language",
]

pytestmark = pytest.mark.usefixtures("context")


@pytest.fixture(params=["sqlite"])
def database_url(request: pytest.FixtureRequest, tmp_path: object) -> str:
    """Nothing here touches a database, so one of them is enough."""
    return f"sqlite:///{tmp_path}/none.sqlite3"


def build(facts: Facts, pdf: bytes = PDF) -> bytes:
    return build_message(compose_envelope(facts), pdf)


def parse(raw: bytes) -> EmailMessage:
    message = message_from_bytes(raw, policy=SMTP)
    assert isinstance(message, EmailMessage)
    return message


def read_text(message: EmailMessage) -> str:
    body = message.get_body(("plain",))
    assert body is not None
    return str(body.get_content()).replace("\r\n", "\n")


def test_the_message_says_who_where_how_many_and_how_to_check() -> None:
    message = parse(build(FACTS))

    assert message.keys() == HEADERS
    assert message["Subject"] == (
        "100 people in Middlesex County, MA: Face surveillance in local government"
    )
    assert message["From"].addresses[0].display_name == "Neighbours Together"
    assert message["From"].addresses[0].addr_spec == "letters@petition.example"
    assert message["To"].addresses[0].addr_spec == "clerk@middlesex.example"
    assert message["Reply-To"].addresses[0].addr_spec == "hello@neighbours.example"
    assert message["Date"].datetime == FACTS.dated
    assert message["Message-ID"] == FACTS.message_id
    text = read_text(message)
    for words in ("100 people", "Middlesex County, MA", FACTS.url, FACTS.salutation):
        assert words in text


def test_the_letter_is_attached_byte_for_byte_under_a_plain_name() -> None:
    (attachment,) = parse(build(FACTS)).iter_attachments()

    assert attachment.get_content() == PDF
    assert attachment.get_content_type() == "application/pdf"
    assert attachment.get_filename() == "Letter-Middlesex-County-100.pdf"


def test_the_same_facts_give_the_same_bytes() -> None:
    assert build(FACTS) == build(FACTS)


def test_every_line_can_be_carried_by_any_server() -> None:
    raw = build(replace(FACTS, topic="Überwachung — ¿por qué?", organization="日本の会"))

    assert raw.isascii()
    assert raw.endswith(b"\r\n")
    assert b"\n" not in raw.replace(b"\r\n", b"")
    assert b"\r" not in raw.replace(b"\r\n", b"")
    assert max(map(len, raw.split(b"\r\n"))) <= 998


def test_what_was_stored_with_the_letter_is_what_the_message_says() -> None:
    stored = {
        "subject": "100 residents of Middlesex County ask you to support H. 1",
        "salutation": "Dear Members of the Board:",
        "text": "Please vote for it.\n\nThe letter.",
    }

    message = parse(build(replace(FACTS, message=stored)))

    assert message["Subject"] == stored["subject"]
    text = read_text(message)
    assert text.startswith("Dear Members of the Board:\n\nPlease vote for it.\n\nThe letter.\n\n")
    assert FACTS.url in text
    assert "your answer reaches Neighbours Together" in text
    assert "Face surveillance in local government" not in text


def test_a_later_letter_tells_the_running_total() -> None:
    message = parse(build(replace(FACTS, total=300)))

    assert message["Subject"].startswith("300 people in Middlesex County, MA")
    text = read_text(message)
    assert text.startswith("Dear Members of the Board,\n\n100 people who live in")
    assert "300 people in Middlesex County, MA have now signed" in text


def test_a_spanish_campaign_writes_in_spanish() -> None:
    message = parse(build(replace(FACTS, language="es", salutation="Estimados miembros")))

    assert message["Subject"].startswith("100 personas de Middlesex County, MA")
    assert message["Content-Language"] == "es"
    assert "han firmado una carta abierta" in read_text(message)


def test_one_person_is_told_of_as_one() -> None:
    message = parse(build(replace(FACTS, names=1, total=1)))

    assert message["Subject"].startswith("One person in")
    assert "One person who lives in Middlesex County, MA has signed" in read_text(message)


def test_without_an_address_the_post_is_named_and_no_mailbox() -> None:
    message = parse(build(replace(FACTS, recipient=None, reply_to=None)))

    assert message["To"].addresses == ()
    assert message["To"].groups[0].display_name == FACTS.title
    assert "Reply-To" not in message


@pytest.mark.parametrize(
    "address",
    ["nobody", "a b@c.example", "a@b@c.example\r\nBcc: x@y.example", "é@c.example", "@c.example"],
)
def test_what_is_no_address_is_refused_by_its_role(address: str) -> None:
    with pytest.raises(ChannelRefused, match="^malformed recipient$"):
        build(replace(FACTS, recipient=address))
    with pytest.raises(ChannelRefused, match="^malformed reply-to$"):
        build(replace(FACTS, reply_to=address))


def test_a_domain_in_any_script_is_written_for_every_server() -> None:
    message = parse(build(replace(FACTS, recipient="clerk@bücher.example")))

    assert message["To"].addresses[0].addr_spec == "clerk@xn--bcher-kva.example"


WORDS = st.text(st.characters(exclude_categories=()), max_size=300)


@options(
    max_examples=150,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
@given(topic=WORDS, organization=WORDS, title=WORDS, district=WORDS)
@example("x\r\nBcc: a@b.example", "y\nBcc: c@d.example", "z\r\n\r\n<script>", "\x00\x85\u2028q")
@example("{{ settings.secret_key }}", "{% raw %}", "\u202etxt", "=?utf-8?q?=0D=0ABcc:_x?=")
@example("\ud800", '"', "a,b;c:<d>", "\\")
def test_no_words_add_a_header_or_break_the_message(
    topic: str, organization: str, title: str, district: str
) -> None:
    raw = build(
        replace(FACTS, topic=topic, organization=organization, title=title, district=district)
    )

    head = raw.split(b"\r\n\r\n", 1)[0]
    names = [line.split(b":")[0] for line in head.split(b"\r\n") if line[:1] not in b" \t"]
    assert names == [name.encode() for name in HEADERS]
    message = parse(raw)
    assert [part.get_content_type() for part in message.iter_parts()] == [
        "text/plain",
        "application/pdf",
    ]
    assert [address.addr_spec for address in message["To"].addresses] == ["clerk@middlesex.example"]
    assert [address.addr_spec for address in message["From"].addresses] == [
        "letters@petition.example"
    ]
    (attachment,) = message.iter_attachments()
    assert attachment.get_content() == PDF


@pytest.mark.parametrize(
    ("district", "total", "name"),
    [
        ("Middlesex County", 100, "Letter-Middlesex-County-100.pdf"),
        ("Doña Ana County", 2000, "Letter-Dona-Ana-County-2000.pdf"),
        ("../../etc/passwd\r\n", 1, "Letter-etc-passwd-1.pdf"),
        ("日本", 100, "Letter-100.pdf"),
    ],
)
def test_a_file_name_is_plain_ascii(district: str, total: int, name: str) -> None:
    assert name_file(district, total) == name
