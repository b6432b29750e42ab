"""``petition demo``: runs the demonstration, or reports that it is not installed.

- The wheel, and so the container image, is built without the demonstration: its code, its data and
  ``petition/cli/supervisor/demonstration.py`` are in the source tree only.
"""

from importlib.util import find_spec

import click

from petition.core.errors import OperatorError


@click.command()
@click.option(
    "--signatures",
    type=click.IntRange(0, 5_000_000),
    default=0,
    metavar="N",
    help="Send N invented signers from all over the country through the real path.",
)
@click.option(
    "--seed", type=int, default=1000, show_default=True, help="Another seed, other people."
)
@click.option(
    "--forged", is_flag=True, help="Also send a hundred that one program made: it is held."
)
@click.option("--wait", is_flag=True, help="Wait until every letter is delivered; say how long.")
def demo(signatures: int, seed: int, forged: bool, wait: bool) -> None:
    """Load the demo campaign, all US counties and their invented boards.

    Where no worker runs, --wait runs its own until all is delivered. In the source tree alone.
    """
    require_demonstration()
    from petition.cli.supervisor.demonstration import demonstrate

    demonstrate(signatures, seed, forged, wait)


def require_demonstration() -> None:
    """Raise OperatorError unless the demonstration is installed.

    - To be called before keys or a database are created.
    """
    spec = find_spec("petition.demo")
    if spec is None or spec.origin is None:
        raise OperatorError(
            "the demonstration is not part of this installation: wheels and container images are "
            "built without it. `make run` in the source tree starts it"
        )
