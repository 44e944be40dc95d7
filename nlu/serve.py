"""Rasa's command line, with the token of its HTTP API taken from the environment.

Rasa 3.6 knows only `--auth-token`, and an argument is shown to every user of the machine by `ps`. Started as
`python -m serve run …`, with AUTH_TOKEN set, the argument is added inside the process.
"""

import os
import sys

from rasa.__main__ import main

from components.response_check import check_schema_once

if __name__ == "__main__":
    check_schema_once()
    token = os.environ.pop("AUTH_TOKEN", "")
    if not token:
        sys.exit("AUTH_TOKEN is not set: without it anybody who reaches this port could use Rasa's HTTP API.")
    sys.argv += ["--auth-token", token]
    main()
