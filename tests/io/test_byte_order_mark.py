# SPDX-License-Identifier: BSD-3-Clause
"""Texts that begin with the byte order mark of UTF-8, as spreadsheets write them, are read like those without; UTF-16 is
named."""
import os
import sys

from support import volley

CONFIG = """include: more.yaml
simulation: {dt: 0.1, duration: 60.0, seed: 2}
populations:
  A: {model: iaf_psc_exp, size: 3, params: {I_e: {file: currents.csv}, tau_m: {file: table.csv, column: tau_m}}}
projections:
  P: {source: A, target: A, connect: {rule: list, file: edges.csv}, delay: 1.0}
"""
TEXTS = {"a.yaml": CONFIG, "more.yaml": "record: {spikes: [A]}\n", "currents.csv": "400\n500\n600\n",
         "table.csv": "tau_m,x\n10,1\n11,2\n12,3\n", "edges.csv": "source,target,weight\n0,1,50.0\n2,0,70.0\n",
         "parts.csv": "0\n1\n0\n"}


def write(directory, encodings):
    os.makedirs(directory, exist_ok=True)
    for name, text in TEXTS.items():
        with open(os.path.join(directory, name), "w", encoding=encodings.get(name, "utf-8")) as file:
            file.write(text)
    return os.path.join(directory, "a.yaml")


def test_marks(directory):
    sets = ("partition.method=file", f"partition.file={os.path.join(directory, 'marked', 'parts.csv')}")
    plain = volley.run(write(os.path.join(directory, "plain"), {}), os.path.join(directory, "out"))
    marked = volley.run(write(os.path.join(directory, "marked"), dict.fromkeys(TEXTS, "utf-8-sig")),
                        os.path.join(directory, "out2"), 2, sets=sets)
    assert [plain[key] for key in volley.HASHES] == [marked[key] for key in volley.HASHES]
    assert plain["populations"]["A"]["spikes"] > 0


def test_wide(directory):
    for name in ("a.yaml", "more.yaml", "currents.csv", "table.csv", "edges.csv"):
        config = write(os.path.join(directory, name), {name: "utf-16"})
        done = volley.start(["run", config, "-q", "-o", os.path.join(directory, "out")])
        assert done.returncode == 2 and f"{name}: is UTF-16 text; save it as UTF-8" in done.stderr, (name, done.stderr)
        assert done.stderr.count("volley: ") == 1, done.stderr


if __name__ == "__main__":
    sys.exit(volley.main([test_marks, test_wide]))
