#!/bin/bash
# SPDX-License-Identifier: BSD-3-Clause
# Attacks a build for about half an hour: the wide forms of the tests that look for lost data, wrong numbers, crashes and
# injection. tests/faults/attack.sh [BUILD] (build/release), built with its tests before. ATTACK=name,name chooses some.
# Prints a line for each attack and a summary; what failed says why in results/attack/<name>.log. Exit code 1 when any failed.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/../.."

build=$(realpath "${1-build/release}")
[ -x "$build/volley" ] || {
    echo "attack: $build/volley is missing; tests/run.sh builds it" >&2
    exit 2
}
python=/usr/bin/python3
"$python" -c "import h5py" 2>/dev/null || python=python3
export VOLLEY=$build/volley VOLLEY_SOURCE=$PWD PYTHONPATH=tests VOLLEY_PATIENCE=4
export OMPI_ALLOW_RUN_AS_ROOT=1 OMPI_ALLOW_RUN_AS_ROOT_CONFIRM=1 OMPI_MCA_btl=self,vader
export VOLLEY_WRITES_LIBRARY=$build/tests/libwrites.so VOLLEY_ALLOCATIONS_LIBRARY=$build/tests/liballocations.so
export VOLLEY_NO_LOCKS_LIBRARY=$build/tests/libno_locks.so

export PYTHONUNBUFFERED=1 # what was found before a limit stays in the log

# Name | seconds that it takes at most on two free cores (twice that ends it) | what runs
attacks=(
    "ownership|240|$python tests/faults/test_claim.py"
    "overwrite|300|$python tests/faults/test_overwrite.py"
    "kills|420|env VOLLEY_KILLS=60 $python tests/faults/test_kills.py --table $VOLLEY"
    "writes|420|env VOLLEY_WRITES_STRIDE=41 $python tests/faults/test_writes.py --table $VOLLEY"
    "streams|180|$python tests/faults/test_streams.py"
    "memory|600|env VOLLEY_ALLOCATIONS_STRIDE=7 $python tests/faults/test_memory.py"
    "stops|420|$python tests/faults/test_resumed.py --table $VOLLEY"
    "pieces|420|env VOLLEY_PIECES=40 $python tests/checkpoint/test_pieces.py --table $VOLLEY"
    "networks|420|env NETWORKS=100:130 $python tests/invariance/test_random.py --table $VOLLEY"
    "recordings|180|$python tests/checkpoint/test_recordings.py"
    "extremes|120|$python tests/physics/test_extremes.py"
    "advice|240|$python tests/unit/test_advice.py"
    "spoilt|240|env VOLLEY_SPOILS=all $python tests/faults/test_spoilt.py"
    "finite|120|$python tests/faults/test_finite.py"
    "rims|240|env VOLLEY_LATTICES=2000 $build/tests/test_rims"
    "sources|120|$build/tests/test_correlated_source"
    "mutations|240|$build/tests/test_mutations"
    "messages|120|$python tests/contract/test_messages.py --table $VOLLEY"
    "scripts|120|$python tests/unit/test_job.py"
    "launchers|120|$python tests/comm/test_launcher.py"
    "bits|240|$python tests/invariance/same_bits.py --table $VOLLEY"
)

mkdir -p results/attack
passed=0 failed=0
for attack in "${attacks[@]}"; do
    IFS='|' read -r name limit command <<<"$attack"
    case ",${ATTACK-$name}," in *",$name,"*) ;; *) continue ;; esac
    log=results/attack/$name.log start=$SECONDS code=0
    # shellcheck disable=SC2086 # a command is words
    timeout -k 10 $((2 * limit)) $command >"$log" 2>&1 || code=$?
    if [ "$code" -eq 0 ]; then
        passed=$((passed + 1))
        echo "passed $name ($((SECONDS - start)) s)"
    else
        failed=$((failed + 1))
        echo "FAILED $name (exit code $code, $((SECONDS - start)) s): $log"
    fi
done
echo "$passed passed, $failed failed"
[ "$failed" -eq 0 ]
