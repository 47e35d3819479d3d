#!/bin/bash
# SPDX-License-Identifier: BSD-3-Clause
# Runs the benchmarks of configs/benchmarks and prints what they cost beside what the machine allows.
set -euo pipefail

# Name of the config, duration (ms), bytes of a static weight (0: constant, 4: float32), delays in a row of synapses,
# bytes that the update of a neuron moves (states, inputs and refractory time, read and written).
# Each runs on 2 ranks x 1 thread and 1 rank x 2 threads.
benchmarks="
hpc_benchmark          300   0   1  120
microcircuit          1000   4  39   88
microcircuit_poisson  1000   4  39   88
brunel_alpha          1000   0   1  120
brunel_delta          1000   0   1   56
auryn_brunel2k        1000   0   1   56
auryn_brunel2k_pl     1000   0   1   56
auryn_coba           20000   0   1   88
brette_coba           1000   0   1   88
brette_cuba          10000   0   1   88
cuba_stdp             1000   0   1   88
large                  100   0   1   56
"
layouts="2x1 1x2"

usage() {
    cat <<'END'
usage: tests/bench/run.sh [-r REPEATS] [-o DIR] [-d MS] [--size] [--list] [NAME...]
Runs benchmarks (all, or those named), each REPEATS times in turn with the others, and prints medians.
  -r REPEATS   runs of each benchmark and layout (default: 3)
  -o DIR       results, bench.json and table.txt go here (default: results/bench)
  -d MS        duration of all instead of their own
  --size       also draws size.png: cost per event against the size of the network
  --list       only lists the benchmarks that there are
environment:
  BUILD    build with the program and bench_bounds (default: build/release, which is then brought up to date)
  LAYOUTS  layouts as RANKSxTHREADS (default: "2x1 1x2")
  PYTHON   a Python 3; --size needs one with matplotlib (default: /usr/bin/python3)
Exit code: 0 done, 1 a run failed or results differ between layouts, 2 wrong usage.
END
}

refuse() {
    echo "run.sh: $1" >&2
    exit 2
}

repeats=3 directory=results/bench duration='' size='' list=''
names=()
while [ $# -gt 0 ]; do
    case "$1" in
    -h | --help) usage && exit 0 ;;
    -r | -o | -d)
        [ $# -ge 2 ] || refuse "$1 needs a value"
        case "$1" in
        -r) repeats=$2 ;;
        -o) directory=$2 ;;
        -d) duration=$2 ;;
        esac
        shift
        ;;
    --size) size=1 ;;
    --list) list=1 ;;
    -*) refuse "unknown option $1; allowed: -r, -o, -d, --size, --list, --help" ;;
    *) names+=("$1") ;;
    esac
    shift
done
[[ $repeats =~ ^[1-9][0-9]*$ ]] || refuse "-r $repeats is not a whole number above 0"
[[ $duration =~ ^([0-9]+(\.[0-9]+)?)?$ ]] || refuse "-d $duration is not a time in ms"

# Results go below the folder one is in, configs are found from any.
source=$(cd "$(dirname "${BASH_SOURCE[0]}")/../.." && pwd)
configs=$source/configs/benchmarks
chosen=
while read -r name ms rest; do
    if [ -e "$configs/$name.yaml" ]; then chosen+="$name ${duration:-$ms} $rest"$'\n'; fi
done < <(sed '/^$/d' <<<"$benchmarks")
if [ ${#names[@]} -gt 0 ]; then
    all=$chosen chosen=
    for name in "${names[@]}"; do
        line=$(grep "^$name " <<<"$all") || refuse "no benchmark $name; there are: $(cut -d' ' -f1 <<<"$all" | xargs)"
        chosen+=$line$'\n'
    done
fi
if [ -n "$list" ]; then
    awk -v layouts="${LAYOUTS:-$layouts}" 'NF { printf "%-22s %8s ms   %s\n", $1, $2, layouts }' <<<"$chosen"
    exit 0
fi

if [ -z "${BUILD-}" ]; then
    BUILD=$source/build/release
    (cd "$source" && cmake --preset release -DVOLLEY_BENCH=ON && cmake --build --preset release -j "$(nproc)") >&2
fi
for program in "$BUILD/volley" "$BUILD/tests/bench_bounds"; do
    [ -x "$program" ] || refuse "no $program; build with -DVOLLEY_BENCH=ON"
done
if [ "$(id -u)" -eq 0 ]; then export OMPI_ALLOW_RUN_AS_ROOT=1 OMPI_ALLOW_RUN_AS_ROOT_CONFIRM=1; fi
export OMPI_MCA_btl="${OMPI_MCA_btl-self,vader}" PYTHONDONTWRITEBYTECODE=1

python=${PYTHON:-/usr/bin/python3}
read -ra layout_list <<<"${LAYOUTS:-$layouts}"
status=0
"$python" "$source/tests/bench/stand.py" "$BUILD" "$configs" "$directory" "$repeats" "${layout_list[@]}" \
    <<<"$chosen" || status=$?
if [ -n "$size" ]; then
    "$python" "$source/tests/bench/size.py" "$BUILD" "$configs" "$directory" || status=$?
fi
exit "$status"
