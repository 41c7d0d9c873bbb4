"""Bears processes quickly: everything is imported once, and each life is a fork of that.

Reads one `Life` per line (JSON), answers with the process's id, and, once it is dead, with how.
No thread is ever started here, so that a fork is whole.
"""

from __future__ import annotations

import json
import os
import sys

from tests.crash.victim import Life, live


def main() -> None:
    """Bear one life per line, until there are no more lines."""
    for line in sys.stdin:
        life = Life(**json.loads(line))
        sys.stdout.flush()
        pid = os.fork()
        if pid == 0:
            _become(life)
        print(json.dumps({"born": pid}), flush=True)  # noqa: T201 - the answer
        _, status = os.waitpid(pid, 0)
        print(json.dumps({"died": os.waitstatus_to_exitcode(status)}), flush=True)  # noqa: T201


def _become(life: Life) -> None:
    """Be the victim: with its own log, and nothing of the nursery's."""
    log = os.open(life.log, os.O_CREAT | os.O_WRONLY | os.O_APPEND, 0o600)
    nothing = os.open(os.devnull, os.O_RDONLY)
    for source, target in ((nothing, 0), (log, 1), (log, 2)):
        os.dup2(source, target)
    status = 1
    try:
        status = live(life)
    finally:
        sys.stderr.flush()
        os._exit(status)


if __name__ == "__main__":
    main()
