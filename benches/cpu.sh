#!/usr/bin/env bash
# What a call costs the house, by stage: benches/cpu.sh [CALLS]
#
# Callers ring one after the other, from a process of their own. Prints a table from `/metrics`; wants `make build`.
# "everything else" is the process less its stages: sockets, timers, tasks passed between threads, operations.
set -euo pipefail
cd "$(dirname "$0")/.."
calls=${1:-3}
house_program=${RINGLYPRO:-target/release/ringlypro}
data=$(mktemp -d)
export DATA_DIR=$data PORT=${PORT:-8199} ACCESS_TOKEN=cpu-bench-access-token TWILIO_AUTH_TOKEN=cpu-bench-token
"$house_program" serve >"$data/log" 2>&1 &
house=$!
trap 'kill $house 2>/dev/null || true; wait $house 2>/dev/null || true; rm -rf "$data"' EXIT
until curl -fs "localhost:$PORT/readyz" >/dev/null; do sleep 0.2; done

spent() { # "stage seconds" of every stage, and of the process
    curl -fs -H "Authorization: Bearer $ACCESS_TOKEN" "localhost:$PORT/metrics" |
        sed -n 's/^ringlypro_cpu_seconds_total{stage="\(.*\)"} /\1 /p; s/^process_cpu_seconds_total /process /p'
}
resident() { awk -v what="$1" '$1 == what":" { print int($2 / 1024) }' "/proc/$house/status"; }

# What is opened in the background at the start is no call's.
sleep "${SETTLE_SECONDS:-5}"
spent >"$data/before"
idle=$(resident VmRSS)
began=$(date +%s.%N)
for _ in $(seq "$calls"); do
    "$house_program" call --persona booking --output "$data/calls" >>"$data/callers" 2>&1
done
seconds=$(echo "$(date +%s.%N) $began" | awk '{ print $1 - $2 }')
spent >"$data/after"
echo "environment: $(nproc) cores, $calls calls in $seconds s, load average before: $(cut -d' ' -f1-3 /proc/loadavg)"
printf '\n| stage | CPU seconds a call | %% of a core during calls |\n|---|---|---|\n'
awk -v calls="$calls" -v seconds="$seconds" '
    FNR == NR { before[$1] = $2; next } { used[$1] = $2 - before[$1] }
    function line(name, cpu) { printf "| %s | %.2f | %.1f |\n", name, cpu / calls, 100 * cpu / seconds }
    END {
        rest = used["process"]
        for (name in used) {
            if (name == "process") { line("the whole process", used[name]); continue }
            rest -= used[name]
            line(name, used[name])
        }
        line("everything else", rest)
    }' "$data/before" "$data/after" | sort -t'|' -k3 -n -r
printf '\n| resident memory | MB |\n|---|---|\n| ready | %s |\n| most | %s |\n' "$idle" "$(resident VmHWM)"
