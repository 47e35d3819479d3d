"""The recorded weights of a result directory: their distribution at the first and the last snapshot, and how they
change. For raster.py."""
import os

CURVES = 20  # synapses of which each gets a curve; of more the mean is drawn
POINTS = 200  # snapshots that are read for the mean over time


def read(h5py, numpy, directory):
    """One entry for each projection: name, unit, times, and first, last and what is drawn over time."""
    path, found = os.path.join(directory, "weights.h5"), []
    if not os.path.exists(path):
        return found
    with h5py.File(path, "r") as file:
        for name, group in file["weights"].items():
            table, times = group["weight"], group["time"][:]
            entry = {"name": name, "unit": table.attrs.get("units", ""), "first": table[0], "last": table[-1],
                     "span": (times[0], times[-1])}
            if table.shape[1] <= CURVES:
                entry["times"], entry["curves"] = times, table[:]
            else:
                chosen = numpy.unique(numpy.linspace(0, len(times) - 1, min(POINTS, len(times))).round().astype(int))
                rows = [table[int(i)].astype(float) for i in chosen]
                entry["times"] = times[chosen]
                entry["mean"] = numpy.array([row.mean() for row in rows])
                entry["std"] = numpy.array([row.std() for row in rows])
            found.append(entry)
    return found


def draw_over_time(axes, entry):
    if "curves" in entry:
        axes.plot(entry["times"], entry["curves"], linewidth=1)
    else:
        axes.plot(entry["times"], entry["mean"], color="tab:green")
        axes.fill_between(entry["times"], entry["mean"] - entry["std"], entry["mean"] + entry["std"],
                          color="tab:green", alpha=0.2, linewidth=0)
    axes.set_xlim(*entry["span"])
    axes.set_xlabel("time (ms)")


def draw_histogram(numpy, axes, entry):
    """Both snapshots over the same bins; the first one as a line."""
    both = numpy.concatenate([entry["first"], entry["last"]]).astype(float)
    low, high = (both.min(), both.max()) if len(both) else (0.0, 1.0)
    edges = numpy.linspace(low, high if high > low else low + 1.0, 51)
    axes.hist(entry["last"], edges, color="tab:green", label=f"{entry['span'][1]:g} ms")
    if entry["span"][0] < entry["span"][1]:
        axes.hist(entry["first"], edges, histtype="step", color="black", label=f"{entry['span'][0]:g} ms")
    axes.legend(fontsize="small", frameon=False)
    axes.set_xlabel(label(entry))


def label(entry):
    unit = "" if entry["unit"] in ("", "1") else f" ({entry['unit']})"
    return f"weight of {entry['name']}{unit}"


def draw(numpy, figure, grid, entries):
    """A row of the grid for each projection, below the first one: over time, if there is more than one snapshot, and
    the histogram."""
    for row, entry in enumerate(entries, start=1):
        several = len(entry["times"]) > 1
        if several:
            over_time = figure.add_subplot(grid[row, :3])
            draw_over_time(over_time, entry)
            over_time.set_ylabel(label(entry))
        histogram = figure.add_subplot(grid[row, 3:] if several else grid[row, :])
        draw_histogram(numpy, histogram, entry)
