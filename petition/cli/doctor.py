"""``petition doctor``: the faults of this installation, and what to do about them."""

import json
import sys
from dataclasses import asdict

import click
from flask import Flask
from flask.cli import ScriptInfo

from petition.core.errors import ConfigurationError
from petition.core.extensions import get_settings
from petition.health.audit_chain.chain_watch import check_audit
from petition.health.bounce_mailbox import check_bounces
from petition.health.clock_drift import check_clock
from petition.health.core_checks import (
    check_boundaries,
    check_database_writes,
    check_held,
    check_mail,
    check_migrations,
    check_pauses,
    check_redis,
)
from petition.health.correction_news import check_corrections
from petition.health.findings import Check, Finding, run_checks
from petition.health.geocoder_hosts import list_geocoder_checks
from petition.health.host_checks import (
    check_disk,
    check_fonts,
    check_keys,
    check_pango,
    check_python,
    check_reconciler,
    check_settings,
)
from petition.health.letter_store import check_content_rights
from petition.health.mail_lanes import check_lanes, check_letter_lane, check_relay_lane
from petition.health.point_counties import check_counties
from petition.health.process_check import check_processes
from petition.health.proxy_check import check_proxy
from petition.health.redis_loss import check_kept
from petition.health.retention_check import check_keeping

# Importing WeasyPrint takes a second, and many on a busy host.
SECONDS = 30.0
ALONE: dict[str, Check] = {"python": check_python, "pango": check_pango, "fonts": check_fonts}
INSTALLED: dict[str, Check] = {
    "settings": check_settings,
    "keys": check_keys,
    "database": check_database_writes,
    "migrations": check_migrations,
    "redis": check_redis,
    "queue": check_kept,
    "proxy": check_proxy,
    "smtp": check_mail,
    "mails": check_lanes,
    "letters": check_letter_lane,
    "relay": check_relay_lane,
    "bounces": check_bounces,
    "disk": check_disk,
    "content": check_content_rights,
    "clock": check_clock,
    "boundaries": check_boundaries,
    "counties": check_counties,
    "processes": check_processes,
    "reconciler": check_reconciler,
    "hundreds": check_held,
    "pauses": check_pauses,
    "corrections": check_corrections,
    "retention": check_keeping,
    "audit": check_audit,
}


@click.command()
@click.option("--json", "as_json", is_flag=True, help="Print the findings as JSON, for a program.")
@click.pass_context
def doctor(context: click.Context, as_json: bool) -> None:
    """Check this host and everything the service needs; exit 1 if anything is wrong."""
    findings = _examine(context.ensure_object(ScriptInfo))
    if as_json:
        click.echo(json.dumps([asdict(finding) for finding in findings], indent=2))
    else:
        for finding in findings:
            click.echo(_describe(finding))
    sys.exit(0 if all(finding.ok for finding in findings) else 1)


def _examine(script: ScriptInfo) -> list[Finding]:
    """Run the checks; if the settings are refused, only those that need no settings."""
    try:
        app = script.load_app()
    except ConfigurationError as error:
        refused = Finding("settings", False, f"{error.setting} {error.problem}", "Set it.")
        return [refused, *run_checks(Flask(__name__), ALONE, SECONDS)]
    except OSError as error:
        refused = Finding(
            "settings",
            False,
            f"the data folder cannot be used ({error.strerror})",
            "Correct PETITION_DATA_DIR, or let this user write there.",
        )
        return [refused, *run_checks(Flask(__name__), ALONE, SECONDS)]
    with app.app_context():
        hosts = list_geocoder_checks(get_settings())
    return run_checks(app, ALONE | INSTALLED | hosts, SECONDS)


def _describe(finding: Finding) -> str:
    mark = click.style("ok   ", fg="green") if finding.ok else click.style("fault", fg="red")
    words = finding.found if finding.ok else f"{finding.found}. {finding.remedy}"
    return f"{mark}  {finding.name:<11} {words}"
