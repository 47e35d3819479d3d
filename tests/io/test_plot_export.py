"""volley plot and volley export: what they write, and how they refuse."""
import csv
import io
import os
import shutil
import subprocess
import sys
import tempfile
import h5py
from result_files import start

VOLLEY = os.environ["VOLLEY"]


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
    """Weights of a projection p, of which one is no short decimal number."""
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
        code, _, err = volley("plot", directory, "-o", picture)
        assert code == 0, err
        with open(picture, encoding="utf-8") as file:
            text = file.read()
        assert "<!-- weight of p (pA) -->" in text and ("<!-- 0 ms -->" in text or snapshots == 1), (synapses, snapshots)
    with open(os.path.join(directory, "weights.h5"), "r+b") as file:
        file.truncate(200)
    code, _, err = volley("plot", directory)
    assert code == 2 and err.startswith("volley: plot: ") and "Traceback" not in err, err


def is_png(path):
    with open(path, "rb") as file:
        return file.read(8) == b"\x89PNG\r\n\x1a\n"


def test_plot(base, merged, segments):
    for directory in (merged, segments):
        code, out, err = volley("plot", directory)
        assert code == 0 and out == f"{directory}/raster.png\n", (code, out, err)
        assert is_png(os.path.join(directory, "raster.png"))
    picture = os.path.join(base, "picture.svg")
    code, _, err = volley("plot", merged, "-o", picture)
    assert code == 0 and os.path.getsize(picture) > 1000, err
    code, _, err = volley("plot", merged, "-o", os.path.join(base, "none", "x.png"))
    assert code == 2 and err.startswith("volley: plot: ") and "cannot be written" in err, (code, err)


def test_plot_installed(base, merged):
    """The program finds the script beside it, as cmake --install places them."""
    prefix = os.path.join(base, "prefix")
    done = subprocess.run(["cmake", "--install", os.path.dirname(VOLLEY), "--prefix", prefix],
                          capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    script = os.path.join(prefix, "share", "volley", "plots", "raster.py")
    assert os.path.exists(script)
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
        test_plot_refused(base, merged)


if __name__ == "__main__":
    main()
