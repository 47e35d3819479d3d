# SPDX-License-Identifier: BSD-3-Clause
"""The options of every command: what --help shows is known, in both ways to write a value; what is not known is refused with
the nearest name; a missing value, a wrong one and a word too many are refused by name."""
import re
from support import volley

# Words that each command needs, and how many it takes at most.
COMMANDS = {"run": 1, "check": 1, "plan": 1, "job": 1, "info": 1, "diff": 2, "export": 1, "describe": 2}
OPTION = re.compile(r"^  (--?[a-z-]+)(?: (\[?[A-Z][\w=|/.]*\]?))?  ", re.MULTILINE)


def refused(arguments, *words):
    done = volley.start(arguments)
    assert done.returncode == 2 and done.stdout == "", (arguments, done)
    assert done.stderr.startswith("volley: ") and all(word in done.stderr for word in words), (arguments, words, done.stderr)
    return done.stderr


def options(command):
    """(name, what its value is called or "") of what the help shows."""
    done = volley.start([command, "--help"])
    assert done.returncode == 0 and done.stderr == "" and f"usage: volley {command}" in done.stdout, done
    short = volley.start([command, "anything", "-h"])
    assert short.returncode == 0 and short.stdout == done.stdout, short
    return OPTION.findall(done.stdout.split("\nusage: volley export CONFIG")[0])


def test_help(_):
    found = {command: dict(options(command)) for command in COMMANDS}
    assert found["check"] == {"--set": "KEY=VALUE"} and found["diff"] == {}, found
    assert len(found["run"]) == 9 and found["run"]["--resume"] == "[DIR|FILE]" and found["run"]["-q"] == "", found["run"]
    assert {len(found[command]) for command in ("plan", "job", "export")} == {9, 11, 2}, found


def test_unknown(_):
    for command in COMMANDS:
        known = dict(options(command))
        text = refused([command, "--no-such-option"], f"{command}: unknown option --no-such-option; allowed: ")
        allowed = re.search(r"allowed: ([^;\n]*)", text).group(1).split(", ")
        assert allowed == [*known, "--help"], (command, allowed)
        for name in known:
            if name.startswith("--"):
                refused([command, name + "x"], f"unknown option {name}x", f"did you mean {name}?")
                refused([command, name[:-1] + "=3"], f"unknown option {name[:-1]}=3")


def test_values(directory):
    config = volley.write(directory, "a.yaml", "simulation: {dt: 0.1, duration: 2.0}\npopulations: {E: {model: iaf_psc_exp, size: 10}}\n")
    for command in COMMANDS:
        for name, value in options(command):
            if value and not value.startswith("["):
                refused([command, "word", name], f"{command}: {name} needs a value")
                refused([command, "word", name, ""], f"{command}: {name} needs a value")
    for form in (["--set", "populations.E.size=7"], ["--set=populations.E.size=7"], ["--set=populations.E.size=3", "--set", "populations.E.size=7"]):
        done = volley.start(["check", config, *form])
        assert done.returncode == 0 and "7 neurons" in done.stdout, done
    refused(["plan", config, "--ranks=many"], "--ranks many: not a whole number from 1")
    refused(["plan", config, "--memory-per-node", "-1"], "--memory-per-node -1: not a number above 0")
    refused(["run", config, "--threads", "5000"], "--threads 5000: not a number from 1 to 4096")
    refused(["run", config, "--progress=often"], "--progress often: allowed: auto, on, off")
    refused(["run", config, "--virtual-rank", "2/2"], "--virtual-rank 2/2: not K/R")
    refused(["run", config, "--resume", "nowhere"], "--resume nowhere: there is no directory of this name")
    refused(["job", config, "--nodes", "1", "--time", "soon"], "--time soon: allowed are")
    sets = [f"--set=simulation.seed={number}" for number in range(257)]
    refused(["check", config, *sets], "more than 256 --set")
    assert volley.start(["check", config, *sets[1:]]).returncode == 0


def test_words(directory):
    for command, most in COMMANDS.items():
        words = [f"{directory}/{number}" for number in range(most + 1)]
        refused([command, *words], f"{command}: ", words[-1])
    for command in ("run", "check", "plan", "job"):
        refused([command], f"{command}: no config given; usage: volley {command} CONFIG")
    for command in ("info", "diff", "export"):
        refused([command], f"{command}: ", "expected", f"usage: volley {command}")


if __name__ == "__main__":
    volley.main([test_help, test_unknown, test_values, test_words])
