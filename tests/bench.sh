#!/usr/bin/env bash
# Measures Tidegate beside what one would use instead, on a Debian 12: installs packages, builds in build/bench, prints a
# table: id, value, bound, whether it is met, spread, what.
#
#   tests/bench.sh                         all of it; writes tests/bench/REPORT.md and its pictures; minutes, 8 GB of memory
#   tests/bench.sh --quick                 fewer rounds, and 1 M sessions in place of 10 M; a minute
#   tests/bench.sh [--quick] --json FILE   also writes {"machine", "reach", "rows"} to FILE
#
# Each row is the ratio of two sides that are measured in turn, round by round, in one process. Its value is the median of
# the rounds' ratios; "in the noise" says that the bound lies where the true median may be (95 %). A row that is missed is
# explained below by what both sides cost in instructions. The rows: tests/bench/reach.json. How it is done, and how to look
# at one pair alone: tests/bench/README.md. On a machine that does other things too the figures are worth little, and it says
# so. Exits 0 when all rows were measured, met or missed.
set -euo pipefail
invoked_in=$PWD
cd "$(dirname "$0")/.."

usage() { sed -n '2,14s/^# \{0,1\}//p' "$0"; }
quick=() json=()
while [ $# -gt 0 ]; do
  case "$1" in
    -h | --help) usage; exit 0 ;;
    --quick) quick=(--quick) ;;
    --json)
      [ -n "${2:-}" ] || { usage >&2; exit 2; }
      case "$2" in /*) json=(--json "$2") ;; *) json=(--json "$invoked_in/$2") ;; esac
      shift
      ;;
    *) usage >&2; exit 2 ;;
  esac
  shift
done
say() { printf '\n== %s\n' "$*"; }

say "Packages"
samples/install-packages.sh samples/packages.txt tests/packages-bench.txt

say "Building bench"
build=build/bench
mkdir -p $build
[ -f $build/build.ninja ] ||
  cmake --preset release -B $build -DTIDEGATE_PYTHON=OFF -DTIDEGATE_SAMPLES=OFF -DTIDEGATE_TESTS=OFF -DTIDEGATE_BENCH=ON \
    >$build.configure.log 2>&1 || { cat $build.configure.log >&2; rm -f $build/build.ninja; exit 1; }
cmake --build $build -j2 --target benchmarks | { grep -v '^\[' || true; }

say "Measuring${quick:+ (quick)}"
began=$SECONDS
programs=$build/tests/bench rows=$build/rows.jsonl counts=$build/counts
rm -rf $counts && mkdir -p $counts
: >$rows
# A process for each group: none finds the heap as another has left it.
for group in entry_pairs session_pairs hand_off limits policies plugins refusals shutting zero slow_disk churn enumeration memory; do
  $programs/bench "${quick[@]}" $group >>$rows
done
GLIBC_TUNABLES=glibc.pthread.rseq=0 $programs/bench "${quick[@]}" portable >>$rows
echo "  instructions" >&2
for gate in per-cpu portable; do
  valgrind -q --tool=callgrind --collect-atstart=no --compress-strings=no --compress-pos=no \
    --callgrind-out-file=$counts/$gate.out $programs/instructions $gate
done

say "Result ($((SECONDS - began)) s)"
report=()
[ ${#quick[@]} -gt 0 ] || report=(--report tests/bench)
PYTHONDONTWRITEBYTECODE=1 /usr/bin/python3 tests/bench/report.py --rows $rows --counts $counts \
  "${quick[@]}" "${json[@]}" "${report[@]}"
