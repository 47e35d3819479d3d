#!/bin/bash
# SPDX-License-Identifier: BSD-3-Clause
# The same simulation with many seeds. Started on a login node, `bash seeds.sh` submits an array with a task and a result
# directory for each seed, and a small job that waits for all of them and merges their rates, ISI CVs and hashes into
# table.txt and table.csv, by seeds_table.py next to this script.
#SBATCH --job-name=volley-seeds
#SBATCH --array=1-10
#SBATCH --nodes=1
#SBATCH --ntasks=1
#SBATCH --cpus-per-task=4
#SBATCH --mem-per-cpu=2G
#SBATCH --time=01:00:00
#SBATCH --output=%x-%A_%a.log
# The numbers of the array are the seeds; --array=1-100%8 runs at most 8 at a time.

volley=volley
config=network.yaml
results=results/seeds
launcher="srun --cpu-bind=cores"

set -euo pipefail

if [ -z "${SLURM_ARRAY_TASK_ID-}" ]; then
    here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
    array=$(sbatch --parsable "$@" "${BASH_SOURCE[0]}")
    array=${array%%;*}
    # afterany: a table of what there is also when a seed failed. --wrap makes a job of a command.
    printf -v command 'exec python3 -B %q %q %q' "$here/seeds_table.py" "$volley" "$results"
    table=$(sbatch --parsable --dependency="afterany:$array" --job-name=volley-table --ntasks=1 --time=00:10:00 \
        --output=volley-table-%j.log --wrap="$command")
    echo "seeds: array $array, table by job ${table%%;*} when it has ended: $results/table.txt"
    exit 0
fi

# srun does not take --cpus-per-task over from the job since Slurm 22.05.
export SRUN_CPUS_PER_TASK=$SLURM_CPUS_PER_TASK

# Each thread stays on a core of its own.
export OMP_PLACES=cores OMP_PROC_BIND=close

seed=$SLURM_ARRAY_TASK_ID
read -ra launch <<<"$launcher"
exec "${launch[@]}" "$volley" run "$config" -o "$results/seed_$seed" --set "simulation.seed=$seed" \
    --threads "$SLURM_CPUS_PER_TASK"
