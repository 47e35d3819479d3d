#!/bin/bash
# SPDX-License-Identifier: BSD-3-Clause
# A simulation on several nodes, `sbatch several_nodes.sh`: one rank for each NUMA domain, a thread for each of its cores.
# Here a node has 4 domains of 16 cores; `srun --nodes=1 --pty lscpu` shows those of yours. A rank inside one domain has
# its memory near; fewer ranks make the exchange of spikes cheaper, so that more ranks than domains do not pay.
#SBATCH --job-name=volley
#SBATCH --nodes=4
#SBATCH --ntasks-per-node=4
#SBATCH --cpus-per-task=16
#SBATCH --exclusive
#SBATCH --mem=0
#SBATCH --hint=nomultithread
#SBATCH --time=04:00:00
#SBATCH --output=%x-%j.log
# --exclusive: all ranks wait for the slowest one in every step, and a neighbour on one node slows all of them.
# --hint=nomultithread: cores, not hardware threads, of which two share one vector unit.

volley=volley
config=network.yaml
results=results/network
# block:block fills a node, and in it a domain, before the next one. For Open MPI's own launcher:
# launcher="mpirun --map-by numa:PE=16 --bind-to core"
launcher="srun --cpu-bind=cores --distribution=block:block"

set -euo pipefail

# srun does not take --cpus-per-task over from the job since Slurm 22.05.
export SRUN_CPUS_PER_TASK=$SLURM_CPUS_PER_TASK

# Each thread stays on a core of its own, near the memory that it touched first.
export OMP_PLACES=cores OMP_PROC_BIND=close

# The results have to be on a file system that all nodes see, as all ranks write to the same files.
read -ra launch <<<"$launcher"
exec "${launch[@]}" "$volley" run "$config" -o "$results" --threads "$SLURM_CPUS_PER_TASK"
