# SPDX-License-Identifier: BSD-3-Clause
"""volley plot and volley export: what they write, and how they refuse."""
import csv
import io
import os
import shutil
import subprocess
import sys
import tempfile
import h5py
import numpy
from result_files import start

VOLLEY = os.environ["VOLLEY"]
ROOM_KB = 500000


def volley(*arguments, program=VOLLEY, **environment):
    done = subprocess.run([program, *arguments], capture_output=True, text=True, timeout=120,
                          env={**os.environ, **environment})
    return done.returncode, done.stdout, done.stderr


def make(base):
    """A finished result with run.json, and one of segments only, of the same spikes."""
    start("test_spikes", base, 2)
    merged, segments = os.path.join(base, "merged"), os.path.join(base, "segments")
    start("test_run_json", merged, 2)
    return merged, segments


def expected_rows(directory, order):
    rows = []
    with h5py.File(os.path.join(directory, "spikes.h5")) as file:
        for place, name in enumerate(order):
            group = file[f"spikes/{name}"]
            for time, neuron in zip(group["timestamps"][()].tolist(), group["node_ids"][()].tolist()):
                rows.append((time, place, neuron, name))
    return [(name, neuron, time) for time, _, neuron, name in sorted(rows)]


def read_csv(text):
    rows = list(csv.reader(io.StringIO(text)))
    assert rows[0] == ["population", "node_id", "time_ms"], rows[0]
    return [(name, int(neuron), float(time)) for name, neuron, time in rows[1:]]


def test_export(base, merged, segments):
    path = os.path.join(base, "spikes.csv")
    code, out, err = volley("export", merged, "-o", path)
    assert code == 0 and out == "", (code, out, err)
    with open(path, encoding="utf-8") as file:
        text = file.read()
    wanted = expected_rows(merged, ["E", "silent", "I"])
    assert len(wanted) > 1000 and read_csv(text) == wanted
    assert volley("export", merged)[1] == volley("export", merged, "-o", "-")[1] == text
    # Segments have no run.json: the populations are in the files' order, which is by name.
    code, out, err = volley("export", segments)
    assert code == 0 and read_csv(out) == expected_rows(merged, ["E", "I", "silent"]), err
    times = {line.split(",")[2] for line in text.splitlines()[1:]}
    assert all(len(time) < 8 for time in times), "times have more digits than they need"


def test_export_many(base):
    """More spikes than are read at once, at one time and over several; names that need quotes."""
    directory = os.path.join(base, "many")
    os.mkdir(directory)
    with h5py.File(os.path.join(directory, "spikes.h5"), "w") as file:
        for name, n in (("a,\"b\"", 150000), ("c", 70000)):
            group = file.create_group(f"spikes/{name}")
            group["timestamps"] = [1.5 if i < 140000 else 1.5 + i / 3 for i in range(n)]
            group["node_ids"] = list(range(n))
    code, out, err = volley("export", directory)
    assert code == 0 and read_csv(out) == expected_rows(directory, ["a,\"b\"", "c"]), err


def test_export_refused(base, merged):
    none = os.path.join(base, "none")
    for arguments in ((), (merged, merged), (merged, "-x"), (merged, "-o"), (none,)):
        code, out, err = volley("export", *arguments)
        assert code == 2 and err.startswith("volley: ") and out == "", (arguments, code, err)
    code, _, err = volley("export", merged, "-o", os.path.join(none, "x.csv"))
    assert code == 1 and "cannot create" in err and none in err, (code, err)
    if os.path.exists("/dev/full"):
        code, _, err = volley("export", merged, "-o", "/dev/full")
        assert code == 3 and err == "volley: cannot write /dev/full: No space left on device\n", (code, err)


def add_weights(directory, synapses, snapshots):
    """Weights of a projection p, of which one is not a short decimal number."""
    ids, times = [i % 7 for i in range(synapses)], [10.0 * i for i in range(snapshots)]
    weights = [[0.1 + i + 0.5 * t for i in range(synapses)] for t in range(snapshots)]
    with h5py.File(os.path.join(directory, "weights.h5"), "w") as file:
        for name, values, kind in (("source_node_id", ids, "<u8"), ("target_node_id", sorted(ids), "<u8"),
                                   ("delay", [1.5] * synapses, "<f8"), ("time", times, "<f8"),
                                   ("weight", weights, "<f4")):
            file.create_dataset(f"weights/p/{name}", data=values, dtype=kind,
                                shape=(snapshots, synapses) if name == "weight" else None)
        file["weights/p/weight"].attrs["units"] = "pA"
    return list(zip(ids, sorted(ids), weights[-1]))


def test_export_weights(base, merged):
    directory = os.path.join(base, "weights")
    shutil.copytree(merged, directory)
    wanted = add_weights(directory, 70000, 2)
    code, out, err = volley("export", directory, "--weights", "p")
    rows = list(csv.reader(io.StringIO(out)))
    assert code == 0 and rows[0] == ["source", "target", "weight", "delay"] and len(rows) == 70001, err
    assert all((int(a), int(b)) == (s, t) and abs(float(w) - weight) < 1e-6 * weight and d == "1.5"
               for (a, b, w, d), (s, t, weight) in zip(rows[1:], wanted))
    assert rows[1] == ["0", "0", "0.6", "1.5"], rows[1]
    for where, name, words in ((directory, "q", "allowed p"), (merged, "p", "no weights.h5")):
        kept = os.path.join(base, "kept.csv")
        with open(kept, "w", encoding="utf-8") as file:
            file.write("kept")
        code, _, err = volley("export", where, "--weights", name, "-o", kept)
        assert code == 2 and words in err and os.path.getsize(kept) == 4, err


def test_plot_weights(base, merged):
    """Pictures with few and many synapses, with one and several snapshots, and without any synapse."""
    plain = os.path.join(base, "plain.png")
    assert volley("plot", merged, "-o", plain)[0] == 0
    for synapses, snapshots in ((3, 5), (40, 5), (40, 1), (0, 2), (25, 300)):
        directory = os.path.join(base, f"weights{synapses}_{snapshots}")
        shutil.copytree(merged, directory)
        add_weights(directory, synapses, snapshots)
        picture = os.path.join(base, "weights.svg")
        code, _, err = volley("plot", directory, "weights", "-o", picture)
        assert code == 0 and err == "", err
        with open(picture, encoding="utf-8") as file:
            text = file.read()
        words = ["<!-- p, 2 to 2 -->"] if synapses == 3 else ["<!-- weight of p (pA) -->"]
        words += ["<!-- 0 ms -->"] if synapses != 3 and snapshots > 1 else []
        assert all(word in text for word in words), (synapses, snapshots)
    with open(os.path.join(directory, "weights.h5"), "r+b") as file:
        file.truncate(200)
    code, _, err = volley("plot", directory)
    assert code == 2 and err.startswith("volley: plot: ") and "Traceback" not in err, err


def is_png(path):
    with open(path, "rb") as file:
        return file.read(8) == b"\x89PNG\r\n\x1a\n"


def test_plot(base, merged, segments):
    """What was not recorded is left out with a line; a picture that was asked for by name is an error then."""
    for directory, drawn in ((merged, ("raster", "distributions", "phases")), (segments, ("raster", "distributions"))):
        code, out, err = volley("plot", directory)
        assert code == 0 and err == "", (code, out, err)
        lines = out.splitlines()
        assert len(lines) == 7, out
        for line in lines:
            path, left_out = line.split(" ")[0], " left out: " in line
            name = os.path.basename(path)[:-4]
            assert path == f"{directory}/{name}.png" and left_out == (name not in drawn), (line, drawn)
            assert left_out or is_png(path), line
    folder, picture = os.path.join(base, "pictures"), os.path.join(base, "picture.svg")
    code, out, err = volley("plot", merged, "raster", "phases", "-o", folder)
    assert code == 0 and sorted(os.listdir(folder)) == ["phases.png", "raster.png"], (out, err)
    code, _, err = volley("plot", merged, "-o", picture, "--time", "10", "20")
    assert code == 0 and os.path.getsize(picture) > 1000, err
    code, _, err = volley("plot", merged, "-o", os.path.join(base, "none", "x.png"))
    assert code == 2 and err.startswith("volley: plot: ") and "cannot be written" in err, (code, err)
    for arguments, words in ((("states",), "has nothing for states"), (("rastr",), "did you mean raster"),
                             (("raster", "phases", "-o", picture), "one picture"),
                             (("--time", "20", "10"), "later STOP")):
        code, out, err = volley("plot", merged, *arguments)
        assert code == 2 and words in err and out == "", (arguments, code, err)


def write_spikes(directory, size, firing, per_slab, slabs):
    """One population whose neurons 0, 3, 6 .. up to 3 * firing fire in turn, evenly over 10 s."""
    os.mkdir(directory)
    total = per_slab * slabs
    with h5py.File(os.path.join(directory, "spikes.h5"), "w") as file:
        file.attrs["recorded_from_ms"], file.attrs["recorded_until_ms"] = 0.0, 10000.0
        group = file.create_group("spikes/E")
        group.attrs["size"] = size
        group.attrs.create("sorting", 2, dtype=h5py.enum_dtype({"none": 0, "by_id": 1, "by_time": 2}, basetype="u1"))
        times, ids = group.create_dataset("timestamps", (total,), "<f8"), group.create_dataset("node_ids", (total,), "<u8")
        for first in range(0, total, per_slab):
            place = numpy.arange(first, first + per_slab)
            times[first:first + per_slab] = (place + 1) * (10000.0 / total)
            ids[first:first + per_slab] = 3 * (place % firing)


def test_plot_many(base):
    """10^6 neurons and 3 * 10^7 spikes, 480 MB, within an address space that has room for a part of them."""
    directory = os.path.join(base, "large")
    write_spikes(directory, 10 ** 6, 250000, 10 ** 6, 30)
    python = os.path.join(base, "limited")
    with open(python, "w", encoding="utf-8") as file:
        file.write(f"#!/bin/sh\nulimit -v {ROOM_KB} && exec {sys.executable} \"$@\"\n")
    os.chmod(python, 0o755)
    code, _, err = volley("plot", directory, VOLLEY_PYTHON=python, OPENBLAS_NUM_THREADS="1")
    assert code == 0, err
    # reading them whole does not fit
    whole = "import h5py, sys; [d[:] for d in h5py.File(sys.argv[1])['spikes/E'].values()]"
    done = subprocess.run([python, "-c", whole, os.path.join(directory, "spikes.h5")], capture_output=True)
    assert done.returncode != 0 and b"MemoryError" in done.stderr, done.stderr
    shutil.rmtree(directory)


def plots():
    """Modules of io/plots."""
    sys.path.insert(0, os.path.join(os.environ["VOLLEY_SOURCE"], "io", "plots"))
    import distributions
    import results
    import space
    return distributions, results, space


def test_numbers(base):
    """Counts, CV and correlations against sums that are written out, over pieces that are smaller than the file."""
    distributions, results, space = plots()
    directory = os.path.join(base, "numbers")
    write_spikes(directory, 40, 10, 100, 8)
    results.SLAB = 64
    population = results.Results(directory).spikes["E"]
    assert population.counts().tolist() == [80 if i % 3 == 0 and i < 30 else 0 for i in range(40)]
    # 40 neurons in a row of 10 cells
    with h5py.File(os.path.join(directory, "positions.h5"), "w") as file:
        file["nodes/E/0/x"] = [0.5 * i for i in range(40)]
        cell, shape, axes, limits = space.cells_of(file["nodes/E/0"])
    assert shape == (10, 1) and axes == ["x"] and limits == [(0.0, 19.5)]
    assert cell.tolist() == [min(i * 10 // 39, 9) for i in range(40)]
    found = space.rates(population, cell, shape, 0.0, 10000.0)[:, 0]
    wanted = [8.0 * sum(i % 3 == 0 and i < 30 for i in neurons) / len(neurons)
              for neurons in ([i for i in range(40) if cell[i] == place] for place in range(10))]
    assert numpy.allclose(found, wanted), (found, wanted)
    # a spike each 12.5 ms, the first at 12.5: those from 25 to 100 ms
    assert population.counts(25.0, 100.0).sum() == 7 and population.counts(25.1, 99.9).sum() == 5
    chosen = numpy.arange(40) == 3
    times, ids = population.only(chosen)
    assert times.tolist() == [25.0 + 125.0 * i for i in range(80)] and set(ids.tolist()) == {3}
    counts, cv, pairs = distributions.measure(population, (0.0, 10000.0))
    assert sorted(counts.tolist()) == [0] * 30 + [80] * 10 and len(cv) == 10 and abs(cv).max() < 1e-9
    # 80 of 2000 bins are full, never the same ones: -p / (1 - p)
    assert len(pairs) == 45 and abs(pairs + 0.04 / 0.96).max() < 1e-6, pairs
    cv = distributions.irregularity(numpy.array([0.0, 0.5, 1.0, 2.0, 4.0, 7.0]), numpy.array([5, 7, 5, 7, 5, 9]))
    assert cv.tolist() == [0.5], cv  # intervals 1 and 3; the others have fewer than 3 spikes


def test_plot_installed(base, merged):
    """The program finds the script beside it, as cmake --install places them."""
    prefix = os.path.join(base, "prefix")
    done = subprocess.run(["cmake", "--install", os.path.dirname(VOLLEY), "--prefix", prefix],
                          capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    script = os.path.join(prefix, "share", "volley", "plots", "plot.py")
    assert os.path.exists(script) and os.path.exists(os.path.join(os.path.dirname(script), "raster.py"))
    with open(script, "w", encoding="utf-8") as file:
        file.write("import sys\nprint('the installed one', sys.argv[1])\n")
    code, out, err = volley("plot", merged, program=os.path.join(prefix, "bin", "volley"))
    assert code == 0 and f"the installed one {merged}" in out, (code, out, err)


def test_plot_refused(base, merged):
    none = os.path.join(base, "none")
    for arguments in ((), (merged, merged), (merged, "-x"), (merged, "-o"), (none,), (base,)):
        code, out, err = volley("plot", *arguments)
        assert code == 2 and err.startswith("volley: plot: ") and out == "", (arguments, code, err)
    damaged = os.path.join(base, "damaged")
    shutil.copytree(merged, damaged)
    with open(os.path.join(damaged, "spikes.h5"), "r+b") as file:
        file.truncate(200)
    code, _, err = volley("plot", damaged)
    assert code == 2 and damaged in err and "Traceback" not in err, (code, err)


def test_plot_without_python(merged):
    code, _, err = volley("plot", merged, VOLLEY_PYTHON="/none/python3")
    assert code == 2 and "/none/python3" in err and "python3-matplotlib" in err, (code, err)
    # A Python without its modules: every one that is missing is named.
    with tempfile.TemporaryDirectory() as empty:
        python = os.path.join(empty, "python3")
        with open(python, "w", encoding="utf-8") as file:
            file.write(f"#!/bin/sh\nexec {sys.executable} -I -S \"$@\"\n")
        os.chmod(python, 0o755)
        code, _, err = volley("plot", merged, VOLLEY_PYTHON=python)
    assert code == 2 and "python3-h5py python3-numpy python3-matplotlib" in err, (code, err)


def has_matplotlib():
    try:
        import matplotlib  # noqa: F401
    except ImportError:
        return False
    return True


def main():
    with tempfile.TemporaryDirectory() as base:
        merged, segments = make(base)
        test_export(base, merged, segments)
        test_export_many(base)
        test_export_refused(base, merged)
        test_export_weights(base, merged)
        test_plot_without_python(merged)
        test_plot_installed(base, merged)
        if not has_matplotlib():
            print("skipped: pictures need matplotlib (Debian: python3-matplotlib; jobs/setup.sh --tests)")
            sys.exit(77)
        test_plot(base, merged, segments)
        test_plot_weights(base, merged)
        test_numbers(base)
        test_plot_many(base)
        test_plot_refused(base, merged)


if __name__ == "__main__":
    main()
