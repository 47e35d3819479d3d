#!/bin/bash
# SPDX-License-Identifier: BSD-3-Clause
# A simulation on one node: `sbatch one_node.sh`. One rank for each NUMA domain (`lscpu` counts them) and a thread for
# each of its cores is a good start; ranks x threads must not exceed the cores of the node.
#SBATCH --job-name=volley
#SBATCH --nodes=1
#SBATCH --ntasks-per-node=2
#SBATCH --cpus-per-task=8
#SBATCH --mem=0
#SBATCH --time=01:00:00
#SBATCH --output=%x-%j.log
# --mem=0 asks for all memory of the node; `volley check` forecasts what a network needs.

volley=volley
config=network.yaml
results=results/network
# Whichever starts MPI programs on this cluster; both get the number of ranks from Slurm. For Open MPI's own:
# launcher="mpirun --map-by slot:PE=8 --bind-to core"
launcher="srun --cpu-bind=cores"

set -euo pipefail

# srun does not take --cpus-per-task over from the job since Slurm 22.05.
export SRUN_CPUS_PER_TASK=$SLURM_CPUS_PER_TASK

# Each thread stays on a core of its own.
export OMP_PLACES=cores OMP_PROC_BIND=close

read -ra launch <<<"$launcher"
exec "${launch[@]}" "$volley" run "$config" -o "$results" --threads "$SLURM_CPUS_PER_TASK"
