#!/usr/bin/env bash
# What a call costs the house, by the threads that do the work: benches/cpu.sh [CALLS]
#
# Callers ring one after the other, from a process of their own. Prints a table; wants `make build`.
# Threads that came and went (the turn detector's, the recorder's) are in "others"; what the voice detector, the session
# and the media path cost within tokio's threads is told by `--bench ears -- voice`, `session` and `frame`.
set -euo pipefail
cd "$(dirname "$0")/.."
calls=${1:-3}
data=$(mktemp -d)
export DATA_DIR=$data PORT=${PORT:-8199} ACCESS_TOKEN=cpu-bench-access-token TWILIO_AUTH_TOKEN=cpu-bench-token
target/release/ringlypro serve >"$data/log" 2>&1 &
house=$!
trap 'kill $house 2>/dev/null || true; wait $house 2>/dev/null || true; rm -rf "$data"' EXIT
until curl -fs "localhost:$PORT/readyz" >/dev/null; do sleep 0.2; done

threads() { # "name ticks" of every thread alive, numbers at the end of names left out; "all" is the process
    printf 'all %s\n' "$(sed 's/.*) //' "/proc/$house/stat" | awk '{ print $12 + $13 }')"
    for task in /proc/$house/task/*; do
        printf '%s %s\n' "$(sed 's/-[0-9]*$//; s/ /_/g' "$task/comm")" "$(sed 's/.*) //' "$task/stat" | awk '{ print $12 + $13 }')"
    done
}
resident() { awk -v what="$1" '$1 == what":" { print int($2 / 1024) }' "/proc/$house/status"; }

threads >"$data/before"
idle=$(resident VmRSS)
began=$(date +%s.%N)
for _ in $(seq "$calls"); do
    target/release/ringlypro call --persona booking --output "$data/calls" >>"$data/callers" 2>&1
done
seconds=$(echo "$(date +%s.%N) $began" | awk '{ print $1 - $2 }')
threads >"$data/after"
echo "environment: $(nproc) cores, $calls calls in $seconds s, load average before: $(cut -d' ' -f1-3 /proc/loadavg)"
printf '\n| threads | CPU seconds a call | %% of a core during calls |\n|---|---|---|\n'
awk -v calls="$calls" -v seconds="$seconds" -v hz="$(getconf CLK_TCK)" '
    FNR == NR { before[$1] += $2; next } { after[$1] += $2 }
    END {
        for (name in after) {
            used = (after[name] - before[name]) / hz
            if (name != "all") named += used
            if (used > 0) printf "| %s | %.2f | %.1f |\n", name, used / calls, 100 * used / seconds
        }
        others = (after["all"] - before["all"]) / hz - named
        printf "| others | %.2f | %.1f |\n", others / calls, 100 * others / seconds
    }' "$data/before" "$data/after" | sort -t'|' -k3 -n -r
printf '\n| resident memory | MB |\n|---|---|\n| ready | %s |\n| most | %s |\n' "$idle" "$(resident VmHWM)"
