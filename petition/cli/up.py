"""``petition up``: the whole service in one foreground process tree."""

import time

import click
from flask_migrate import upgrade

from petition import create_app
from petition.cli.tree import Tree, grow_tree, refuse_taken_port
from petition.queues import Stage
from petition.settings import Settings, make_demo_keys, read_settings

# Locating and counting are quick and share a process; pages are laid out in one of their own.
WORKERS = {
    "worker-sign": (Stage.LOCATE, Stage.COUNT, Stage.MAIL),
    "worker-render": (Stage.RENDER,),
    "worker-deliver": (Stage.DELIVER,),
}


@click.command()
@click.option("--demo", "with_demo", is_flag=True, help="Make the demo first, once.")
def up(with_demo: bool) -> None:
    """Start web, workers, scheduler and, without REDIS_URL, Valkey; Ctrl-C stops all of it."""
    if with_demo:
        make_demo_keys_where_none()
    settings = read_settings()
    refuse_taken_port(settings)
    with grow_tree(settings) as tree:
        prepare(settings, tree)
        if with_demo:
            from petition.cli.demo import make_first_demo

            make_first_demo(tree)
        tree.add("web", "web")
        _announce(settings, tree)
        tree.watch()
    click.echo("Stopped.")


def prepare(settings: Settings, tree: Tree) -> None:
    """Migrate, and start the queue, the workers and the scheduler."""
    app = create_app(settings)
    with app.app_context():
        upgrade()
    if settings.embedded_queue:
        tree.start_valkey()
    for name, stages in WORKERS.items():
        tree.add(name, "worker", *(stage.value for stage in stages))
    tree.add("scheduler", "scheduler")


def make_demo_keys_where_none() -> None:
    """Give the demo keys of its own unless the environment has some."""
    import os
    from pathlib import Path

    if not os.environ.get("SECRET_KEY") and not os.environ.get("PETITION_DATA_KEY"):
        make_demo_keys(Path(os.environ.get("PETITION_DATA_DIR") or "var").resolve())


def _announce(settings: Settings, tree: Tree) -> None:
    import urllib.request

    address = f"http://{settings.host}:{settings.port}/healthz"
    deadline = time.monotonic() + 20
    while time.monotonic() < deadline:
        tree.look()
        try:
            with urllib.request.urlopen(address, timeout=1):  # noqa: S310  our own address
                break
        except OSError:
            time.sleep(0.1)
    click.echo(f"\nHundredth is at {settings.public_url} (Ctrl-C stops it)")
