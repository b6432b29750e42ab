"""``petition deliveries``: the delivery log, and a person's decisions about a delivery.

- Exit code 0: done. 1: not found, or refused in its state. 2: usage error.
"""

from collections.abc import Callable
from dataclasses import asdict
from datetime import UTC, datetime

import click
from flask.cli import AppGroup
from rich.markup import escape

from petition.cli.deliveries.delivery_tables import color_state, describe_event, draw_deliveries
from petition.cli.deliveries.replay import replay_sent
from petition.cli.output import open_console, print_json, stamp
from petition.core.columns import LARGEST_ID
from petition.core.errors import InvalidInput, UserError
from petition.delivery.channels import CHANNELS
from petition.delivery.log.delivery_log import get_delivery, list_deliveries, read_log
from petition.delivery.log.log_filters import LogFilters, read_place
from petition.delivery.log.log_pages import DeliveryRow, DeliveryView
from petition.delivery.log.state_counts import count_by_state
from petition.delivery.other_channels import send_otherwise
from petition.delivery.staff_decisions import OUTCOMES, cancel, confirm, resolve, retry
from petition.delivery.staff_holds import hold_delivery, release_delivery
from petition.error_messages.description import describe_error, describe_fields
from petition.models import DeliveryState

ACTOR = "cli"
STATES = [state.value for state in DeliveryState]
deliveries = AppGroup("deliveries", help="Show where each letter is, and act on it.")
deliveries.add_command(replay_sent)
_id = click.argument("delivery_id", metavar="ID", type=click.IntRange(1, LARGEST_ID))
_as_json = click.option("--json", "as_json", is_flag=True, help="Print JSON for a program.")
_dry_run = click.option("--dry-run", is_flag=True, help="Show what would be done, and do nothing.")
_why = click.option(
    "--why", required=True, help="How you know; it stays in the log, so give no names."
)


@deliveries.command("list")
@click.option(
    "--state",
    "states",
    multiple=True,
    type=click.Choice(STATES),
    help="Only deliveries in this state; may be repeated.",
)
@click.option("--campaign", metavar="SLUG", help="Only this campaign.")
@click.option(
    "--district", metavar="TEXT", help="Part of the district's name, or its Census or division id."
)
@click.option(
    "--since",
    type=click.DateTime(["%Y-%m-%d"]),
    help="Only deliveries planned on this day or later.",
)
@click.option("--after", metavar="PLACE", help="Go on after a page, as its end says.")
@click.option("--size", type=click.IntRange(1, 1000), default=50, show_default=True)
@_as_json
def list_all(
    states: tuple[str, ...],
    campaign: str | None,
    district: str | None,
    since: datetime | None,
    after: str | None,
    size: int,
    as_json: bool,
) -> None:
    """List deliveries: those that wait for a person first, then newest."""
    filters = LogFilters(
        states=tuple(DeliveryState(state) for state in states),
        campaign=campaign or "",
        district=district or "",
        since=since.replace(tzinfo=UTC) if since else None,
    )
    begin = read_place(after) if after else None
    if after and begin is None:
        raise click.BadParameter("is not the end of a page", param_hint="--after")
    found = list_deliveries(filters, begin, size)
    rest = found.last.write() if found.last else None
    if as_json:
        rows = [asdict(row) for row in found.rows]
        print_json({"deliveries": rows, "size": size, "after": rest})
        return
    if not found.rows:
        click.echo("There is nothing after that." if begin else "No delivery matches.")
        return
    console = open_console()
    console.print(draw_deliveries(found.rows))
    counts = ", ".join(f"{count:,} {state}" for state, count in count_by_state().items() if count)
    console.print(f"{len(found.rows)} listed. In all: {counts}.")
    if rest:
        console.print(f"Next page: --after {rest}")


@deliveries.command()
@_id
@_as_json
def show(delivery_id: int, as_json: bool) -> None:
    """Show one delivery with its attempts and its log."""
    view = get_delivery(delivery_id)
    log = read_log(delivery_id)
    if as_json:
        print_json(
            asdict(view.row)
            | {
                "message_id": view.message_id,
                "attempts": [asdict(attempt) for attempt in view.attempts],
                "log": [describe_event(event) for event in log],
            }
        )
        return
    row = view.row
    console = open_console()
    console.print(f"Delivery {row.id}: {color_state(row.state)}", soft_wrap=True)
    for title, value in (
        ("Letter", f"{row.campaign_title}, signature {row.threshold:,}, code {row.code}"),
        ("District", f"{row.district}, {row.district_state} ({row.division_id})"),
        ("To", f"{row.post}, by {row.channel}"),
        ("PDF", f"{row.sha256}, {row.pages} pages, {row.names} names" if row.sha256 else "none"),
        ("Message-ID", view.message_id),
        ("Reason", row.reason),
        ("Due", stamp(row.due_at)),
    ):
        if value:
            console.print(f"  {title:<11}{escape(value)}", soft_wrap=True)
    for event in log:
        told = " ".join(f"{name}={value}" for name, value in event.detail.items())
        line = f"  {stamp(event.at)}  {event.actor:<9} {event.action}  {told}"
        console.print(escape(line.rstrip()), soft_wrap=True)
    console.print(f"What you can do: {_list_choices(view)}.", soft_wrap=True)


@deliveries.command("retry")
@_id
@click.option("--why", default="", help="What has changed; it stays in the log, so give no names.")
@_dry_run
def retry_one(delivery_id: int, why: str, dry_run: bool) -> None:
    """Send again now, with the same bytes, a delivery that failed, bounced or is waiting."""
    view = get_delivery(delivery_id)
    if dry_run:
        _tell_would(view.can_retry, view.row, "be sent again now")
        return
    _settle(lambda: retry(delivery_id, ACTOR, why))
    click.echo(f"Delivery {delivery_id} is due now.")


@deliveries.command("resolve")
@_id
@click.option("--as", "outcome", required=True, type=click.Choice(list(OUTCOMES)))
@_why
@_dry_run
def resolve_one(delivery_id: int, outcome: str, why: str, dry_run: bool) -> None:
    """Record how a delivery with an unknown outcome ended.

    ``sent`` settles it for good. ``not-sent`` sends the same bytes again now; if the letter did
    arrive, the office gets it twice.
    """
    view = get_delivery(delivery_id)
    if dry_run:
        would = "be settled as sent" if outcome == "sent" else "be sent again now"
        _tell_would(view.can_resolve, view.row, would)
        return
    _settle(lambda: resolve(delivery_id, outcome, why, ACTOR))
    if outcome == "not-sent":
        click.echo(f"Delivery {delivery_id} is resolved as not sent and due now.")
    else:
        click.echo(f"Delivery {delivery_id} is resolved as sent.")


@deliveries.command("hold")
@_id
@click.option("--why", required=True, help="Why it is held; it stays in the log, so give no names.")
@_dry_run
def hold_one(delivery_id: int, why: str, dry_run: bool) -> None:
    """Hold a delivery that is not under way, until it is released.

    One that was tried keeps its message. Any other gets a new letter once it is released.
    """
    view = get_delivery(delivery_id)
    if dry_run:
        _tell_would(view.can_hold, view.row, "be held until it is released")
        return
    _settle(lambda: hold_delivery(delivery_id, ACTOR, why))
    click.echo(f"Delivery {delivery_id} is held. `petition deliveries release` ends that.")


@deliveries.command("release")
@_id
@click.option("--why", default="", help="What has changed; it stays in the log, so give no names.")
@_dry_run
def release_one(delivery_id: int, why: str, dry_run: bool) -> None:
    """Release a delivery that staff hold, so that it is sent."""
    view = get_delivery(delivery_id)
    if dry_run:
        _tell_would(view.can_release, view.row, "go on")
        return
    _settle(lambda: release_delivery(delivery_id, ACTOR, why))
    click.echo(f"Delivery {delivery_id} is released and due now.")


@deliveries.command("send-by")
@_id
@click.argument("channel", type=click.Choice(list(CHANNELS)))
@click.option(
    "--why", required=True, help="Why it is sent this way; it stays in the log, so give no names."
)
def send_one_by(delivery_id: int, channel: str, why: str) -> None:
    """Send a letter by another channel, in place of one that failed, bounced or was cancelled.

    That one is cancelled. For another address of the same office, correct the address instead.
    """
    planned: list[int] = []
    _settle(lambda: planned.append(send_otherwise(delivery_id, channel, why, ACTOR)))
    click.echo(f"The letter is planned by {channel} as delivery {planned[0]}.")


@deliveries.command("confirm")
@_id
@_why
@_dry_run
def confirm_one(delivery_id: int, why: str, dry_run: bool) -> None:
    """Record that a person at the office confirmed that it has the letter."""
    view = get_delivery(delivery_id)
    if dry_run:
        _tell_would(view.can_confirm, view.row, "be settled as delivered")
        return
    _settle(lambda: confirm(delivery_id, why, ACTOR))
    click.echo(f"Delivery {delivery_id} is confirmed as delivered.")


@deliveries.command("cancel")
@_id
@_why
@_dry_run
@click.option("--yes", is_flag=True, help="Do not ask for confirmation.")
def cancel_one(delivery_id: int, why: str, dry_run: bool, yes: bool) -> None:
    """End a delivery for good; this cannot be undone."""
    view = get_delivery(delivery_id)
    if dry_run:
        _tell_would(view.can_cancel, view.row, "be cancelled for good")
        return
    if view.can_cancel and not yes:
        click.confirm(
            f"The letter from {view.row.district} to the {view.row.post} will never be sent, or "
            "never again. This cannot be undone. Cancel it?",
            abort=True,
        )
    _settle(lambda: cancel(delivery_id, ACTOR, why))
    click.echo(f"Delivery {delivery_id} is cancelled.")


def _settle(act: Callable[[], object]) -> None:
    try:
        act()
    except InvalidInput as refused:
        raise click.UsageError(" ".join(describe_fields(refused).values())) from refused
    except UserError as refused:
        raise click.ClickException(describe_error(refused)) from refused


def _tell_would(possible: bool, row: DeliveryRow, would: str) -> None:
    if not possible:
        raise click.ClickException(
            f"Delivery {row.id} is {row.state}; this command does not apply to that state."
        )
    click.echo(f"Delivery {row.id} ({row.state}, to the {row.post}) would {would}.")


def _list_choices(view: DeliveryView) -> str:
    choices = (
        (view.can_retry, "retry"),
        (view.can_resolve, "resolve --as sent|not-sent --why TEXT"),
        (view.can_hold, "hold --why TEXT"),
        (view.can_release, "release"),
        (view.can_confirm, "confirm --why TEXT"),
        (view.can_cancel, "cancel --why TEXT"),
    )
    return ", ".join(name for possible, name in choices if possible) or "nothing"
