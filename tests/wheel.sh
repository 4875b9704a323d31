#!/usr/bin/env bash
# Builds the source archive and from it the wheel, repairs the wheel for other machines, installs it where nothing else is, and
# runs tests/wheel on it. Works in build/wheel.
#
#   tests/wheel.sh
set -euo pipefail
cd "$(dirname "$0")/.."
umask 022

case "${1:-}" in
  '') ;;
  -h | --help) sed -n '2,5s/^# \{0,1\}//p' "$0"; exit 0 ;;
  *) sed -n '2,5s/^# \{0,1\}//p' "$0" >&2; exit 2 ;;
esac

samples/install-packages.sh samples/packages.txt tests/packages.txt
work=$PWD/build/wheel
rm -rf "$work"
mkdir -p "$work"
/usr/bin/python3 -m venv "$work/tools"
"$work/tools/bin/python" -m pip install --quiet --disable-pip-version-check -r tests/wheel/requirements.txt

# As a user's pip does it: the source archive first, and the wheel from what is unpacked of it.
"$work/tools/bin/python" -m build --no-isolation --outdir "$work/raw" bindings/python >"$work/build.log" 2>&1 ||
  { tail -n 60 "$work/build.log" >&2; exit 1; }
PATH="$work/tools/bin:$PATH" "$work/tools/bin/auditwheel" repair --wheel-dir "$work/repaired" "$work"/raw/*.whl >"$work/repair.log" 2>&1 ||
  { cat "$work/repair.log" >&2; exit 1; }
ls -l "$work"/raw/*.tar.gz "$work"/repaired/*.whl | awk '{print $5, $NF}'

/usr/bin/python3 -m venv "$work/clean"
"$work/clean/bin/python" -m pip install --quiet --disable-pip-version-check --no-index "$work"/repaired/*.whl
TIDEGATE_WHEEL_HOME=$work PATH=$work/tools/bin:$PATH "$work/tools/bin/python" -m pytest -q -p no:cacheprovider tests/wheel
