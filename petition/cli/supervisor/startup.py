"""The checks and processes that ``petition up`` and ``petition demo --wait`` start with."""

import os
import socket
from pathlib import Path
from urllib.error import HTTPError
from urllib.request import ProxyHandler, build_opener

from flask_migrate import upgrade

from petition import create_app
from petition.cli.supervisor.process_tree import Tree
from petition.core.content.stores import probe_store
from petition.core.errors import OperatorError
from petition.core.key_values import has_keys
from petition.core.queues import Stage
from petition.core.settings import Settings, make_demo_keys
from petition.keys.check import check_keys
from petition.restore.own_journals import replay_own_handovers
from petition.signers.decision_replay import replay_journal

# Locating, counting and consents are fast and share a process. The stages that wait for mail
# servers share another: mails to signers first, since a signer waits for each. Webhooks, which wait
# for servers of others, and uploaded lists are with rendering, so that no e-mail waits for these.
WORKERS = {
    "worker-sign": (Stage.LOCATE, Stage.COUNT, Stage.CONSENTS),
    "worker-render": (Stage.RENDER, Stage.IMPORT, Stage.WEBHOOKS),
    "worker-deliver": (Stage.MAIL, Stage.DELIVER, Stage.DISPATCH),
}


def prepare(settings: Settings, tree: Tree) -> None:
    """Migrate, and start the queue, the workers and the scheduler.

    - Raises ConfigurationError, before anything else, where the store of letters is refused.
    """
    probe_store(settings.storage)
    app = create_app(settings)
    with app.app_context():
        upgrade()
        check_keys()
        replay_journal()
        replay_own_handovers()
    if settings.embedded_queue:
        tree.start_valkey()
    for name, stages in WORKERS.items():
        tree.add(name, "worker", *(stage.value for stage in stages))
    tree.add("scheduler", "scheduler")


def make_demo_keys_where_none() -> None:
    """Give the demo keys of its own unless the environment has some."""
    if not has_keys(os.environ):
        make_demo_keys(Path(os.environ.get("PETITION_DATA_DIR") or "var").resolve())


def refuse_taken_port(settings: Settings) -> None:
    """Raise OperatorError if the web port is in use, or the host is not an address of this one."""
    try:
        family, kind, protocol, _, address = socket.getaddrinfo(
            settings.host, settings.port, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE
        )[0]
        with socket.socket(family, kind, protocol) as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            probe.bind(address)
    except OSError as error:
        raise OperatorError(
            f"port {settings.port} on {settings.host} cannot be used ({error.strerror}); stop "
            "the program that uses it, or set PETITION_PORT to another port"
        ) from error


def answers(settings: Settings) -> bool:
    """Return whether the pages respond, with whatever status, within a second."""
    host = f"[{settings.host}]" if ":" in settings.host else settings.host
    opener = build_opener(ProxyHandler({}))  # without the proxy of the environment
    try:
        with opener.open(f"http://{host}:{settings.port}/healthz", timeout=1):
            return True
    except HTTPError:
        return True
    except OSError:
        return False
