# SPDX-License-Identifier: BSD-3-Clause
"""The scripts of jobs/slurm, filled in and submitted to a Slurm of virtual nodes on this machine: their results are those
of plain runs, an array ends in one table, and a run that is signalled is requeued and resumed."""
import csv
import json
import os
import re
import statistics
import sys
import tempfile
import cluster
from support import volley

SCRIPTS = os.path.join(volley.SOURCE, "jobs", "slurm")
CONFIG = os.path.join(volley.SOURCE, "configs", "examples", "balanced.yaml")
# In what `volley run` says when all ranks take signals.
STARTED = " threads (by "
FINAL = ("COMPLETED", "FAILED", "CANCELLED", "TIMEOUT", "NODE_FAIL", "OUT_OF_MEMORY")
MPIRUN = "mpirun --map-by slot:PE=1 --bind-to core"
# What makes of CONFIG a plastic network that does not end before it is stopped; DURATION ends it.
DURATION = "duration: 1000.0"
LONG = ((DURATION, "duration: 1000000.0"),
        ("std: 8.0, min: 0.0}}",
         "std: 8.0, min: 0.0, max: 160.0}}\n    plasticity: {rule: stdp, params: {lambda: 0.001, w_max: 160.0}}"))


def fill_in(name, directory, header, values):
    """A copy of a script with other `#SBATCH --key=value` and `name=value` lines; each must be there once."""
    with open(os.path.join(SCRIPTS, name), encoding="utf-8") as file:
        text = file.read()
    lines = {rf"#SBATCH --{key}=.*": f"#SBATCH --{key}={value}" for key, value in header.items()}
    lines.update({rf"{key}=.*": f'{key}="{value}"' for key, value in values.items()})
    for pattern, line in lines.items():
        text, found = re.subn(f"^{pattern}$", lambda _, line=line: line, text, flags=re.MULTILINE)
        assert found == 1, f"{name} has {found} lines {pattern}"
    path = volley.write(directory, name, text)
    os.chmod(path, 0o755)
    return path


def submit(slurm, script, *options):
    """The id of a submitted job."""
    return slurm.command("sbatch", "--parsable", *options, script)


def finish(slurm, job, seconds=60):
    """State and exit code of a job, once it has ended."""
    cluster.wait_for(f"job {job}", lambda: slurm.state(job)[0] in FINAL, seconds)
    return slurm.state(job)


def run_json(directory):
    with open(os.path.join(directory, "run.json"), encoding="utf-8") as file:
        return json.load(file)


def read(path):
    with open(path, encoding="utf-8") as file:
        return file.read()


def check_same(directory, plain, ranks):
    found = run_json(directory)
    assert found["layout"]["ranks"] == ranks, found["layout"]
    for key in volley.HASHES:
        assert found[key] == plain[key], (directory, key)


def simulate(slurm, directory, script, tasks, launcher, plain, **header):
    """Submits a script that simulates with so many tasks on each node; its result has to be that of the plain run."""
    results = os.path.join(directory, "results")
    log = os.path.join(directory, "log")
    path = fill_in(script, directory, {"ntasks-per-node": tasks, "cpus-per-task": 1, "output": log,
                                       "time": "00:05:00", **header},
                   {"volley": volley.PROGRAM, "config": CONFIG, "results": results, "launcher": launcher})
    state = finish(slurm, submit(slurm, path))
    assert state == ("COMPLETED", 0), (state, read(log), slurm.logs())
    check_same(results, plain, tasks * header.get("nodes", 1))
    return read(log)


def test_one_node(slurm, directory, plain):
    for launcher in ("srun --cpu-bind=cores", MPIRUN):
        with tempfile.TemporaryDirectory(dir=directory) as folder:
            simulate(slurm, folder, "one_node.sh", 2, launcher, plain)


def test_several_nodes(slurm, directory, plain):
    """srun needs hosts that do not share a name; mpirun does when the transports are chosen."""
    launchers = ["srun --cpu-bind=cores --distribution=block:block", MPIRUN] if slurm.separate else [
        f"{MPIRUN} --mca btl tcp,self --mca btl_tcp_if_include lo --mca oob_tcp_if_include lo"]
    for launcher in launchers:
        with tempfile.TemporaryDirectory(dir=directory) as folder:
            log = simulate(slurm, folder, "several_nodes.sh", 1, launcher, plain, nodes=2)
            if slurm.separate:
                assert "rank 0 on n0" in log and "rank 1 on n1" in log, log


def isi_cv(directory, population, size):
    """Mean coefficient of variation over neurons with at least 3 spikes."""
    times = [[] for _ in range(size)]
    for step, neuron in volley.spikes(directory, population):
        times[neuron].append(step)
    values = []
    for train in times:
        intervals = [b - a for a, b in zip(train, train[1:])]
        if len(intervals) >= 2:
            values.append(statistics.pstdev(intervals) / statistics.mean(intervals))
    return statistics.mean(values)


def test_seeds(slurm, directory, _):
    results = os.path.join(directory, "results")
    script = fill_in("seeds.sh", directory, {"array": "3-7:2", "cpus-per-task": 1, "mem-per-cpu": "500M",
                                             "time": "00:05:00", "output": os.path.join(directory, "log-%a")},
                     {"volley": volley.PROGRAM, "config": CONFIG, "results": results})
    os.symlink(os.path.join(SCRIPTS, "seeds_table.py"), os.path.join(directory, "seeds_table.py"))
    said = slurm.command("bash", script, cwd=directory)
    array, table = re.search(r"array (\d+), table by job (\d+)", said).groups()
    state = finish(slurm, table)
    logs = [read(os.path.join(directory, name)) for name in sorted(os.listdir(directory)) if "log" in name]
    assert state == ("COMPLETED", 0), (state, said, logs, slurm.logs())
    with open(os.path.join(results, "table.csv"), encoding="utf-8") as file:
        rows = list(csv.DictReader(file))
    assert [(row["seed"], row["population"]) for row in rows] == [(s, p) for s in "357" for p in "EI"], rows
    for seed in "357":
        plain = volley.run(CONFIG, os.path.join(directory, "plain"), sets=[f"simulation.seed={seed}"])
        for row in (row for row in rows if row["seed"] == seed):
            population = plain["populations"][row["population"]]
            assert all(row[key] == plain[key] for key in volley.HASHES), row
            assert abs(float(row["rate_hz"]) - population["rate_hz"]) < 1e-3, row
            wanted = isi_cv(os.path.join(directory, "plain"), row["population"], population["size"])
            assert abs(float(row["isi_cv"]) - wanted) < 1e-3, (row, wanted)
    lines = [line.split() for line in read(os.path.join(results, "table.txt")).splitlines()]
    mean = statistics.mean(float(row["rate_hz"]) for row in rows if row["population"] == "I")
    assert lines[0][0] == "seed" and len(lines) == 1 + 6 + 4, lines
    assert lines[9][:2] == ["mean", "I"] and abs(float(lines[9][2]) - mean) < 1e-3, lines

    # A seed that has failed is named, the others are merged.
    os.remove(os.path.join(results, "seed_5", "run.json"))
    again = slurm.command("sh", "-c", f'python3 -B "{SCRIPTS}/seeds_table.py" "{volley.PROGRAM}" "{results}"; echo $?')
    assert "seed_5 is left out" in again and again.endswith("\n1"), again
    assert int(array) < int(table)


def long_config(directory, duration=LONG[0][1]):
    text = read(CONFIG)
    for old, new in (*LONG[1:], (DURATION, duration)):
        assert text.count(old) == 1, old
        text = text.replace(old, new)
    return volley.write(directory, "long.yaml", text)


def requeue_script(directory, launcher, config, program=volley.PROGRAM):
    results, log = os.path.join(directory, "results"), os.path.join(directory, "log")
    script = fill_in("requeue.sh", directory, {"ntasks-per-node": 2, "cpus-per-task": 1, "output": log,
                                               "time": "00:10:00"},
                     {"volley": program, "config": config, "results": results, "launcher": launcher})
    return script, results, log


def wait_for_start(slurm, job, log, times):
    """Until the program has said so many times that it runs."""
    def said():
        return read(log) if os.path.exists(log) else ""

    cluster.wait_for("the start", lambda: said().count(STARTED) >= times or slurm.state(job)[0] in FINAL, 60)
    assert said().count(STARTED) >= times, (slurm.state(job), said(), slurm.logs())


def restarts(slurm, job):
    return int(re.search(r"Restarts=(\d+)", slurm.command("scontrol", "show", "job", job)).group(1))


def check_end(slurm, job, results, log, wanted, requeued, resumed):
    """The job ends well after so many parts, with the hashes of a run that nobody stopped."""
    state = finish(slurm, job, 120)
    assert state == ("COMPLETED", 0), (state, read(log), slurm.logs())
    assert restarts(slurm, job) == requeued, read(log)
    found = run_json(results)
    for key in volley.HASHES:
        assert found[key] == wanted[key], (key, read(log))
    assert len(found["restarts"]) == resumed, found["restarts"]


def wait_for_queue(slurm, job, log, times):
    """Until the job waits for its next part; until that starts, its config may be changed."""
    cluster.wait_for("the queue", lambda: slurm.state(job)[0] == "PENDING" and restarts(slurm, job) == times
                     or slurm.state(job)[0] in FINAL, 60)
    assert slurm.state(job)[0] == "PENDING", (slurm.state(job), read(log), slurm.logs())


def checkpoints(results):
    """Those of a run, as {step: path}."""
    return {int(name[len("checkpoint-"):-len(".h5")]): os.path.join(results, name) for name in os.listdir(results)
            if re.fullmatch(r"checkpoint-\d+\.h5", name)}


def test_requeue(slurm, directory, _):
    """Signalled twice, by either launcher, with another number of ranks in every part."""
    ranks = "$((2 - ${SLURM_RESTART_COUNT:-0} % 2))"
    for launcher in (f"srun --cpu-bind=cores --ntasks={ranks}", f"{MPIRUN} -n {ranks}"):
        with tempfile.TemporaryDirectory(dir=directory) as folder:
            script, results, log = requeue_script(folder, launcher, long_config(folder))
            job = submit(slurm, script)
            for part in (1, 2):
                wait_for_start(slurm, job, log, part)
                slurm.command("scancel", "--signal=USR1", "--batch", job)
            wait_for_queue(slurm, job, log, 2)
            steps = sorted(checkpoints(results))
            assert len(steps) == 2, steps
            config = long_config(folder, f"duration: {steps[-1] / 10 + 500.0}")
            wanted = volley.run(config, os.path.join(folder, "plain"))
            check_end(slurm, job, results, log, wanted, 2, 2)
            said = read(log)
            assert said.count("goes back to the queue") == 2 == said.count("stopped by a signal"), said
            assert re.findall(r" (\d) ranks x 1 threads \(", said) == ["2", "1", "2"], said


def test_requeued_by_slurm(slurm, directory, _):
    """A job that Slurm itself puts back starts anew when there is no checkpoint."""
    script, results, log = requeue_script(directory, "srun", long_config(directory))
    job = submit(slurm, script)
    wait_for_start(slurm, job, log, 1)
    slurm.command("scontrol", "requeue", job)
    wait_for_queue(slurm, job, log, 1)
    for path in checkpoints(results).values():  # that SIGTERM has brought; a lost node leaves none
        os.remove(path)
    wanted = volley.run(long_config(directory, DURATION), os.path.join(directory, "plain"))
    check_end(slurm, job, results, log, wanted, 1, 0)


def test_signalled_too_early(slurm, directory, plain):
    """SIGUSR2 kills a program that does not handle it yet; the job goes back all the same."""
    early = volley.write(directory, "early", f"""#!/bin/bash
if [ "${{SLURM_RESTART_COUNT:-0}}" -gt 0 ]; then exec "{volley.PROGRAM}" "$@"; fi
echo "{STARTED}"
exec sleep 60
""")
    os.chmod(early, 0o755)
    for launcher in ("srun", MPIRUN):
        with tempfile.TemporaryDirectory(dir=directory) as folder:
            script, results, log = requeue_script(folder, launcher, CONFIG, early)
            job = submit(slurm, script)
            wait_for_start(slurm, job, log, 1)
            slurm.command("scancel", "--signal=USR1", "--batch", job)
            check_end(slurm, job, results, log, plain, 1, 0)


def test_not_requeued(slurm, directory, _):
    """Neither a failed run nor one that was stopped by somebody else goes back to the queue."""
    broken = volley.write(directory, "broken", f"#!/bin/bash\necho '{STARTED}'\nexit 1\n")
    os.chmod(broken, 0o755)
    script, _, log = requeue_script(directory, "srun", CONFIG, broken)
    job = submit(slurm, script)
    assert finish(slurm, job) == ("FAILED", 1), read(log)
    assert restarts(slurm, job) == 0
    os.remove(log)

    script, _, log = requeue_script(directory, "srun", long_config(directory))
    job = submit(slurm, script)
    wait_for_start(slurm, job, log, 1)
    slurm.command("scancel", "--signal=USR2", f"{job}.0")
    assert finish(slurm, job) == ("FAILED", 75), read(log)
    assert restarts(slurm, job) == 0


TESTS = (test_one_node, test_several_nodes, test_seeds, test_requeue, test_requeued_by_slurm,
         test_signalled_too_early, test_not_requeued)


def main():
    if cluster.missing():
        print(f"skipped: {', '.join(cluster.missing())} not installed (Debian: slurm-wlm, munge)")
        return 77
    with tempfile.TemporaryDirectory(prefix="volley-slurm-") as folder:
        plain = volley.run(CONFIG, os.path.join(folder, "plain"))
        os.mkdir(os.path.join(folder, "slurm"))
        with cluster.Cluster(os.path.join(folder, "slurm")) as slurm:
            print("nodes are", "separate hosts" if slurm.separate else "ports of one host", flush=True)
            for test in TESTS:
                directory = os.path.join(folder, test.__name__)
                os.mkdir(directory)
                test(slurm, directory, plain)
                print("passed", test.__name__, flush=True)
        assert not slurm.processes(), "processes are left"
    return 0


if __name__ == "__main__":
    sys.exit(main())
