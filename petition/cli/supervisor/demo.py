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
    help="Send N invented signers from all over the country through the real steps.",
)
@click.option(
    "--seed", type=int, default=1000, show_default=True, help="Use another seed for other people."
)
@click.option(
    "--forged", is_flag=True, help="Also send a hundred made by one program, which is held."
)
@click.option(
    "--wait", is_flag=True, help="Wait until every letter is delivered, and show how long it took."
)
@click.option("--link", is_flag=True, help="Only print a new link that opens the staff pages once.")
def demo(signatures: int, seed: int, forged: bool, wait: bool, link: bool) -> None:
    """Load the demo campaign, all US counties and invented boards for them.

    If no worker runs, --wait runs its own until all is delivered. Only in the source tree.
    """
    require_demonstration()
    from petition.cli.supervisor.demonstration import demonstrate, print_new_link

    if link:
        print_new_link()
    else:
        demonstrate(signatures, seed, forged, wait)


def require_demonstration() -> None:
    """Raise OperatorError unless the demonstration is installed.

    - To be called before keys or a database are created.
    """
    spec = find_spec("petition.demo")
    if spec is None or spec.origin is None:
        raise OperatorError(
            "the demonstration is not part of this installation: wheels and container images do "
            "not contain it. Run `make run` in the source tree"
        )
