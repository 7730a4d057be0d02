#!/bin/bash
# Run by tests/tests/deploy.rs as the only job of a throw-away machine that systemd has booted: installs the relay's package as a host
# would, and looks at what the service does. Prints a line a step; the last one is "all good".
set -u -o pipefail
export PATH=/usr/sbin:/usr/bin:/sbin:/bin
cd /

fail() {
    echo "FAILED: $*"
    journalctl --no-pager -u amend-relay | tail -n 60
    systemctl status --no-pager amend-relay | head -n 20
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
ready() { amend-relay healthcheck; }
pid() { systemctl show -p MainPID --value amend-relay; }
servers() { pgrep -u amend-relay -x postgres >/dev/null; }
send() { AMEND_HOME=/root/home /opt/amend --profile ada send General "$1" >/dev/null; }

step "install"
dpkg -i /opt/package.deb || fail "the package does not install"
[ "$(stat -c %U:%G:%a /etc/amend-relay/config.toml)" = root:amend-relay:640 ] || fail "the configuration is for other eyes too"
[ "$(stat -c %U /var/lib/amend-relay)" = amend-relay ] || fail "the data folder is not the service's"
systemctl is-enabled --quiet amend-relay || fail "not enabled"
until_true "the service is up" systemctl is-active --quiet amend-relay
ready || fail "up, and not ready: READY=1 came too early"

step "sandbox"
[ "$(ps -o user= -p "$(pid)")" = amend-rel+ ] || [ "$(ps -o user= -p "$(pid)")" = amend-relay ] || fail "runs as somebody else"
servers || fail "its own Postgres does not run as its user"
grep -q '^NoNewPrivs:[[:space:]]*1' "/proc/$(pid)/status" || fail "privileges can be had"
grep -q '^CapBnd:[[:space:]]*0*$' "/proc/$(pid)/status" || fail "has capabilities"

step "first users, by root's hand beside the service"
printf 'ada-password' | amend-relay user add ada --password-stdin | grep -q 'the admin' || fail "user add"
[ -n "$(amend-relay invite)" ] || fail "invite"
psql -qAt "$(amend-relay postgres url)" -c 'SELECT name FROM account' | grep -qx ada || fail "psql as the page says"
printf 'ada-password' | AMEND_HOME=/root/home /opt/amend --profile ada login --relay http://127.0.0.1:7420 --name ada --password-stdin || fail "login"
AMEND_HOME=/root/home /opt/amend --profile ada rooms create General || fail "rooms create"
send "before the kill" || fail "send"

step "kill -9"
old=$(pid)
kill -9 "$old"
until_true "systemd has started it again" bash -c "p=\$(systemctl show -p MainPID --value amend-relay); [ \"\$p\" != 0 ] && [ \"\$p\" != $old ]"
until_true "it is ready again" ready
send "after the kill" || fail "send"

step "reload"
old=$(pid)
systemctl reload amend-relay || fail "reload"
[ "$(pid)" = "$old" ] && ready || fail "a reload ended it"

step "stop and start"
systemctl stop amend-relay || fail "stop"
[ "$(systemctl show -p Result --value amend-relay)" = success ] || fail "did not end well"
servers && fail "its Postgres was left running"
grep -q 'database system is shut down' /var/lib/amend-relay/pg/server.log || fail "its Postgres was not stopped in order"
# While it is stopped, root's commands start its database as its user and leave nothing behind that it can't use.
amend-relay user list | grep -q ada || fail "user list"
servers && fail "left running by a command"
systemctl start amend-relay || fail "start"
ready || fail "not ready"
send "after the stop" || fail "send"

step "upgrade"
old=$(pid)
echo '# a line of the host' >>/etc/amend-relay/config.toml
dpkg -i --force-confold /opt/package.deb || fail "upgrade"
until_true "it is ready after the upgrade" ready
[ "$(pid)" != "$old" ] || fail "an upgrade did not restart it"
grep -q '# a line of the host' /etc/amend-relay/config.toml || fail "the host's configuration was lost"
AMEND_HOME=/root/home /opt/amend --profile ada tail General | tee /dev/stderr | grep -c 'before the kill\|after the kill\|after the stop' | grep -qx 3 || fail "words were lost"

step "remove"
dpkg -r amend-relay || fail "remove"
servers && fail "left running by its removal"
[ -e /usr/bin/amend-relay ] && fail "the program is still there"
[ -e /etc/amend-relay/config.toml ] || fail "removed with its configuration"
dpkg -i --force-confold /opt/package.deb || fail "install again"
until_true "it is ready again" ready
amend-relay user list | grep -q ada || fail "its data did not survive a removal"
dpkg -P amend-relay || fail "purge"
[ -e /etc/amend-relay ] && fail "the configuration survived a purge"
[ -d /var/lib/amend-relay/pg ] || fail "a purge removed people's words"
echo "all good"
