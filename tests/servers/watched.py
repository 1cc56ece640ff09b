"""`flask --app wsgi …`, with the nets of the tests around the application: what their running servers are.

What they catch is told in the log, from where the test's process takes it.
"""

from __future__ import annotations

import sys

from tests.servers.canary import MARK, put_nets_around


def main() -> None:
    # Both flask and the server's worker find this very application again.
    from flask.cli import main as flask

    from wsgi import app

    put_nets_around(app, lambda where: sys.stderr.write(f"{MARK}{where}\n"))
    sys.argv = ["flask", "--app", "wsgi", *sys.argv[1:]]
    flask()


if __name__ == "__main__":
    main()
