"""``petition bounces``: what came back to the mailbox that our mail is sent from."""

import sys
from collections import Counter
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path

import click
from flask.cli import AppGroup

from petition.delivery.bounces import note_bounce as note_letter
from petition.mail.bounces import LARGEST, read_bounce
from petition.signing.mails.unreachable import note_bounce as note_mail

bounces = AppGroup("bounces", help="Mail that came back.")
Done = Callable[[], object]


@bounces.command()
@click.argument("files", metavar="FILE...", nargs=-1, required=True)
def read(files: tuple[str, ...]) -> None:
    """Read bounces from FILES: messages, folders of messages, maildirs, or - for standard input.

    A signer's address that a mail came back from gets no more; a letter's delivery becomes bounced.
    What was new in a maildir is moved to what is read. Anything else is left as it is, and reading
    it again changes nothing.
    """
    counts: Counter[str] = Counter()
    for content, done in _open_all(files):
        counts[_note(content)] += 1
        done()
    click.echo(
        f"Read {counts.total():,}: {counts['mail']:,} from signers' addresses, "
        f"{counts['letter']:,} of letters, {counts['other']:,} of something else."
    )


def _note(content: bytes) -> str:
    bounce = read_bounce(content)
    if bounce is None:
        return "other"
    if note_mail(bounce.message_ids, bounce.status) is not None:
        return "mail"
    if note_letter(bounce.message_ids, bounce.status) is not None:
        return "letter"
    return "other"


def _open_all(names: tuple[str, ...]) -> Iterator[tuple[bytes, Done]]:
    """Yield each message, and what to do once it is dealt with."""
    for name in names:
        path = Path(name)
        if name == "-":
            yield sys.stdin.buffer.read(LARGEST), _leave
        elif (path / "new").is_dir():
            (path / "cur").mkdir(exist_ok=True)
            for file in _list_files(path / "new"):
                yield _read(file), partial(file.rename, path / "cur" / f"{file.name}:2,S")
        elif path.is_dir():
            for file in _list_files(path):
                yield _read(file), _leave
        elif path.is_file():
            yield _read(path), _leave
        else:
            raise click.UsageError(f"{name}: there is no such file or folder.")


def _list_files(folder: Path) -> list[Path]:
    return sorted(path for path in folder.iterdir() if path.is_file())


def _read(path: Path) -> bytes:
    with path.open("rb") as file:
        return file.read(LARGEST)


def _leave() -> None:
    """Leave a message where it is."""
