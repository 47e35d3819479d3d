# SPDX-License-Identifier: BSD-3-Clause
"""What a result directory holds, read in pieces: no array here grows with the length of a recording."""
import bisect
import glob
import json
import os
import re

import h5py
import numpy

SLAB = 1 << 20  # spikes, weights or values read at once


class Missing(Exception):
    """What a picture would show was not recorded; the text says what."""


def array(group, name, dimensions=1):
    """A dataset of numbers with so many dimensions that its file can hold; ValueError says what is wrong."""
    data = group[name]
    place = f"{os.path.basename(group.file.filename)}: {data.name}"
    if not isinstance(data, h5py.Dataset) or data.dtype.kind not in "fiu" or data.ndim != dimensions:
        raise ValueError(f"{place} is not an array of numbers of {dimensions} dimension{'s' * (dimensions > 1)}")
    # deflate makes at most 1032 bytes of one; small files may have left more unwritten
    if data.size * data.dtype.itemsize > 1100 * os.path.getsize(group.file.filename) + (16 << 20):
        raise ValueError(f"{place} has more items than a file of this size can hold")
    return data


def checked(values, data, low=None):
    """Values that were read from a dataset, as they are; ValueError for one that is not finite, or below low."""
    if len(values) and not (numpy.isfinite(values).all() and (low is None or values.min() >= low)):
        wrong = values[~numpy.isfinite(values) | (values < (-numpy.inf if low is None else low))]
        raise ValueError(f"{os.path.basename(data.file.filename)}: {data.name} holds {wrong.flat[0]:g}")
    return values


def same_length(group, first, second, number, wanted):
    if number != wanted:
        raise ValueError(f"{os.path.basename(group.file.filename)}: {group.name}: {first} has {number} items, "
                         f"{second} {wanted}")


class Spikes:
    """The spikes of one population: datasets of one file, or of several segments in order of time."""

    def __init__(self, name):
        self.name, self.parts, self.size, self.recorded = name, [], 0, 0

    def add(self, group):
        times, ids = array(group, "timestamps"), array(group, "node_ids")
        same_length(group, "timestamps", "node_ids", len(times), len(ids))
        self.parts.append((times, ids, int(group.attrs.get("sorting", 0)) == 2))
        self.size = int(group.attrs.get("size", 0))
        # only written where it is not all of them
        self.recorded = int(group.attrs.get("recorded_neurons", self.size))

    def slabs(self, start=-numpy.inf, stop=numpy.inf):
        """(times, ids) of at most SLAB spikes after each other, with start <= time <= stop."""
        for times, ids, by_time in self.parts:
            low = bisect.bisect_left(times, start) if by_time and numpy.isfinite(start) else 0
            high = bisect.bisect_right(times, stop) if by_time and numpy.isfinite(stop) else len(times)
            for at in range(low, high, SLAB):
                rows = slice(at, min(at + SLAB, high))
                t, i = checked(times[rows], times, 0.0), checked(ids[rows], ids, 0)
                if self.size and len(i) and i.max() >= self.size:
                    raise ValueError(f"{os.path.basename(ids.file.filename)}: {ids.name} holds {i.max():g}; there are "
                                     f"{self.size} neurons")
                if not by_time:
                    inside = (t >= start) & (t <= stop)
                    t, i = t[inside], i[inside]
                yield t, i.astype(numpy.int64)

    def counts(self, start=-numpy.inf, stop=numpy.inf):
        """Spikes of every neuron, up to the size of the population, or the highest neuron that fired."""
        total = numpy.zeros(self.size, dtype=numpy.int64)
        for _, ids in self.slabs(start, stop):
            found = numpy.bincount(ids, minlength=len(total))
            found[:len(total)] += total
            total = found
        return total

    def only(self, chosen, start=-numpy.inf, stop=numpy.inf):
        """Times and ids of the neurons that are True in chosen, by time."""
        times, ids = [numpy.empty(0)], [numpy.empty(0, dtype=numpy.int64)]
        for t, i in self.slabs(start, stop):
            inside = chosen[i]
            times.append(t[inside])
            ids.append(i[inside])
        return numpy.concatenate(times), numpy.concatenate(ids)


class Results:
    """An open result directory. `shown`: the span of time that pictures over time show, (start, stop) in ms."""

    def __init__(self, directory, shown=None):
        self.directory = directory
        self.run = self.read_run()
        self.spikes, self.span = self.open_spikes()
        if shown is None and self.span is not None:
            shown = (self.span[0], min(self.span[0] + 500.0, self.span[1]))
        self.shown = shown

    def path(self, name):
        return os.path.join(self.directory, name)

    def read_run(self):
        """run.json, {} for a run that has not ended."""
        try:
            with open(self.path("run.json"), encoding="utf-8") as file:
                return json.load(file)
        except FileNotFoundError:
            return {}

    def spike_files(self):
        """spikes.h5; without it the segments of a run that has not ended, in order of time."""
        if os.path.exists(self.path("spikes.h5")):
            return [self.path("spikes.h5")]
        segments = glob.glob(os.path.join(glob.escape(self.directory), "spikes-*.part.h5"))
        return sorted(segments, key=lambda path: int(re.search(r"spikes-(\d+)\.part", path)[1]))

    def open_spikes(self):
        """Populations that were recorded, by name in the order of the config where run.json tells it, and the
        recorded span in ms; without spike files none, and no span."""
        found, first, last = {}, None, None
        for path in self.spike_files():
            file = h5py.File(path, "r")
            first = float(file.attrs["recorded_from_ms"]) if first is None else first
            last = float(file.attrs["recorded_until_ms"])
            for name, group in file["spikes"].items():
                found.setdefault(name, Spikes(name)).add(group)
        order = [name for name in self.run.get("populations", {}) if name in found]
        order += [name for name in found if name not in order]
        return {name: found[name] for name in order}, None if first is None else (first, last)

    def need_spikes(self):
        if not self.spikes:
            raise Missing("no spikes were recorded")
        return list(self.spikes.values())

    def open(self, name):
        """A file of the directory, None where there is none."""
        return h5py.File(self.path(name), "r") if os.path.exists(self.path(name)) else None


def every(number, limit):
    """At most `limit` of `number` things, evenly spread: their numbers."""
    return numpy.unique(numpy.linspace(0, number - 1, min(number, limit)).round().astype(int)) if number else \
        numpy.empty(0, dtype=int)


def blocks(number, limit, pieces=100):
    """Slices that hold at most about `limit` of `number` columns: all, or evenly spread blocks of neighbours, which
    a file gives faster than single columns."""
    if number <= limit:
        return [slice(0, number)]
    width = max(1, limit // pieces)
    return [slice(int(at), int(at) + width) for at in numpy.linspace(0, number - width, pieces)]


def unit(dataset):
    """" (mV)", or nothing for numbers without a unit."""
    text = dataset.attrs.get("units", "")
    text = text.decode() if isinstance(text, bytes) else str(text)
    return "" if text in ("", "1") else f" ({text})"
