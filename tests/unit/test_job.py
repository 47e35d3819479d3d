# SPDX-License-Identifier: BSD-3-Clause
"""volley job: a script for Slurm that says what the arguments and the forecast say, that shellcheck finds clean, and
that runs."""
import json
import os
import random
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


# Everything that means something to a shell, to Slurm or to a terminal, and bytes that are no text.
PIECES = [b"$(touch PWNED)", b"`touch PWNED`", b"\ntouch PWNED\n", b"\n#SBATCH --wrap=id\n", b"'", b'"', b"\\", b"\\n", b"$HOME",
          b"${x}", b" ", b"\t", b"\r", b"\x1b]0;x\x07", b"*", b"?", b"[a]", b"{a,b}", b"~", b"!!", b"#", b";", b"&", b"|",
          b"<", b">", b"(", b")", b"-", b"--", b"=", b"%q", b"\xff", b"\xc3", b"\xe2\x80\xae", b"\xc2\x9b", b"\x7f", b"0", b"7",
          "\u00e4\u6f22".encode(), b"EOF", b"$'\\x41'", b"a"]
FAKE = "#!/bin/bash\nprintf '%s\\0' \"$@\" >\"$ARGUMENTS\"\n"


def nasty(draw, avoid=b""):
    text = b"".join(draw.choice(PIECES) for _ in range(draw.randint(1, 12)))
    return bytes(byte for byte in text if byte not in avoid)


def arguments_of(directory, config, results, sets):
    """What the script hands to a launcher, which is a fake one."""
    options = [word for one in sets for word in (b"--set", one)]
    command = [os.fsencode(volley.PROGRAM), b"job", config, b"--nodes", b"1", b"-o", results, *options]
    done = subprocess.run(command, cwd=directory, capture_output=True, check=False)
    assert done.returncode == 0, done.stderr
    path = os.path.join(directory, "job.sh")
    with open(path, "wb") as file:
        file.write(done.stdout)
    assert subprocess.run(["bash", "-n", path], check=False).returncode == 0, done.stdout
    text = done.stdout.decode() # the script is UTF-8, whatever the names are
    assert not re.search("[\x00-\x08\x0b-\x1f\x7f-\x9f\u202e]", text), text
    assert not re.search(r"^\s*#SBATCH.*wrap=id", text, re.M), text
    given = os.path.join(directory, "arguments")
    environment = {"PATH": directory + "/bin:" + os.environ["PATH"], "SLURM_CPUS_PER_TASK": "3", "ARGUMENTS": given}
    subprocess.run(["bash", path], cwd=directory, env=environment, check=True)
    assert not os.path.exists(os.path.join(directory, "PWNED"))
    with open(given, "rb") as file:
        return file.read().split(b"\0")[:-1]


def test_quoted(directory):
    """Whatever names and settings hold, the program gets them byte by byte, and nothing else happens."""
    os.mkdir(os.path.join(directory, "bin"))
    fake = volley.write(directory, "bin/srun", FAKE)
    os.chmod(fake, 0o755)
    draw = random.Random(1)
    whole = b"".join(PIECES)
    for number in range(15):
        name = nasty(draw, b"/-") or b"x"
        name = whole.replace(b"-", b"") + b".yaml" if number == 0 else name
        results = whole * 30 if number == 0 else nasty(draw)
        # a valid setting: what is nasty stands in a comment of it, and is UTF-8 on one line
        remark = re.sub("[\x00-\x1f\x7f-\x9f\u202e]", "", nasty(draw).decode("utf-8", "ignore"))
        sets = [b"simulation.seed=77", b"results.directory=x # " + remark.encode()]
        with open(os.path.join(os.fsencode(directory), name), "w", encoding="utf-8") as file:
            file.write(CONFIG)
        found = arguments_of(directory, name, results, sets)
        assert found[2:] == [b"run", name, b"--set", sets[0], b"--set", sets[1], b"-o", results, b"--threads", b"3"], \
            (found, name, results, sets)
        os.remove(os.path.join(os.fsencode(directory), name))


def test_long(directory):
    """Texts have no longest length."""
    volley.write(directory, "my net.yaml", CONFIG)
    os.mkdir(os.path.join(directory, "bin"))
    os.chmod(volley.write(directory, "bin/srun", FAKE), 0o755)
    setting = b"results.directory=" + b"x'/" * 30000
    found = arguments_of(directory, b"my net.yaml", b"results", [setting])
    assert setting in found, [len(word) for word in found]


def test_refused(directory):
    config = volley.write(directory, "my net.yaml", CONFIG)
    cases = ((["job"], "no config"), (["job", config], "--nodes N is missing"), (["job", config, "--nodes"], "a value"),
             (["job", config, "--nodes", "0"], "--nodes 0"), (["job", config, "--nodes", "2x"], "--nodes 2x"),
             (["job", config, "--nodes", "1", "--time", "1;rm"], "--time 1;rm"),
             (["job", config, "--nodes", "1", "--time", "garbage"], "--time garbage"),
             (["job", config, "--nodes", "1", "--time", "-5"], "--time -5"),
             (["job", config, "--nodes", "1", "--memory", "5x"], "--memory 5x"),
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
    volley.main([test_given, test_forecast, test_runs, test_quoted, test_long, test_refused])
