#!/usr/bin/env bash
# What the cluster that ./cluster up has started delivers, and what each of its processes takes for it: idle latency, then as many pushes as
# it takes, to users and to a company, with clients at 1, 2 and 3 edges. Called by ./cluster bench [seconds], which gives the names.
#   process=pid:url …   (silos without url);  NOTIFY_BENCH: the built tool, instead of building it
set -euo pipefail
repository=$(cd "$(dirname "$0")/.." && pwd)
seconds=$1; shift
out=$(mktemp -d)
trap 'rm -rf "$out"' EXIT
bench=${NOTIFY_BENCH:-}
if [ -z "$bench" ]; then
  echo "Building Bench" >&2
  bench=$repository/Bench/bin/Embedded/Release/net10.0/Notify.Bench.dll
  NotifyEngine=Embedded dotnet build "$repository/Bench" -c Release -v quiet -nologo -clp:NoSummary >&2
fi

names=(); pids=(); urls=()
for one in "$@"; do
  names+=("${one%%=*}"); rest=${one#*=}; pids+=("${rest%%:*}")
  case $rest in *:http*) urls+=("${rest#*:}") ;; esac
done

# User and system time so far, in hundredths of a second.
ticks() { local stat; stat=$(< "/proc/$1/stat"); set -- ${stat##*) }; echo $((${12} + ${13})); }
field() { grep -o "\"$2\": *[0-9.]*" "$1" | head -n "${3:-1}" | tail -n 1 | sed 's/.*: *//'; }

# run <what it is called> <edges> <options of load…>
run() {
  local what=$1 edges=$2; shift 2
  local at before=() i
  at=$(IFS=,; echo "${urls[*]:0:$edges}")
  for i in "${!pids[@]}"; do before+=("$(ticks "${pids[i]}")"); done
  dotnet "$bench" load --url "$at" --duration "${seconds}s" --json "$out/result.json" "$@" > "$out/table" 2> "$out/progress" || { cat "$out/table" "$out/progress" >&2; exit 1; }
  local delivered; delivered=$(field "$out/result.json" delivered)
  printf '%-22s %5s %9.0f %12.0f %8.2f %8.2f ' "$what" "$edges" "$(field "$out/result.json" pushesPerSecond)" "$(field "$out/result.json" deliveriesPerSecond)" \
    "$(field "$out/result.json" p50)" "$(field "$out/result.json" p99)"
  # Hundredths of a second are 10,000 µs.
  for i in "${!pids[@]}"; do awk -v t=$(($(ticks "${pids[i]}") - before[i])) -v d="$delivered" 'BEGIN { printf "%8.1f", d ? t * 10000 / d : 0 }'; done
  echo
}

echo "$(nproc) cores, load $(cut -d ' ' -f 1-3 /proc/loadavg) at the beginning; clients and tool are on the same machine"
printf '%-22s %5s %9s %12s %8s %8s ' "" edges "pushes/s" "deliveries/s" "p50 ms" "p99 ms"
printf '%8s' "${names[@]}"; echo "  (CPU µs per delivery)"
run "warm-up" "${#urls[@]}" --connections 300 --target user --in-flight 16
run "users, 50/s" "${#urls[@]}" --connections 300 --target user --rate 50/s --warm-up 4s
run "a company of 3, 50/s" "${#urls[@]}" --connections 3 --target company --rate 50/s --warm-up 4s
for ((n = 1; n <= ${#urls[@]}; n++)); do run "users, 16 in flight" "$n" --connections 300 --target user --in-flight 16; done
for ((n = 1; n <= ${#urls[@]}; n++)); do run "a company of 300" "$n" --connections 300 --target company --in-flight 4; done
