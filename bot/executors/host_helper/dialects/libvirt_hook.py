"""The boot lock on libvirt: its own hook, asked before any guest starts."""

from __future__ import annotations

MARK = "maint-host boot lock"
PLACE = "/etc/libvirt/hooks/qemu"

_TEXT = """#!/bin/sh
# {mark}: a guest whose memory is saved in an image must not be booted beside it.
# libvirt calls this before a guest is started or restored: NAME ACTION STAGE.
case "$2 $3" in
"prepare begin" | "restore begin" | "migrate begin") ;;
*) exit 0 ;;
esac
lock={state}/locks/$1
case "$1" in */*) exit 0 ;; esac
[ -f "$lock" ] || exit 0
# What maint-host itself starts has a pass: a file that it holds locked while it lives.
if [ -f "$lock.pass" ]; then
    flock --nonblock --conflict-exit-code 75 "$lock.pass" true
    [ $? -eq 75 ] && exit 0
fi
echo "maint-host: $1 is saved for maintenance, and its image lives. To bring it back as it was:" \\
    "maint-host restore $1. To boot it and lose its memory: maint-host boot $1 --lose-memory" >&2
exit 1
"""


def script(state: str) -> str:
    """Return the hook's text for a host whose state is in the folder *state*."""
    return _TEXT.format(mark=MARK, state=state)
