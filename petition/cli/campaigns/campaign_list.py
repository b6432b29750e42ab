"""``petition campaigns list`` and ``show``: a summary of each campaign, and what blocks it."""

from collections.abc import Iterator, Mapping
from dataclasses import asdict
from datetime import datetime

import click
from flask.cli import with_appcontext
from rich.markup import escape

from petition.campaigns.campaign_overview import CampaignOverview, get_campaign, list_campaigns
from petition.cli.output import count_noun, open_console, open_table, print_json
from petition.core.clock import utcnow
from petition.core.extensions import db
from petition.dispatch.pauses import write_resume

NUMBERS = ("Signers", "Hundreds", "Letters")
_as_json = click.option("--json", "as_json", is_flag=True, help="Print JSON for a program.")


@click.command("list")
@_as_json
@with_appcontext
def list_all(as_json: bool) -> None:
    """List all campaigns, the oldest first."""
    found = list_campaigns(db.session())
    if as_json:
        print_json({"campaigns": [asdict(one) for one in found]})
        return
    console = open_console()
    if not found:
        console.print("No campaigns yet. Create one with `petition campaigns create FILE.toml`.")
        return
    table = open_table(
        *("Campaign", "State", "Layers", *NUMBERS, "Held by"),
        numbers=NUMBERS,
        whole=("State",),
    )
    for one in found:
        held = ", ".join(_list_holds(one))
        table.add_row(
            one.slug,
            _tell_state(one),
            ", ".join(one.layers),
            *(f"{number:,}" for number in (one.signers, one.hundreds, one.letters)),
            f"[bold yellow]{held}[/]" if held else "",
        )
    console.print(table)


@click.command("show")
@click.argument("slug")
@_as_json
@with_appcontext
def show_one(slug: str, as_json: bool) -> None:
    """Show one campaign: text version, dates, posts, signers, letters, what is holding it up."""
    one = get_campaign(db.session(), slug)
    if as_json:
        print_json(asdict(one))
        return
    console = open_console()
    console.print(f"{escape(one.title)} ({one.slug}) is {_tell_state(one)}.", soft_wrap=True)
    for title, value in _list_facts(one):
        if value:
            console.print(f"  {title:<12}{escape(value)}", soft_wrap=True)
    holds = list(_advise(one))
    for line in holds:
        console.print(f"[bold yellow]{escape(line)}[/]", soft_wrap=True)
    if not holds:
        console.print("Nothing is holding it up.")


def _list_facts(one: CampaignOverview) -> Iterator[tuple[str, str]]:
    yield "Opens", _tell_moment(one.opens_at)
    yield "Closes", _tell_moment(one.closes_at)
    yield (
        "Text",
        f"version {one.text_version}"
        + ("" if any(one.signatures.values()) else "; no one has signed, so it can be changed"),
    )
    yield "A letter", f"every {one.step:,} signatures in a district of {', '.join(one.layers)}"
    for layer, posts in one.posts.items():
        districts = count_noun(posts.districts, "district")
        yield f"  {layer}", f"{count_noun(posts.posts, 'post')} in {districts} in force"
    yield "Signers", f"{one.signers:,}: {_list_counts(one.signatures) or 'none'}"
    yield "Hundreds", f"{one.hundreds:,}"
    yield "Letters", f"{one.letters:,} made; deliveries: {_list_counts(one.deliveries) or 'none'}"
    yield "Followed by", one.successor or ""
    yield "Follows", ", ".join(one.follows)


def _list_holds(one: CampaignOverview) -> Iterator[str]:
    """Yield each reason why letters are not sent, in a word or two."""
    if one.paused:
        yield "pause"
    if one.hundreds_held:
        yield count_noun(one.hundreds_held, "hundred")
    for what, number in one.deliveries_stuck.items():
        yield f"{number:,} {what}"


def _advise(one: CampaignOverview) -> Iterator[str]:
    """Yield each reason why letters are not sent as a sentence, with what to do."""
    for pause in one.paused:
        why = f" ({pause.reason})" if pause.reason else ""
        yield (
            f"Letters have been stopped since {pause.since:%Y-%m-%d %H:%M} UTC{why}. Start them "
            f"again with `{write_resume(pause.campaign)}`."
        )
    if one.hundreds_held:
        listed = f"petition milestones list --state held --campaign {one.slug}"
        held = count_noun(one.hundreds_held, "hundred is held", "hundreds are held")
        yield f"{held} until someone on staff decides: `{listed}`."
    if one.deliveries_stuck:
        listed = f"petition deliveries list --campaign {one.slug}"
        yield f"Deliveries are waiting ({_list_counts(one.deliveries_stuck)}): `{listed}`."
    if one.signatures.get("review"):
        listed = f"petition signatures review --campaign {one.slug}"
        waiting = count_noun(one.signatures["review"], "signature is", "signatures are")
        yield f"{waiting} in review: `{listed}`."
    for layer, posts in one.posts.items():
        if not posts.districts:
            yield f"No district of {layer} is in force; see `petition districts list`."
        elif posts.without_post:
            without = count_noun(posts.without_post, "district", "districts")
            have = "has" if posts.without_post == 1 else "have"
            yield (
                f"{without} of {layer} {have} no post to send letters to: "
                "`petition officials check`."
            )


def _tell_state(one: CampaignOverview) -> str:
    now = utcnow()
    if one.state == "open" and not one.takes_signatures:
        return "early" if one.opens_at is not None and one.opens_at > now else "over"
    return one.state


def _tell_moment(moment: datetime | None) -> str:
    return f"{moment:%Y-%m-%d %H:%M} UTC" if moment else ""


def _list_counts(counts: Mapping[str, int]) -> str:
    return ", ".join(f"{number:,} {what}" for what, number in counts.items() if number)
