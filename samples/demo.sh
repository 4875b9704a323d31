#!/usr/bin/env bash
# The scenario end to end, with real SIP calls: a live service drains and no call is cut. Installs its packages on a Debian 12, builds,
# runs, prints each step, and exits 0 only if every check held.
set -euo pipefail
cd "$(dirname "$0")/.."

case "${1:-}" in
  -h | --help) sed -n '2,3s/^# //p' "$0"; exit 0 ;;
  '') ;;
  *) echo "demo.sh takes no arguments" >&2; exit 2 ;;
esac

say() { printf '\n== %s\n' "$*"; }
failures=0
holds() { # holds WHAT TEST...: one line for each thing that must hold
  local what=$1
  shift
  if "$@"; then echo "  holds: $what"; else echo "  BROKEN: $what"; failures=$((failures + 1)); fi
}

scratch=$(mktemp -d)
pids=()
# Each program has a session of its own, so that a signal reaches it with all that it has started.
background() { setsid "$@" & pids+=($!); }
signal_all() { for pid in "${pids[@]}"; do kill "-$1" -- "-$pid" 2>/dev/null || true; done; }
clean_up() {
  trap - EXIT
  trap '' INT TERM HUP # a second one must not end the clean-up
  signal_all TERM
  # A second signal makes the server stop at once instead of waiting for calls; one sent too soon would be the same signal.
  for _ in 1 2 3 4 5; do
    pgrep -s "$(IFS=,; echo "${pids[*]:-0}")" >/dev/null || break
    read -rt 0.3 <> <(:) || true
    signal_all TERM
  done
  signal_all KILL
  rm -rf "$scratch"
}
trap clean_up EXIT
trap 'exit 130' INT
trap 'exit 143' TERM
trap 'exit 129' HUP

say "Building"
samples/install-packages.sh samples/packages.txt
build=build/demo
mkdir -p $build
if [ ! -f $build/build.ninja ]; then
  background cmake -S . -B $build -G Ninja -DCMAKE_BUILD_TYPE=Release -DTIDEGATE_TESTS=OFF -DTIDEGATE_PYTHON=OFF \
    >$build/configure.log 2>&1
  wait $! || { cat $build/configure.log >&2; rm -f $build/build.ninja; exit 1; }
fi
background cmake --build $build --target demo -j2 >$build/build.log 2>&1
wait $! || { cat $build/build.log >&2; exit 1; }
tail -n 1 $build/build.log

free_port() { python3 -c 'import socket; s = socket.socket(); s.bind(("127.0.0.1", 0)); print(s.getsockname()[1])'; }
sip_port=$(free_port)
replica_port=$(free_port)
command_line=(timeout 120 $build/sdk/tools/tidegate/tidegate --socket "$scratch/control/control.sock")
tidegate() { "${command_line[@]}" "$@"; }
call() { # call SCENARIO HOW-MANY NAME: in the background; sipp's exit code is 0 only when every call went as the scenario says
  background sipp "127.0.0.1:$sip_port" -sf "samples/demo/$1.xml" -i 127.0.0.1 -p "$(free_port)" -m "$2" -l 1000 -r 100 -nostdin \
    -timeout 60 -timeout_error -trace_stat -stf "$scratch/$3.csv" -trace_err -error_file "$scratch/$3.err" \
    >"$scratch/$3.out" 2>&1 </dev/null
}
calls() { # calls NAME COLUMN: a figure of sipp's own statistics
  awk -F ';' -v column="$2" 'NR == 1 { for (i = 1; i <= NF; i++) if ($i == column) at = i } END { print $at }' "$scratch/$1.csv"
}
eventually() { # eventually TEST...: within 10 s
  for _ in $(seq 100); do
    if "$@"; then return 0; fi
    read -rt 0.1 <> <(:) || true
  done
  return 1
}
live_calls() { tidegate --json services RTCMEDSRV | grep -q "\"sessions\":$1,"; }

say "Starting the mediation server: calls (RTCMEDSRV) and a configuration replica (REPLICA)"
background $build/samples/mediation/mediation --sip-port "$sip_port" --replica-port "$replica_port" \
  --control "$scratch/control" >"$scratch/mediation.out" 2>"$scratch/mediation.log"
eventually grep -q 'control socket' "$scratch/mediation.out" || { cat "$scratch/mediation.log" >&2; exit 1; }
background bash -c 'exec 3<>"/dev/tcp/127.0.0.1/$1" && exec cat <&3' - "$replica_port" >"$scratch/replica.out"
replica=$!

say "40 calls of 5 to 15 seconds begin (sipp), one of which will send a re-INVITE later"
call call 39 forty
first=$!
call reinvite 1 reinvite
second=$!
holds "40 calls are in progress" eventually live_calls 40
tidegate services

say "tidegate stop RTCMEDSRV --graceful"
background "${command_line[@]}" stop RTCMEDSRV --graceful --reason "monthly patch" >"$scratch/stop.out" 2>"$scratch/progress.out"
stop=$!
paused() { tidegate --json services RTCMEDSRV | grep -q '"status":"Paused"'; }
holds "RTCMEDSRV is Paused" eventually paused
tidegate services

say "20 more calls try to get in"
late=0
call refused 20 late
wait $! || late=$?
tidegate services

say "Waiting for the calls in progress to end"
status_first=0 status_second=0 status_stop=0
wait $first || status_first=$?
wait $second || status_second=$?
wait $stop || status_stop=$?
sed 's/^/  /' "$scratch/progress.out"
cat "$scratch/stop.out"
tidegate services
replica_versions() { grep -c '^version' "$scratch/replica.out"; }

say "tidegate start RTCMEDSRV, and one more call"
tidegate start RTCMEDSRV
once_more=0
call call 1 again
wait $! || once_more=$?
tidegate services

say "The event log"
tidegate events

say "What must hold"
numbers() { tidegate --json events | grep '"service":"RTCMEDSRV"' | grep -oE '"number":(25049|25050|25003)' | cut -d: -f2 | xargs; }
ended=$(($(calls forty 'SuccessfulCall(C)') + $(calls reinvite 'SuccessfulCall(C)')))
failed=$(($(calls forty 'FailedCall(C)') + $(calls reinvite 'FailedCall(C)')))
holds "all 40 calls ended normally, as sipp counts them ($ended ended, $failed failed)" test "$ended/$failed/$status_first/$status_second" = 40/0/0/0
holds "all 20 late calls got 503 with Retry-After ($(calls late 'SuccessfulCall(C)') did)" test "$(calls late 'SuccessfulCall(C)')/$late" = 20/0
holds "the re-INVITE got 200 while RTCMEDSRV was Paused" grep -q 're-INVITE in call .* answered while RTCMEDSRV is Paused' "$scratch/mediation.out"
holds "REPLICA stayed Running" test "$(tidegate --json events | grep '"service":"REPLICA"' | grep -oE '"number":[0-9]+' | cut -d: -f2 | xargs)" = "25100 25101"
holds "its client stayed connected" kill -0 $replica
holds "and got a new version twice a second throughout ($(replica_versions))" test "$(replica_versions)" -ge 20
holds "25049, 25050 and 25003 came once each, in that order" test "$(numbers)" = "25049 25050 25003"
holds "tidegate stop ended well" test $status_stop -eq 0
holds "after the start one more call got 200" test "$(calls again 'SuccessfulCall(C)')/$once_more" = 1/0

if [ $failures -gt 0 ]; then
  printf '\n%s of these did not hold.\n' $failures
  cat "$scratch"/*.err "$scratch/mediation.log" 2>/dev/null || true
  exit 1
fi
printf '\nAll of it held.\n'
