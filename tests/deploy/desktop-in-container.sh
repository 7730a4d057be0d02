#!/bin/bash
# Run by tests/tests/bundle.rs as the only job of a throw-away machine that systemd has booted: installs the desktop app's package as a
# person would, starts it, and removes it. Prints a line a step; the last one is "all good".
set -u -o pipefail
export PATH=/usr/sbin:/usr/bin:/sbin:/bin
export HOME=/root/home XDG_RUNTIME_DIR=/run/desktop LIBGL_ALWAYS_SOFTWARE=1
mkdir -p "$HOME" "$XDG_RUNTIME_DIR"
chmod 700 "$XDG_RUNTIME_DIR"
cd /

fail() {
    echo "FAILED: $*"
    tail -n 40 /opt/app.log
    exit 1
}
step() { echo "step: $*"; }
# Waits for a condition; the deadline only ends a test that has failed.
until_true() {
    local what=$1 tries=600
    shift
    until "$@" >/dev/null 2>&1; do
        tries=$((tries - 1))
        [ "$tries" -gt 0 ] || fail "waited in vain until $what"
        sleep 0.2
    done
}
handler() { grep -q '^x-scheme-handler/amend=.*Amend.desktop' /usr/share/applications/mimeinfo.cache; }
# A window with text and buttons has hundreds of colours, a blank screen a few.
something_is_shown() {
    import -display :77 -window root /opt/shot.png && [ "$(identify -format %k /opt/shot.png)" -gt 60 ]
}
app() { pgrep -f '^/?.*amend-desktop' | while read -r pid; do [ "$(readlink "/proc/$pid/exe")" = /usr/bin/amend-desktop ] && echo "$pid"; done; }
is_gone() { [ -z "$(app)" ]; }

step "install"
dpkg -i /opt/package.deb || fail "the package does not install"
[ "$(amend-desktop --version)" = "amend-desktop $(dpkg-query -W -f '${Version}' amend)" ] || fail "another version"
handler || fail "amend:// leads nowhere"
ldd /usr/bin/amend-desktop | grep 'not found' && fail "a library is missing"

step "start"
Xvfb :77 -screen 0 1280x800x24 >/dev/null 2>&1 &
until_true "there is a display" xprop -display :77 -root
export DISPLAY=:77
dbus-run-session -- amend-desktop >/opt/app.log 2>&1 &
until_true "the window shows something" something_is_shown

step "a link, as a browser opens it"
# The first one takes it, and the second ends.
gio mime x-scheme-handler/amend | grep -q 'Amend.desktop' || fail "gio knows no handler"
timeout 60 amend-desktop 'amend://room?room=00000000-0000-7000-8000-000000000001' | grep -q 'running already' || fail "a second start did not hand over"
[ "$(app | wc -l)" -eq 1 ] || fail "$(app | wc -l) are running"

step "end"
kill "$(app)"
until_true "it has ended" is_gone
[ -d "$HOME/.local/share/amend" ] || fail "no profile was made"

step "remove"
dpkg -r amend || fail "remove"
[ -e /usr/bin/amend-desktop ] && fail "the program is still there"
handler && fail "amend:// still leads to it"
dpkg -P amend || fail "purge"
left=$(find /usr/share -ipath '*amend*' -not -path '*amend-relay*' | head)
[ -z "$left" ] || fail "left behind: $left"
[ -d "$HOME/.local/share/amend" ] || fail "a person's words were removed"
echo "all good"
