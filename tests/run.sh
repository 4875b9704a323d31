#!/usr/bin/env bash
# Installs what the tests need on a Debian 12, builds, and runs them: GoogleTest through CTest, then pytest.
#
#   tests/run.sh              the quick tier; its last lines are the counts
#   tests/run.sh --long       the long tier: clang, sanitizers, valgrind, clang-tidy, long loops, whole models, benchmarks, fuzzing, the wheel, CPythons
#   tests/run.sh --long I/N   every N-th job of it, from the I-th (1 to N)
#
# A second run installs nothing and builds only what has changed. All it makes is in build/.
set -euo pipefail
cd "$(dirname "$0")/.."
umask 022  # a plugin that its group may write is refused

usage() { sed -n '2,8s/^# \{0,1\}//p' "$0"; }
tier=quick shard=1 shards=1
case "${1:-}" in
  '') ;;
  -h | --help) usage; exit 0 ;;
  --long)
    tier=long
    if [ -n "${2:-}" ]; then
      [[ $2 =~ ^([1-9][0-9]*)/([1-9][0-9]*)$ ]] || { usage >&2; exit 2; }
      shard=${BASH_REMATCH[1]} shards=${BASH_REMATCH[2]}
      [ "$shard" -le "$shards" ] || { usage >&2; exit 2; }
    fi
    ;;
  *) usage >&2; exit 2 ;;
esac

say() { printf '\n== %s\n' "$*"; }
began=$SECONDS

say "Packages"
lists=(samples/packages.txt tests/packages.txt)
[ $tier = quick ] || lists+=(tests/packages-long.txt)
samples/install-packages.sh "${lists[@]}"

# The interpreter is Debian's: whatever python3 comes first on PATH may be a shim of something else.
venv=$PWD/build/venv
wanted=$(sha256sum tests/python/requirements.txt | cut -d' ' -f1)
if [ "$(cat "$venv/wanted" 2>/dev/null)" != "$wanted" ]; then
  rm -rf "$venv"
  mkdir -p build
  /usr/bin/python3 -m venv "$venv"
  "$venv/bin/python" -m pip install --quiet --disable-pip-version-check -r tests/python/requirements.txt
  echo "$wanted" >"$venv/wanted"
fi

build() { # build PRESET: configures once, then builds what has changed
  local preset=$1
  shift
  say "Building $preset"
  [ -f "build/$preset/build.ninja" ] ||
    cmake --preset "$preset" "-DPython_EXECUTABLE=$venv/bin/python" "$@" >"build/$preset.configure.log" 2>&1 ||
    { cat "build/$preset.configure.log" >&2; rm -f "build/$preset/build.ninja"; return 1; }
  cmake --build "build/$preset" -j2 | { grep -v '^\[' || true; }
}

failures=0 gtests=0 gfailed=0 pytests=0 pfailed=0
run_ctest() { # run_ctest PRESET [ARGUMENT...]
  local preset=$1 log=build/$1.ctest.log status=0
  shift
  say "GoogleTest ($preset)"
  ctest --test-dir "build/$preset" -j2 --output-on-failure --no-tests=error "$@" >"$log" 2>&1 || status=$?
  [ $status -eq 0 ] || { grep -vE '^ +(Start|[0-9]+/[0-9]+ Test .* Passed)' "$log"; failures=$((failures + 1)); }
  grep -E 'drains, .* completed|^release to 25050' "build/$preset/Testing/Temporary/LastTest.log" || true
  local counted failed
  counted=$(sed -nE 's/.*tests failed out of ([0-9]+)$/\1/p; s/.*tests passed, ([0-9]+) tests? failed out of ([0-9]+)/\2/p' "$log" | tail -n 1)
  failed=$(sed -nE 's/.*tests passed, ([0-9]+) tests? failed out of .*/\1/p' "$log" | tail -n 1)
  echo "$((${counted:-0} - ${failed:-0})) passed, ${failed:-0} failed (GoogleTest, $preset)"
  gtests=$((gtests + ${counted:-0} - ${failed:-0})) gfailed=$((gfailed + ${failed:-0}))
}

run_pytest() { # run_pytest PRESET FOLDER...: each folder has fixtures of its own, so each is a run of its own
  local preset=$1 folder log status passed failed
  shift
  for folder in "$@"; do
    log=build/$preset.$(basename "$folder").log status=0
    say "pytest $folder ($preset)"
    TIDEGATE_BUILD=$PWD/build/$preset TIDEGATE_TIER=$tier PYTHONPATH=$PWD/build/$preset/python PYTHONDONTWRITEBYTECODE=1 \
      "$venv/bin/python" -m pytest -q -p no:cacheprovider --timeout 120 "$folder" >"$log" 2>&1 || status=$?
    [ $status -eq 0 ] || { cat "$log"; failures=$((failures + 1)); }
    passed=$(tail -n 1 "$log" | grep -oE '[0-9]+ passed' | cut -d' ' -f1 || true)
    failed=$(tail -n 1 "$log" | grep -oE '[0-9]+ (failed|error)' | cut -d' ' -f1 | paste -sd+ || true)
    passed=$((${passed:-0})) failed=$((${failed:-0}))
    echo "$passed passed, $failed failed (pytest $folder, $preset)"
    pytests=$((pytests + passed)) pfailed=$((pfailed + failed))
  done
}

run_model() { # run_model [--scenarios|--mutants]: its lines have the states, and what the mutants were noticed by
  say "Model${1:+ ($1)}"
  tests/model.sh "$@" || failures=$((failures + 1))
}

all_pytests=(tests/conformance tests/python tests/integration)

# ---- the long tier: each job builds and runs one thing ----

job_clang() {
  build clang
  run_ctest clang
  run_pytest clang "${all_pytests[@]}"
}

job_asan() {
  build asan -DTIDEGATE_PYTHON=OFF
  export ASAN_OPTIONS=detect_leaks=1:strict_string_checks=1:detect_stack_use_after_return=1 UBSAN_OPTIONS=print_stacktrace=1
  # Without descriptors the sanitizer cannot tell whether it may look at an object.
  TIDEGATE_STRESS_ROUNDS=20000 run_ctest asan -E 'PluginReloadTest.WithoutDescriptors'
  run_pytest asan tests/integration
}

job_tsan() {
  build tsan -DTIDEGATE_PYTHON=OFF
  export TSAN_OPTIONS=halt_on_error=1:second_deadlock_stack=1:die_after_fork=0
  # It cannot follow threads that a forked child makes.
  TIDEGATE_STRESS_ROUNDS=10000 run_ctest tsan -E 'ForkTest.HostOfTheChild|ApiTest.Fence_ThatIsRefused'
  run_pytest tsan tests/integration
}

memcheck() { # memcheck TEST FILTER [OPTION...]
  local test=$1 filter=$2
  shift 2
  TIDEGATE_STRESS_ROUNDS=50 valgrind -q --error-exitcode=9 --fair-sched=yes "$@" \
    "build/dev/tests/${test}_tests" --gtest_brief=1 "--gtest_filter=$filter" ||
    { failures=$((failures + 1)); echo "valgrind: ${test}_tests failed"; }
}

job_valgrind() {
  build dev
  say "valgrind"
  local test
  # The concurrency of these is what tsan is for; here it is memory, and valgrind runs one thread at a time. It has no seccomp
  # and an allocator of its own, and what is resident is its own too.
  for test in core host plugins api; do
    memcheck $test '-*UnderConcurrency*:*WithoutMemory*:*FullDisk*:*ManySessions*:*_ThatIsRefused*:*StayFlat*:ForkTest*:*CrashedHost_WithAChild*' \
      --leak-check=full --errors-for-leak-kinds=definite
  done
  # A child loses the memory of its parent's threads, which it does not have, and a host that crashes loses all of its memory.
  memcheck api 'ForkTest*:*CrashedHost_WithAChild*' --leak-check=no
}

job_tidy() {
  build clang
  say "clang-tidy"
  git ls-files 'sdk/src/*.cpp' 'sdk/tools/*.cpp' 'plugins/*.cpp' 'samples/mediation/*.cpp' |
    xargs -P 2 -n 4 clang-tidy-14 -p build/clang --quiet 2>build/tidy.log || { failures=$((failures + 1)); grep -E 'error|warning' build/tidy.log | tail; }
}

job_loops() {
  build release
  export TIDEGATE_STRESS_ROUNDS=1000000
  run_ctest release -R 'Stress|UnderConcurrency' --timeout 1500
}

# Apart, so that neither makes a shard too long.
job_model() { run_model --scenarios; }
job_mutants() { run_model --mutants; }

# That every row is measured; what they come to on a machine that does other things too says nothing.
job_bench() {
  say "Benchmarks"
  local json=$PWD/build/bench.json wanted
  wanted="$(printf 'G%s ' {1..16})P1 P2 P3 D4 D5 D6"
  rm -f "$json"
  tests/bench.sh --quick --json "$json" &&
    /usr/bin/python3 -c 'import json, sys
have = {row["id"]: row for row in json.load(open(sys.argv[1]))["reach"]}
lacking = [name for name in sys.argv[2:] if not {"what", "value", "bound", "better", "met"} <= have.get(name, {}).keys()]
sys.exit("not measured: " + " ".join(lacking) if lacking else 0)' "$json" $wanted ||
    { failures=$((failures + 1)); echo "the benchmarks failed"; }
}

job_fuzz() {
  say "Fuzzing"
  tests/fuzz.sh --seconds 60 || { failures=$((failures + 1)); echo "fuzzing failed"; }
}

job_wheel() {
  say "Wheel"
  tests/wheel.sh || { failures=$((failures + 1)); echo "the wheel failed"; }
}

# The module on each CPython that pyenv has here, else on Debian's alone.
job_pythons() {
  build dev
  TIDEGATE_PYTHONS=all run_pytest dev tests/python/test_pythons.py
  grep '^\.*CPython' build/dev.test_pythons.py.log || true
}

jobs_of_long=(clang asan tsan valgrind tidy loops model mutants bench fuzz wheel pythons)

if [ $tier = quick ]; then
  build dev
  run_ctest dev
  # The gate is chosen when the library starts: without the C library's restartable sequences it is the shared one.
  say "The same without restartable sequences"
  GLIBC_TUNABLES=glibc.pthread.rseq=0 \
    run_ctest dev -R 'Gate|Cells|Credits|Pool|Slab|Admission|Fork|Fence|Signal|Storm|Ticket|Many|PerCpu'
  run_model
  run_pytest dev "${all_pytests[@]}"
else
  for index in "${!jobs_of_long[@]}"; do
    [ $((index % shards)) -eq $((shard - 1)) ] || continue
    say "Long: ${jobs_of_long[$index]}"
    "job_${jobs_of_long[$index]}"
  done
fi

say "Result ($tier, $((SECONDS - began)) s)"
echo "GoogleTest: $gtests passed, $gfailed failed"
echo "pytest: $pytests passed, $pfailed failed"
echo "$((gtests + pytests)) passed, $((gfailed + pfailed)) failed"
[ $failures -eq 0 ] || { echo "$failures of the runs failed" >&2; exit 1; }
