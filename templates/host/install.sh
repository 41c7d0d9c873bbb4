# ---- what follows is the same for every host ----

HELPER=/usr/local/sbin/maint-host
CONF=/etc/maint/host.conf
STATE=/var/lib/maint
PYTHON=/usr/bin/python3
PATH=$PATH:/usr/local/sbin:/usr/sbin:/sbin
LC_ALL=C
export PATH LC_ALL
FORCED="restrict,command=\"$HELPER ssh\""
by_hand=
new_hook=

say() { printf '  %-8s %s\n' "$1" "$2"; }
fail() {
    printf 'maint: %s\n' "$1" >&2
    exit 1
}
later() { by_hand="$by_hand
  - $1"; }
own() { [ -n "$ROOT" ] || chown "$1" "$2"; } # in a root for trials everything is ours
has() { command -v "$1" >/dev/null 2>&1; }

# place FILE MODE: put what comes in there, by writing beside it and renaming. Says if it changed.
place() {
    changed=
    beside="$ROOT$1.new$$"
    cat >"$beside"
    chmod "$2" "$beside"
    own root:root "$beside"
    if [ -f "$ROOT$1" ] && cmp -s "$beside" "$ROOT$1"; then
        rm -f "$beside"
        chmod "$2" "$ROOT$1"
        say kept "$1, which is as it must be"
    else
        mv -f "$beside" "$ROOT$1"
        say wrote "$1"
        changed=yes
    fi
}

# folder PATH MODE
folder() {
    if [ -d "$ROOT$1" ]; then say kept "$1 ($2)"; else say made "$1 ($2)"; fi
    mkdir -p "$ROOT$1"
    chmod "$2" "$ROOT$1"
    own root:root "$ROOT$1"
}

configured() { sed -n "s/^ *$1 *= *\([^ ;]*\).*/\1/p" "$ROOT$CONF" | head -n 1; }

look_first() {
    [ -n "$ROOT" ] || [ "$(id -u)" = 0 ] || fail "this must run as root; nothing was changed"
    has base64 || fail "base64 (coreutils) is not there; nothing was changed"
    "$PYTHON" -c 'import sys; sys.exit(sys.version_info < (3, 9))' 2>/dev/null ||
        fail "$PYTHON is missing or older than 3.9; install it first; nothing was changed"
    if [ -n "$ROOT" ]; then
        home=$ROOT_HOME
    else
        home=$(getent passwd "$BOT_USER" | cut -d: -f6)
    fi
    [ -n "$home" ] || fail "there is no user $BOT_USER; make it first: useradd --system --create-home --shell /bin/sh $BOT_USER; nothing was changed"
    if [ -L "$ROOT$home/.ssh" ] || [ -L "$ROOT$home/.ssh/authorized_keys" ]; then
        fail "$home/.ssh or the authorized_keys in it is a link, which is not followed; nothing was changed"
    fi
    if [ "$BOT_USER" != root ] && ! has visudo; then
        fail "sudo is not installed, and $BOT_USER needs it; install it, or let the bot come as root; nothing was changed"
    fi
}

speaks() {
    if grep -qs control_d /proc/xen/capabilities; then
        echo xen
    elif has virsh; then
        echo libvirt
    elif has xl; then
        echo xen
    else
        fail "neither xl nor virsh is there: this is no host of guests; nothing was changed"
    fi
}

install_helper() {
    mkdir -p "$ROOT/usr/local/sbin"
    arrived="$ROOT$HELPER.new"
    helper >"$arrived"
    found=$("$PYTHON" -I -c '
import sys
sys.path.insert(0, sys.argv[1])
from bot.executors.host_helper.version import version
print(version())' "$arrived") || found=
    if [ "$found" != "$VERSION" ]; then
        rm -f "$arrived"
        fail "the helper did not arrive whole; nothing was changed"
    fi
    place "$HELPER" 0755 <"$arrived"
    rm -f "$arrived"
}

install_settings() {
    folder /etc/maint 0755
    folder /etc/maint/work.d 0755
    folder /etc/maint/blocked 0755
    if [ -f "$ROOT$CONF" ]; then
        say kept "$CONF, which is yours"
        name=$(configured name)
        [ "$name" = "$HOST" ] || later "$CONF calls this host \"$name\", the bot's inventory \"$HOST\". Make them equal."
        dialect=$(configured dialect)
    else
        place "$CONF" 0644 <<END
[host]
name = $HOST
dialect = $dialect
END
    fi
    state=$(configured state)
    images=$(configured images)
    state=${state:-$STATE}
    folder "$state" 0700
    folder "${images:-$state/images}" 0700
}

admit_key() {
    ssh=$home/.ssh
    keys=$ssh/authorized_keys
    line="$FORCED $PUBLIC_KEY"
    if [ ! -d "$ROOT$ssh" ]; then
        mkdir -p "$ROOT$ssh"
        chmod 0700 "$ROOT$ssh"
        own "$BOT_USER:" "$ROOT$ssh"
    fi
    if [ -f "$ROOT$keys" ] && grep -qxF -- "$line" "$ROOT$keys"; then
        say kept "$keys, which has the bot's key"
    else
        beside="$ROOT$keys.new$$"
        if [ -f "$ROOT$keys" ]; then grep -vF -- "$FORCED" "$ROOT$keys" >"$beside" || [ $? = 1 ]; fi
        printf '%s\n' "$line" >>"$beside"
        chmod 0600 "$beside"
        own "$BOT_USER:" "$beside"
        mv -f "$beside" "$ROOT$keys"
        say wrote "$keys: the bot's key, for \"$HELPER ssh\" only"
    fi
    [ "$BOT_USER" = root ] || allow_sudo
}

allow_sudo() {
    rule=/etc/sudoers.d/maint-host
    text="$BOT_USER ALL=(root) NOPASSWD: $HELPER session"
    mkdir -p "$ROOT/etc/sudoers.d"
    printf '%s\n' "$text" >"$ROOT/etc/maint/sudoers.new"
    visudo -cqf "$ROOT/etc/maint/sudoers.new" ||
        fail "visudo refuses the line \"$text\", so it is not in $rule; the rest of what stands above is done"
    place "$rule" 0440 <"$ROOT/etc/maint/sudoers.new"
    rm -f "$ROOT/etc/maint/sudoers.new"
    groups=$(id -nG "$BOT_USER" 2>/dev/null || :)
    if printf '%s\n' "$groups" | grep -qwE 'libvirt|disk|docker|lxd|sudo|wheel'; then
        later "$BOT_USER is in a group that is as good as root ($groups). Take it out: gpasswd --delete $BOT_USER GROUP"
    fi
}

lock_boots() {
    at=$(hook_place "$dialect")
    [ -n "$at" ] || return 0
    if [ "$dialect" = libvirt ] && [ -e "$ROOT$at" ] && ! grep -qsF -- "$HOOK_MARK" "$ROOT$at"; then
        at=$at.d/maint-host # libvirt runs both, since 6.5
    fi
    mkdir -p "$(dirname "$ROOT$at")"
    text=$(hook "$dialect" | sed "s|@STATE@|$state|g")
    place "$at" 0755 <<END
$text
END
    new_hook=$changed
}

look_after() {
    if [ "$new_hook" = yes ] && [ "$dialect" = libvirt ]; then
        later "libvirt's daemon sees the new hook only when it starts. While nothing is being saved: systemctl restart libvirtd (or virtqemud). Guests run on."
    fi
    [ -z "$ROOT" ] || return 0
    if has systemctl; then
        for service in libvirt-guests xendomains; do
            if [ "$(systemctl is-enabled "$service" 2>/dev/null)" = enabled ]; then
                later "$service would save, stop and start guests by itself. Switch it off: systemctl disable $service (not --now: to stop it is to save or shut down every guest)"
            fi
        done
    fi
    sshd=$(command -v sshd || :)
    [ -n "$sshd" ] || return 0
    allowed=$("$sshd" -T -C user="$BOT_USER" 2>/dev/null || :)
    if [ "$BOT_USER" = root ] && printf '%s\n' "$allowed" | grep -qix 'permitrootlogin no'; then
        later "sshd lets nobody in as root. In /etc/ssh/sshd_config: PermitRootLogin forced-commands-only (then: systemctl reload ssh)"
    fi
    if [ -n "$allowed" ] && ! printf '%s\n' "$allowed" | grep -qiE '^authorizedkeysfile (.* )?\.ssh/authorized_keys( |$)'; then
        later "sshd does not read $keys here: look at AuthorizedKeysFile (sshd -T), and put the line where it says"
    fi
}

main() {
    look_first
    dialect=$(speaks)
    echo "Setting up $HOST ($dialect) for maintbot:"
    install_helper
    install_settings
    admit_key
    lock_boots
    look_after
    sync
    echo "$HOST is set up. Where the bot is: maint host check $HOST"
    [ -z "$by_hand" ] || echo "Left for you, on $HOST:$by_hand"
}

main </dev/null # a script that arrives on stdin is not for the tools to read
