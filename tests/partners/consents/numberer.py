"""A process that numbers changes, as many at a time as its argument says, until it is killed."""

import sys

from petition import create_app
from petition.partners.consents.numbering import number_changes


def main() -> None:
    """Say that it has begun, then number a few at a time, for as long as it lives."""
    with create_app().app_context():
        print("begun", flush=True)  # noqa: T201
        while True:
            number_changes(limit=int(sys.argv[1]))


if __name__ == "__main__":
    main()
