"""``petition bounces``: read bounces from the mailbox that our mail is sent from."""

import json
import sys
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import click
from flask.cli import AppGroup

from petition.core.errors import MailboxUnavailable
from petition.core.extensions import get_settings
from petition.incoming.applied_mail import MailSubject, apply_mail
from petition.incoming.mailbox_polling import poll_mailbox
from petition.mail.inbox import note_reading
from petition.mail.mbox_files import Done, leave, open_messages, split_messages
from petition.mail.reports import LARGEST, About, Classification, read_report
from petition.mail.reports.classification import NO_REPORT

bounces = AppGroup("bounces", help="Read e-mail that came back.")


@bounces.command()
@click.argument("files", metavar="[FILE]...", nargs=-1)
def read(files: tuple[str, ...]) -> None:
    """Read bounced e-mail from FILES, or without any from the mailboxes of the settings.

    A file is one message or an mbox, a folder is a maildir or holds messages, and - is standard
    input. A signer's address without a mailbox gets no more e-mail, and someone who complained gets
    none about that campaign; a letter's delivery becomes bounced. New messages in a maildir are
    moved to its folder of seen ones. Other messages are left alone, and a message that was read
    before is not counted again.
    """
    counts: Counter[MailSubject] = Counter()
    names, url = _choose_sources(files)
    for content, done in _open_all(names):
        subject = apply_mail(read_report(content))
        counts[subject] += 1
        if subject is not MailSubject.LEFT:
            done()
    if names:
        note_reading()
    if url:
        counts += _poll()
    if left := counts.pop(MailSubject.LEFT, 0):
        click.echo(f"Left where they are, as too many answers to one letter: {left:,}.", err=True)
    known = counts.pop(MailSubject.KNOWN, 0)
    click.echo(
        f"Read {counts.total():,}: {counts[MailSubject.SIGNER]:,} about e-mails to signers, "
        f"{counts[MailSubject.LETTER]:,} about letters, "
        f"{_count_answers(counts)}"
        f"{counts[MailSubject.OTHER]:,} about something else."
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


def _count_answers(counts: Counter[MailSubject]) -> str:
    number = counts[MailSubject.ANSWER]
    return f"{number:,} answer{'' if number == 1 else 's'} to letters, " if number else ""


def _choose_sources(files: tuple[str, ...]) -> tuple[tuple[str, ...], bool]:
    """Return what is read: names of files, and whether the mailbox of PETITION_BOUNCES_URL is."""
    settings = get_settings()
    if files:
        return files, False
    if settings.bounce_mailbox is None and settings.bounces_url is None:
        raise click.UsageError(
            "Name the files, or set PETITION_BOUNCE_MAILBOX or PETITION_BOUNCES_URL."
        )
    names = (str(settings.bounce_mailbox),) if settings.bounce_mailbox else ()
    return names, settings.bounces_url is not None


def _poll() -> Counter[MailSubject]:
    try:
        found = poll_mailbox()
    except MailboxUnavailable as error:
        raise click.ClickException(
            f"The mailbox of PETITION_BOUNCES_URL cannot be read ({error}). "
            "`petition doctor` says what to do."
        ) from None
    if found is None:
        raise click.ClickException("Another process is reading the mailbox now. Try again later.")
    if found.put_aside:
        click.echo(f"Put aside (the log says why): {found.put_aside:,}.", err=True)
    return found.counts


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
