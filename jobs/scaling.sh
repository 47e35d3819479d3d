#!/bin/bash
# SPDX-License-Identifier: BSD-3-Clause
# Strong or weak scaling of one config. This front finds the program, the launcher and the cores; scaling.py measures.
set -euo pipefail

usage() {
    cat <<'END'
usage: jobs/scaling.sh CONFIG [-o DIR] [-r REPEATS] [--set KEY=VALUE]... [--weak KEY=VALUE]... [--no-warm-up]
Runs CONFIG in several layouts of ranks x threads in turn, REPEATS times after a round that only warms up, and
compares medians. All layouts of one size have to give the same spikes, connections and weights.
  -o DIR             results go here (default: results/scaling/<config name>)
  -r REPEATS         rounds that count (default: 3)
  --set KEY=VALUE    as for volley run
  --weak KEY=VALUE   weak scaling: VALUE is that for one core, and a layout of n cores gets n times as much, such as
                     --weak scale.neurons=0.1 (in-degrees stay, so that the work of a core stays), or the size of
                     each population: --weak populations.E.size=800 --weak populations.I.size=200
  --no-warm-up       leaves the first round out
environment:
  LAYOUTS   layouts as RANKSxTHREADS; the first is what speed-up and efficiency refer to
            (default: "1x1 1x2 2x1 2x2 4x1")
  VOLLEY    the program (default: that of the build or installation that this script belongs to)
  MPIRUN    launcher, in which {ranks} and {threads} are filled in; "-n {ranks}" is added when it has no {ranks}
            (default: inside a Slurm job "srun --cpus-per-task {threads}", else "mpirun", for Open MPI
            "mpirun --map-by slot:OVERSUBSCRIBE --bind-to none")
  CORES     cores in all (default: those of this machine, times the machines of a Slurm job); a * marks layouts with
            more threads than these
  PYTHON    a Python 3; the picture needs one with matplotlib (default: /usr/bin/python3, else python3)
DIR gets scaling.csv (a line for each layout), scaling.json (every single run too) and scaling.png.
Times are those of the slowest rank, except per step, which are means over ranks, as exchange and wait on one rank make
up for work on another. Under --weak the speed-up is that of the work: size times first time over time.
Exit code: 0 done, 1 a run failed or hashes differ, 2 wrong usage.

examples:
  LAYOUTS="1x1 2x1" jobs/scaling.sh configs/examples/balanced.yaml --set simulation.duration=2000
  LAYOUTS="16x8 32x8 64x8" MPIRUN="srun --cpus-per-task {threads} --cpu-bind=cores" jobs/scaling.sh network.yaml
END
}

refuse() {
    echo "scaling: $1" >&2
    exit 2
}

config=
directory=
options=()
while [ $# -gt 0 ]; do
    case "$1" in
    -h | --help)
        usage
        exit 0
        ;;
    -o | -r | --set | --weak)
        [ $# -ge 2 ] || refuse "$1 needs a value"
        case "$1" in
        -o) directory=$2 ;;
        -r)
            [[ $2 =~ ^[1-9][0-9]*$ ]] || refuse "-r $2 is not a whole number above 0"
            options+=(--repeats "$2")
            ;;
        *) options+=("$1" "$2") ;;
        esac
        shift 2
        ;;
    --no-warm-up)
        options+=("$1")
        shift
        ;;
    -*) refuse "unknown option $1; allowed: -o, -r, --set, --weak, --no-warm-up, --help" ;;
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
if [ -z "${MPIRUN-}" ]; then
    if [ -n "${SLURM_JOB_ID-}" ]; then
        MPIRUN="srun --cpus-per-task {threads}"
    elif [[ $(mpirun --version 2>&1) != *"Open MPI"* ]]; then
        MPIRUN=mpirun
    else
        MPIRUN="mpirun --map-by slot:OVERSUBSCRIBE --bind-to none"
        # All ranks are on this machine; left to itself, Open MPI also tries its network interfaces.
        export OMPI_MCA_btl="${OMPI_MCA_btl-self,vader}"
    fi
fi
cores=${CORES:-$(($(nproc) * ${SLURM_JOB_NUM_NODES:-1}))}
[[ $cores =~ ^[1-9][0-9]*$ ]] || refuse "CORES=$cores is not a number"

python=${PYTHON:-/usr/bin/python3}
[ -x "$python" ] || python=python3
exec "$python" -B "$here/scaling.py" --volley "$VOLLEY" --launcher "$MPIRUN" --cores "$cores" \
    --directory "$directory" "${options[@]}" "$config" "${layouts[@]}"
