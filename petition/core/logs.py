"""Structured logs: an event name with ids, without personal data.

``text`` is for people at a terminal, ``json`` for machines; both contain the same fields.
"""

import logging
import sys

import structlog

# Loggers of libraries that would log an address, a recipient or a statement's values.
SILENCED = ("geopy", "mail.log", "flufl.bounce", "sqlalchemy.engine", "fontTools")


def configure(log_format: str) -> None:
    """Write structlog's events to standard error in the given format, once per process."""
    renderer: structlog.typing.Processor = (
        structlog.processors.JSONRenderer()
        if log_format == "json"
        else structlog.dev.ConsoleRenderer(colors=sys.stderr.isatty())
    )
    structlog.configure(
        processors=[
            structlog.contextvars.merge_contextvars,
            structlog.processors.add_log_level,
            structlog.processors.TimeStamper(fmt="iso", utc=True),
            _without_words_of_errors,
            renderer,
        ],
        wrapper_class=structlog.make_filtering_bound_logger(logging.INFO),
        logger_factory=_StandardError,
        cache_logger_on_first_use=False,
    )
    for name in SILENCED:
        logging.getLogger(name).setLevel(logging.CRITICAL)


def get_logger(name: str) -> structlog.typing.FilteringBoundLogger:
    """Return the logger of a module."""
    logger: structlog.typing.FilteringBoundLogger = structlog.get_logger(name)
    return logger


class _StandardError:
    """Writes lines to the current ``sys.stderr``, which tests and servers replace."""

    def __init__(self, *names: str) -> None:
        self.critical = self.error = self.warning = self.info = self.debug = self.msg

    def msg(self, line: str) -> None:
        """Write one line with one call, so that the lines of processes are not mixed."""
        sys.stderr.write(line + "\n")
        sys.stderr.flush()


def _without_words_of_errors(
    logger: object, method: str, event: structlog.typing.EventDict
) -> structlog.typing.EventDict:
    """Replace an exception by its class and place: its message may contain a value of a row."""
    if event.pop("exc_info", None):
        kind, _, trace = sys.exc_info()
        while trace is not None and trace.tb_next is not None:
            trace = trace.tb_next
        event["error"] = kind.__name__ if kind else "unknown"
        if trace is not None:
            event["where"] = f"{trace.tb_frame.f_code.co_qualname}:{trace.tb_lineno}"
    return event
