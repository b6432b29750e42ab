"""A process that prepares exports page by page until it is killed."""

import time

from petition import create_app
from petition.partners.exports import export_requests


def main() -> None:
    """Say that it has begun, then prepare small pages for as long as it lives."""
    export_requests.PAGE = 2
    with create_app().app_context():
        print("begun", flush=True)  # noqa: T201
        while True:
            export_requests.prepare_exports()
            time.sleep(0.02)


if __name__ == "__main__":
    main()
