# SPDX-License-Identifier: BSD-3-Clause
"""--overwrite removes what runs of volley have written and nothing else; no file is written through a link; and no two
files of one run have the same name."""
import json
import os
import shutil
import signal
import sys

sys.path.insert(0, os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
from faults.test_claim import files, refused, stopped_run  # noqa: E402
from support import volley  # noqa: E402

CONFIG = """
simulation: {dt: 0.1, duration: 200.0, seed: 5}
populations:
  A: {model: iaf_psc_exp, size: 30, params: {I_e: 500.0}, positions: {uniform: {extent: [1.0, 1.0]}}}
projections:
  aa: {source: A, target: A, connect: {rule: fixed_indegree, indegree: 5}, weight: 2.0, delay: 1.0,
       plasticity: {rule: stdp, params: {w_max: 100.0}}}
record:
  state: [{population: A, variables: [V_m], interval: 1.0, name: soma}]
  weights: [{projection: aa, interval: 100.0}]
  rates: {interval: 10.0}
results: {spikes: all_spikes.h5}
checkpoint: {interval: 50.0, keep: 2}
"""
FOREIGN = ("state_of_the_art.h5", "checkpoint-mine.h5", "my-own-data.h5.tmp", "spikes-figure2.part.h5", "notes.txt",
           "analysis.h5.tmp.bak", "mine.h5", "run.json.old", "state_A_V_m.h5")


def run(config, out, *more, environment=None):
    return volley.start(["run", config, "-o", out, "-q", "--threads", 1, *more], environment=environment)


def plant(out, names):
    for name in names:
        volley.write(out, name, "precious")


def check_kept(out, names):
    for name in names:
        with open(os.path.join(out, name), encoding="utf-8") as file:
            assert file.read() == "precious", name


def test_exact(directory):
    config, out = volley.write(directory, "a.yaml", CONFIG), os.path.join(directory, "out")
    whole = os.path.join(directory, "whole")
    for place in (out, whole):
        assert run(config, place).returncode == 0
    names = set(os.listdir(out))
    os.unlink(os.path.join(out, "rates.h5"))
    plant(out, FOREIGN)
    refused(run(config, out), "holds results", "--overwrite")
    shutil.copytree(out, os.path.join(directory, "copy"), symlinks=True)
    old = os.path.join(directory, "old")  # version 0.1.0 kept no list
    shutil.copytree(out, old, symlinks=True)
    os.unlink(os.path.join(old, "manifest.json"))
    for place in (out, os.path.join(directory, "copy"), old):
        done = run(config, place, "--overwrite", "--set", "record.state=[]")
        assert done.returncode == 0, done.stderr
        assert set(os.listdir(place)) == names - {"soma.h5", "state_soma.h5"} | set(FOREIGN), os.listdir(place)
        check_kept(place, FOREIGN)


def test_pictures(directory):
    """A picture in a result directory is listed there; one of somebody else and one elsewhere are not."""
    config, out, other = volley.write(directory, "a.yaml", CONFIG), os.path.join(directory, "out"), os.path.join(directory, "other")
    assert run(config, out).returncode == 0
    os.mkdir(other)
    done = volley.start(["plot", out, "phases"])
    if "matplotlib" in done.stderr:
        print("pictures: not tried without matplotlib")
        return
    assert done.returncode == 0, done.stderr
    for place in (os.path.join(out, "mine.svg"), os.path.join(other, "theirs.png")):
        done = volley.start(["plot", out, "phases", "-o", place])
        assert done.returncode == 0, done.stderr
    plant(out, ["raster.png"])
    assert sorted(os.listdir(other)) == ["theirs.png"]
    with open(os.path.join(out, "manifest.json"), encoding="utf-8") as file:
        names = [json.loads(line)["name"] for line in file]
    assert names.count("phases.png") == names.count("mine.svg") == 1 and "raster.png" not in names and "theirs.png" not in names
    done = run(config, out, "--overwrite")
    assert done.returncode == 0, done.stderr
    left = os.listdir(out)
    assert "phases.png" not in left and "mine.svg" not in left and "raster.png" in left, left


def test_replaced(directory):
    """A file that is no longer the run's own stays and is named, before anything is deleted."""
    config, out = volley.write(directory, "a.yaml", CONFIG), os.path.join(directory, "out")
    for name in ("weights.h5", "state_soma.h5", "soma.h5", "all_spikes.h5", "checkpoint-7.h5", "spikes-7.part.h5",
                 "spikes.h5.tmp", "run.json"):
        shutil.rmtree(out, ignore_errors=True)
        assert run(config, out).returncode == 0
        if os.path.lexists(os.path.join(out, name)):
            os.unlink(os.path.join(out, name))
        plant(out, [name])
        before = files(out)
        for more in ([], ["--overwrite"]):
            refused(run(config, out, *more), f"out/{name.replace('.', '[.]')} ")
        assert files(out) == before, name
    shutil.rmtree(out)
    os.mkdir(out)  # no run has been here
    plant(out, ["spikes.h5"])
    refused(run(config, out), "out/spikes.h5 is in the way")


def test_own_input(directory):
    """A run does not remove what it reads: trained weights of the run before, by any path."""
    config, out = volley.write(directory, "a.yaml", CONFIG), os.path.join(directory, "out")
    assert run(config, out).returncode == 0
    os.symlink(out, os.path.join(directory, "other"))
    before = files(out)
    for path in ("out", "other"):
        text = CONFIG.replace("weight: 2.0", f"weight: {{file: {path}, projection: aa, time: last}}")
        again = volley.write(directory, "again.yaml", text)
        refused(run(again, out, "--overwrite"), "out/weights[.]h5 is read by this config")
        assert files(out) == before
    assert run(again, os.path.join(directory, "new"), "--overwrite").returncode == 0


def test_changed(directory):
    """What readers say of files that were changed since the run has written them."""
    config, out = volley.write(directory, "a.yaml", CONFIG), os.path.join(directory, "out")
    assert run(config, out).returncode == 0
    assert run(config, out, "--resume", "--set", "simulation.duration=250.0").returncode == 0
    commands = (["info", out], ["export", out, "-o", os.path.join(directory, "s.csv")], ["diff", out, out])
    for command in commands:
        assert "was changed" not in volley.start(command).stderr, command
    for name in ("spikes.h5", "weights.h5", "state_soma.h5"):
        with open(os.path.join(out, name), "r+b") as file:
            file.seek(-8, os.SEEK_END)
            byte = file.read(1)[0]
            file.seek(-8, os.SEEK_END)
            file.write(bytes([byte ^ 1]))
        for command in commands:
            done = volley.start(command)
            assert f"out/{name} was changed since the run has written it" in done.stderr, (name, command, done.stderr)


def test_unfinished(directory):
    """What a crash leaves is known by the list; going on is offered first."""
    config = volley.write(directory, "a.yaml", CONFIG)
    whole = os.path.join(directory, "whole")
    assert run(config, whole).returncode == 0
    for number, place in enumerate(("step:0:1200", "checkpoint_data:0:1000", "record:0:1500", "checkpoint_name:0:500")):
        out = os.path.join(directory, str(number))
        assert run(config, out, environment={"VOLLEY_FAULT": place + ":exit"}).returncode == 1
        plant(out, FOREIGN)
        copy = os.path.join(directory, f"copy{number}")
        shutil.copytree(out, copy)
        if "500" not in place:
            refused(run(config, out), "holds a run that has not ended", "--resume")
            assert run(config, copy, "--resume").returncode == 0
            check_kept(copy, FOREIGN)
        done = run(config, out, "--overwrite")
        assert done.returncode == 0, (place, done.stderr)
        check_kept(out, FOREIGN)
        for name in FOREIGN:
            os.unlink(os.path.join(out, name))
        assert volley.start(["diff", whole, out]).returncode == 0, place
        assert sorted(os.listdir(out)) == sorted(os.listdir(whole)), (place, os.listdir(out))


def test_links(directory):
    """Links that somebody plants while a run is under way, at the names of files that it is going to make."""
    config, victim = volley.write(directory, "a.yaml", CONFIG), volley.write(directory, "victim", "precious")
    names = ("run.json.tmp", "run.json", "spikes.h5.tmp", "spikes.h5", "rates.h5.tmp", "checkpoint-1500.h5.tmp",
             "checkpoint-1500.h5", "spikes-1500.part.h5.tmp", "spikes-1500.part.h5", "soma.h5", "manifest.json.tmp")
    for hard in (False, True):
        for number, name in enumerate(names):
            out = os.path.join(directory, f"{hard}{number}")
            process, rank_0 = stopped_run(config, out, 2 if number == 5 else None)
            path = os.path.join(out, name)
            (os.link if hard else os.symlink)(victim, path)
            os.kill(rank_0, signal.SIGCONT)
            _, stderr = process.communicate(timeout=60 * volley.PATIENCE)
            with open(victim, encoding="utf-8") as file:
                assert file.read() == "precious", (name, hard, stderr)
            assert process.returncode in (0, 1), (name, process.returncode, stderr)
            if process.returncode == 0 and not name.endswith(".tmp") and name != "soma.h5":
                assert not os.path.exists(path) or not os.path.samefile(path, victim), name


def test_names(directory):
    """Names of results are checked as one set, before the start."""
    config = volley.write(directory, "a.yaml", CONFIG)
    cases = [(f"results.spikes={name}", "results.spikes: ") for name in
             ("weights.h5", "rates.h5", "positions.h5", "state_soma.h5", "soma.h5", "checkpoint-500.h5", "spikes-5.part.h5",
              "run.json", "../x.h5", "a/b.h5", ".h5", "-x.h5", ".x.h5", f"{'x' * 300}.h5", "manifest.json", "run.lock")]
    state = "record.state=[{population: A, variables: [V_m]}, {population: A, variables: [I_syn_ex], name: %s}]"
    cases += [(state % name, "record.state") for name in
              ("A_V_m", "positions", "weights", "rates", "spikes", "all_spikes", "checkpoint-5", "state_x", "a/b", "..", "-a")]
    for text, words in cases:
        for command in (["check", config], ["run", config, "-q", "-o", os.path.join(directory, "out")]):
            refused(volley.start([*command, "--set", text]), words)
    assert not os.path.exists(os.path.join(directory, "out"))


if __name__ == "__main__":
    sys.exit(volley.main([test_exact, test_pictures, test_replaced, test_own_input, test_changed, test_unfinished, test_links, test_names]))
