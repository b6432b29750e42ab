"""SPF, DKIM and DMARC of the sender's domain, asked of a real name server on loopback."""

import socket
import time
from collections.abc import Callable, Mapping, Sequence

import pytest
from flask import Flask

from petition.core.errors import ConfigurationError
from petition.core.extensions import get_settings
from petition.openings.check_lines import CheckLine
from petition.openings.name_server import SECONDS
from petition.openings.sender_domain import check_domain
from tests.openings.name_servers import BROKEN, SILENCE, serve_names

DOMAIN = "letters.riders.org"
KEY = f"mail._domainkey.{DOMAIN}"
SPF, DKIM, DMARC = "v=spf1 mx -all", f"v=DKIM1; k=rsa; p={'A' * 360}", "v=DMARC1; p=reject"
GOOD = {DOMAIN: ["other=1", SPF], KEY: [DKIM], f"_dmarc.{DOMAIN}": [DMARC]}
Make = Callable[..., Flask]


def ask(
    make_app: Make, server: str, selector: str = "mail", domain: str = DOMAIN
) -> list[CheckLine]:
    app = make_app(
        PETITION_SMTP_URL="smtp://127.0.0.1:9",
        PETITION_MAIL_FROM=f"post@{domain}",
        PETITION_DKIM_SELECTOR=selector,
        PETITION_DNS_SERVER=server,
    )
    with app.app_context():
        return check_domain(get_settings())


def tell(
    make_app: Make, records: Mapping[str, Sequence[str] | str], **options: str
) -> list[tuple[str, str]]:
    with serve_names(records) as server:
        lines = ask(make_app, server.setting, **options)
    return [(str(line.level), str(line.code)) for line in lines]


def test_a_domain_with_all_three_is_in_order(make_app: Make) -> None:
    assert tell(make_app, GOOD) == [("ok", "spf-ok"), ("ok", "dkim-ok"), ("ok", "dmarc-ok")]


@pytest.mark.parametrize(
    ("change", "expected"),
    [
        ({DOMAIN: ["other=1"]}, [("warning", "spf-missing")]),
        ({DOMAIN: [SPF, "v=spf1 -all"]}, [("problem", "spf-several")]),
        ({DOMAIN: ["v=spf1 +all"]}, [("warning", "spf-open")]),
        ({KEY: ["p=; k=rsa"]}, [("problem", "dkim-revoked")]),
        ({KEY: []}, [("warning", "dkim-missing")]),
        ({f"_dmarc.{DOMAIN}": []}, [("warning", "dmarc-missing")]),
        ({f"_dmarc.{DOMAIN}": [DMARC, DMARC + ";"]}, [("problem", "dmarc-several")]),
        (
            {DOMAIN: [], KEY: [], f"_dmarc.{DOMAIN}": ["v=DMARC1;p=none"]},
            [
                ("warning", "spf-missing"),
                ("warning", "dkim-missing"),
                ("problem", "domain-unproved"),
            ],
        ),
        (
            {DOMAIN: [], KEY: []},
            [
                ("warning", "spf-missing"),
                ("warning", "dkim-missing"),
                ("problem", "domain-unproved"),
                ("problem", "dmarc-refuses"),
            ],
        ),
    ],
)
def test_what_is_missing_or_wrong_is_said(
    make_app: Make, change: dict[str, list[str]], expected: list[tuple[str, str]]
) -> None:
    found = tell(make_app, GOOD | change)

    assert [line for line in found if line[0] != "ok"] == expected


def test_the_policy_of_the_registered_domain_covers_what_is_below(make_app: Make) -> None:
    records = {DOMAIN: [SPF], KEY: [DKIM], "_dmarc.riders.org": ["v=DMARC1; p=none; sp=quarantine"]}
    with serve_names(records) as server:
        line = ask(make_app, server.setting)[-1]

    assert (line.code, line.params["policy"]) == ("dmarc-ok", "quarantine")


def test_without_a_selector_the_key_is_not_guessed(make_app: Make) -> None:
    assert ("warning", "dkim-unknown") in tell(make_app, GOOD, selector="")


def test_a_domain_that_does_not_exist_is_a_problem(make_app: Make) -> None:
    assert tell(make_app, {"elsewhere.org": [SPF]}) == [("problem", "domain-missing")]


@pytest.mark.parametrize("fault", [SILENCE, BROKEN])
def test_a_name_server_that_does_not_answer_costs_seconds_and_no_error(
    make_app: Make, fault: str
) -> None:
    began = time.monotonic()

    found = tell(make_app, dict.fromkeys(GOOD, fault))

    assert found == [("warning", "domain-unchecked")]
    assert time.monotonic() - began < SECONDS + 2


def test_no_name_server_at_all_is_said_as_well(make_app: Make) -> None:
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as taken:
        taken.bind(("127.0.0.1", 0))
        port = taken.getsockname()[1]

    lines = ask(make_app, f"127.0.0.1:{port}")

    assert [line.code for line in lines] == ["domain-unchecked"]


@pytest.mark.parametrize("domain", ["hundredth.example", "mail.example.org", "localhost", "a.test"])
def test_a_reserved_name_is_not_asked_for(make_app: Make, domain: str) -> None:
    with serve_names(GOOD) as server:
        lines = ask(make_app, server.setting, domain=domain)

    assert [line.code for line in lines] == ["domain-reserved"]
    assert server.asked == []


@pytest.mark.parametrize(
    "domain", ["a..org", f"{'x' * 70}.org", "-\N{SNOWMAN}.org", "a b.org", ".org"]
)
def test_an_odd_domain_is_no_error_of_ours(make_app: Make, domain: str) -> None:
    with serve_names(GOOD) as server:
        lines = ask(make_app, server.setting, domain=domain)

    assert {line.code for line in lines} <= {"domain-unchecked", "domain-missing"}
    assert lines


def test_nothing_is_asked_where_no_e_mail_is_sent(app: Flask) -> None:
    with app.app_context():
        assert check_domain(get_settings()) == []


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("PETITION_DNS_SERVER", "dns.example:53"),
        ("PETITION_DNS_SERVER", "127.0.0.1:0"),
        ("PETITION_DNS_SERVER", "127.0.0.1:x"),
        ("PETITION_DKIM_SELECTOR", "a b"),
        ("PETITION_DKIM_SELECTOR", "mail."),
    ],
)
def test_a_wrong_setting_is_refused_by_its_name(make_app: Make, name: str, value: str) -> None:
    with pytest.raises(ConfigurationError) as refused:
        make_app(**{name: value})

    assert refused.value.setting == name


def test_an_address_of_the_newer_kind_is_taken(make_app: Make) -> None:
    found = [
        make_app(PETITION_DNS_SERVER=value)
        for value in ("[2001:db8::53]:5353", "[2001:db8::53]", "192.0.2.53")
    ]
    servers = []
    for app in found:
        with app.app_context():
            servers.append(get_settings().dns_server)

    assert servers == [("2001:db8::53", 5353), ("2001:db8::53", 53), ("192.0.2.53", 53)]
