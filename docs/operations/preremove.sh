#!/bin/sh
# Before the package's files go: the program stops, unless it is being upgraded.
set -e
case "$1" in
upgrade | 1) exit 0 ;;
esac
if [ -d /run/systemd/system ]; then
    systemctl disable --now lianlian-checkout || true
fi
