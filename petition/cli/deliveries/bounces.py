"""``petition bounces``: read bounces from the mailbox that our mail is sent from."""

import json
import sys
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import click
from flask.cli import AppGroup

from petition.core.extensions import get_settings
from petition.delivery.letter_reports import note_letter_report
from petition.mail.inbox import is_known, note_reading, remember_one
from petition.mail.mbox_files import Done, leave, open_messages, split_messages
from petition.mail.reports import LARGEST, About, Classification, MailReport, read_report
from petition.mail.reports.classification import NO_REPORT
from petition.signers.returned_mail import note_report

bounces = AppGroup("bounces", help="Read e-mail that came back.")


@bounces.command()
@click.argument("files", metavar="[FILE]...", nargs=-1)
def read(files: tuple[str, ...]) -> None:
    """Read bounced e-mail from FILES, or without any from PETITION_BOUNCE_MAILBOX.

    A file is one message or an mbox, a folder is a maildir or holds messages, and - is standard
    input. A signer's address without a mailbox gets no more e-mail, and someone who complained gets
    none about that campaign; a letter's delivery becomes bounced. New messages in a maildir are
    moved to its folder of seen ones. Other messages are left alone, and a message that was read
    before is not counted again.
    """
    names = files or _name_mailbox()
    counts: Counter[str] = Counter()
    for content, done in _open_all(names):
        counts[_note(content)] += 1
        done()
    note_reading()
    known = counts.pop("known", 0)
    click.echo(
        f"Read {counts.total():,}: {counts['mail']:,} about e-mails to signers, "
        f"{counts['letter']:,} about letters, {counts['other']:,} about something else."
        + (f" Already read before: {known:,}." if known else "")
    )


@bounces.command(with_appcontext=False)
@click.argument("files", metavar="FILE...", nargs=-1, required=True)
@click.option(
    "--json", "as_json", is_flag=True, help="Print one JSON object per line, for a program."
)
def explain(files: tuple[str, ...], as_json: bool) -> None:
    """Explain how each of FILES is classified, and why; nothing is changed.

    Each file is one message; in an mbox the first report is explained.
    """
    for name in _list_files(files):
        verdict = _explain(name)
        told = {
            "file": name,
            "about": str(verdict.about),
            "counts": str(verdict.counts),
            "status": verdict.status,
            "why": verdict.why,
        }
        click.echo(json.dumps(told) if as_json else _describe(name, verdict))


def _name_mailbox() -> tuple[str, ...]:
    mailbox = get_settings().bounce_mailbox
    if mailbox is None:
        raise click.UsageError("Name the files, or set PETITION_BOUNCE_MAILBOX.")
    return (str(mailbox),)


def _note(content: bytes) -> str:
    """Apply the report in one message; return what it was: known, mail, letter or other."""
    report = read_report(content)
    if is_known(report.key):
        return "known"
    kind = _note_report(report)
    remember_one(report.key)
    return kind


def _note_report(report: MailReport) -> str:
    found = note_report(report) if report.verdict.about is not About.NOTHING else []
    if found:
        return "mail"
    return "other" if note_letter_report(report) is None else "letter"


def _open_all(names: tuple[str, ...]) -> Iterator[tuple[bytes, Done]]:
    """Yield each message, with a function to call once it is processed."""
    for name in names:
        if name == "-":
            yield sys.stdin.buffer.read(LARGEST), leave
            continue
        try:
            yield from open_messages(Path(name))
        except FileNotFoundError:
            raise click.UsageError(f"{name}: no such file or folder; check the path.") from None
        except PermissionError:
            raise click.UsageError(
                f"{name}: this user is not allowed to read it; check its permissions."
            ) from None


def _list_files(names: tuple[str, ...]) -> Iterator[str]:
    for name in names:
        path = Path(name)
        if path.is_dir():
            yield from (str(file) for file in sorted(path.rglob("*")) if file.is_file())
        else:
            yield name


def _explain(name: str) -> Classification:
    if name == "-":
        return read_report(sys.stdin.buffer.read(LARGEST)).verdict
    try:
        with Path(name).open("rb") as file:
            found = [read_report(content).verdict for content in split_messages(file)]
    except OSError as error:
        why = f"the file cannot be read ({error.strerror})"
        return Classification(About.NOTHING, NO_REPORT.counts, None, why)
    return next((one for one in found if one.about is not About.NOTHING), found[0])


def _describe(name: str, verdict: Classification) -> str:
    code = f" {verdict.status}" if verdict.status else ""
    return f"{name}: {verdict.about}{code}, counts {verdict.counts}: {verdict.why}"
