"""``petition api``: a first call of the API of any installation, as its programs make it.

- The token comes from PETITION_API_TOKEN or a hidden prompt, never from the command line, which
  every account of the host can read.
"""

import json
import os
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

import click
import requests

from petition.cli.output import open_console, open_table
from petition.core.http import HttpFailure, WholeAnswer, request_whole

TOKEN = "PETITION_API_TOKEN"  # noqa: S105  the name of a variable
HERE = "http://127.0.0.1:8000"
PREFIX = "/api/v1"
SECONDS = 20.0
LARGEST = 1024 * 1024
LOOPBACK = ("127.0.0.1", "::1", "localhost")
# What to do about each refusal that a first call may meet.
ADVICE = {
    "token-refused": "Check that you copied all of it, or make another on the portal.",
    "organization-suspended": "Ask the staff of the service why.",
    "scope-missing": "Make one that has it, on the portal.",
    "too-many-requests": "Wait, then call again.",
    "unavailable": "Call again in some seconds.",
}


@click.group()
def api() -> None:
    """Try the API of an installation."""


@dataclass(frozen=True, slots=True)
class ApiClient:
    """Calls one installation; ``token``: "" for none. Raises ClickException in words."""

    base: str
    token: str

    def read(self, path: str) -> tuple[dict[str, Any], str]:
        """Return what a GET answers, and how many requests are left as RateLimit says it."""
        headers = {"Accept": "application/json"}
        if self.token:
            headers["Authorization"] = f"Bearer {self.token}"
        try:
            with requests.Session() as session:
                session.trust_env = False  # a .netrc would replace the token
                url = f"{self.base}{PREFIX}{path}"
                answer = request_whole(
                    session, "GET", url, seconds=SECONDS, largest=LARGEST, headers=headers
                )
        except HttpFailure as failure:
            raise click.ClickException(
                f"{self.base} does not answer ({failure}). Is the address right, and is it up?"
            ) from None
        found = _read_json(answer)
        if answer.status != 200:
            raise click.ClickException(_explain(answer.status, found, self.base))
        if found is None:
            raise click.ClickException(f"{self.base} answers, but not as this API does.")
        return found, answer.headers.get("RateLimit", "")


@api.command()
@click.argument("base", default=HERE)
def call(base: str) -> None:
    """Make a first call of the installation at BASE: its campaigns, your organization, your limit.

    The token is read from PETITION_API_TOKEN, or asked for. Without one only what is public is
    called.
    """
    base = _check_base(base)
    token = os.environ.get(TOKEN)
    if token is None:
        token = click.prompt(
            "Token (hidden; press Enter for none)", default="", hide_input=True, show_default=False
        )
    client = ApiClient(base, _check_token(token.strip()))
    campaigns, left = client.read("/campaigns")
    _show_campaigns(campaigns["items"])
    if client.token:
        own, left = client.read("/organization")
        click.echo(f"\nThe token is of {own['name']}; it allows {', '.join(own['scopes'])}.")
    click.echo(f"\n{_describe_left(left)}")
    click.echo(f"What else there is: {base}{PREFIX}/docs")


def _show_campaigns(items: list[dict[str, Any]]) -> None:
    if not items:
        click.echo("It has no campaign yet.")
        return
    table = open_table("Campaign", "Title", "Phase", "People", numbers=("People",))
    for one in items:
        people = "" if one["people"] is None else f"{one['people']:,}"
        table.add_row(one["slug"], one["title"], one["phase"], people)
    open_console().print(table)


def _check_base(base: str) -> str:
    """Return a base address without its path's end; refuses one that would show the token."""
    base = base.rstrip("/").removesuffix(PREFIX)
    try:
        parts = urlsplit(base)
        host = parts.hostname
    except ValueError:
        host = None
    if not host or parts.scheme not in ("http", "https") or parts.query or parts.fragment:
        raise click.ClickException("BASE is an address such as https://petition.example.")
    if parts.username is not None:
        raise click.ClickException("BASE has no name and no password.")
    if parts.scheme == "http" and host not in LOOPBACK:
        raise click.ClickException("Use https: over http everyone on the way could read the token.")
    return base


def _check_token(token: str) -> str:
    if not (token.isascii() and (token.isprintable() and " " not in token)):
        raise click.ClickException("This is no token: one is printed as hdt_ and 43 characters.")
    return token


def _read_json(answer: WholeAnswer) -> dict[str, Any] | None:
    try:
        found = json.loads(answer.content)
    except ValueError:
        return None
    return found if isinstance(found, dict) else None


def _explain(status: int, problem: dict[str, Any] | None, base: str) -> str:
    """Return what is wrong, and what to do about it, by the problem of a refusal."""
    if problem is None or "code" not in problem:
        if 300 <= status < 400:
            return f"{base} leads elsewhere ({status}). Give the address that it leads to."
        return f"{base} answers {status}, but not as this API does. Is the address right?"
    code = str(problem["code"])
    said = f"{problem.get('detail', '')} ({status}, {code})"
    return f"{said} {ADVICE.get(code, '')}".strip()


def _describe_left(header: str) -> str:
    """Return how many requests are left, from ``"token";r=59;t=42``."""
    values = dict(part.partition("=")[::2] for part in header.split(";")[1:])
    if not values.get("r", "").isdigit() or not values.get("t", "").isdigit():
        return "It does not say how many requests are left."
    whose = header.partition(";")[0].strip('"')
    left, seconds = int(values["r"]), int(values["t"])
    return f"{left:,} requests are left by this {whose} in the next {seconds} seconds."
