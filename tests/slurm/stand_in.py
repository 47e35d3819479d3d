#!/usr/bin/env python3
"""Behaves like `volley run` towards a batch script: steps whose hashes add up, a checkpoint and exit code 75 on SIGUSR2,
--resume from the newest checkpoint. Only rank 0 writes, and it says that it runs when all ranks take the signal."""
import argparse
import glob
import hashlib
import json
import os
import re
import signal
import sys
import time

STEPS = 60
STEP_S = 0.1


def number(*names, otherwise):
    return int(next((os.environ[name] for name in names if name in os.environ), otherwise))


RANK = number("OMPI_COMM_WORLD_RANK", "PMIX_RANK", "SLURM_PROCID", otherwise=0)
RANKS = number("OMPI_COMM_WORLD_SIZE", "SLURM_STEP_NUM_TASKS", otherwise=1)
PART = os.environ.get("SLURM_RESTART_COUNT", "0")


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("command", choices=["run"])
    parser.add_argument("config")
    parser.add_argument("-o", dest="directory")
    parser.add_argument("--threads")
    parser.add_argument("--resume", action="store_true")
    parser.add_argument("--overwrite", action="store_true")
    arguments = parser.parse_args()

    asked = []
    signal.signal(signal.SIGUSR2, lambda *_: asked.append(True))
    step, total, restarts = 0, 0, []
    checkpoints = sorted(glob.glob(os.path.join(arguments.directory, "checkpoint-*.h5")),
                         key=lambda name: int(re.search(r"-(\d+)\.h5$", name).group(1)))
    started = os.path.join(arguments.directory, "started")
    if arguments.resume:
        with open(checkpoints[-1], encoding="utf-8") as file:
            state = json.load(file)
        step, total, restarts = state["step"], state["total"], state["restarts"] + [{"step": state["step"]}]
    elif RANK == 0:
        if os.path.exists(started) and not arguments.overwrite:
            return 2
        os.makedirs(arguments.directory, exist_ok=True)
        open(started, "w", encoding="utf-8").close()
    os.makedirs(arguments.directory, exist_ok=True)
    open(os.path.join(arguments.directory, f"ready-{PART}-{RANK}"), "w", encoding="utf-8").close()
    if RANK == 0:
        while len(glob.glob(os.path.join(arguments.directory, f"ready-{PART}-*"))) < RANKS:
            time.sleep(STEP_S)
        print(f"stand-in: {RANKS} ranks x 1 threads from step {step}", flush=True)
    while step < STEPS:
        if asked:
            if RANK == 0:
                path = os.path.join(arguments.directory, f"checkpoint-{step}.h5")
                with open(path + ".part", "w", encoding="utf-8") as file:
                    json.dump({"step": step, "total": total, "restarts": restarts}, file)
                os.rename(path + ".part", path)
            return 75
        time.sleep(STEP_S)
        step += 1
        total += int.from_bytes(hashlib.sha256(str(step).encode()).digest()[:8], "big")
    if RANK == 0:
        with open(os.path.join(arguments.directory, "run.json"), "w", encoding="utf-8") as file:
            json.dump({"spike_hash": f"{total % 2**64:016x}", "restarts": restarts}, file)
    return 0


if __name__ == "__main__":
    sys.exit(main())
