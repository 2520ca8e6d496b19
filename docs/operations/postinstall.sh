#!/bin/sh
# After the package's files are there: the program's own account, who may read its configuration, and what to do next. It isn't started: the
# configuration that comes with it is a demonstration.
set -e
user=lianlian-checkout
if ! getent passwd "$user" >/dev/null; then
    if command -v systemd-sysusers >/dev/null; then
        systemd-sysusers /usr/lib/sysusers.d/lianlian-checkout.conf
    else
        getent group "$user" >/dev/null || groupadd --system "$user"
        useradd --system --gid "$user" --home-dir /var/lib/lianlian-checkout --no-create-home --shell /usr/sbin/nologin "$user"
    fi
fi
chown root:"$user" /etc/lianlian-checkout /etc/lianlian-checkout/config.yaml
chmod 0750 /etc/lianlian-checkout
chmod 0640 /etc/lianlian-checkout/config.yaml
if [ -d /run/systemd/system ]; then
    systemctl daemon-reload
    if systemctl is-active --quiet lianlian-checkout; then # an upgrade
        systemctl restart lianlian-checkout
        exit 0
    fi
fi
echo "Edit /etc/lianlian-checkout/config.yaml, then: systemctl enable --now lianlian-checkout"
