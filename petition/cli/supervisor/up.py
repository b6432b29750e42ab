"""``petition up``: the whole service in one foreground process tree."""

import click

from petition.cli.supervisor.demo import require_demonstration
from petition.cli.supervisor.process_tree import Tree, open_tree
from petition.cli.supervisor.startup import (
    make_demo_keys_where_none,
    prepare,
    refuse_taken_port,
    wait_for_web,
)
from petition.core.settings import Settings, read_settings

WEB_SECONDS = 20.0


@click.command()
@click.option(
    "--demo", "with_demo", is_flag=True, help="Also make the demo, once; only in the source tree."
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
        tree.add("web", "web")
        _announce(settings, tree)
        if with_demo:
            from petition.cli.supervisor.demonstration import make_first_demo

            make_first_demo(tree)
        tree.watch()
    click.echo("Stopped.")


def _announce(settings: Settings, tree: Tree) -> None:
    if wait_for_web(settings, tree, WEB_SECONDS):
        click.echo(f"\nHundredth is at {settings.public_url} (stop it with Ctrl-C)")
    else:
        click.echo(
            f"\nThe pages have not answered on port {settings.port} for {WEB_SECONDS:.0f} s; see "
            "the web process's output above. It is restarted whenever it fails.",
            err=True,
        )
