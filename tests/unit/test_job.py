"""volley job: a script for Slurm that says what the arguments and the forecast say, that shellcheck finds clean, and
that runs."""
import json
import os
import re
import shutil
import subprocess
from support import volley

CONFIG = """
simulation: {dt: 0.1, duration: 10.0}
populations: {A: {model: iaf_psc_exp, size: 1000, expected_rate: 5.0}}
projections: {AA: {source: A, target: A, connect: {rule: fixed_indegree, indegree: 50}, weight: 1.0, delay: 1.5}}
"""


def script(directory, *arguments):
    """The script's text, its #SBATCH values and its parameters."""
    done = volley.start(["job", os.path.join(directory, "my net.yaml"), *arguments])
    assert done.returncode == 0, done.stderr
    path = volley.write(directory, "job.sh", done.stdout)
    assert subprocess.run(["bash", "-n", path], check=False).returncode == 0
    if shutil.which("shellcheck"):
        checked = subprocess.run(["shellcheck", path], capture_output=True, text=True, check=False)
        assert checked.returncode == 0, checked.stdout
    slurm = dict(re.findall(r"^#SBATCH --([a-z-]+)=(.*)$", done.stdout, re.M))
    return done.stdout, slurm, dict(re.findall(r"^([a-z]+)=(.*)$", done.stdout, re.M))


def test_given(directory):
    volley.write(directory, "my net.yaml", CONFIG)
    text, slurm, shell = script(directory, "--nodes", 4, "--ranks-per-node", 3, "--threads", 5, "--time", "1-02:00:00",
                                "--memory", "7G", "--partition", "fast", "--name", "first", "-o", "out put")
    wanted = {"nodes": "4", "ntasks-per-node": "3", "cpus-per-task": "5", "time": "1-02:00:00", "mem": "7G",
              "partition": "fast", "job-name": "first"}
    assert {key: slurm[key] for key in wanted} == wanted, slurm
    assert shell["results"] == "'out put'" and "exclusive" in text and "PE=5" in text, text


def test_forecast(directory):
    """Without them: layout of the template, memory and time of the forecast."""
    volley.write(directory, "my net.yaml", CONFIG)
    small = script(directory, "--nodes", 1)[1]
    assert small["job-name"] == "my_net" and small["time"] == "00:10:00" and "partition" not in small, small
    assert int(small["ntasks-per-node"]) > 0 and int(small["cpus-per-task"]) > 0
    large = script(directory, "--nodes", 1, "--set", "populations.A.size=4000000", "--set",
                   "simulation.duration=1e7")[1]
    # 2e8 synapses of 2 bytes, rows by block for 4e6 sources, and much more time
    assert 400 < int(large["mem"].rstrip("M")) - int(small["mem"].rstrip("M")) < 8000, (small, large)
    assert "-" in large["time"], large


def test_runs(directory):
    """The script itself, with a launcher that starts one process."""
    volley.write(directory, "my net.yaml", CONFIG)
    results = os.path.join(directory, "it's here")
    text = script(directory, "--nodes", 1, "-o", results, "--set", "populations.A.params={tau_m: 20.0}", "--set",
                  "simulation.seed=77")[0]
    path = volley.write(directory, "job.sh", re.sub(r"^launcher=.*$", "launcher=env", text, flags=re.M))
    environment = {**os.environ, "SLURM_CPUS_PER_TASK": "1"}
    done = subprocess.run(["bash", path], env=environment, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    with open(os.path.join(results, "run.json"), encoding="utf-8") as file:
        run = json.load(file)
    assert run["seed"] == 77 and "tau_m: 20" in run["config"], run["config"]


def test_refused(directory):
    config = volley.write(directory, "my net.yaml", CONFIG)
    cases = ((["job"], "no config"), (["job", config], "--nodes N is missing"), (["job", config, "--nodes"], "a value"),
             (["job", config, "--nodes", "0"], "--nodes 0"), (["job", config, "--nodes", "2x"], "--nodes 2x"),
             (["job", config, "--nodes", "1", "--time", "1;rm"], "--time 1;rm"),
             (["job", config, "--nodes", "1", "--partition", "a b"], "--partition a b"),
             (["job", config, "--nodes", "1", "--memory", "1.5G"], "--memory 1.5G"),
             (["job", config, "--node", "1"], "unknown option --node"),
             (["job", config, "--nodes", "1", "--machine", "/nonexistent"], "/nonexistent"),
             (["job", config, "--nodes", "1", "--set", "populations.A.size=-1"], "populations.A.size"),
             (["job", config + "x", "--nodes", "1"], "my net.yamlx"))
    for arguments, word in cases:
        done = volley.start(arguments)
        assert done.returncode == 2 and word in done.stderr and not done.stdout, (arguments, done.stderr)


if __name__ == "__main__":
    volley.main([test_given, test_forecast, test_runs, test_refused])
