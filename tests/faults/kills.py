# SPDX-License-Identifier: BSD-3-Clause
"""Runs that are killed or stopped on the way, and what they leave."""
import collections
import glob
import json
import os
import re
import signal
import subprocess
import threading
import time
import h5py
import numpy
from support import volley

# Plastic, driven by Poisson input; spikes, states, rates and weights are recorded, and checkpoints come often.
CONFIG = """
simulation: {dt: 0.1, duration: 300.0, seed: 77}
populations:
  E: {model: iaf_psc_exp, size: 160, init: {V_m: {uniform: {low: -70.0, high: -56.0}}}}
  I: {model: iaf_psc_alpha, size: 40, params: {t_ref: 1.0}}
stimuli:
  background: {model: poisson, target: [E, I], params: {rate: 9000.0, weight: 60.0, delay: 1.5}}
projections:
  E_to_E:
    source: E
    target: E
    connect: {rule: fixed_indegree, indegree: 30}
    weight: {uniform: {low: 5.0, high: 40.0}}
    delay: {uniform: {low: 0.4, high: 3.0}}
    dendritic_delay: 0.2
    weight_precision: float64
    plasticity: {rule: stdp, params: {tau_plus: 5.0, lambda: 0.02, w_max: 60.0}}
  E_to_I: {source: E, target: I, connect: {rule: bernoulli, p: 0.2}, weight: 20.0, delay: 1.0,
           plasticity: {rule: tsodyks, params: {U: 0.4, tau_rec: 50.0}}}
  I_to_E: {source: I, target: E, connect: {rule: bernoulli, p: 0.2}, weight: -30.0, delay: {uniform: {low: 0.4, high: 2.0}}}
record:
  state: [{population: E, variables: [V_m, I_syn_ex], interval: 0.5, precision: float64}]
  rates: {interval: 7.0}
  weights: [{projection: E_to_E, interval: 25.0}, {projection: E_to_I}]
"""
LOOK = 10.0  # between two looks at a run
LIMIT = 240.0  # seconds; nothing takes that long on a machine that does other things as well
KEYS = (*volley.HASHES, "populations", "events", "network", "updates", "poisson_draws", "simulated_ms")
Run = collections.namedtuple("Run", "process ranks before")


class Hangs(AssertionError):
    """A run that has not ended in its time."""


class Random:
    """Numbers that depend on the seed alone."""

    def __init__(self, seed):
        self.numbers = numpy.random.Generator(numpy.random.Philox(seed))

    def below(self, n):
        return int(self.numbers.integers(n))

    def choose(self, items):
        return items[self.below(len(items))]

    def layout(self):
        """(ranks or None, arguments)."""
        ranks, threads = self.choose(((None, 1), (None, 2), (1, 2), (2, 1), (2, 2), (3, 1), (3, 2)))
        arguments = ["--threads", str(threads)]
        for text in (f"partition.method={self.choose(('block', 'round_robin', 'balanced'))}",
                     f"exchange.interval={self.choose(('step', 'min_delay', '2'))}",
                     f"exchange.method={self.choose(('allgather', 'neighbour'))}",
                     f"checkpoint.interval={self.choose(('20', '31.5', '59'))}"):
            arguments += ["--set", text]
        return ranks, arguments


def names(out):
    """Files of a result directory, with what tells whether they have changed."""
    found = {}
    for name in os.listdir(out) if os.path.isdir(out) else ():
        try:
            about = os.stat(os.path.join(out, name))
        except FileNotFoundError:
            continue
        found[name] = (about.st_ino, about.st_size, about.st_mtime_ns)
    return found


def checkpoints(out):
    return sorted(int(name[11:-3]) for name in names(out) if name.startswith("checkpoint-") and name.endswith(".h5"))


def launch(config, out, layout, environment=None):
    """A run that goes on where there is a checkpoint."""
    ranks, arguments = layout
    command = [volley.MPIRUN, "--oversubscribe", "--bind-to", "none", "-n", str(ranks)] if ranks else []
    for name, value in (environment or {}).items() if ranks else ():
        command += ["-x", f"{name}={value}"]  # not for mpirun itself, which writes too
    how = "--resume" if checkpoints(out) else "--overwrite"
    command += [volley.PROGRAM, "run", config, "-o", out, "-q", how, *arguments]
    # Ranks that wait leave the core to others: the machine may have other work to do.
    variables = {**os.environ, "VOLLEY_RECORD_BUFFER": "300", "OMPI_MCA_mpi_yield_when_idle": "1", **(environment or {} if not ranks else {})}
    before = names(out)
    return Run(subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, env=variables),
               ranks, before)


def gone(run):
    """Whether mpirun alone is left. That of Open MPI 4.1 waits for a lock of its own for ever when a rank dies while it
    makes itself known."""
    def ended(pid):
        try:
            with open(f"/proc/{pid}/stat", encoding="utf-8") as file:
                return file.read().rsplit(")", 1)[1].split()[0] == "Z"
        except FileNotFoundError:
            return True
    return run.ranks and all(ended(pid) for pid in processes(run))


def end(run, seconds=LIMIT, patience=3):
    """Waits for the end of all processes; returns (exit code, stderr). One that does not come fails, with the stacks. A
    run whose ranks have moved on between two looks is slow, not stuck, and gets more time."""
    until, alone = time.monotonic() + seconds, 0
    while True:
        try:
            _, stderr = run.process.communicate(timeout=max(0.0, min(LOOK, until - time.monotonic())))
            return run.process.returncode, stderr
        except subprocess.TimeoutExpired as error:
            alone = alone + 1 if gone(run) else 0
            if alone == 3:
                print("mpirun stays though all ranks have ended; it is killed", flush=True)
                run.process.kill()
            elif time.monotonic() >= until:
                where, then = stacks(run), stacks(run)
                if "\n#" not in where or where == then or patience == 0:
                    for pid in [*processes(run), run.process.pid]:
                        os.kill(pid, signal.SIGKILL)
                    raise Hangs(f"still there after {seconds} s: {run.process.args}\n{where}") from error
                until, patience = time.monotonic() + seconds, patience - 1


def stacks(run):
    """Where the processes of a run are, as far as gdb is there and can tell."""
    found = []
    for pid in processes(run):
        try:
            done = subprocess.run(["gdb", "-p", str(pid), "-batch", "-ex", "thread apply all bt 24"], capture_output=True,
                                  text=True, timeout=60, check=False)
        except (FileNotFoundError, subprocess.TimeoutExpired) as error:
            return str(error)
        own = done.stdout.split("\nThread 1 ")[-1].splitlines()  # the master; the functions alone, what they are called with moves
        found += [f"process {pid}", *(" ".join(re.sub(r"0x[0-9a-f]+ in ", "", line).split(" (")[0].split()) for line in own
                                      if line.startswith("#"))]
    return "\n".join(found)


def processes(run):
    """Ids of the ranks that are there: what mpirun has started, or the process itself."""
    if not run.ranks:
        return [run.process.pid]
    try:
        with open(f"/proc/{run.process.pid}/task/{run.process.pid}/children", encoding="utf-8") as file:
            return [int(pid) for pid in file.read().split()]
    except FileNotFoundError:
        return []


def place(run, out):
    """Where a run that has been killed was, from what it has left."""
    after = names(out)
    fresh = [name for name, about in after.items() if run.before.get(name) != about]
    unfinished = [name for name in fresh if ".tmp" in name]
    if any(name.startswith("checkpoint-") for name in unfinished):
        return "checkpoint write"
    if any(".part.h5.tmp" in name for name in unfinished):
        return "flush"
    if any(name.startswith(("spikes.h5", "rates.h5", "run.json")) for name in fresh):
        return "merge"
    if any(".tmp.new" in name for name in unfinished):
        return "take up"
    return "step or exchange" if fresh else "build"


def spikes_of(paths):
    """All spikes of E, as an array of (time, id)."""
    parts = [numpy.empty((0, 2))]
    for path in paths:
        with h5py.File(path, "r") as file:
            group = file["spikes/E"]
            parts.append(numpy.column_stack([group["timestamps"][:], group["node_ids"][:].astype(float)]))
    return numpy.concatenate(parts)


class Whole:
    """The undisturbed run, and what another one may have left of it."""

    def __init__(self, directory, config=CONFIG):
        self.config = volley.write(directory, "config.yaml", config)
        self.out = os.path.join(directory, "whole")
        volley.run(self.config, self.out)
        self.spikes = spikes_of([os.path.join(self.out, "spikes.h5")])
        with h5py.File(os.path.join(self.out, "state_E_V_m.h5"), "r") as file:
            self.states = file["report/E/data"][:]
            self.interval = round(10 * file["report/E/mapping/time"][2])  # steps
        with h5py.File(os.path.join(self.out, "weights.h5"), "r") as file:
            self.weights = file["weights/E_to_E/weight"][:], file["weights/E_to_E/time"][:]
        self.files = self.finished(self.out)

    @staticmethod
    def finished(out):
        return sorted(name for name in os.listdir(out) if not name.startswith("checkpoint-"))

    def check_spikes(self, out):
        """Segments open and hold, in the order of their steps, the first spikes of the run; those that spikes.h5
        holds as well may be there or not."""
        if os.path.exists(os.path.join(out, "spikes.h5")):
            found = spikes_of([os.path.join(out, "spikes.h5")])
            assert numpy.array_equal(found, self.spikes), "spikes.h5 after a crash"
        paths = sorted(glob.glob(os.path.join(out, "spikes-*.part.h5")), key=lambda path: int(path.split("-")[-1][:-8]))
        found = spikes_of(paths)
        if not os.path.exists(os.path.join(out, "spikes.h5")):
            assert numpy.array_equal(found, self.spikes[:len(found)]), f"{len(found)} spikes in segments"
        return paths

    def check_left(self, out):
        """After a crash everything opens, and holds what had come up to the newest checkpoint."""
        paths = self.check_spikes(out)
        steps = checkpoints(out)
        for step in steps:
            with h5py.File(os.path.join(out, f"checkpoint-{step}.h5"), "r") as file:
                assert file.attrs["step"] == step
        if not steps:
            return
        if paths and not os.path.exists(os.path.join(out, "spikes.h5")):
            flushed = numpy.count_nonzero(self.spikes[:, 0] < (steps[-1] + 0.5) / 10)
            assert len(spikes_of(paths)) >= flushed, "spikes before the checkpoint are missing"
        self.check_table(out, "state_E_V_m.h5", "report/E/data", self.states, steps[-1] // self.interval + 1)
        rows = int(numpy.count_nonzero(self.weights[1] < (steps[-1] - 0.5) / 10))
        self.check_table(out, "weights.h5", "weights/E_to_E/weight", self.weights[0], rows)

    @staticmethod
    def check_table(out, name, dataset, expected, rows):
        """The file that is not finished if there is one, else the finished one."""
        path = os.path.join(out, name + ".tmp")
        path = path if os.path.exists(path) else os.path.join(out, name)
        with h5py.File(path, "r") as file:
            assert numpy.array_equal(file[dataset][:rows], expected[:rows]), f"{path}: the first {rows} rows"

    def check_end(self, out):
        """Equal to the undisturbed run, file by file."""
        found = []
        for path in (self.out, out):
            with open(os.path.join(path, "run.json"), encoding="utf-8") as file:
                found.append(json.load(file))
        for key in KEYS:
            assert found[0][key] == found[1][key], f"{key}: {found[1][key]}, not {found[0][key]}"
        assert min(found[1]["time_s"].values()) > 0, found[1]["time_s"]
        done = volley.start(["diff", self.out, out])
        assert done.returncode == 0, done.stdout + done.stderr
        assert self.finished(out) == self.files, self.finished(out)


class Table:
    """Counts of what was done where; several threads add."""

    def __init__(self):
        self.counts, self.lock = collections.Counter(), threading.Lock()

    def add(self, how, where):
        with self.lock:
            self.counts[how, where] += 1

    def short_of(self, places, n):
        """Those of the places at which there were fewer than n."""
        with self.lock:
            return [place for place in places if sum(k for (_, where), k in self.counts.items() if where == place) < n]

    def rows(self):
        return [(how, where, n) for (how, where), n in sorted(self.counts.items())]


def send(run, number, pid, wait):
    """The signal after so many seconds, unless the run has ended by then; returns whether it was sent."""
    limit = time.monotonic() + wait
    while time.monotonic() < limit:
        if run.process.poll() is not None:
            return False
        time.sleep(0.005)
    try:
        os.kill(pid(), number)
    except (ProcessLookupError, IndexError):
        return False
    return True


def finish(whole, out, layout):
    """The rest of a run, without disturbance, compared with the whole."""
    code, stderr = end(launch(whole.config, out, layout))
    assert code == 0, f"{layout} gave {code}:\n{stderr}"
    whole.check_end(out)


STOPS = (signal.SIGUSR1, signal.SIGUSR2, signal.SIGTERM)
