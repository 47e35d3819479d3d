# SPDX-License-Identifier: BSD-3-Clause
"""Spike files as an independent reader sees them: SONATA's types, attributes, order and contents."""
import glob
import os
import re
import tempfile
import h5py
import numpy
from result_files import SIZES, expected, start


def check_root(file):
    assert file.attrs["magic"] == 0x0A7A and file.attrs["magic"].dtype == numpy.dtype("<u4")
    assert file.attrs["version"].dtype == numpy.dtype("<u4") and list(file.attrs["version"]) == [0, 1]
    for name in ("volley_version", "git", "compiler", "flags", "simd", "config", "config_hash", "host", "started",
                 "partition"):
        kind = h5py.check_string_dtype(file.attrs.get_id(name).dtype)
        assert kind.encoding == "utf-8" and kind.length is None, name
        assert isinstance(file.attrs[name], str), name
    assert file.attrs["config"].startswith("# \u00b5 ") and len(file.attrs["config"]) == 99999
    assert file.attrs["config_hash"] == "0123456789abcdef"
    assert file.attrs["host"] == "host0" and file.attrs["simd"] == "plain"  # those of rank 0
    assert file.attrs["seed"] == 2**64 - 1 and file.attrs["dt_ms"] == 0.1
    assert file.attrs["threads"] == 3 and file.attrs["exchange_interval_steps"] == 1
    assert list(file) == ["spikes"]
    assert sorted(file["spikes"]) == sorted(set(SIZES) - {"hidden"})


def check_population(group, name, after, until):
    kind = group.attrs.get_id("sorting").dtype
    assert h5py.check_enum_dtype(kind) == {"none": 0, "by_id": 1, "by_time": 2}
    assert kind.itemsize == 1 and kind.kind == "u" and group.attrs["sorting"] == 2
    assert group.attrs["size"] == SIZES[name]
    assert sorted(group) == ["node_ids", "timestamps"]
    times, ids = group["timestamps"], group["node_ids"]
    assert times.dtype == numpy.dtype("<f8") and ids.dtype == numpy.dtype("<u8")
    assert times.chunks is None and ids.chunks is None and times.shape == ids.shape
    assert times.attrs["units"] == "ms"
    steps, neurons = expected(name)
    inside = (steps > after) & (steps <= until)
    assert numpy.array_equal(times[()], steps[inside] / 10.0), name
    assert numpy.array_equal(ids[()], neurons[inside]), name
    return len(times)


def check_file(path, after, until):
    with h5py.File(path) as file:
        check_root(file)
        assert file.attrs["recorded_from_ms"] == 0.0 and file.attrs["recorded_until_ms"] == until / 10.0
        return sum(check_population(file["spikes"][name], name, after, until) for name in file["spikes"])


def check_directory(directory):
    total = check_file(os.path.join(directory, "merged", "spikes.h5"), 0, 1500)
    assert os.listdir(os.path.join(directory, "merged")) == ["spikes.h5"]
    segments = glob.glob(os.path.join(directory, "segments", "*"))
    steps = sorted(int(re.fullmatch(r"spikes-(\d+)\.part\.h5", os.path.basename(s)).group(1)) for s in segments)
    assert steps == [200, 250, 251, 1000, 1500], steps
    after, parts = 0, 0
    for step in steps:
        parts += check_file(os.path.join(directory, "segments", f"spikes-{step}.part.h5"), after, step)
        after = step
    assert parts == total > 5000, (parts, total)


def main():
    vulcan = {"OMPI_MCA_io_ompio_num_aggregators": "2", "OMPI_MCA_fcoll": "vulcan"}
    for ranks, environment in ((1, {}), (2, {}), (4, {}), (2, vulcan), (4, vulcan)):
        with tempfile.TemporaryDirectory() as directory:
            start("test_spikes", directory, ranks, **environment)
            check_directory(directory)


if __name__ == "__main__":
    main()
