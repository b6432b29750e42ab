"""What a forked process of tests/forked.py finds: all that the roles and stages import, the ZIPs.

- Nothing is opened here: no app, no connection, no thread, no setting is read.
"""

import gc

import petition.application
import petition.cli
import petition.cli.supervisor.roles
import petition.letters.layout.weasyprint_engine
import petition.web  # noqa: F401
import workers.pipeline
import workers.reconcile
import workers.run
import workers.schedule  # noqa: F401
from petition.postal.zip_counties import load_zip_counties
from petition.postal.zip_places import load_postal_codes

load_postal_codes()
load_zip_counties()

# A fork's collector need not touch, and so copy, every page of what is imported.
gc.collect()
gc.freeze()
