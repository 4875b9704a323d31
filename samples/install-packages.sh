#!/usr/bin/env bash
# Installs the Debian packages named in the given lists, if any is missing. Usage: install-packages.sh LIST...
# Asks nothing; needs root, or sudo without a password.
set -euo pipefail

mapfile -t wanted < <(sed -e 's/#.*//' "$@" | tr -s ' \t' '\n' | grep -v '^$' | sort -u)
missing=()
for package in "${wanted[@]}"; do
  [ "$(dpkg-query -W -f '${db:Status-Status}' "$package" 2>/dev/null)" = installed ] || missing+=("$package")
done
[ ${#missing[@]} -gt 0 ] || exit 0

as_root=()
if [ "$(id -u)" -ne 0 ]; then
  sudo -n true 2>/dev/null || {
    echo "These packages are missing: ${missing[*]}" >&2
    echo "Run this as root, or allow sudo without a password, or install them yourself." >&2
    exit 1
  }
  as_root=(sudo -n)
fi
apt() { # another apt may be at work: wait for its lock
  "${as_root[@]}" env DEBIAN_FRONTEND=noninteractive apt-get -o DPkg::Lock::Timeout=600 -qq "$@"
}

echo "Installing ${#missing[@]} Debian packages: ${missing[*]}"
log=$(mktemp)
trap 'rm -f "$log"' EXIT
for try in 1 2 3; do
  # `apt-get update` has its own lock, for which it does not wait.
  if apt update >"$log" 2>&1 && apt install -y --no-install-recommends "${missing[@]}" >"$log" 2>&1; then
    exit 0
  fi
  [ "$try" = 3 ] || sleep 10
done
cat "$log" >&2
exit 1
