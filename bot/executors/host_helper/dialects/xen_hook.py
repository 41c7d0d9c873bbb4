"""The boot lock on Xen: a hook of its own network scripts, which run before a guest may run.

`xl create` and `xl restore` plug each network interface while the guest is still paused, by
`/etc/xen/scripts/vif-bridge` or one of its like. These run what is in `vif-post.d` at their end;
if that fails, xl tells why and takes the guest away again. A guest without a network interface,
or with a script that runs no hooks, is not protected.
"""

from __future__ import annotations

MARK = "maint-host boot lock"
PLACE = "/etc/xen/scripts/vif-post.d/maint-host.hook"

# It is read into a bash script that traps every failure, so each command stands in a condition.
_TEXT = """# {mark}: a guest whose memory is saved in an image must not be booted beside it.
# The scripts vif-bridge, vif-nat, vif-route and vif-openvswitch read this at their end.
maint_host_lock() {{
    local guest lock
    guest=${{XENBUS_PATH#*backend/vif/}}
    guest=$(xenstore-read "/local/domain/${{guest%%/*}}/name" 2>/dev/null) || return 0
    case "$guest" in "" | [!A-Za-z0-9]* | *[!A-Za-z0-9._-]*) return 0 ;; esac
    lock="{state}/locks/$guest"
    if [ ! -f "$lock" ]; then return 0; fi
    # What maint-host itself starts has a pass: a file that it holds locked while it lives.
    if [ -f "$lock.pass" ] && ! flock --nonblock "$lock.pass" true; then return 0; fi
    fatal "maint-host: $guest is saved for maintenance, and its image lives." \\
        "To bring it back as it was: maint-host restore $guest." \\
        "To boot it and lose its memory: maint-host boot $guest --lose-memory"
}}
case "$command" in online | add) maint_host_lock ;; esac
"""


def script(state: str) -> str:
    """Return the hook's text for a host whose state is in the folder *state*."""
    return _TEXT.format(mark=MARK, state=state)
