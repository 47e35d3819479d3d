#!/bin/bash
# SPDX-License-Identifier: BSD-3-Clause
# A simulation that is longer than the time limit, or may be preempted: `sbatch requeue.sh`. Two minutes before the limit
# Slurm signals this script; volley then writes a checkpoint and ends with exit code 75, the job goes back to the queue,
# and starts again from the checkpoint. After a crash of a node it goes on from the last checkpoint of the config's
# checkpoint.interval.
#SBATCH --job-name=volley
#SBATCH --nodes=1
#SBATCH --ntasks-per-node=2
#SBATCH --cpus-per-task=8
#SBATCH --mem=0
#SBATCH --time=04:00:00
#SBATCH --signal=B:USR1@120
#SBATCH --requeue
#SBATCH --open-mode=append
#SBATCH --output=%x-%j.log
# --signal=B: to this script only, as the ranks would take USR1 for "checkpoint and go on"; 120 s have to be enough to
# write a checkpoint. Preemption sends the same signal where the cluster sets PreemptParameters=send_user_signal.
# --open-mode=append: all parts of the run in one log.

volley=volley
config=network.yaml
results=results/network
# Both launchers hand SIGUSR2 on to all ranks. Whichever starts MPI programs here; for Open MPI's own:
# launcher="mpirun --map-by slot:PE=8 --bind-to core"
launcher="srun --cpu-bind=cores"

set -euo pipefail

# srun does not take --cpus-per-task over from the job since Slurm 22.05.
export SRUN_CPUS_PER_TASK=$SLURM_CPUS_PER_TASK
export OMP_PLACES=cores OMP_PROC_BIND=close

has_checkpoint() { compgen -G "$results/checkpoint-*.h5" >/dev/null; }

# Not SIGTERM: Open MPI's mpirun would kill its ranks a second later.
asked=
launched=
stop_run() {
    asked=yes
    if [ -n "$launched" ]; then kill -USR2 "$launched" 2>/dev/null || true; fi
}
trap stop_run USR1

how=()
if has_checkpoint; then
    how=(--resume)
elif [ "${SLURM_RESTART_COUNT:-0}" -gt 0 ]; then
    how=(--overwrite) # the part before was lost before its first checkpoint
fi

# In the background, because bash runs a trap only when what is in the foreground has ended.
read -ra launch <<<"$launcher"
"${launch[@]}" "$volley" run "$config" -o "$results" --threads "$SLURM_CPUS_PER_TASK" "${how[@]}" &
launched=$!
if [ -n "$asked" ]; then stop_run; fi

# A signal ends wait, not the run.
while kill -0 "$launched" 2>/dev/null; do wait "$launched" || true; done
code=0
wait "$launched" || code=$?

# Code 75 without being asked: somebody else stopped the run, on purpose. 140: SIGUSR2 has ended a rank that was not yet
# so far as to take signals, so nothing is lost.
if [ -n "$asked" ] && { [ "$code" -eq 140 ] || { [ "$code" -eq 75 ] && has_checkpoint; }; }; then
    echo "requeue: stopped by the signal, job $SLURM_JOB_ID goes back to the queue"
    scontrol requeue "$SLURM_JOB_ID"
    sleep 60 # Slurm ends this script
fi
exit "$code"
