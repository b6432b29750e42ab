"""``petition campaigns preview``: the letter of a file, with a watermark, and sent to oneself."""

from collections.abc import Callable
from email import message_from_bytes
from email.policy import SMTP
from pathlib import Path

import pytest
from flask import Flask
from sqlalchemy import func, select

from petition.core.extensions import db, get_settings, transaction
from petition.models import Campaign, Delivery, District, Letter
from tests.cli.runner import read_error, run
from tests.factories import make_district, make_post
from tests.letters.samples import open_pdf, read_text
from tests.mail.servers import Answers, polite_server

FILE = """
slug = "library"
title = "Keep it open"
letter = "Please keep it open in {{ district.name }}."
ask = "Please keep the library open until nine."
organization = "Friends of Reading"
organization_email = "hello@friends.example"
contact = { person = "Jo Rivera", telephone = "(413) 555-0100" }
step = 20
"""


@pytest.fixture
def file(tmp_path: Path) -> Path:
    """The file of a campaign that does not exist."""
    path = tmp_path / "campaign.toml"
    path.write_text(FILE)
    return path


@pytest.fixture
def place(app: Flask) -> str:
    """A district with a post, by its name and state."""
    with app.app_context(), transaction() as session:
        district = make_district(session)
        make_post(session, district)
        return f"{district.name}, {district.state}"


def count_rows(app: Flask) -> list[int]:
    with app.app_context():
        return [
            db.session.scalars(select(func.count()).select_from(table)).one()
            for table in (Campaign, Letter, Delivery)
        ]


def test_it_draws_the_letter_with_a_watermark_and_stores_nothing(
    app: Flask, file: Path, place: str, tmp_path: Path
) -> None:
    output = tmp_path / "letter.pdf"

    result = run(app, "campaigns", "preview", str(file), "--district", place, "-o", str(output))

    assert result.exit_code == 0, result.output
    pdf = output.read_bytes()
    assert f"{output}: {len(open_pdf(pdf).pages)} pages to Board of Commissioners" in result.output
    assert all("Preview" in page.extract_text() for page in open_pdf(pdf).pages)
    text = read_text(pdf)
    assert f"20 residents of {place.rpartition(',')[0]} ask you: Keep it open" in text
    assert "Please keep the library open until nine." in text
    assert "Jo Rivera, (413) 555-0100" in text
    assert count_rows(app) == [0, 0, 0]


def test_it_is_sent_to_oneself_as_an_office_would_get_it(
    app: Flask, file: Path, place: str, tmp_path: Path
) -> None:
    output = tmp_path / "letter.pdf"

    result = run(
        app,
        *("campaigns", "preview", str(file), "--district", place, "-o", str(output)),
        *("--names", "12", "--send-to", "me@friends.example"),
    )

    assert result.exit_code == 0, result.output
    with app.app_context():
        (path,) = get_settings().data_dir.glob("mail/*/message.eml")
    mail = message_from_bytes(path.read_bytes(), policy=SMTP)
    assert mail["To"].addresses[0].addr_spec == "me@friends.example"
    assert mail["Subject"].startswith("[Test] 12 residents of ")
    (attached,) = mail.iter_attachments()
    assert attached.get_content() == output.read_bytes()
    assert "Please keep it open in " in mail.get_body(("plain",)).get_content()


def test_without_a_known_office_its_address_is_a_sample(
    app: Flask, file: Path, tmp_path: Path
) -> None:
    with app.app_context(), transaction() as session:
        division = make_district(session).division_id
    output = tmp_path / "letter.pdf"

    result = run(app, "campaigns", "preview", str(file), "--district", division, "-o", str(output))

    assert "its address is a sample" in result.output
    assert "Sampleton" in read_text(output.read_bytes())


def test_a_file_with_faults_and_an_unknown_district_are_refused(
    app: Flask, file: Path, place: str, tmp_path: Path
) -> None:
    options = ("-o", str(tmp_path / "letter.pdf"))

    unknown = run(app, "campaigns", "preview", str(file), "--district", "Nowhere", *options)
    assert "No district in county is called 'Nowhere'." in read_error(unknown)
    assert "`petition districts list` shows which boundaries are loaded" in read_error(unknown)

    with app.app_context(), transaction() as session:
        name = session.scalars(select(District)).one().name
        make_district(session, name=name, state="RI")
    several = run(app, "campaigns", "preview", str(file), "--district", name, *options)
    assert "Choose one by its id: ocd-division/" in read_error(several)

    file.write_text(FILE + 'opening = ""\n')
    faulty = run(app, "campaigns", "preview", str(file), "--district", place, *options)
    assert (faulty.exit_code, faulty.output.startswith("opening: it is empty")) == (1, True)


def test_a_test_goes_through_the_mail_server_that_is_set_up(
    make_app: Callable[..., Flask], file: Path, tmp_path: Path
) -> None:
    answers = Answers()
    with polite_server(answers) as address:
        app = make_app(PETITION_SMTP_URL=f"smtp://{address}")
        with app.app_context(), transaction() as session:
            division = make_district(session).division_id

        result = run(
            app,
            *("campaigns", "preview", str(file), "--district", division),
            *("-o", str(tmp_path / "letter.pdf"), "--send-to", "me@friends.example"),
        )

    assert "Sent to me@friends.example." in result.output
    (raw,) = answers.kept
    assert message_from_bytes(raw, policy=SMTP)["Subject"].startswith("[Test] 20 residents")


@pytest.mark.parametrize(
    "address",
    [
        "nobody",
        "a@b.example\nBcc: x@y.example",
        "a@b.example, c@d.example",
        "<a@b.example>, <c@d.example>",
        "Me <a@b.example>\r\nBcc: <x@y.example>",
        "all: a@b.example;",
        "a\udcff@b.example",
    ],
)
def test_what_is_no_address_is_refused_before_the_letter_is_drawn(
    app: Flask, file: Path, place: str, tmp_path: Path, address: str
) -> None:
    output = tmp_path / "letter.pdf"
    arguments = ("--district", place, "-o", str(output), "--send-to", address)

    result = run(app, "campaigns", "preview", str(file), *arguments)

    assert result.exit_code == 1 and "one e-mail address" in read_error(result)
    assert not output.exists()


def test_a_test_that_the_mail_server_refuses_is_told_in_one_line(
    make_app: Callable[..., Flask], file: Path, tmp_path: Path
) -> None:
    output = tmp_path / "letter.pdf"
    with polite_server(Answers(rcpt=["550 5.1.1 no such user"] * 9)) as address:
        app = make_app(PETITION_SMTP_URL=f"smtp://{address}")
        with app.app_context(), transaction() as session:
            division = make_district(session).division_id

        result = run(
            app,
            *("campaigns", "preview", str(file), "--district", division, "--names", "10"),
            *("-o", str(output), "--send-to", "me@friends.example"),
        )

    assert result.exit_code == 1
    assert "not e-mailed to me@friends.example" in read_error(result)
    assert output.exists()


def test_where_no_file_can_be_written_is_told_in_one_line(
    app: Flask, file: Path, place: str, tmp_path: Path
) -> None:
    output = tmp_path / "nowhere" / "letter.pdf"
    arguments = ("--district", place, "--names", "10", "-o", str(output))

    result = run(app, "campaigns", "preview", str(file), *arguments)

    assert result.exit_code == 1
    assert f"--output: {output} cannot be written: No such file" in read_error(result)


@pytest.mark.parametrize("typed", ["a\0b", "a\udcff", "", ", ,", "x" * 10_000])
def test_no_odd_district_is_an_error_of_ours(
    app: Flask, file: Path, tmp_path: Path, typed: str
) -> None:
    options = ("-o", str(tmp_path / "letter.pdf"))

    result = run(app, "campaigns", "preview", str(file), "--district", typed, *options)

    assert result.exit_code == 1 and "No district in county is called" in read_error(result)
