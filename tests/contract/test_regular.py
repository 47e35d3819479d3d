# SPDX-License-Identifier: BSD-3-Clause
"""Only regular files are read: each input that is a FIFO, a device, a socket or a directory is refused at once, with one
message that names it."""
import os
import socket
import subprocess
from support import sonata, volley

NETWORK = """
include: more.yaml
simulation: {dt: 0.1, duration: 10.0}
populations:
  S: {model: spike_source, size: 3, params: {spike_times: {file: spikes.csv, population: S}}}
  A:
    model: iaf_psc_exp
    size: 4
    params: {tau_m: {file: tau.csv}, I_e: {file: numbers.h5, dataset: I_e}}
    positions: {file: places.csv}
stimuli: {r: {model: reward, params: {schedule: {file: reward.csv}}}}
projections:
  sa: {source: S, target: A, connect: {rule: all_to_all}, weight: 300.0, delay: 1.0}
  aa: {source: A, target: A, connect: {rule: list, file: edges.csv}, weight: 30.0, delay: 1.0}
  old: {source: A, target: A, connect: {rule: one_to_one}, weight: {file: ., projection: old}, delay: 2.0,
        plasticity: {rule: stdp, params: {w_max: 100.0}}}
partition: {method: file, file: parts.csv}
"""
TEXTS = {
    "more.yaml": "checkpoint: {interval: 5.0}\n",
    "spikes.csv": "timestamps population node_ids\n5.0 S 0\n",
    "tau.csv": "10.0\n11.0\n12.0\n13.0\n",
    "places.csv": "x,y\n0.0,0.0\n0.1,0.0\n0.2,0.0\n0.3,0.0\n",
    "reward.csv": "time,value\n0.0,1.0\n",
    "edges.csv": "source,target\n0,1\n2,3\n",
    "parts.csv": "0\n" * 7,
}
KINDS = {"FIFO": os.mkfifo, "device": lambda path: os.symlink("/dev/zero", path), "directory": os.mkdir,
         "socket": lambda path: socket.socket(socket.AF_UNIX).bind(path)}


def refused(arguments, path, kind, environment=None, ranks=None):
    done = volley.start(arguments, ranks, environment, timeout=30)
    said = [line for line in done.stderr.splitlines() if line.startswith("volley: ")]
    assert done.returncode == 2 and len(said) == 1, (arguments, path, kind, done)
    assert os.path.basename(path) in said[0] and f"is a {kind}" in said[0], (path, kind, said)


def each_kind(path, arguments, environment=None, kinds=tuple(KINDS)):
    """Puts each kind of file in the place of one."""
    kept = path + ".kept"
    if os.path.lexists(path):
        os.rename(path, kept)
    for kind in kinds:
        KINDS[kind](path)
        refused(arguments, path, kind, environment)
        os.rmdir(path) if kind == "directory" else os.remove(path)
    if os.path.lexists(kept):
        os.rename(kept, path)


def test_configs(directory):
    """What a config names, and the config; by run, check and plan. Links to regular files are fine."""
    import h5py

    before = volley.write(directory, "before.yaml", """
simulation: {dt: 0.1, duration: 10.0}
populations: {A: {model: iaf_psc_exp, size: 4}}
projections: {old: {source: A, target: A, connect: {rule: one_to_one}, weight: 10.0, delay: 2.0,
                    plasticity: {rule: stdp, params: {w_max: 100.0}}}}
record: {weights: [{projection: old}]}
""")
    volley.run(before, directory)
    config = volley.write(directory, "net.yaml", NETWORK)
    for name, text in TEXTS.items():
        volley.write(directory, f"real_{name}", text)
        os.symlink(f"real_{name}", os.path.join(directory, name))
    with h5py.File(os.path.join(directory, "numbers.h5"), "w") as file:
        file["I_e"] = [1.0, 2.0, 3.0, 4.0]
    out = os.path.join(directory, "out")
    volley.run(config, out)
    for name in [*TEXTS, "numbers.h5", "weights.h5", "net.yaml"]:
        each_kind(os.path.join(directory, name), ["check", config])
    fifo = os.path.join(directory, "tau.csv")
    os.remove(fifo)
    os.mkfifo(fifo)
    refused(["run", config, "-o", os.path.join(directory, "none"), "-q"], fifo, "FIFO", ranks=2)
    refused(["plan", config, "--ranks", "2"], fifo, "FIFO")
    assert not os.path.exists(os.path.join(directory, "none"))


def test_others(directory):
    """Results, checkpoints, calibrations, libraries."""
    config = volley.write(directory, "net.yaml", """
simulation: {dt: 0.1, duration: 10.0}
populations: {A: {model: iaf_psc_exp, size: 4, params: {I_e: 900.0}}}
record: {state: [{population: A, variables: [V_m], interval: 1.0}]}
checkpoint: {interval: 5.0}
""")
    out, other = os.path.join(directory, "out"), os.path.join(directory, "other")
    volley.run(config, out)
    volley.run(config, other)
    for name in ("run.json", "spikes.h5", "state_A_V_m.h5"):
        for arguments in (["info", out], ["diff", other, out], ["plot", out], ["export", out, "-o", "-"]):
            if name != "state_A_V_m.h5" or arguments[0] in ("diff", "plot"):
                each_kind(os.path.join(out, name), arguments, kinds=("FIFO", "device"))
    each_kind(os.path.join(out, "run.json"), ["plan", config, "--ranks", "1", "--rates", out])
    for name in ("machine.json", "checkpoint-7.h5", "models.so"):
        path = os.path.join(directory, name)
        arguments = {"machine.json": ["plan", config, "--ranks", "1", "--machine", path],
                     "checkpoint-7.h5": ["run", config, "--resume", path, "-o", other, "-q"],
                     "models.so": ["check", config]}[name]
        without = {"checkpoint-7.h5": "directory", "models.so": "device"}.get(name)  # has a meaning; is named otherwise
        kinds = [kind for kind in KINDS if kind != without]
        each_kind(path, arguments, {"VOLLEY_MODELS": path} if name == "models.so" else None, kinds)
    refused(["check", config], "/dev/zero", "device", {"VOLLEY_MODELS": "/dev/zero"})


def test_sonata(directory):
    path, _, _ = sonata.make(directory, {})
    names = [os.path.join(folder, name) for folder, _, files in os.walk(directory) for name in files]
    for name in names:
        kept = name + ".kept"
        os.rename(name, kept)
        read = volley.start(["check", path]).returncode == 2  # else the file is none that is needed
        os.rename(kept, name)
        if read:
            each_kind(name, ["check", path], kinds=("FIFO", "device"))


def test_pipe(directory):
    """One process reads its config from a pipe, but for no longer than something comes."""
    text = b"simulation: {dt: 0.1, duration: 10.0}\npopulations: {A: {model: iaf_psc_exp, size: 4}}\n"
    for command, code, word in ((["check", "/dev/stdin"], 0, b""), (["run", "/dev/stdin", "-q", "-o", directory], 0, b"")):
        done = subprocess.run([volley.PROGRAM, *command], input=text, capture_output=True, timeout=60 * volley.PATIENCE)
        assert done.returncode == code and word in done.stderr, done
    with open("/dev/zero", "rb") as zero, subprocess.Popen(["cat"], stdin=zero, stdout=subprocess.PIPE) as endless:
        done = subprocess.run([volley.PROGRAM, "check", "/dev/stdin"], stdin=endless.stdout, capture_output=True,
                              timeout=60 * volley.PATIENCE)
        endless.stdout.close()
    assert done.returncode == 2 and b"is not a text file" in done.stderr, done
    with subprocess.Popen(["yes", "#"], stdout=subprocess.PIPE) as endless:
        done = subprocess.run([volley.PROGRAM, "check", "/dev/stdin"], stdin=endless.stdout, capture_output=True,
                              timeout=60 * volley.PATIENCE)
        endless.stdout.close()
    assert done.returncode == 2 and b"allowed 256 MiB" in done.stderr, done


def test_sparse(directory):
    """Huge files of nothing take no memory."""
    config = volley.write(directory, "net.yaml", "populations: {A: {model: iaf_psc_exp, size: 4, params: "
                          "{tau_m: {file: huge}}}}\nsimulation: {dt: 0.1, duration: 1.0}\n")
    huge = os.path.join(directory, "huge")
    with open(huge, "wb") as file:
        file.truncate(1 << 40)
    for arguments, word in ((["check", huge], "allowed 256 MiB"), (["check", config], "is not a text file")):
        done = volley.start(arguments)
        assert done.returncode == 2 and word in done.stderr, done
    with open(huge, "wb") as file:
        for _ in range(65):
            file.write(b"1" * (1 << 20))
    done = volley.start(["check", config])
    assert done.returncode == 2 and "longer than 64 MiB" in done.stderr, done


if __name__ == "__main__":
    volley.main([test_configs, test_others, test_sonata, test_pipe, test_sparse])
