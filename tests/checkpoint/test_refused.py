# SPDX-License-Identifier: BSD-3-Clause
"""A checkpoint that is damaged, of another config, or not there: one message, or the one before is taken."""
import os
import shutil
import h5py
import numpy
from checkpoint.pieces import check_equal, piece
from support import volley

NETWORK = """
simulation: {dt: 0.1, duration: 60.0, seed: 5}
populations:
  pulses: {model: spike_source, size: 2, params: {spike_times: [[0, 10.0, 39.0], [39.5]]}}
  cells: {model: iaf_psc_exp, size: 20, params: {t_ref: 3.0}}
stimuli:
  noise: {model: poisson, target: cells, params: {rate: 9000.0, weight: 70.0}}
  later: {model: dc, target: cells, start: 10.0, params: {amplitude: 10.0}}
projections:
  drive: {source: pulses, target: cells, connect: {rule: all_to_all}, weight: 200.0, delay: 3.0}
  learn:
    source: cells
    target: cells
    connect: {rule: fixed_indegree, indegree: 5}
    weight: 20.0
    delay: 2.0
    plasticity: {rule: stdp, params: {w_max: 100.0}}
record:
  state: [{population: cells, variables: [V_m], interval: 0.7}]
  rates: {interval: 3.0}
  weights: [{projection: learn, interval: 6.0}]
limits: {max_rate: 900.0}
checkpoint: {interval: 20.0, keep: 5}
"""


def make(directory):
    """A run of 50 ms with checkpoints at 20 and 40 ms, and one of 60 ms that nothing has interrupted."""
    config = volley.write(directory, "net.yaml", NETWORK)
    out, whole = os.path.join(directory, "out"), os.path.join(directory, "whole")
    volley.run(config, out, sets=["simulation.duration=50.0"])
    volley.run(config, whole, sets=["checkpoint=null"])
    return config, out, whole


def refused(arguments, *words, ranks=None, code=2):
    done = volley.start(["run", *arguments, "-q"], ranks)
    lines = [line for line in done.stderr.splitlines() if line.startswith("volley:")]
    assert done.returncode == code, f"{arguments} gave {done.returncode}:\n{done.stderr}"
    assert len(lines) == 1, done.stderr
    for word in words:
        assert word in done.stderr, f"no {word!r} in {done.stderr}"
    return done


def flip(path, offset):
    with open(path, "r+b") as file:
        file.seek(offset)
        byte = file.read(1)[0]
        file.seek(offset)
        file.write(bytes([byte ^ 0x10]))


def places(path):
    """Where in the file a byte of the middle of each list is."""
    found = {}
    with h5py.File(path) as file:
        for name, item in file.items():
            if item.size > 0:
                found[name] = item.id.get_offset() + item.id.get_storage_size() // 2
    return found


def test_damaged(directory):
    """A bit turned over in each list, a file cut short, a config that has been changed, an empty file."""
    config, out, _ = make(directory)
    good, bad = os.path.join(out, "checkpoint-400.h5"), os.path.join(directory, "checkpoint-400.h5")
    lists = places(good)
    for name in ("neurons.cells.state.V_m", "neurons.cells.refractory", "spikes.under_way", "run.spikes", "plastic.learn.weight",
                 "plastic.learn.post_step", "plastic.learn.source_last", "limits.rate_window"):
        assert name in lists, sorted(lists)
    for number, (name, offset) in enumerate(sorted(lists.items())):
        shutil.copyfile(good, bad)
        flip(bad, offset)
        refused([config, "-o", os.path.join(directory, "x"), "--resume", bad], bad, "damaged",
                ranks=2 if number % 8 == 0 else None)
    size = os.path.getsize(good)
    # What libhdf5 keeps for itself: read before the file is known to be whole, some of it ends the program.
    for offset in (0, 9, 40, 100, size // 3, size - 61, size - 60, size - 45, size - 1):
        shutil.copyfile(good, bad)
        flip(bad, offset)
        refused([config, "-o", os.path.join(directory, "x"), "--resume", bad], bad, "damaged")
    with open(bad, "ab") as file:
        file.write(bytes(60))
    refused([config, "-o", os.path.join(directory, "x"), "--resume", bad], bad, "damaged")
    for left in (0, 59, 100, size // 2, size - 1):
        shutil.copyfile(good, bad)
        os.truncate(bad, left)
        refused([config, "-o", os.path.join(directory, "x"), "--resume", bad], bad, "damaged",
                ranks=2 if left == 100 else None)
    with open(good, "rb") as file:
        content = file.read()
    at = content.index(b"fixed_indegree")
    shutil.copyfile(good, bad)
    flip(bad, at)
    refused([config, "-o", os.path.join(directory, "x"), "--resume", bad], bad, "damaged")
    assert not os.path.exists(os.path.join(directory, "x", "run.json"))


def test_the_one_before(directory):
    config, out, whole = make(directory)
    for name in ("checkpoint-400.h5", "checkpoint-200.h5"):
        if name == "checkpoint-200.h5":
            shutil.copytree(out, os.path.join(directory, "none"))
        path = os.path.join(out, name)
        flip(path, places(path)["spikes.under_way"])
        if name == "checkpoint-400.h5":
            done = volley.start(["run", config, "-o", os.path.join(directory, "y"), "-q", "--resume", out], 2)
            assert done.returncode == 0 and path in done.stderr and "damaged" in done.stderr, done.stderr
            copy = os.path.join(directory, "copy")
            shutil.copytree(out, copy)
            piece(config, copy, (3, 1, []), ["checkpoint=null"])
            check_equal(whole, copy, 1)
            assert [name for name in os.listdir(copy) if name.startswith("checkpoint")] == ["checkpoint-200.h5"]
    done = volley.start(["run", config, "-o", out, "-q", "--resume"])
    assert done.returncode == 2 and "no checkpoint that can be used" in done.stderr, done.stderr


def mixed(words):
    """volley_mix64 of base/hash.h."""
    words = (words ^ (words >> numpy.uint64(30))) * numpy.uint64(0xbf58476d1ce4e5b9)
    words = (words ^ (words >> numpy.uint64(27))) * numpy.uint64(0x94d049bb133111eb)
    return words ^ (words >> numpy.uint64(31))


def sealed(path):
    """Makes the last line of a changed file right again."""
    with open(path, "r+b") as file:
        data = file.read()
        data = data[:data.rindex(b"volley: hash ")]
        words = numpy.frombuffer(data + bytes(-len(data) % 8), numpy.uint64)
        places = mixed(numpy.arange(len(words), dtype=numpy.uint64))
        hashes = mixed(places + numpy.uint64(0x9e3779b97f4a7c15) + words * numpy.uint64(0xd1342543de82ef95))
        total = int(numpy.sum(hashes, dtype=numpy.uint64))
        file.seek(0)
        file.truncate()
        file.write(data + b"volley: hash %016x of %020d bytes\n" % (total, len(data)))


def test_other_formats(directory):
    """A checkpoint of another format is named with its format; so is a list that is missing or too long."""
    config, out, _ = make(directory)
    good, other = os.path.join(out, "checkpoint-400.h5"), os.path.join(directory, "checkpoint-400.h5")
    arguments = [config, "-o", os.path.join(directory, "x"), "--resume", other]

    def changed(change):
        shutil.copyfile(good, other)
        with h5py.File(other, "r+") as file:
            change(file)
        with open(other, "ab") as file:
            file.write(b"volley: hash ")
        sealed(other)

    def set_format(number):
        return lambda file: file.attrs.modify("checkpoint_format", numpy.uint32(number))
    for number, ranks in ((1, None), (1, 2), (3, None)):
        changed(set_format(number))
        refused(arguments, other, f"is a checkpoint of format {number}; this volley reads format 2", ranks=ranks)
    changed(lambda file: file.attrs.__delitem__("checkpoint_format"))
    refused(arguments, other, "is not a checkpoint")
    changed(lambda file: file.__delitem__("neurons.cells.state.V_m"))
    refused(arguments, other, "holds no list neurons.cells.state.V_m", ranks=2)

    def lengthen(file):
        values = file["neurons.cells.state.V_m"][:]
        del file["neurons.cells.state.V_m"]
        file["neurons.cells.state.V_m"] = numpy.append(values, 0.0)
    changed(lengthen)
    refused(arguments, other, "neurons.cells.state.V_m holds 21 items; allowed 20", ranks=2)
    changed(lambda file: None)
    piece(config, os.path.join(directory, "x"), (1, 1, []), [], resume=False, arguments=["--resume", other])


def interrupted(directory):
    """A run that has crashed after 50 of 60 ms, with segments before its checkpoints at 20 and 40 ms."""
    config, out = volley.write(directory, "net.yaml", NETWORK), os.path.join(directory, "killed")
    done = volley.start(["run", config, "-o", out, "-q"], None,
                        {"VOLLEY_FAULT": "step:0:500:exit", "VOLLEY_RECORD_BUFFER": "6"})
    assert done.returncode == 1, done.stderr
    steps = sorted(int(name[7:-8]) for name in os.listdir(out) if name.endswith(".part.h5"))
    assert len([s for s in steps if s < 200]) > 1 and len([s for s in steps if 200 < s < 400]) > 1, steps
    return config, out, steps


def drop_half(path):
    with h5py.File(path, "r+") as file:
        group = file["spikes/cells"]
        for name in ("timestamps", "node_ids"):
            values = group[name][:]
            del group[name]
            group[name] = values[:len(values) // 2]


def turn_bit(path):
    with h5py.File(path, "r+") as file:
        file["spikes/cells/node_ids"][0] ^= numpy.uint64(1)


DAMAGES = ((os.remove, "is missing"), (drop_half, "spikes, but the run has written"), (turn_bit, "is damaged"),
           (lambda path: os.truncate(path, os.path.getsize(path) // 2), "HDF5"))


def test_recordings(directory):
    """A segment that is gone or not as it was: it is named, and the run goes on from a checkpoint before it or not at
    all; a result file with a hole is never made."""
    config, killed, steps = interrupted(directory)
    whole = os.path.join(directory, "whole")
    volley.run(config, whole, sets=["checkpoint=null"])
    late, early = (next(f"spikes-{s}.part.h5" for s in steps if s > after) for after in (200, 0))
    for number, (damage, word) in enumerate(DAMAGES):
        for ranks in ((None, 3)[number % 2],):
            out = os.path.join(directory, f"out{number}_{ranks}")
            shutil.copytree(killed, out)
            damage(os.path.join(out, late))
            refused([config, "-o", out, "--resume", os.path.join(out, "checkpoint-400.h5")], late, word, ranks=ranks)
            done = piece(config, out, (ranks, 1, []), ["checkpoint.interval=60.0"])
            assert late in done.stderr and word in done.stderr and "checkpoint-400.h5 cannot be used" in done.stderr, done.stderr
            check_equal(whole, out, 1)
            shutil.rmtree(out)
            shutil.copytree(killed, out)
            damage(os.path.join(out, early))
            before = sorted(set(os.listdir(out)) - {"run.lock"})  # of the run that was killed
            done = volley.start(["run", config, "-o", out, "-q", "--resume"], ranks)
            assert done.returncode == 2 and done.stderr.count(early) == 2, done.stderr
            assert done.stderr.count("no checkpoint that can be used") == 1 and sorted(os.listdir(out)) == before
            shutil.rmtree(out)
    # one that the run did not write would be merged as well
    out = os.path.join(directory, "more")
    shutil.copytree(killed, out)
    shutil.copyfile(os.path.join(out, early), os.path.join(out, "spikes-1.part.h5"))
    refused([config, "-o", out, "--resume", os.path.join(out, "checkpoint-400.h5")], "not the spikes of the run up to 40 ms")
    # and in another directory they do not matter
    os.remove(os.path.join(out, early))
    piece(config, os.path.join(directory, "elsewhere"), (1, 1, []), [], arguments=["--resume", out], resume=False)


def test_recordings_of_a_run_that_had_ended(directory):
    """Its spikes become one segment up to the checkpoint; the checkpoint before finds its own part in there."""
    config, out, whole = make(directory)
    with h5py.File(os.path.join(out, "spikes.h5"), "r+") as file:
        file["spikes/cells/node_ids"][3] ^= numpy.uint64(1)
    done = volley.start(["run", config, "-o", out, "-q", "--resume"], 2)
    assert done.returncode == 2 and done.stderr.count("spikes.h5 holds not the spikes of the run up to") == 2, done.stderr
    with h5py.File(os.path.join(out, "spikes.h5"), "r+") as file:
        file["spikes/cells/node_ids"][3] ^= numpy.uint64(1)
    done = volley.start(["run", config, "-o", out, "-q", "--resume"], 2, {"VOLLEY_FAULT": "step:0:401:exit"})
    assert done.returncode == 1, done.stderr
    assert [name for name in os.listdir(out) if name.startswith("spikes")] == ["spikes-400.part.h5"], os.listdir(out)
    again = os.path.join(directory, "again")
    shutil.copytree(out, again)
    piece(config, again, (3, 1, []), ["checkpoint.interval=60.0"])
    check_equal(whole, again, 1)
    os.remove(os.path.join(out, "checkpoint-400.h5"))
    piece(config, out, (1, 2, []), ["checkpoint.interval=60.0"])
    check_equal(whole, out, 1)


def test_other_configs(directory):
    config, out, _ = make(directory)
    shorter = ["-o", out, "--resume"]
    refused([config, *shorter, "--set", "simulation.seed=6", "--set", "populations.cells.size=21"],
            "it differs in: simulation.seed, populations.cells.size ")
    refused([config, *shorter, "--set", "stimuli.later.params.amplitude=11"], "stimuli.later.params.amplitude")
    refused([config, *shorter, "--set", "projections.learn.plasticity.params.alpha=1.1"], ".plasticity.params.alpha")
    refused([config, *shorter, "--set", "simulation.duration=30"], "40 ms", "simulation.duration is 30 ms")
    refused([config, *shorter, "--set", "record.spikes=[cells]"], "record", "give another directory")
    refused([config, *shorter, "--overwrite"], "--overwrite would remove the run", ranks=2)
    refused([config, *shorter, "--branch", "stimuli"], "--branch needs another directory")
    refused([config, *shorter, "--branch", "populations.cells"], "--branch populations.cells: allowed stimuli")
    refused([config, "-o", out, "--branch", "stimuli"], "--branch needs --resume")
    refused([config, "-o", os.path.join(directory, "z"), "--resume"], "z holds no checkpoint", ranks=2)
    refused([config, "-o", os.path.join(directory, "z"), "--resume", out, "--branch", "projections.learn.plasticity",
             "--set", "projections.learn.plasticity={rule: tsodyks}"], "projections.learn.plasticity.rule")
    refused([config, "-o", os.path.join(directory, "z"), "--resume", out, "--branch", "projections.learn.plasticity",
             "--set", "projections.learn.plasticity.params.pairing=nearest_pre_centered"],
            "holds no list plastic.learn.column.K_plus_left", "its rule and preset must stay", ranks=2)
    swapped = NETWORK.replace("  pulses:", "  x:", 1)
    lines = swapped.splitlines()
    at = next(i for i, line in enumerate(lines) if line.startswith("  x:"))
    lines[at], lines[at + 1] = lines[at + 1], lines[at].replace("  x:", "  pulses:")
    refused([volley.write(directory, "swapped.yaml", "\n".join(lines)), *shorter], "the order of populations")
    # Numbers count, not how they are written, and layout keys are free.
    done = volley.start(["run", config, *shorter, "-q", "--set", "simulation.dt=1e-1", "--set", "limits=null",
                         "--set", "partition.method=block", "--set", "checkpoint.interval=7"], 2)
    assert done.returncode == 0, done.stderr


def test_failures_while_saving(directory):
    """A checkpoint that fails leaves the one before, from which the run goes on."""
    config, _, whole = make(directory)
    for number, place in enumerate(("checkpoint", "checkpoint_data", "checkpoint_name")):
        out = os.path.join(directory, place)
        done = volley.start(["run", config, "-o", out, "-q"], 2,
                            {"VOLLEY_FAULT": f"{place}:{number % 2}:300:{('error', 'error', 'exit')[number]}"})
        assert done.returncode == 1 and f"VOLLEY_FAULT: {('error', 'error', 'exit')[number]}" in done.stderr, done.stderr
        found = [name for name in os.listdir(out) if name.startswith("checkpoint-")]
        assert "checkpoint-200.h5" in found and "checkpoint-400.h5" not in found, found
        piece(config, out, (1, 1, []), ["checkpoint.interval=60.0"])
        check_equal(whole, out, 1)


if __name__ == "__main__":
    volley.main([test_damaged, test_other_formats, test_the_one_before, test_recordings, test_recordings_of_a_run_that_had_ended,
                 test_other_configs, test_failures_while_saving])
