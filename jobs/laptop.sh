#!/bin/bash
# SPDX-License-Identifier: BSD-3-Clause
# One command on a fresh machine: installs what is missing, builds, runs the cortical microcircuit of Potjans and
# Diesmann (2014) at a tenth of its size on 2 ranks, and compares its rates with published ones.
# Results go to results/microcircuit_10_percent.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."

cores=$(nproc)
results=results/microcircuit_10_percent
volley=build/release/volley

jobs/setup.sh
cmake --preset release
cmake --build --preset release --target volley --parallel "$cores"

# Open MPI does not start as root, which is who one is in most containers, unless told twice.
if [ "$(id -u)" -eq 0 ]; then export OMPI_ALLOW_RUN_AS_ROOT=1 OMPI_ALLOW_RUN_AS_ROOT_CONFIRM=1; fi

# Both ranks are on this machine; left to itself, Open MPI also tries its network interfaces and complains of some.
export OMPI_MCA_btl="${OMPI_MCA_btl-self,vader}"

# Open MPI counts cores, not hardware threads, and refuses more ranks than that; it also binds ranks to cores, which
# a container may forbid.
mpirun -n 2 --map-by slot:OVERSUBSCRIBE --bind-to none \
    "$volley" run configs/benchmarks/microcircuit_poisson.yaml \
    --set scale.neurons=0.1 --set scale.indegrees=0.1 --threads 1 --progress on --overwrite -o "$results"

# NEST: version 3.9, the same scaling. Full size: the rates that the config gives as expected_rate.
awk '
    BEGIN {
        split("L23E L23I L4E L4I L5E L5I L6E L6I", name)
        split("0.47 2.10 3.99 5.02 6.50 7.82 0.85 7.01", nest)
        split("0.903 2.965 4.414 5.876 7.569 8.633 1.105 7.829", full)
        for (i in name) number[name[i]] = i
    }
    /^  "/ { inside = /"populations"/ }
    inside && /^    "/ { split($0, word, "\""); population = word[2] }
    inside && /"rate_hz"/ { rate[number[population]] = $2 + 0 }
    END {
        printf "\nRates in Hz over 1 s of model time\n"
        printf "%-10s  %12s  %12s  %20s\n", "population", "volley, 10 %", "NEST, 10 %", "published, full size"
        for (i = 1; i <= 8; i++) {
            if (!(i in rate)) {
                print "run.json has no rate of " name[i] > "/dev/stderr"
                exit 1
            }
            printf "%-10s  %12.2f  %12.2f  %20.3f\n", name[i], rate[i], nest[i], full[i]
        }
    }' "$results/run.json"
printf '\nResults are in %s; a summary: %s info %s; pictures: %s plot %s\n' \
    "$results" "$volley" "$results" "$volley" "$results"
