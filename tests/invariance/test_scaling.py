"""jobs/scaling.sh: one row per layout, equal hashes, figures as in run.json; it fails when hashes differ."""
import csv
import json
import os
import subprocess
from support import volley

SCRIPT = os.path.join(volley.SOURCE, "jobs", "scaling.sh")
CONFIG = os.path.join(volley.SOURCE, "configs", "examples", "balanced.yaml")
SHORT = ["--set", "simulation.duration=150"]
LAYOUTS = ("1x1", "1x2", "2x1", "2x2", "4x1")


def scaling(*arguments, **environment):
    clean = {name: value for name, value in os.environ.items()
             if name not in ("LAYOUTS", "MPIRUN", "CORES", "SLURM_JOB_ID")}
    clean["MPIRUN"] = f"{volley.MPIRUN} --oversubscribe --bind-to none"
    done = subprocess.run([SCRIPT, *arguments], capture_output=True, text=True, timeout=300,
                          env={**clean, "VOLLEY": volley.PROGRAM, **environment})
    return done.returncode, done.stdout, done.stderr


def rows(directory):
    with open(os.path.join(directory, "scaling.csv"), encoding="utf-8") as file:
        return list(csv.DictReader(file))


def test_table(directory):
    code, out, err = scaling(CONFIG, *SHORT, "-o", directory, CORES="2")
    assert code == 0, out + err
    table = rows(directory)
    assert tuple(row["layout"] for row in table) == LAYOUTS, table
    assert [row["oversubscribed"] for row in table] == ["0", "0", "0", "1", "1"], table
    assert len({row["spike_hash"] for row in table}) == len({row["connection_hash"] for row in table}) == 1, table
    for row in table:
        with open(os.path.join(directory, row["layout"], "run.json"), encoding="utf-8") as file:
            run = json.load(file)
        assert run["simulated_ms"] == 150 and row["spike_hash"] == run["spike_hash"]
        assert (int(row["ranks"]), int(row["threads"])) == (run["layout"]["ranks"], run["layout"]["threads"])
        faster = float(table[0]["simulate_s"]) / run["time_s"]["simulate"]
        wanted = {"build_s": run["time_s"]["build"], "simulate_s": run["time_s"]["simulate"],
                  "real_time_factor": run["real_time_factor"], "bytes_per_synapse": run["bytes"]["per_synapse"],
                  "speed_up": faster, "efficiency": faster / int(row["cores"])}
        for phase in ("arrive", "update", "exchange", "wait"):
            wanted[f"{phase}_us_per_step"] = run["phases_s"][phase]["mean"] / 1500 * 1e6
        for column, value in wanted.items():
            assert abs(float(row[column]) - value) <= 1e-5 * abs(value), (row["layout"], column, row[column], value)
    lines = out.splitlines()
    assert [line.split()[0] for line in lines[1:6]] == list(LAYOUTS) and lines[4].split()[1] == "4*", out


def test_hashes_differ(directory):
    """A program whose seed depends on the layout."""
    program = volley.write(directory, "volley", f'#!/bin/bash\nexec "{volley.PROGRAM}" "$@" --set '
                           'simulation.seed="${OMPI_COMM_WORLD_SIZE:-1}"\n')
    os.chmod(program, 0o755)
    code, out, err = scaling(CONFIG, *SHORT, "-o", os.path.join(directory, "out"), LAYOUTS="1x1 2x1", VOLLEY=program)
    assert code == 1 and "hashes differ" in err, (code, out, err)
    assert len(rows(os.path.join(directory, "out"))) == 2


def test_refused(directory):
    none = os.path.join(directory, "none.yaml")
    for arguments, environment, word in (((), {}, "no config"), ((none,), {}, none), ((CONFIG, "-x"), {}, "-x"),
                                         ((CONFIG,), {"LAYOUTS": "2by1"}, "2by1"), ((CONFIG, "-o"), {}, "-o"),
                                         ((CONFIG,), {"VOLLEY": none}, "VOLLEY")):
        code, out, err = scaling(*arguments, **environment)
        assert code == 2 and word in err and out == "", (arguments, code, out, err)
    code, out, err = scaling(CONFIG, "--set", "simulation.duration=-1", "-o", directory, LAYOUTS="1x1")
    assert code == 1 and "the run on 1x1 failed" in err, (code, out, err)
    assert scaling("--help")[0] == 0


if __name__ == "__main__":
    volley.main([test_table, test_hashes_differ, test_refused])
