"""``petition keys``: fresh random keys, and what turns a key of an installation that runs."""

import secrets

import click
from flask.cli import AppGroup

from petition.cli.districts.district_tables import track
from petition.cli.output import count_noun
from petition.core.errors import OperatorError
from petition.core.extensions import db, get_settings, transaction
from petition.core.key_values import HASH_KEY, KEY_BYTES, encode_key, generate_data_key
from petition.core.sealing import KEY_ID_BYTES, get_sealer
from petition.keys.check import check_keys, refuse_other_keys
from petition.keys.data_keys import describe_sealing, give_up_data_key, list_other_processes
from petition.keys.hash_key import find_hash_key, give_up_hash_key
from petition.keys.rotation import Rotated, note_end, rotate
from petition.keys.sealed_columns import count_by_key, list_sealed_columns

HASHES = "hash"


@click.group(cls=AppGroup, invoke_without_command=True)
@click.pass_context
def keys(context: click.Context) -> None:
    """Print new values for SECRET_KEY and PETITION_DATA_KEY, or rotate a key.

    Keep both out of the repository, and copies of them apart from the backups: without
    PETITION_DATA_KEY no stored name can ever be read again.
    """
    if context.invoked_subcommand is None:
        click.echo(f"SECRET_KEY={secrets.token_urlsafe(KEY_BYTES)}")
        click.echo(f"PETITION_DATA_KEY={generate_data_key()}")


@keys.command("rotate")
@click.option("--dry-run", is_flag=True, help="Show how many values are affected, and stop.")
def rotate_all(dry_run: bool) -> None:
    """Seal everything stored again with the first key of PETITION_DATA_KEYS.

    The service can run meanwhile, and you can stop this at any moment and start it again. At the
    end it names the keys that you can remove.
    """
    _tell_needs()
    if _lacks_hash_key():
        line = _make_hash_key_line()
        if not dry_run:
            click.echo(line)
            raise OperatorError(
                f"{HASH_KEY} is not set. Put the line above into the settings of every host, "
                "restart them all, then rotate; keep the line for good"
            )
        click.echo(f"First put this line into the settings of every host:\n{line}")
    if dry_run:
        refuse_other_keys(db.session())
        return
    check_keys()
    with track("sealing again") as progress:
        found = rotate(tell=progress)
    click.echo(f"Values sealed again: {found.resealed:,}.")
    _tell_spent(note_end(found))
    _tell_left(found)
    _tell_sealing()


@keys.command("give-up")
@click.argument("key", metavar="KEY")
@click.option("--yes", is_flag=True, help="Do not ask for confirmation.")
def give_up(key: str, yes: bool) -> None:
    """Declare a key lost for good, so that the service starts without it.

    KEY is the data key's id, as the error names it: what it sealed can never be read again. Or it
    is "hash", for the key of the hashes: people who have signed can then sign again.
    """
    if not yes:
        click.confirm(f"Is the key {key} lost for good?", abort=True)
    with transaction() as session:
        if key == HASHES:
            give_up_hash_key(session)
        elif not give_up_data_key(session, _read_key_id(key)):
            raise OperatorError(f"no key {key} has sealed anything here; check the id")
    click.echo(f"The key {key} is declared lost.")


def _read_key_id(text: str) -> bytes:
    try:
        key_id = bytes.fromhex(text)
    except ValueError:
        key_id = b""
    if len(key_id) != KEY_ID_BYTES:
        raise OperatorError(f"{text} is no key's id: {2 * KEY_ID_BYTES} hexadecimal digits")
    return key_id


def _tell_needs() -> None:
    counts = count_by_key(db.session(), list_sealed_columns())
    db.session.rollback()
    first = get_sealer().key_ids[0]
    total, done = counts.total(), counts.pop(first, 0)
    words = [
        f"{number:,} of {key_id.hex()}" if key_id else f"{number:,} without a key's id"
        for key_id, number in counts.most_common()
    ]
    click.echo(
        f"{total - done:,} of {total:,} sealed values need another key than {first.hex()}, the "
        f"first{': ' if words else ''}{', '.join(words)}."
    )


def _lacks_hash_key() -> bool:
    settings = get_settings()
    return settings.hash_key is None and len(settings.data_keys) > 1


def _make_hash_key_line() -> str:
    """Return the setting that keeps all hashes as they are."""
    hash_key = find_hash_key(db.session())
    db.session.rollback()
    if hash_key is None:
        raise OperatorError(
            "no key of PETITION_DATA_KEYS is the one that made the stored hashes: put the first "
            "key of this database back, after the current first one"
        )
    return f"{HASH_KEY}={encode_key(hash_key)}"


def _tell_spent(spent: list[bytes]) -> None:
    for key_id in spent:
        click.echo(f"No stored value needs the key {key_id.hex()} any more; you can remove it.")


def _tell_sealing() -> None:
    """Raise OperatorError if a process still seals with a key that is to be removed."""
    others = list_other_processes(db.session())
    if others:
        raise OperatorError(f"{describe_sealing(others)}; restart them all, then rotate again")


def _tell_left(found: Rotated) -> None:
    """Print what could not be sealed again; raises OperatorError if there is any."""
    if found.named:
        click.echo(
            f"Left as they are, because no key opens them: {found.broken:,}. They are damaged or "
            f"belong to another row: {', '.join(found.named)}"
        )
    for key_id, number in found.missing.most_common():
        click.echo(
            f"{count_noun(number, 'value names', 'values name')} the key {key_id.hex()}, which is "
            "not in PETITION_DATA_KEYS: put it back after the first and rotate again. If there "
            "never was such a key, this data is damaged."
        )
    if found.skipped:
        raise OperatorError(
            f"{count_noun(found.skipped, 'value was', 'values were')} locked or changed by others "
            "each time: rotate again"
        )
    if found.broken or found.missing:
        raise OperatorError("not everything stored could be sealed again")
