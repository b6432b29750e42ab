"""``petition campaigns preview``: the letter of a campaign's file, before anyone signs it."""

from email import message_from_bytes
from email.message import EmailMessage
from email.policy import SMTP
from pathlib import Path

import click
from flask.cli import with_appcontext

from petition.campaigns.campaign_file import read_campaign_file
from petition.campaigns.definition import read_definition
from petition.campaigns.problem_codes import DefinitionRefused
from petition.cli.campaigns.problem_words import tell_problems
from petition.core.clock import utcnow
from petition.core.errors import ChannelRefused, OperatorError, OutcomeUnknown, Permanent
from petition.core.extensions import db, get_settings
from petition.delivery.letter_message import build_message, compose_envelope
from petition.letters.content import LetterContent, RenderPurpose
from petition.letters.merge import find_merge_problem
from petition.letters.preview import find_districts, find_preview_post, make_preview
from petition.letters.render import RenderedLetter, render_letter
from petition.mail import SmtpMailer, SmtpTransport, get_folder, make_address
from petition.models import District
from petition.openings.mail_preview import describe_mail

MOST_NAMES = 10_000
# In the text of several addresses, of which one would be taken without a word.
AROUND_ADDRESSES = "<>,;"


@click.command("preview")
@click.argument("file", type=click.Path(exists=True, dir_okay=False, writable=True, path_type=Path))
@click.option(
    "--district", required=True, help='The district: "Essex County, MA", or a division id.'
)
@click.option(
    "-o",
    "--output",
    required=True,
    type=click.Path(dir_okay=False, path_type=Path),
    help="The PDF.",
)
@click.option("--names", type=click.IntRange(1, MOST_NAMES), help="How many people sign it.")
@click.option("--send-to", metavar="ADDRESS", help="E-mail it to yourself as well.")
@with_appcontext
def preview_letter(
    file: Path, district: str, output: Path, names: int | None, send_to: str | None
) -> None:
    """Draw the letter that FILE would send to a district, with invented signers.

    Each page has a watermark. The campaign does not have to exist, and nothing is stored.
    """
    address = _check_address(send_to) if send_to else None
    district = district.encode(errors="replace").decode().replace("\0", "?")  # no database has it
    with tell_problems():
        definition = read_definition(read_campaign_file(file), find_merge_problem)
        if definition.problems:
            raise DefinitionRefused(definition.problems)
    values, now, session = definition.values, utcnow(), db.session()
    found = _choose_district(find_districts(session, district), values["layers"], district)
    post = find_preview_post(session, values, found, now.date())
    count = names or values.get("step", 100)
    content = make_preview(session, values, found, post.addressee, count, now)
    session.rollback()
    letter = render_letter(content, RenderPurpose.PREVIEW)
    try:
        output.write_bytes(letter.pdf)
    except OSError as error:
        raise OperatorError(f"--output: {output} cannot be written: {error.strerror}.") from error
    click.echo(f"{output}: {letter.pages} pages to {post.addressee.title}.")
    if not post.is_known:
        click.echo(f"No office of {found.name} is known yet: its address is a sample.")
    if not content.ask:
        click.echo("It has no ask yet. The campaign needs one to open.")
    if address:
        _send(content, letter, post.addressee.title, found, address)


def _check_address(text: str) -> str:
    """Return the address alone; raises OperatorError before anything is drawn."""
    try:
        if not set(text).isdisjoint(AROUND_ADDRESSES):
            raise ValueError
        return make_address("", text).addr_spec
    except (ChannelRefused, ValueError):
        raise OperatorError("--send-to: write one e-mail address, as in you@example.org.") from None


def _choose_district(found: list[District], layers: list[str], text: str) -> District:
    counted = [district for district in found if district.layer in layers]
    if not counted:
        raise OperatorError(
            f"No district in {', '.join(layers)} is called {text!r}. Write its name with its "
            'state, as in "Essex County, MA", or its division id. `petition districts list` shows '
            "which boundaries are loaded."
        )
    if len(counted) > 1:
        ids = ", ".join(district.division_id for district in counted)
        raise OperatorError(f"Several districts are called {text!r}. Choose one by its id: {ids}.")
    return counted[0]


def _send(
    content: LetterContent, letter: RenderedLetter, title: str, district: District, address: str
) -> None:
    settings = get_settings()
    facts = describe_mail(content, letter.sha256, title, district, address)
    message = message_from_bytes(build_message(compose_envelope(facts), letter.pdf), policy=SMTP)
    if not isinstance(message, EmailMessage):
        raise TypeError("the policy of SMTP makes an EmailMessage")
    if settings.smtp_url is None:
        folder = get_folder(settings)
        folder.send(message)
        click.echo(f"No mail server is set up: the e-mail is in {folder.folder}.")
        return
    sender = make_address("", settings.mail_from).addr_spec
    try:
        SmtpMailer(SmtpTransport.from_settings(settings), sender).send(message)
    except (Permanent, OutcomeUnknown) as error:
        raise OperatorError(
            f"The letter is drawn, and not e-mailed to {address}: {error}."
        ) from error
    click.echo(f"Sent to {address}.")
