# SPDX-License-Identifier: BSD-3-Clause
"""volley info and volley diff on directories made here: values, exit codes, what they name."""
import json
import os
import shutil
import subprocess
import tempfile
import h5py
import numpy
from result_files import start

VOLLEY = os.environ["VOLLEY"]


def volley(*arguments):
    done = subprocess.run([VOLLEY, *arguments], capture_output=True, text=True, timeout=60)
    return done.returncode, done.stdout, done.stderr


def write_spikes(path, populations, span=(0.0, 100.0)):
    """populations: name -> (size, [(time, id), ...])"""
    with h5py.File(path, "w") as file:
        file.attrs["recorded_from_ms"], file.attrs["recorded_until_ms"] = span
        for name, (size, spikes) in populations.items():
            group = file.create_group(f"spikes/{name}")
            group.attrs["size"] = numpy.uint64(size)
            group["timestamps"] = numpy.array([t for t, _ in spikes], dtype="<f8")
            group["node_ids"] = numpy.array([i for _, i in spikes], dtype="<u8")


def row(text, population):
    return next(line.split()[1:] for line in text.splitlines() if line.split()[:1] == [population])


def make(base, name, spikes_e, spikes_i=((3.0, 1),), **hashes):
    directory = os.path.join(base, name)
    os.mkdir(directory)
    write_spikes(os.path.join(directory, "spikes.h5"), {"E": (4, spikes_e), "I": (2, list(spikes_i))})
    if hashes:
        with open(os.path.join(directory, "run.json"), "w", encoding="utf-8") as file:
            json.dump(hashes, file)
    return directory


def fano(spikes, start, stop, width=3.0):
    """Variance over mean of the counts in the whole bins (a, b]; the margin is for rounded times."""
    n = int((stop - start) / width + 1e-6)
    bins = numpy.ceil((numpy.array([t for t, _ in spikes]) - start) / width - 1e-6).astype(int) - 1
    counts = numpy.bincount(bins[bins < n], minlength=n)
    return counts.var() / counts.mean()


REGULAR = [(10.0, 0), (20.0, 0), (25.0, 1), (30.0, 0), (30.0, 2), (35.0, 1), (65.0, 1)]


def test_info(base):
    directory = make(base, "info", REGULAR)
    code, out, _ = volley("info", directory)
    assert code == 0, out
    # Neuron 0 has intervals 10, 10 (CV 0), neuron 1 has 10, 30 (CV 10 / 20); neuron 2 has too few spikes.
    # 33 whole bins of 3 ms hold 0 or 1 spike, one of them 2: 30.0 ms is the last time of a bin.
    assert row(out, "E") == ["4", "7", "17.500", "0.250", f"{fano(REGULAR, 0.0, 100.0):.3f}"], out
    assert row(out, "I") == ["2", "1", "5.000", "-", f"{1 - 1 / 33:.3f}"], out
    assert "no run.json" in out
    assert volley("info", "--help")[0] == 0
    for arguments in ((), (directory, directory), ("--wrong",), (os.path.join(base, "none"),)):
        code, _, err = volley("info", *arguments)
        assert code == 2 and err.startswith("volley: "), (arguments, code, err)


def test_info_on_segments(base):
    start("test_spikes", base, 2)
    merged, segments = os.path.join(base, "merged"), os.path.join(base, "segments")
    one, other = volley("info", merged), volley("info", segments)
    assert one[0] == other[0] == 0, (one, other)
    assert "5 segments" in other[1] and "spikes.h5" in one[1]
    for population in ("E", "I", "silent"):
        assert row(one[1], population) == row(other[1], population)
    with h5py.File(os.path.join(merged, "spikes.h5")) as file:
        times, ids = file["spikes/E/timestamps"][()], file["spikes/E/node_ids"][()]
    ratios = []
    for neuron in range(300):
        intervals = numpy.diff(times[ids == neuron])
        if len(intervals) >= 2:
            ratios.append(intervals.std() / intervals.mean())
    assert row(one[1], "E") == ["300", str(len(times)), f"{len(times) / 300 / 0.15:.3f}",
                                f"{numpy.mean(ratios):.3f}", f"{fano(zip(times, ids), 0.0, 150.0):.3f}"]
    code, out, _ = volley("diff", merged, segments)
    assert code == 0 and "identical" in out, out
    # With run.json its populations come first, in config order, recorded or not.
    start("test_run_json", merged, 2)
    code, out, _ = volley("info", merged)
    assert code == 0 and row(out, "hidden")[:3] == ["50", "not", "recorded"], out
    assert "real-time factor" in out and "hashes" in out
    with open(os.path.join(merged, "run.json"), encoding="utf-8") as file:
        run = json.load(file)
    assert f"provenance  seed {run['seed']}, config hash {run['config_hash']}\n" in out, out


def test_examples():
    for command in ("run", "check", "info", "diff", "plot", "export"):
        code, out, err = volley(command, "--help")
        assert code == 0 and "\nexample: " in out and f"volley {command} " in out.split("\nexample: ")[1], out + err


def test_diff(base):
    a = make(base, "a", REGULAR, weight_hash="0" * 16, connection_hash="1" * 16)
    same = make(base, "same", REGULAR, weight_hash="0" * 16)
    assert volley("diff", a, same)[0] == 0
    changed = [s if s != (30.0, 2) else (30.0, 3) for s in REGULAR]
    cases = [
        ("moved", REGULAR[:3] + [(30.1, 0)] + REGULAR[4:], {}, ["population E", "time 30 ms", "neuron 0", "a"]),
        ("other", changed, {}, ["population E", "time 30 ms", "neuron 2", "a"]),
        ("more", REGULAR + [(70.0, 3)], {}, ["time 70 ms", "neuron 3", "more"]),
        ("fewer", REGULAR[:-1], {}, ["time 65 ms", "neuron 1", "a"]),
        ("last_bit", REGULAR[:-1] + [(numpy.nextafter(65.0, 66.0), 1)], {}, ["time 65 ms", "neuron 1", "a"]),
        ("weights", REGULAR, {"weight_hash": "f" * 16}, ["weight_hash", "f" * 16]),
        ("connections", REGULAR, {"connection_hash": "f" * 16}, ["connection_hash"]),
    ]
    for name, spikes, hashes, words in cases:
        b = make(base, name, spikes, **hashes)
        for one, two in ((a, b), (b, a)):
            code, out, err = volley("diff", one, two)
            assert code == 1, (name, code, out, err)
            assert all(word in out for word in words[:-1]), (name, out)
            if out.startswith("spikes"):
                assert out.splitlines()[0].endswith(os.path.join(base, words[-1])), (name, out)
    # The earliest of the differences of all populations is named.
    both = make(base, "both", REGULAR[:-1], [])
    assert "population I, time 3 ms, neuron 1" in volley("diff", a, both)[1]
    lacking = os.path.join(base, "lacking")
    os.mkdir(lacking)
    write_spikes(os.path.join(lacking, "spikes.h5"), {"E": (4, REGULAR)})
    code, out, _ = volley("diff", a, lacking)
    assert code == 1 and "population I" in out, out


def write_state(directory, name, data, ids=(3, 8, 11), time=(10.0, 12.0, 0.5), population="E"):
    with h5py.File(os.path.join(directory, name), "w") as file:
        group = file.create_group(f"report/{population}")
        group["data"] = data
        group["mapping/node_ids"] = numpy.array(ids, dtype="<u8")
        group["mapping/time"] = numpy.array(time)


def write_rates(directory, rates, interval=5.0):
    with h5py.File(os.path.join(directory, "rates.h5"), "w") as file:
        for population, values in rates.items():
            file[f"rates/{population}/rate"] = numpy.array(values, dtype="<f8")
            file[f"rates/{population}/time"] = interval * numpy.arange(len(values))


def test_diff_recorded(base):
    """States and rates: one difference at a time, named with its place and both values."""
    table = -60.0 - numpy.arange(12, dtype="<f4").reshape(4, 3) / 7
    name = "state_E_V_m.h5"

    def recorded(directory, data=table, rates=(1.0, 2.0, 4.0), **shape):
        path = make(base, directory, REGULAR)
        write_state(path, name, data, **shape)
        write_rates(path, {"E": rates, "I": (0.5, 0.25)})
        return path

    a, same = recorded("rec_a"), recorded("rec_same")
    code, out, _ = volley("diff", a, same)
    assert code == 0 and "2 files of states and rates" in out, out
    last_bit, late = table.copy(), table.copy()
    last_bit[2, 1] = numpy.nextafter(table[2, 1], numpy.float32(0))
    last_bit[3, 0] = 1.0  # later in the file
    late[3, 2] = numpy.nan
    values = [f"{float(x[2, 1]):.17g} in" for x in (table, last_bit)]
    cases = [
        ("rec_bit", {"data": last_bit}, ["states differ: " + name, "time 11 ms (frame 2)", "neuron 8:", *values]),
        ("rec_late", {"data": late}, ["time 11.5 ms (frame 3)", "neuron 11:"]),
        ("rec_double", {"data": table.astype("<f8") + 1e-12}, ["time 10 ms (frame 0)", "neuron 3:"]),
        ("rec_fewer", {"data": table[:3]}, [name, "frames in", "3 ", "4 "]),
        ("rec_ids", {"ids": (3, 8, 12)}, [name, "3 neurons in", "3 others"]),
        ("rec_columns", {"data": table[:, :2], "ids": (3, 8)}, [name, " neurons in", "3 ", "2 "]),
        ("rec_time", {"time": (10.5, 12.5, 0.5)}, [name, "from 10.5 ms"]),
        ("rec_population", {"population": "I"}, [name, "population ", "I in", "E in"]),
        ("rec_rate", {"rates": (1.0, 2.0, 4.5)}, ["rates differ: rates.h5", "population E", "time 10 ms (bin 2)",
                                                  "4 Hz in", "4.5 Hz in"]),
        ("rec_bins", {"rates": (1.0, 2.0)}, ["rates.h5", "population E", " bins in", "3 ", "2 "]),
    ]
    for directory, change, words in cases:
        b = recorded(directory, **change)
        for one, two in ((a, b), (b, a)):
            code, out, err = volley("diff", one, two)
            assert code == 1 and err == "" and len(out.splitlines()) == 1, (directory, code, out, err)
            assert all(word in out for word in words), (directory, out)
    # a file, or a population of one, that only one side has
    more = recorded("rec_more")
    write_state(more, "state_I_V_m.h5", table, population="I")
    code, out, _ = volley("diff", a, more)
    assert code == 1 and out == f"states differ: state_I_V_m.h5: only in {more}\n", out
    write_rates(more, {"E": (1.0, 2.0, 4.0)})
    code, out, _ = volley("diff", more, a)
    assert code == 1 and f"rates differ: rates.h5: population I only in {a}\n" in out, out
    # far into a large table
    large = numpy.zeros((700, 3001), dtype="<f4")
    big = [recorded(f"rec_big{k}", data=large, ids=range(3001)) for k in range(2)]
    assert volley("diff", *big)[0] == 0
    large[655, 2999] = 1.0
    write_state(big[1], name, large, ids=range(3001))
    code, out, _ = volley("diff", *big)
    assert code == 1 and "time 337.5 ms (frame 655), neuron 2999: 0 in" in out, out
    damaged = recorded("rec_damaged")
    with open(os.path.join(damaged, name), "r+b") as file:
        file.truncate(500)
    code, _, err = volley("diff", a, damaged)
    assert code == 2 and name in err, err


def test_diff_unreadable(base):
    a = os.path.join(base, "a")
    damaged, empty = os.path.join(base, "damaged"), os.path.join(base, "empty")
    os.mkdir(empty)
    shutil.copytree(a, damaged)
    with open(os.path.join(damaged, "spikes.h5"), "r+b") as file:
        file.truncate(200)
    for arguments in ((a, damaged), (damaged, a), (a, empty), (a, os.path.join(base, "none")), (a,), (a, a, a), ()):
        code, _, err = volley("diff", *arguments)
        assert code == 2 and err.startswith("volley: "), (arguments, code, err)
    broken = os.path.join(base, "broken")
    shutil.copytree(a, broken)
    with open(os.path.join(broken, "run.json"), "w", encoding="utf-8") as file:
        file.write("{")
    code, _, err = volley("diff", a, broken)
    assert code == 2 and "run.json:1" in err, err


def test_not_a_time(base):
    """Times that are none end every reader with a message: export once did not end."""
    a = os.path.join(base, "a")
    with h5py.File(os.path.join(a, "spikes.h5")) as file:
        population = sorted(file["spikes"])[0]
        n = len(file[f"spikes/{population}/timestamps"])
    for number, value in enumerate((float("nan"), float("inf"), float("-inf"), -1.0)):
        spoilt = os.path.join(base, f"time{number}")
        shutil.copytree(a, spoilt)
        with h5py.File(os.path.join(spoilt, "spikes.h5"), "r+") as file:
            file[f"spikes/{population}/timestamps"][n // 2] = value
        for arguments in (("info", spoilt), ("diff", spoilt, spoilt), ("export", spoilt)):
            code, _, err = volley(*arguments)
            assert code == 2 and f"timestamp {n // 2} is not a time" in err, (value, arguments, code, err)


P = {"source_node_id": [1, 0, 2], "target_node_id": [0, 1, 1], "delay": [1.5, 0.5, 1.5], "time": [0.0, 10.0],
     "weight": [[1.0, 2.0, 6.0], [1.5, 2.0, 9.5]]}


def with_weights(base, name, precision="<f4", **tables):
    """A result with weights of the projections given: like P, but for what is said."""
    directory = make(base, name, REGULAR)
    kinds = {"source_node_id": "<u8", "target_node_id": "<u8", "delay": "<f8", "time": "<f8", "weight": precision}
    with h5py.File(os.path.join(directory, "weights.h5"), "w") as file:
        for projection, changes in tables.items():
            for column, values in {**P, **changes}.items():
                file[f"weights/{projection}/{column}"] = numpy.array(values, dtype=kinds[column])
    return directory


def test_info_weights(base):
    directory = with_weights(base, "weighty", p={}, q={"time": [10.0], "weight": [[0.25, 0.25, 0.25]]})
    code, out, err = volley("info", directory)
    rows = [line.split() for line in out.splitlines() if line.split()[:1] in (["p"], ["q"])]
    last = numpy.array([1.5, 2.0, 9.5])
    assert code == 0 and rows == [["p", "3", "0", "3", f"{numpy.std([1, 2, 6]):.6g}", "1", "6"],
                                  ["p", "3", "10", f"{last.mean():.6g}", f"{last.std():.6g}", "1.5", "9.5"],
                                  ["q", "3", "10", "0.25", "0", "0.25", "0.25"]], (out, err)
    assert "weights of" not in volley("info", make(base, "weightless", REGULAR))[1]


def test_diff_weights(base):
    a, same = with_weights(base, "wa", p={}, q={}), with_weights(base, "wsame", p={}, q={})
    code, out, _ = volley("diff", a, same)
    assert code == 0 and "weights of 2 projections" in out, out
    bit = float(numpy.nextafter(numpy.float32(9.5), numpy.float32(10)))
    cases = {
        "weight": ({"weight": [[1.0, 2.0, 6.0], [1.5, 2.0, bit]]}, "synapse 2 (2 to 1), time 10 ms: weight 9.5 in"),
        "early": ({"weight": [[1.0, 2.5, 6.0], [1.0, 2.0, 9.5]]}, "synapse 1 (0 to 1), time 0 ms: weight 2 in"),
        "source": ({"source_node_id": [1, 0, 3]}, "synapse 2 (2 to 1): source 2 in"),
        "target": ({"target_node_id": [0, 0, 1]}, "synapse 1 (0 to 1): target 1 in"),
        "delay": ({"delay": [1.5, 0.6, 1.5]}, "synapse 1 (0 to 1): delay 0.5 in"),
        "time": ({"time": [0.0, 11.0]}, "a snapshot at 10 ms only in"),
        "fewer": ({"time": [0.0], "weight": [[1.0, 2.0, 6.0]]}, "a snapshot at 10 ms only in"),
        "synapses": ({name: [row[:2] for row in P[name]] if name == "weight" else P[name][:2] for name in P},
                     "3 synapses in"),
    }
    for name, (changes, words) in cases.items():
        b = with_weights(base, "w" + name, p={}, q=changes)
        code, out, err = volley("diff", a, b)
        assert code == 1 and "projection q" in out and f"{words} {a}" in out, (name, out, err)
        code, swapped, _ = volley("diff", b, a)
        assert code == 1 and "projection q" in swapped and "projection p" not in swapped, (name, swapped)
    code, out, _ = volley("diff", a, with_weights(base, "wwide", "<f8", p={}, q={}))
    assert code == 1 and "float32 in" in out and "float64 in" in out, out
    for other in (with_weights(base, "wone", p={}), make(base, "wnone", REGULAR)):
        code, out, _ = volley("diff", other, a)
        assert code == 1 and f"projection q is recorded only in {a}" in out, out
    with open(os.path.join(same, "weights.h5"), "r+b") as file:
        file.truncate(300)
    for command in (("diff", a, same), ("info", same)):
        code, _, err = volley(*command)
        assert code == 2 and err.startswith("volley: ") and "weights.h5" in err, (code, err)


def main():
    test_examples()
    for group in ((test_info,), (test_info_on_segments,), (test_diff, test_diff_recorded, test_diff_unreadable, test_not_a_time),
                  (test_info_weights, test_diff_weights)):
        with tempfile.TemporaryDirectory() as base:
            for test in group:
                test(base)


if __name__ == "__main__":
    main()
