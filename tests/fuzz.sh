#!/usr/bin/env bash
# Runs every fuzz target of tests/fuzz, each for so many seconds, under the address and undefined-behaviour sanitizers.
#
#   tests/fuzz.sh [--seconds N] [TARGET...]    60 seconds each; without names all of them
#
# With clang 14 and its libFuzzer the runs are guided by coverage; otherwise the tree's own driver mutates the seeds. Builds in
# build/fuzz; new inputs and crashes stay in build/fuzz/found. Exits 0 only if nothing crashed, hung or leaked. An input that
# crashed belongs into tests/fuzz/TARGET_corpus once it is mended: the quick tier runs those.
set -euo pipefail
cd "$(dirname "$0")/.."
umask 022

usage() { sed -n '2,8s/^# \{0,1\}//p' "$0"; }
seconds=60 targets=()
while [ $# -gt 0 ]; do
  case "$1" in
    --seconds) [[ ${2:-} =~ ^[1-9][0-9]*$ ]] || { usage >&2; exit 2; }; seconds=$2; shift ;;
    -h | --help) usage; exit 0 ;;
    -*) usage >&2; exit 2 ;;
    *) targets+=("$1") ;;
  esac
  shift
done

samples/install-packages.sh samples/packages.txt tests/packages.txt tests/packages-long.txt
compilers=()
if command -v clang++-14 >/dev/null && ls /usr/lib/llvm-14/lib/clang/*/lib/linux/libclang_rt.fuzzer-* >/dev/null 2>&1; then
  compilers=(-DCMAKE_C_COMPILER=clang-14 -DCMAKE_CXX_COMPILER=clang++-14)
fi

build=build/fuzz
[ -f $build/build.ninja ] ||
  cmake -G Ninja -B $build -DCMAKE_BUILD_TYPE=Debug "-DCMAKE_CXX_FLAGS_DEBUG=-O1 -g" "-DCMAKE_C_FLAGS_DEBUG=-O1 -g" "${compilers[@]}" \
    -DTIDEGATE_FUZZ=ON -DTIDEGATE_SANITIZE=address,undefined -DTIDEGATE_PYTHON=OFF -DTIDEGATE_SAMPLES=OFF >build/fuzz.configure.log 2>&1 ||
  { cat build/fuzz.configure.log >&2; rm -f $build/build.ninja; exit 1; }

if [ ${#targets[@]} -eq 0 ]; then
  for source in tests/fuzz/*_fuzz.cpp; do targets+=("$(basename "$source" _fuzz.cpp)"); done
fi
cmake --build $build -j2 --target "${targets[@]/%/_fuzz}" | { grep -v '^\[' || true; }

export ASAN_OPTIONS=detect_leaks=1:strict_string_checks=1 UBSAN_OPTIONS=print_stacktrace=1
status=0
for target in "${targets[@]}"; do
  found=$build/found/$target
  mkdir -p "$found"
  dictionary=()
  [ ! -f "tests/fuzz/$target.dict" ] || dictionary=("-dict=tests/fuzz/$target.dict")
  printf '\n== %s, %s s\n' "$target" "$seconds"
  if "$build/tests/fuzz/${target}_fuzz" -max_total_time="$seconds" -timeout=20 -max_len=16384 -artifact_prefix="$found/" \
    "${dictionary[@]}" "$found" "tests/fuzz/${target}_corpus" >"$build/$target.log" 2>&1; then
    tail -n 1 "$build/$target.log"
  else
    tail -n 60 "$build/$target.log"
    echo "$target failed; the input is in $found" >&2
    status=1
  fi
done
exit $status
