"""The scripts of jobs/slurm, filled in and submitted to a Slurm of virtual nodes on this machine: their results are those
of plain runs, an array ends in one table, and a run that is signalled is requeued and resumed."""
import csv
import json
import os
import re
import statistics
import subprocess
import sys
import tempfile
import cluster
from support import volley

SCRIPTS = os.path.join(volley.SOURCE, "jobs", "slurm")
CONFIG = os.path.join(volley.SOURCE, "configs", "examples", "balanced.yaml")
# What requeue.sh runs: CONFIG on it has to take some seconds, and it ends with 75 after a checkpoint on SIGUSR2.
STOPPABLE = os.path.join(os.path.dirname(os.path.abspath(__file__)), "stand_in.py")
FINAL = ("COMPLETED", "FAILED", "CANCELLED", "TIMEOUT", "NODE_FAIL", "OUT_OF_MEMORY")
MPIRUN = "mpirun --map-by slot:PE=1 --bind-to core"


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


def requeue_script(directory, launcher, program=STOPPABLE):
    results, log = os.path.join(directory, "results"), os.path.join(directory, "log")
    script = fill_in("requeue.sh", directory, {"ntasks-per-node": 2, "cpus-per-task": 1, "output": log,
                                               "time": "00:10:00"},
                     {"volley": program, "config": CONFIG, "results": results, "launcher": launcher})
    return script, results, log


def wait_for_start(slurm, job, log, times):
    """Until the program has said so many times that it runs."""
    def said():
        return read(log) if os.path.exists(log) else ""

    cluster.wait_for("the start", lambda: said().count(" ranks x ") >= times or slurm.state(job)[0] in FINAL, 60)
    assert said().count(" ranks x ") >= times, (slurm.state(job), said(), slurm.logs())


def restarts(slurm, job):
    return int(re.search(r"Restarts=(\d+)", slurm.command("scontrol", "show", "job", job)).group(1))


def hash_of_plain(directory):
    """What the program gives when nobody stops it."""
    results = os.path.join(directory, "plain")
    subprocess.run([STOPPABLE, "run", CONFIG, "-o", results, "--threads", "1"], check=True, timeout=120,
                   stdout=subprocess.DEVNULL)
    return run_json(results)["spike_hash"]


def test_requeue(slurm, directory, _):
    """Signalled twice, by either launcher, and in the end the results of a run that nobody stopped."""
    wanted = hash_of_plain(directory)
    for launcher in ("srun", MPIRUN):
        with tempfile.TemporaryDirectory(dir=directory) as folder:
            script, results, log = requeue_script(folder, launcher)
            job = submit(slurm, script)
            for part in (1, 2):
                wait_for_start(slurm, job, log, part)
                slurm.command("scancel", "--signal=USR1", "--batch", job)
            wait_for_start(slurm, job, log, 3)
            state = finish(slurm, job)
            assert state == ("COMPLETED", 0), (state, read(log), slurm.logs())
            assert read(log).count("goes back to the queue") == 2 == restarts(slurm, job), read(log)
            found = run_json(results)
            assert found["spike_hash"] == wanted and len(found["restarts"]) == 2, found


def test_requeued_by_slurm(slurm, directory, _):
    """A job that Slurm itself puts back before any checkpoint starts anew."""
    wanted = hash_of_plain(directory)
    script, results, log = requeue_script(directory, "srun")
    job = submit(slurm, script)
    wait_for_start(slurm, job, log, 1)
    slurm.command("scontrol", "requeue", job)
    wait_for_start(slurm, job, log, 2)
    state = finish(slurm, job)
    assert state == ("COMPLETED", 0) and restarts(slurm, job) == 1, (state, read(log), slurm.logs())
    found = run_json(results)
    assert found["spike_hash"] == wanted and found["restarts"] == [], found


def test_not_requeued(slurm, directory, _):
    """Neither a failed run nor one that was stopped by somebody else goes back to the queue."""
    broken = volley.write(directory, "broken", "#!/bin/bash\necho ' ranks x '\nexit 1\n")
    os.chmod(broken, 0o755)
    script, _, log = requeue_script(directory, "srun", broken)
    job = submit(slurm, script)
    assert finish(slurm, job) == ("FAILED", 1), read(log)
    assert restarts(slurm, job) == 0
    os.remove(log)

    script, _, log = requeue_script(directory, "srun")
    job = submit(slurm, script)
    wait_for_start(slurm, job, log, 1)
    slurm.command("scancel", "--signal=USR2", f"{job}.0")
    assert finish(slurm, job) == ("FAILED", 75), read(log)
    assert restarts(slurm, job) == 0


TESTS = (test_one_node, test_several_nodes, test_seeds, test_requeue, test_requeued_by_slurm, test_not_requeued)


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
