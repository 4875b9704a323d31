#!/usr/bin/env bash
# Explores the gate's protocol exhaustively with Spin: each configuration to closure, without hash compaction.
#
#   tests/model/gate/run.sh             each model, small: seconds
#   tests/model/gate/run.sh --mutants   each mutant of them: an assertion must notice it
#   tests/model/gate/run.sh --scenarios also larger configurations, in 5 GB at most: minutes
#   tests/model/gate/run.sh --whole     that, then the mutants
#
# A line for each: model, configuration, states, seconds, errors; a mutant with the assertion that noticed it. Exits 0 only
# if every search was complete and without error, and every mutant was noticed. Builds in build/model/gate. Needs the Debian
# packages spin and gcc.
set -euo pipefail
cd "$(dirname "$0")/../../.."

quick=(
  'gate_percpu -DMAXN=2'
  'gate_percpu -DMIG=1 -DTSO'
  'gate_percpu -DMIG=1 -DSTORM -DREFUSED'
  'gate_percpu -DSTORM -DLTL'
  'gate_shared'
  'gate_shared -DTSO -DSTORM'
  'gate_shared -DTSO -DROUNDS=3'
  'gate_shared -DSTORM -DLTL'
  'entries'
  'entries -DROGUES=0 -DENTRIES=2'
  'handover -DMAXN=1'
  'handover -DRECORDS=1'
)
larger=(
  'gate_percpu -DMAXN=2 -DMIG=1'
  'gate_percpu -DMAXN=3'
  'gate_percpu -DMAXN=2 -DSTORM -DREFUSED'
  'gate_percpu -DMIG=1 -DROUNDS=3'
  'gate_percpu -DMIG=2 -DSTORM'
  'gate_shared -DMAXN=2 -DTSO'
  'entries -DROGUES=2'
  'entries -DENTRIES=2'
  'entries -DSESSIONS=2'
  'handover'
)

# model, mutant, in which configuration; what it does
mutants=(
  'gate_percpu NOFENCE -DMIG=1; no fence: a sequence that has read the entrance commits after the sum'
  'gate_percpu NORESTART -DMIG=1; the kernel does not begin a sequence anew that it has moved'
  'gate_percpu UNPUBLISHED -DTSO; a fence that leaves what was committed in the store buffers'
  'gate_percpu SETTLE_TWICE; what was settled the last time is added again'
  'gate_percpu SETTLE_BEFORE_FENCE; the cells are summed before the fence'
  'gate_percpu SHUT_BEFORE_SETTLE; it is decided who is inside before the cells are added'
  'gate_percpu SPEED_UP_BEFORE_OPEN; the entrance is set before the word is open'
  'gate_percpu LAST_TWICE; who leaves last says it too'
  'gate_percpu LAST_UNNOTICED; who leaves last wakes nobody'
  'gate_percpu NOT_SEALED_AT_ZERO; permitted work gets in when nobody is inside any more'
  'gate_percpu RESUME_LOSES_ZERO; a drained gate is opened without a word'
  'gate_percpu REFUSAL_COUNTS; a refusal counts one in, and out again'
  'gate_shared NO_CLOSED_BIT_TEST; whether the cell was closed when it was added to is not looked at'
  'gate_shared CLOSE_ONE_SHARD; a cell is forgotten when they are closed'
  'gate_shared CLOSE_LOADS; a cell is read first, then closed'
  'gate_shared OPEN_UNDOES_NOISE; opening clears the bit, and leaves the noise'
  'gate_shared ENTRANCE_BEFORE_CELLS; the entrance is set before the cells'
  'gate_shared SPEED_UP_BEFORE_OPEN; the cells are opened before the word'
  'gate_shared DOUBLE_SUM; cells that are closed are summed again'
  'gate_shared NO_FLUSH -DTSO; a locked operation overtakes the stores before it'
  'entries NO_GUARD; a gate that is not open counts out an entry that it does not have'
  'entries GUARD_APART -DROGUES=0 -DENTRIES=2; whether there is an entry is looked at in a step of its own'
  'entries MEND_MISSING; what was counted out too often is not put right'
  'entries MEND_BEFORE_SHUT; it is put right in a step before the gate is shut'
  'entries ENTRIES_SETTLED_LATE -DROGUES=0; what entries counted is added a step later than the rest'
  'entries ENTRY_RAISED_BEFORE_WORD -DROGUES=0; an entry is counted before it may pass'
  'entries ENTRY_RAISED_AFTER_WORD -DROGUES=0; an entry is counted a step after it has passed'
  'entries LEAVING_LATE -DROGUES=0; who leaves last says that it is leaving afterwards'
  'handover NOT_SETTLED; sessions are handed over while somebody may still ask the old one alone'
  'handover NO_STAMP; what the heir was told of when it came is handed over again'
  'handover NEVER_BOTH; the heir is asked at once in the place of the old one'
  'handover LIST_AFTER_WORD; who releases looks at the list after it has taken the word'
  'handover WORD_IN_TWO_STEPS; a release reads the word, then clears it'
  'handover LIVE_ONLY; sessions that have ended and whose policies are not told yet are passed over'
  'handover NOT_WAITED_FOR; the old one is closed while somebody may still call it'
  'handover LIST_AFTER_DOOR; the list is stored after its door was opened'
  'entries GONE_FIRST -DROGUES=0; who leaves last is gone before it has woken the steward'
)

larger_too=no
case "${1:-}" in
  '') tiers=quick ;;
  --mutants) tiers=mutants ;;
  --scenarios) tiers=quick larger_too=yes ;;
  --whole) tiers='quick mutants' larger_too=yes ;;
  -h | --help) sed -n '2,11s/^# \{0,1\}//p' "$0"; exit 0 ;;
  *) sed -n '2,11s/^# \{0,1\}//p' "$0" >&2; exit 2 ;;
esac
for tool in spin gcc; do
  command -v $tool >/dev/null || { echo "$0: $tool is missing; apt-get install -y spin gcc" >&2; exit 1; }
done

models=$PWD/tests/model/gate

explore() { # explore MODEL [FLAG...]: searches in $folder; false when that could not be done
  local model=$1 how=(-DSAFETY) run=()
  folder=build/model/gate/$*
  folder=${folder// /} log=$folder/pan.log
  shift
  rm -rf "$folder"
  mkdir -p "$folder"
  [[ " $* " != *' -DLTL '* ]] || { how=(-DNFAIR=4); run=(-a -f); }
  {
    (cd "$folder" && spin -a "$@" "$models/$model.pml") &&
      (cd "$folder" && gcc $optimize -w "${how[@]}" -DCOLLAPSE -DMEMLIM=5000 -o pan pan.c)
  } >"$log" 2>&1 || { cat "$log" >&2; return 1; }
  (cd "$folder" && ./pan -m100000 $hash "${run[@]}") >"$log" 2>&1 || { cat "$log" >&2; return 1; }
}

states() { sed -nE 's/^ *([0-9.e+]+) states, stored.*/\1/p' "$log" | awk '{ printf "%d", $1 }'; }
took() { sed -nE 's/^pan: elapsed time ([0-9.e+-]+) seconds/\1/p' "$log"; }

# All that pan says of a search that was complete; a search that was cut short has "errors: 0" as well.
complete='^pan: (elapsed time|rate|avg transition delay|ltl formula|resizing hashtable)'
found_no_error() {
  ! grep -vE "$complete" "$log" | grep -E '^(pan|error|Warning|hint)' >&2 && grep -q 'errors: 0$' "$log"
}

status=0
optimize=-O1 hash=-w24  # more would take longer to compile than it saves

check() { # check MODEL [FLAG...]
  local model=$1 verdict='no errors'
  { explore "$@" && found_no_error; } || { status=1; verdict="WRONG, see $folder"; }
  shift
  printf '%-12s %-28s %9s states %7s s  %s\n' "$model" "${*:-smallest}" "$(states)" "$(took)" "$verdict"
}

check_mutant() { # check_mutant 'MODEL MUTANT [FLAG...]; WHAT IT DOES'
  local model mutant flags noticed=
  read -r model mutant flags <<<"${1%%;*}"
  # shellcheck disable=SC2086
  explore "$model" $flags "-D$mutant" &&
    noticed=$(sed -nE 's/^pan:[0-9]*: assertion violated (.*) \(at depth [0-9]+\)$/\1/p' "$log" | head -n 1)
  [ -n "$noticed" ] || status=1
  printf '%-12s %-25s %-22s %5s s  %s\n' "$model" "$mutant" "${noticed:-NOBODY}" "$(took)" "${1#*; }"
}

for tier in $tiers; do
  if [ "$tier" = quick ]; then
    printf '%-12s %s\n' model configuration
    for it in "${quick[@]}"; do check $it; done
    if [ $larger_too = yes ]; then
      optimize=-O2 hash=-w26
      for it in "${larger[@]}"; do check $it; done
      optimize=-O1 hash=-w24
    fi
  else
    printf '\n%-12s %-25s %-22s %7s  %s\n' model mutant 'noticed by' '' 'what it does'
    for it in "${mutants[@]}"; do check_mutant "$it"; done
  fi
done
exit $status
