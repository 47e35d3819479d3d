#!/bin/bash
# Strong scaling of one config: runs it in several layouts of ranks x threads, prints a table, writes it as CSV, and
# fails when the layouts do not give the same spikes and connections.
set -euo pipefail

usage() {
    cat <<'END'
usage: jobs/scaling.sh CONFIG [-o DIR] [--set KEY=VALUE]...
Runs CONFIG in several layouts and compares their times.
  -o DIR             results and scaling.csv go here (default: results/scaling/<config name>)
  --set KEY=VALUE    as for volley run
environment:
  LAYOUTS   layouts as RANKSxTHREADS; the first is what speed-up and efficiency refer to
            (default: "1x1 1x2 2x1 2x2 4x1")
  VOLLEY    the program (default: that of the build or installation that this script belongs to)
  MPIRUN    launcher, to which "-n RANKS" is added (default: srun inside a Slurm job, else
            "mpirun --map-by slot:OVERSUBSCRIBE --bind-to none")
  CORES     cores in all (default: those of this machine, times the machines of a Slurm job); a * marks layouts with
            more threads than these
Columns: simulate is the loop without the build; rtf the real-time factor; times per step are in microseconds, the
mean over ranks, as exchange and wait on one rank make up for work on another.
Exit code: 0 done, 1 a run failed or hashes differ, 2 wrong usage.

example: LAYOUTS="1x1 2x1" jobs/scaling.sh configs/examples/balanced.yaml --set simulation.duration=2000
END
}

refuse() {
    echo "scaling: $1" >&2
    exit 2
}

config=
directory=
sets=()
while [ $# -gt 0 ]; do
    case "$1" in
    -h | --help)
        usage
        exit 0
        ;;
    -o | --set)
        [ $# -ge 2 ] || refuse "$1 needs a value"
        if [ "$1" = -o ]; then directory=$2; else sets+=(--set "$2"); fi
        shift 2
        ;;
    -*) refuse "unknown option $1; allowed: -o, --set, --help" ;;
    *)
        [ -z "$config" ] || refuse "one config, got $config and $1"
        config=$1
        shift
        ;;
    esac
done
[ -n "$config" ] || refuse "no config given; --help explains"
[ -r "$config" ] || refuse "$config cannot be read"
name=$(basename "$config")
directory=${directory:-results/scaling/${name%.*}}

read -ra layouts <<<"${LAYOUTS:-1x1 1x2 2x1 2x2 4x1}"
for layout in "${layouts[@]}"; do
    [[ $layout =~ ^[1-9][0-9]*x[1-9][0-9]*$ ]] || refuse "LAYOUTS: $layout is not RANKSxTHREADS, such as 2x1"
done

# In the source tree this script is in jobs/, installed in share/volley/jobs/.
here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
if [ -z "${VOLLEY-}" ]; then
    for VOLLEY in "$here/../build/release/volley" "$here/../../../bin/volley" "$(command -v volley || true)"; do
        [ ! -x "$VOLLEY" ] || break
    done
fi
[ -x "$VOLLEY" ] || refuse "no volley found; build it (cmake --preset release) or name it with VOLLEY"

# Open MPI does not start as root, which is who one is in most containers, unless told twice.
if [ "$(id -u)" -eq 0 ]; then export OMPI_ALLOW_RUN_AS_ROOT=1 OMPI_ALLOW_RUN_AS_ROOT_CONFIRM=1; fi
if [ -n "${MPIRUN-}" ]; then
    read -ra launcher <<<"$MPIRUN"
elif [ -n "${SLURM_JOB_ID-}" ]; then
    launcher=(srun)
else
    launcher=(mpirun --map-by slot:OVERSUBSCRIBE --bind-to none)
    # All ranks are on this machine; left to itself, Open MPI also tries its network interfaces.
    export OMPI_MCA_btl="${OMPI_MCA_btl-self,vader}"
fi
cores=${CORES:-$(($(nproc) * ${SLURM_JOB_NUM_NODES:-1}))}
[[ $cores =~ ^[1-9][0-9]*$ ]] || refuse "CORES=$cores is not a number"

# One line of figures from a run.json, which has one key a line, two spaces deeper for each object.
figures() {
    awk -v layout="$1" '
        match($0, /^ +"[^"]*": /) {
            match($0, /^ +/)
            depth = RLENGTH / 2
            split($0, part, "\"")
            key[depth] = part[2]
            path = key[1]
            for (i = 2; i <= depth; i++) path = path "/" key[i]
            text = substr($0, index($0, ": ") + 2)
            gsub(/[",]/, "", text)
            value[path] = text
        }
        function per_step(phase) { return value["phases_s/" phase "/mean"] * 1e6 / steps }
        END {
            steps = value["simulated_ms"] / value["dt_ms"]
            printf "%s %.9g %.9g %.9g %.9g %.9g %.9g %.9g %.9g %s %s\n", layout, value["time_s/build"],
                value["time_s/simulate"], value["real_time_factor"], per_step("arrive"), per_step("update"),
                per_step("exchange"), per_step("wait"), value["bytes/per_synapse"], value["spike_hash"],
                value["connection_hash"]
        }' "$2"
}

mkdir -p "$directory"
lines=
for layout in "${layouts[@]}"; do
    ranks=${layout%x*} threads=${layout#*x}
    echo "scaling: $layout" >&2
    if ! "${launcher[@]}" -n "$ranks" "$VOLLEY" run "$config" "${sets[@]}" --threads "$threads" -q --overwrite \
        -o "$directory/$layout"; then
        echo "scaling: the run on $layout failed" >&2
        exit 1
    fi
    lines+=$(figures "$layout" "$directory/$layout/run.json")$'\n'
done

# The table and the CSV; the exit code tells whether all hashes are the same.
printf '%s' "$lines" | awk -v cores="$cores" -v csv="$directory/scaling.csv" '
    BEGIN {
        print "layout,ranks,threads,cores,oversubscribed,build_s,simulate_s,real_time_factor,speed_up,efficiency," \
              "arrive_us_per_step,update_us_per_step,exchange_us_per_step,wait_us_per_step,bytes_per_synapse," \
              "spike_hash,connection_hash" > csv
        printf "%-8s %6s %9s %10s %8s %8s %10s   %8s %8s %8s %8s  %7s  %s\n", "layout", "cores", "build s",
               "simulate s", "rtf", "speed-up", "efficiency", "arrive", "update", "exchange", "wait", "B/syn",
               "spike_hash"
    }
    {
        split($1, n, "x")
        used = n[1] * n[2]
        over = used > cores
        if (NR == 1) { first = $3; first_used = used; spikes = $10; connections = $11 }
        faster = $3 > 0 ? first / $3 : 0
        efficiency = faster * first_used / used
        different += $10 != spikes || $11 != connections
        printf "%-8s %6s %9.3f %10.3f %8.3f %8.2f %9.0f%%   %8.2f %8.2f %8.2f %8.2f  %7.1f  %s\n", $1,
               used (over ? "*" : " "), $2, $3, $4, faster, 100 * efficiency, $5, $6, $7, $8, $9, $10
        printf "%s,%d,%d,%d,%d,%s,%s,%s,%.6g,%.6g,%s,%s,%s,%s,%s,%s,%s\n", $1, n[1], n[2], used, over, $2, $3, $4,
               faster, efficiency, $5, $6, $7, $8, $9, $10, $11 > csv
        marked += over
    }
    END {
        if (marked) printf "* more threads than the %d cores\n", cores
        print "table: " csv
        if (different) print "scaling: hashes differ between layouts: results are not the same" > "/dev/stderr"
        exit different > 0
    }'
