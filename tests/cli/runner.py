"""Runs the ``petition`` command on the app of a test."""

from click.testing import CliRunner, Result
from flask import Flask
from flask.cli import ScriptInfo

from petition.cli import cli
from petition.core.errors import OperatorError, Retryable, UserError
from petition.error_messages.description import describe_error


def run(app: Flask, *arguments: str, typed: str = "") -> Result:
    """Run a command; an error that the command line says in one line has exit code 1."""
    script = ScriptInfo(create_app=lambda: app)
    result = CliRunner().invoke(cli, list(arguments), obj=script, input=typed)
    known = (SystemExit, OperatorError, Retryable, UserError)
    if result.exception and not isinstance(result.exception, known):
        raise result.exception
    return result


def read_error(result: Result) -> str:
    """Return what the command line says of the error that ended a command."""
    error = result.exception
    return describe_error(error) if isinstance(error, UserError) else str(error or result.output)
