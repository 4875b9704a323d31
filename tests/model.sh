#!/usr/bin/env bash
# Explores the drain machine exhaustively, from its own code, and the gate's protocol with Spin (tests/model/gate); says
# which invariant or assertion notices each mutant of them.
#
#   tests/model.sh             the bounded scenarios, to closure: seconds
#   tests/model.sh --mutants   the same on each mutant (tests/model/mutants): each must be noticed by an invariant
#   tests/model.sh --scenarios all scenarios, also the whole ones: minutes
#   tests/model.sh --whole     that, then the mutants
#
# Each scenario is explored breadth-first until no new state is found; a violation is shown with its shortest trace. Exits 0 only
# if nothing is violated and every mutant is noticed. Builds in build/model. Needs the Debian package spin.
set -euo pipefail
cd "$(dirname "$0")/.."

whole=() mutants=no bounded=yes
case "${1:-}" in
  '') ;;
  --scenarios) whole=(--whole) ;;
  --whole) whole=(--whole) mutants=yes ;;
  --mutants) mutants=yes bounded=no ;;
  -h | --help) sed -n '2,11s/^# \{0,1\}//p' "$0"; exit 0 ;;
  *) sed -n '2,11s/^# \{0,1\}//p' "$0" >&2; exit 2 ;;
esac

copy() { # copy FOLDER: the sources as they are now, with the objects of the last time where nothing has changed
  mkdir -p "$1"
  find "$1" -name '*.cpp' -delete
  cp -rp sdk/src/core abi tests/model "$1/"
}

build() { # build FOLDER [FLAG...]
  local folder=$1
  shift
  make -C "$folder" -f model/Makefile -j2 "$@" explore >"$folder/make.log" 2>&1 || { cat "$folder/make.log" >&2; return 1; }
}

base=build/model/base
copy $base
build $base
status=0
[ $bounded = no ] || $base/explore "${whole[@]}" || status=1
printf '\nThe gate\n'
tests/model/gate/run.sh "$@" || status=1
[ $mutants = yes ] || exit $status

printf '\n%-40s %-28s %s\n' mutant 'noticed by' 'what it does'
for patch in tests/model/mutants/*.patch; do
  name=$(basename "$patch" .patch) folder=build/model/mutant
  rm -rf $folder
  cp -a $base $folder
  patch -s -p4 -d $folder/core <"$patch"
  build $folder CXXFLAGS="-std=c++20 -O2 -g0 -w -MMD -MP"
  noticed=$($folder/explore 2>&1 | sed -nE 's/^VIOLATED ([a-z_]+):.*/\1/p' | head -n 1 || true)
  [ -n "$noticed" ] || status=1
  printf '%-40s %-28s %s\n' "$name" "${noticed:-NOBODY}" "$(head -n 1 "$patch")"
done
exit $status
