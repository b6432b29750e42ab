"""A process that imports uploaded lists in small pieces until it is killed."""

import time
from functools import partial

from petition import create_app
from petition.bulk import import_run
from petition.bulk.uploads.upload_run import run_uploads
from petition.error_messages.description import describe_row


def main() -> None:
    """Work for as long as it lives."""
    import_run.PIECE = 20
    with create_app().app_context():
        while True:
            run_uploads(describe_row, partial(_is_after, time.monotonic() + 0.5))
            time.sleep(0.02)


def _is_after(moment: float) -> bool:
    return time.monotonic() > moment


if __name__ == "__main__":
    main()
