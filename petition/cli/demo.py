"""``petition demo``: the demo campaign, and invented signers through the real path."""

import time
from contextlib import nullcontext
from datetime import datetime

import click
from flask import Flask
from redis.exceptions import RedisError
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn
from rich.table import Table
from rq import Worker
from sqlalchemy import func, select

from petition import create_app
from petition.cli.tree import Tree, grow_tree
from petition.cli.up import make_demo_keys_where_none, prepare
from petition.demo import simulate
from petition.errors import OperatorError
from petition.extensions import db, get_settings
from petition.models import (
    Attempt,
    Delivery,
    DeliveryState,
    District,
    Letter,
    LedgerEntry,
    Milestone,
    Signature,
    SignatureState,
    Tally,
)
from petition.models.states import SETTLED
from petition.queues import get_queues
from petition.settings import read_settings

WAIT_SECONDS = 1800
console = Console(stderr=False)


@click.command()
@click.option("--signatures", type=click.IntRange(0, 5_000_000), default=0, metavar="N",
              help="Send N invented signers from all over the country through the real path.")
@click.option("--seed", type=int, default=1000, show_default=True, help="Another seed, other people.")
@click.option("--wait", is_flag=True, help="Wait until every letter is delivered; say how long.")
def demo(signatures: int, seed: int, wait: bool) -> None:
    """Load the demo campaign, all US counties and their invented boards.

    Where no worker runs, --wait runs its own until all is delivered.
    """
    make_demo_keys_where_none()
    settings = read_settings()
    app = create_app(settings)
    own_tree = wait and not _workers_run(app)
    with grow_tree(settings) if own_tree else nullcontext() as tree:
        if tree is not None:
            prepare(settings, tree)
        with app.app_context():
            _demonstrate(signatures, seed, wait, tree)


def make_first_demo(tree: Tree) -> None:
    """Make the demo of a first start and print what it shows; a later start only prints."""
    app = create_app(tree.settings)
    with app.app_context():
        if simulate.load_demo(console.print):
            console.print("Signing as invented people ...")
            simulate.sign_many(simulate.invent_first_signers())
        _wait_until_done(tree, quiet=True)
        _print_what_to_see()


def _demonstrate(signatures: int, seed: int, wait: bool, tree: Tree | None) -> None:
    simulate.load_demo(console.print)
    forms = simulate.invent_spread_signers(signatures, seed)
    started = time.monotonic()
    if signatures:
        with _open_progress() as progress:
            task = progress.add_task("signing", total=signatures)
            simulate.sign_many(_counted(forms, lambda: progress.advance(task)))
    signing = time.monotonic() - started
    if wait:
        _wait_until_done(tree, quiet=False)
        _print_stages(signing, signatures)
        _print_check()


def _counted(forms, tick):  # type: ignore[no-untyped-def]
    for form in forms:
        yield form
        tick()


def _workers_run(app: Flask) -> bool:
    with app.app_context():
        try:
            return Worker.count(connection=get_queues().redis) > 0
        except RedisError:
            return False


def _wait_until_done(tree: Tree | None, quiet: bool) -> None:
    deadline = time.monotonic() + WAIT_SECONDS
    total = max(_count_signatures(), 1)
    with _open_progress(disable=quiet) as progress:
        counting = progress.add_task("counted", total=total)
        delivering = progress.add_task("delivered", total=None)
        while time.monotonic() < deadline:
            if tree is not None:
                tree.look()
            due = _count_signatures(SignatureState.CONFIRMED, SignatureState.LOCATED)
            states = dict(
                db.session.execute(
                    select(Delivery.state, func.count()).group_by(Delivery.state)
                ).tuples()
            )
            db.session.rollback()
            done = sum(states.get(state, 0) for state in (*SETTLED, DeliveryState.HELD))
            progress.update(counting, completed=total - due)
            progress.update(delivering, completed=done, total=sum(states.values()) or None)
            if due == 0 and done == sum(states.values()):
                return
            time.sleep(0.2)
    raise OperatorError("the work did not end in time; `petition status` says where it stands")


def _count_signatures(*states: SignatureState) -> int:
    counted = select(func.count(Signature.id))
    if states:
        counted = counted.where(Signature.state.in_(states))
    return db.session.scalar(counted) or 0


def _print_stages(signing: float, signatures: int) -> None:
    table = Table("stage", "rows", "seconds", "a second", title="How long each stage took")
    for column in table.columns[1:]:
        column.justify = "right"
    _add_stage(table, "signing", signatures, signing)
    counted = _span(Signature.created_at, Signature.counted_at)
    _add_stage(table, "locating and counting", _count_rows(LedgerEntry), counted)
    rendered = _span(Milestone.reached_at, Letter.rendered_at)
    _add_stage(table, "letters", _count_rows(Letter), rendered)
    delivered = _span(Letter.rendered_at, Attempt.ended_at)
    _add_stage(table, "delivery", _count_rows(Attempt), delivered)
    console.print(table)
    console.print("The stages run side by side; each time is from its first row to its last.")


def _add_stage(table: Table, name: str, rows: int, seconds: float) -> None:
    table.add_row(name, f"{rows:,}", f"{seconds:,.1f}", f"{rows / seconds:,.0f}" if seconds else "")


def _span(first, last) -> float:  # type: ignore[no-untyped-def]
    begin: datetime | None = db.session.scalar(select(func.min(first)))
    end: datetime | None = db.session.scalar(select(func.max(last)))
    return (end - begin).total_seconds() if begin and end else 0.0


def _count_rows(model) -> int:  # type: ignore[no-untyped-def]
    return db.session.scalar(select(func.count()).select_from(model)) or 0


def _print_check() -> None:
    tallies = db.session.scalars(select(Tally)).all()
    milestones = _count_rows(Milestone)
    expected = sum(tally.live // tally.step for tally in tallies)
    members = db.session.execute(
        select(func.count(LedgerEntry.signature_id))
        .where(LedgerEntry.carried_by.is_not(None), LedgerEntry.left_at.is_(None))
        .group_by(LedgerEntry.campaign_id, LedgerEntry.district_id, LedgerEntry.carried_by)
    ).scalars().all()
    accepted = db.session.scalar(
        select(func.count()).where(Delivery.state == DeliveryState.ACCEPTED)
    )
    in_review = _count_signatures(SignatureState.REVIEW)
    console.print(
        f"{sum(tally.live for tally in tallies):,} counted in {len(tallies):,} counties, "
        f"{in_review:,} in review; {milestones:,} milestones of {expected:,} expected; "
        f"{sum(size == 100 for size in members):,} of them name exactly 100 people; "
        f"{accepted:,} letters delivered."
    )


def _print_what_to_see() -> None:
    settings = get_settings()
    row = db.session.execute(
        select(Delivery.id, District.name, District.state, Milestone.threshold, Milestone.code)
        .join(Milestone, Milestone.id == Delivery.milestone_id)
        .join(District, District.id == Milestone.district_id)
        .where(Delivery.state == DeliveryState.ACCEPTED)
        .order_by(Delivery.id)
        .limit(1)
    ).one_or_none()
    if row is not None:
        folder = settings.outbox_dir / str(row.id)
        console.print(f"\nDelivered: {row.threshold} signatures from {row.name}, {row.state}")
        console.print(f"  letter   {folder / 'letter.pdf'}", soft_wrap=True)
        console.print(f"  message  {folder / 'message.eml'}", soft_wrap=True)
        console.print(f"  page     {settings.public_url}/letters/{row.code}", soft_wrap=True)
    postal_code, county, count = simulate.NINETY_NINE
    live = db.session.scalar(
        select(Tally.live)
        .join(District, District.id == Tally.district_id)
        .where(District.name == county, District.state == "MA")
    )
    if live == count:
        console.print(
            f"\n{county}, MA stands at {live}. Sign with ZIP {postal_code} and you are the hundredth:\n"
            f"  curl -d given_name=Sam -d family_name=Rivers -d email=sam@people.example "
            f"-d postal_code={postal_code} {settings.public_url}/campaigns/{simulate.SLUG}/signatures",
            soft_wrap=True,
        )
    elif live is not None:
        console.print(f"\n{county}, MA stands at {live}; {100 - live % 100} more send its next letter.")


def _open_progress(disable: bool = False) -> Progress:
    return Progress(
        TextColumn("{task.description:>10}"),
        BarColumn(),
        MofNCompleteColumn(),
        TimeElapsedColumn(),
        console=console,
        disable=disable,
    )
