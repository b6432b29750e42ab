"""The SMTP transport against real servers, good and bad."""

import time
from collections.abc import Callable
from pathlib import Path

import pytest

from petition.core.errors import (
    ChannelRefused,
    ChannelUnavailable,
    ClaimLost,
    ConfigurationError,
    OutcomeUnknown,
    PetitionError,
)
from petition.mail import SmtpTransport
from petition.mail.conversation import ANSWER_SHARE, stuff_dots
from petition.mail.transport import make_helo
from tests.mail import servers
from tests.mail.servers import Answers, RoughServer, check_password, polite_server

pytestmark = pytest.mark.usefixtures("full_listening")

SENDER, RECIPIENT = "letters@petition.example", "clerk@county.example"
MESSAGE = b"Subject: Hello\r\n\r\n.leading dot\r\n..two\r\nline\r\n" + b"x" * 70 + b"\r\n"
SLACK = 8  # seconds that a busy machine may take on top; the servers here wait for ever
LONG_MESSAGE = MESSAGE + (b"y" * 76 + b"\r\n") * 5000


def send(url: str, message: bytes = MESSAGE, **options: Callable[[], None]) -> str:
    code, _ = SmtpTransport.from_url(url, "petition.example").send(
        SENDER, RECIPIENT, message, **options
    )
    return code


def test_a_message_arrives_byte_for_byte() -> None:
    answers = Answers()
    with polite_server(answers) as address:
        code = send(f"smtp://{address}")

    assert code == "250"
    assert answers.kept == [MESSAGE]
    assert answers.senders == [SENDER]
    assert answers.recipients == [RECIPIENT]


def test_the_handover_is_called_once_after_the_body_and_before_the_dot() -> None:
    seen: list[int] = []
    with RoughServer(servers.accept) as server:
        send(f"smtp://{server.address}", before_handover=lambda: seen.append(len(server.kept)))

    assert seen == [0]
    assert len(server.kept) == 1


def test_a_handover_that_raises_leaves_nothing_with_the_server() -> None:
    def lose() -> None:
        raise ClaimLost("gone")

    answers = Answers()
    with polite_server(answers) as address, pytest.raises(ClaimLost):
        send(f"smtp://{address}", before_handover=lose)

    assert answers.kept == []


@pytest.mark.parametrize(
    ("rcpt", "data", "error", "detail"),
    [
        (
            ["451 4.7.1 Wait <clerk@county.example>"],
            [],
            ChannelUnavailable,
            "451 4.7.1 at rcpt",
        ),
        (["550 5.1.1 <clerk@county.example> unknown"], [], ChannelRefused, "550 5.1.1 at rcpt"),
        ([], ["452 4.3.1 Full"], ChannelUnavailable, "452 4.3.1 at answer"),
        ([], ["554 Spam"], ChannelRefused, "554 at answer"),
        ([], ["421 Leaving"], ChannelUnavailable, "421 at answer"),
    ],
)
def test_a_refusal_is_read_by_its_code_and_repeats_no_address(
    rcpt: list[str], data: list[str], error: type[PetitionError], detail: str
) -> None:
    with polite_server(Answers(rcpt, data)) as address, pytest.raises(error) as caught:
        send(f"smtp://{address}")

    assert str(caught.value) == detail
    assert caught.value.__context__ is None
    assert caught.value.__cause__ is None


@pytest.mark.parametrize(
    ("behaviour", "error", "detail"),
    [
        (servers.drop_mid_data, ChannelUnavailable, "dropped at body"),
        (servers.refuse_mid_data, ChannelRefused, "552 5.3.4 at body"),
        (servers.drop_after_dot, OutcomeUnknown, "dropped at answer"),
        (servers.answer_dot(b""), OutcomeUnknown, "dropped at answer"),
        (servers.answer_dot(b"250 half a re"), OutcomeUnknown, "dropped at answer"),
        (servers.answer_dot(b"what?\r\n"), OutcomeUnknown, "garbled at answer"),
        (servers.answer_dot(b"354 again\r\n"), OutcomeUnknown, "garbled at answer"),
        (servers.answer_dot(b"999 odd\r\n"), OutcomeUnknown, "garbled at answer"),
        (servers.answer_dot(b"550 5.7.1 no\r\n"), ChannelRefused, "550 5.7.1 at answer"),
    ],
)
def test_a_rough_end_is_known_for_what_it_is(
    behaviour: servers.Behaviour, error: type[PetitionError], detail: str
) -> None:
    with RoughServer(behaviour) as server, pytest.raises(error) as caught:
        send(f"smtp://{server.address}?timeout=10", LONG_MESSAGE)

    assert str(caught.value) == detail


@pytest.mark.parametrize(
    ("behaviour", "error", "detail"),
    [
        (servers.never_answer, ChannelUnavailable, "timeout at connect"),
        (servers.trickle, ChannelUnavailable, "timeout at connect"),
        (servers.never_stop_greeting, ChannelUnavailable, "timeout at connect"),
        (servers.never_answer_dot, OutcomeUnknown, "timeout at answer"),
    ],
)
def test_a_server_that_keeps_us_waiting_is_given_up_on_time(
    behaviour: servers.Behaviour, error: type[PetitionError], detail: str
) -> None:
    begun = time.monotonic()
    with RoughServer(behaviour) as server, pytest.raises(error) as caught:
        send(f"smtp://{server.address}?timeout=1")

    assert str(caught.value) == detail
    assert time.monotonic() - begun < 1 * (1 + ANSWER_SHARE) + SLACK


def test_a_server_that_stops_reading_is_given_up_on_time() -> None:
    def stop_reading(talk: servers.Talk) -> None:
        talk.lead_to_data()
        talk.server.closed.wait(60)

    begun = time.monotonic()
    with RoughServer(stop_reading) as server, pytest.raises(ChannelUnavailable) as caught:
        send(f"smtp://{server.address}?timeout=1", b"z" * 20_000_000)

    assert str(caught.value) == "timeout at body"
    assert time.monotonic() - begun < 1 + SLACK


def test_any_server_is_given_up_within_a_minute_by_default() -> None:
    assert SmtpTransport.from_url("smtp://host").seconds * (1 + ANSWER_SHARE) < 60


def test_nobody_listening_is_unavailable() -> None:
    with pytest.raises(ChannelUnavailable) as caught:
        send("smtp://127.0.0.1:1")

    assert str(caught.value) == "no connection at connect"


def test_a_name_without_an_address_is_unavailable() -> None:
    with pytest.raises(ChannelUnavailable, match="at connect"):
        send("smtp://nowhere.invalid?timeout=5")


def test_an_address_cannot_add_a_command() -> None:
    with RoughServer(servers.accept) as server, pytest.raises(ChannelRefused) as caught:
        SmtpTransport.from_url(f"smtp://{server.address}").send(
            SENDER, "a@b.example>\r\nRCPT TO:<other@b.example", MESSAGE
        )

    assert str(caught.value) == "malformed recipient"
    assert server.kept == []


@pytest.mark.parametrize("scheme", ["smtps", "smtp+starttls"])
def test_tls_and_a_password_carry_the_message(
    scheme: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    certificate, context = servers.make_certificate(tmp_path)
    monkeypatch.setenv("SSL_CERT_FILE", str(certificate))
    answers = Answers()
    options = (
        {"ssl_context": context}
        if scheme == "smtps"
        else {
            "tls_context": context,
            "require_starttls": True,
        }
    )
    with polite_server(
        answers,
        authenticator=check_password,
        auth_required=True,
        auth_require_tls=scheme != "smtps",  # implicit TLS is not known to aiosmtpd as such
        **options,
    ) as address:
        code = send(f"{scheme}://relay:p%40ss%20word@{address}", LONG_MESSAGE)

    assert code == "250"
    assert answers.kept == [LONG_MESSAGE]
    assert answers.users == ["relay"]


@pytest.mark.parametrize("scheme", ["smtps", "smtp+starttls"])
def test_a_certificate_that_nobody_vouches_for_is_refused_before_the_password(
    scheme: str, tmp_path: Path
) -> None:
    _, context = servers.make_certificate(tmp_path)
    key = "ssl_context" if scheme == "smtps" else "tls_context"
    answers = Answers()
    with (
        polite_server(answers, authenticator=check_password, **{key: context}) as address,
        pytest.raises(ChannelUnavailable, match="tls at"),
    ):
        send(f"{scheme}://relay:p%40ss%20word@{address}")

    assert answers.users == []


def test_a_certificate_for_another_name_is_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    certificate, context = servers.make_certificate(tmp_path, "elsewhere.example")
    monkeypatch.setenv("SSL_CERT_FILE", str(certificate))
    with (
        polite_server(Answers(), ssl_context=context) as address,
        pytest.raises(ChannelUnavailable, match="tls at connect"),
    ):
        send(f"smtps://{address}")


def test_a_wrong_password_is_ours_to_mend_and_not_the_recipients_refusal(tmp_path: Path) -> None:
    with (
        polite_server(Answers(), authenticator=check_password, auth_require_tls=False) as address,
        pytest.raises(ChannelUnavailable, match="^535 5.7.8 at auth$"),
    ):
        send(f"smtp://relay:wrong@{address}")


@pytest.mark.parametrize(
    ("scheme", "user", "phase"),
    [("smtp+starttls", "", "starttls"), ("smtp", "relay:word@", "auth")],
)
def test_what_the_server_does_not_offer_is_ours_to_mend(scheme: str, user: str, phase: str) -> None:
    with (
        RoughServer(servers.accept) as server,
        pytest.raises(ChannelUnavailable, match=f"^not offered at {phase}$"),
    ):
        send(f"{scheme}://{user}{server.address}")


@pytest.mark.parametrize(
    "url",
    [
        "http://host",
        "smtp://",
        "smtp://host:port",
        "smtp://host?timeout=never",
        "smtp://host?timeout=0",
        "smtp://host?tiemout=5",
        "smtp://user:secret@relay.example",
        "smtps://user:s%C3%A9cret@relay.example",
    ],
)
def test_a_bad_url_is_refused_by_the_setting_and_not_repeated(url: str) -> None:
    with pytest.raises(ConfigurationError) as caught:
        SmtpTransport.from_url(url)

    assert caught.value.setting == "PETITION_SMTP_URL"
    assert "secret" not in str(caught.value)


def test_the_password_is_not_shown() -> None:
    transport = SmtpTransport.from_url("smtps://relay:p%40ss@relay.example")

    assert transport.password == "p@ss"
    assert transport.port == 465
    assert "p@ss" not in repr(transport)


def test_a_host_is_looked_up_by_idna_2008() -> None:
    assert SmtpTransport.from_url("smtp://stra\u00dfe.example").host == "xn--strae-oqa.example"


@pytest.mark.parametrize(
    ("url", "helo"),
    [
        ("https://petition.example", "petition.example"),
        ("http://127.0.0.1:8000", "[127.0.0.1]"),
        ("http://[::1]:8000", "[IPv6:::1]"),
        ("https://stra\u00dfe.example", "xn--strae-oqa.example"),
    ],
)
def test_the_greeting_names_the_public_host(url: str, helo: str) -> None:
    assert make_helo(url) == helo


def test_check_sends_nothing_and_says_what_is_wrong() -> None:
    answers = Answers()
    with polite_server(answers) as address:
        SmtpTransport.from_url(f"smtp://{address}").check()
    assert answers.kept == []

    with pytest.raises(ChannelUnavailable):
        SmtpTransport.from_url("smtp://127.0.0.1:1").check()


def test_line_ends_are_whole_and_leading_dots_doubled() -> None:
    assert stuff_dots(b".a\nb\r.\r\nc") == b"..a\r\nb\r\n..\r\nc\r\n"
