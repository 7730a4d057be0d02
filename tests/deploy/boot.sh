#!/bin/bash
# Boots a copy of this machine in a mount namespace that ends with this script (unshare --mount): an overlay in memory over the root.
# boot.sh FOLDER PACKAGE PROGRAM SCRIPT: runs SCRIPT there as its only job and leaves what it printed in FOLDER/told.
set -eu
folder=$1 package=$2 program=$3 script=$4
over=$folder/over
mkdir "$over"
mount -t tmpfs tmpfs "$over"
mkdir "$over/upper" "$over/work" "$over/root"
mount -t overlay overlay -o "lowerdir=/,upperdir=$over/upper,workdir=$over/work" "$over/root"
machine=$over/root
cp "$package" "$machine/opt/package.deb"
cp "$program" "$machine/opt/amend"
cp "$script" "$machine/opt/script"
# Images of containers forbid services to start; this machine is there to start one.
rm -f "$machine/usr/sbin/policy-rc.d"
rm -rf "$machine/var/lib/amend-relay" "$machine/etc/amend-relay" "$machine/root/home"
# Nothing else of this machine's is to run in it.
find "$machine/etc/systemd/system" -type l -path '*.wants/*' -delete
cat >"$machine/etc/systemd/system/job.service" <<'UNIT'
[Unit]
Description=The only job of this machine
After=basic.target
SuccessAction=poweroff-force
FailureAction=poweroff-force
[Service]
Type=oneshot
TimeoutStartSec=10min
ExecStart=/bin/bash /opt/script
StandardOutput=file:/opt/told
StandardError=file:/opt/told
UNIT
cat >"$machine/etc/systemd/system/job.target" <<'UNIT'
[Unit]
Requires=basic.target job.service
After=basic.target
AllowIsolate=yes
UNIT
# A network of its own, so that ports are free; a machine id of its own is not needed, as nothing is registered.
timeout 900 systemd-nspawn --quiet --directory="$machine" --register=no --keep-unit --private-network --boot \
    --console=pipe systemd.unit=job.target </dev/null >"$folder/console" 2>&1 || true
cp "$machine/opt/told" "$folder/told" || tail -n 40 "$folder/console"
