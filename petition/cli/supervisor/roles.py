"""``petition web``, ``worker`` and ``scheduler``: one role each, for any number of hosts."""

import os
import sys
from importlib import import_module

import click

from petition import create_app
from petition.core.content.stores import probe_store
from petition.core.extensions import db, get_settings
from petition.core.queues import Stage
from petition.keys.check import check_at_start
from petition.processes.alive import alive as alive

# Its pages and those of the demonstration, for ``petition up --demo``; not in the wheel.
DEMO_PAGES = "petition.web.demo_mail:make_server"


@click.command()
@click.option("--demo", "with_demo", is_flag=True, hidden=True)
def web(with_demo: bool) -> None:
    """Serve the pages (granian, PETITION_WEB_WORKERS processes)."""
    app = create_app()
    with app.app_context():
        check_at_start()
        settings = get_settings()
        db.engine.dispose()
    away = probe_store(settings.storage)
    if away:
        click.echo(f"petition: {away}. People can still sign; letters cannot be shown.", err=True)
    os.execv(  # noqa: S606  our own command line
        sys.executable,
        [
            sys.executable,
            "-m",
            "granian",
            # Not wsgi, where an incomplete body blocks a thread (petition/web/buffering.py).
            "--interface=rsgi",
            # The streams of an HTTP/2 connection would allow any number of bodies at once.
            "--http=1",
            "--factory",
            f"--host={settings.host}",
            f"--port={settings.port}",
            f"--workers={settings.web_workers}",
            "--no-ws",
            "--respawn-failed-workers",
            "--workers-kill-timeout=5",
            "--log-level=warning",
            DEMO_PAGES if with_demo else "petition.web.server:make_server",
        ],
    )


@click.command()
@click.argument("stages", nargs=-1, type=click.Choice([stage.value for stage in Stage]))
@click.option("--burst", is_flag=True, help="Return when the queues are empty.")
def worker(stages: tuple[str, ...], burst: bool) -> None:
    """Work on the queues of STAGES in turn, or on all queues if none is given."""
    chosen = [Stage(name) for name in stages] or list(Stage)
    # By name, since import-linter forbids that petition imports workers.
    import_module("workers.run").run_worker(chosen, burst=burst)


@click.command()
def scheduler() -> None:
    """Run the reconciler every PETITION_RECONCILE_SECONDS."""
    import_module("workers.schedule").run_scheduler()
