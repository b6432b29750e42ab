"""``petition keys``: random keys for a new installation."""

import secrets

import click

from petition.core.settings import KEY_BYTES, generate_data_key


@click.command()
def keys() -> None:
    """Print fresh values for SECRET_KEY and PETITION_DATA_KEY.

    Keep both out of the repository and in the backup: without PETITION_DATA_KEY no stored name
    can be read again.
    """
    click.echo(f"SECRET_KEY={secrets.token_urlsafe(KEY_BYTES)}")
    click.echo(f"PETITION_DATA_KEY={generate_data_key()}")
