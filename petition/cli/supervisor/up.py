"""``petition up``: the whole service in one foreground process tree."""

import time
from threading import Thread

import click

from petition.cli.supervisor.demo import require_demonstration
from petition.cli.supervisor.process_tree import Tree, open_tree
from petition.cli.supervisor.startup import (
    answers,
    make_demo_keys_where_none,
    prepare,
    refuse_taken_port,
)
from petition.core.settings import Settings, read_settings

WEB_SECONDS = 20.0
ASK_SECONDS = 0.25


@click.command()
@click.option(
    "--demo", "with_demo", is_flag=True, help="Also load the demo, once; only in the source tree."
)
def up(with_demo: bool) -> None:
    """Start web, workers, scheduler and, without REDIS_URL, Valkey; Ctrl-C stops all of it."""
    if with_demo:
        require_demonstration()
        make_demo_keys_where_none()
    settings = read_settings()
    # The folder is locked first: if the service runs already, that is the clearer error, not the
    # port.
    with open_tree(settings) as tree:
        refuse_taken_port(settings)
        prepare(settings, tree)
        tree.add("web", "web", *(["--demo"] if with_demo else []))
        announce_when_up(settings, tree)
        if with_demo:
            from petition.cli.supervisor.demonstration import make_first_demo

            make_first_demo(tree)
        tree.watch()
    click.echo("Stopped.")


def announce_when_up(settings: Settings, tree: Tree) -> Thread:
    """Print the address as soon as the pages answer, however late that is.

    - In a thread of its own, which this returns: whatever else keeps this process busy meanwhile.
      It ends when it has printed the address, or when the tree stops.
    - After WEB_SECONDS without an answer it says once where to look, and goes on asking: a busy
      machine may take minutes.
    """
    thread = Thread(target=_ask_until_up, args=(settings, tree), daemon=True)
    thread.start()
    return thread


def _ask_until_up(settings: Settings, tree: Tree) -> None:
    slow_at = time.monotonic() + WEB_SECONDS
    is_told = False
    while not tree.stopping:
        if answers(settings):
            click.echo(f"\nHundredth is at {settings.public_url} (stop it with Ctrl-C)")
            return
        if not is_told and time.monotonic() >= slow_at:
            is_told = True
            click.echo(
                f"\nThe pages have not answered on port {settings.port} for {WEB_SECONDS:.0f} s. "
                "See the web process's output above; it is restarted whenever it fails. "
                "The address is printed here once they answer.",
                err=True,
            )
        time.sleep(ASK_SECONDS)
