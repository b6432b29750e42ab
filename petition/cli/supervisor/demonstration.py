"""Load the demo campaign, and send invented signers through the real path.

Not in the wheel: ``petition.cli.supervisor.demo`` imports it if the demonstration is installed.
"""

import time
from collections.abc import Callable, Iterable, Iterator
from contextlib import nullcontext

from flask import Flask
from flask_migrate import upgrade
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn
from sqlalchemy import func, select
from sqlalchemy.exc import DBAPIError

from petition import create_app
from petition.cli.supervisor.process_tree import Tree, open_tree
from petition.cli.supervisor.startup import make_demo_keys_where_none, prepare
from petition.core.clock import utcnow
from petition.core.errors import OperatorError
from petition.core.extensions import db
from petition.core.settings import read_settings
from petition.demo import demo_report, showcase_campaigns, showroom_deliveries, simulation
from petition.models import Delivery, DeliveryState, Signature, SignatureState
from petition.models.states import SETTLED
from petition.processes.process_rows import count_workers, list_processes

WAIT_SECONDS = 1800
# The first letters take a few seconds; a start waits at most this long for them.
FIRST_SECONDS = 60
console = Console(stderr=False)


def demonstrate(signatures: int, seed: int, forged: bool, wait: bool) -> None:
    """Load the demo, and send ``signatures`` invented signers; ``forged`` adds a hundred to hold.

    - ``wait``: wait until all is delivered, with workers of its own if none run.
    - Raises OperatorError if that takes longer than WAIT_SECONDS.
    """
    make_demo_keys_where_none()
    settings = read_settings()
    app = create_app(settings)
    own_tree = wait and not _workers_run(app)
    with open_tree(settings) if own_tree else nullcontext() as tree:
        if tree is not None:
            prepare(settings, tree)
        else:
            with app.app_context():
                upgrade()
        with app.app_context():
            _demonstrate(signatures, seed, forged, wait, tree)


def make_first_demo(tree: Tree) -> None:
    """Create the demo at the first start and print what it shows; a later start only prints.

    - An interrupted start is resumed: signers who have signed are not sent twice.
    """
    app = create_app(tree.settings)
    with app.app_context():
        simulation.load_demo(console.print)
        lacks = simulation.lacks_first_signers()
        if lacks:
            console.print("Signing as invented people ...")
            simulation.sign_many(_counted(simulation.invent_first_signers(), tree.look))
            showcase_campaigns.show_names(simulation.SLUG)
        showcase_campaigns.fill_showcase(tree.look)
        if lacks and not _wait_until_done(tree, FIRST_SECONDS, quiet=True):
            console.print("Some letters are still on their way; see `petition status`.")
        showroom_deliveries.show_deliveries(tree.look)
        demo_report.print_what_to_see(console)
        demo_report.print_addresses(console)
        demo_report.print_staff_link(console)


def print_new_link() -> None:
    """Print a new link to the staff pages; raises OperatorError outside the demonstration."""
    app = create_app(read_settings())
    with app.app_context():
        if not demo_report.print_staff_link(console):
            raise OperatorError(
                "this is not the demonstration, or others than this computer can reach it: make "
                "accounts with `petition staff create`"
            )


def _demonstrate(signatures: int, seed: int, forged: bool, wait: bool, tree: Tree | None) -> None:
    simulation.load_demo(console.print)
    forms = simulation.invent_spread_signers(signatures, seed)
    began, started = utcnow(), time.monotonic()
    if signatures:
        with _open_progress() as progress:
            task = progress.add_task("signing", total=signatures)
            simulation.sign_many(_counted(forms, lambda: progress.advance(task)))
    signing = time.monotonic() - started
    if forged:
        simulation.sign_many(simulation.forge_signers())
    if wait:
        if not _wait_until_done(tree, WAIT_SECONDS, quiet=False):
            raise OperatorError("the work did not end in time; see `petition status`")
        demo_report.print_stages(console, began, signing, signatures)
        demo_report.print_check(console)
        if forged:
            demo_report.print_held(console)


def _counted(
    sent: Iterable[simulation.Sent], tick: Callable[[], None]
) -> Iterator[simulation.Sent]:
    for one in sent:
        yield one
        tick()


def _workers_run(app: Flask) -> bool:
    """Return whether each stage has a worker with a recent heartbeat."""
    with app.app_context():
        try:
            return all(count_workers(list_processes(db.session())).values())
        except DBAPIError:  # it is unavailable, or has no tables yet
            db.session.rollback()
            return False


def _wait_until_done(tree: Tree | None, seconds: float, quiet: bool) -> bool:
    """Wait until all is counted and delivered; return whether that was within ``seconds``."""
    deadline = time.monotonic() + seconds
    total = max(_count_signatures(), 1)
    with _open_progress(disable=quiet) as progress:
        counting = progress.add_task("counted", total=total)
        delivering = progress.add_task("delivered", total=None)
        while time.monotonic() < deadline:
            if tree is not None:
                tree.look()
            due = _count_signatures(SignatureState.CONFIRMED, SignatureState.LOCATED)
            states = dict(
                db.session.execute(select(Delivery.state, func.count()).group_by(Delivery.state))
                .tuples()
                .all()
            )
            db.session.rollback()
            done = sum(states.get(state, 0) for state in (*SETTLED, DeliveryState.HELD))
            progress.update(counting, completed=total - due)
            progress.update(delivering, completed=done, total=sum(states.values()) or None)
            if due == 0 and done == sum(states.values()):
                return True
            time.sleep(0.2)
    return False


def _count_signatures(*states: SignatureState) -> int:
    counted = select(func.count(Signature.id))
    if states:
        counted = counted.where(Signature.state.in_(states))
    return db.session.scalar(counted) or 0


def _open_progress(disable: bool = False) -> Progress:
    return Progress(
        TextColumn("{task.description:>10}"),
        BarColumn(),
        MofNCompleteColumn(),
        TimeElapsedColumn(),
        console=console,
        disable=disable,
    )
