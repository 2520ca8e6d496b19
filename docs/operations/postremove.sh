#!/bin/sh
# After the package's files are gone. Orders are never deleted by a package.
set -e
if [ -d /run/systemd/system ]; then
    systemctl daemon-reload
fi
if [ "$1" = purge ] && [ -d /var/lib/lianlian-checkout ]; then
    echo "The orders stay in /var/lib/lianlian-checkout: delete them yourself if you mean to."
fi
