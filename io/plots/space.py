# SPDX-License-Identifier: BSD-3-Clause
"""space.png: where the activity is, of populations with positions: three moments and the mean."""
import numpy

import look
import results

MOMENT_MS = 20.0
CELLS = 64  # of an axis, at most


def cells_of(group):
    """Number of the cell of every neuron, the shape of the cells, and the axes' names and limits. Of three axes the
    first two are shown."""
    axes = [axis for axis in "xyz" if axis in group][:2]
    side = max(1, min(CELLS, int((group["x"].shape[0] / 4) ** (1 / len(axes)))))
    cell, limits = numpy.zeros(group["x"].shape[0], dtype=numpy.int64), []
    for axis in axes:
        place = group[axis][:]
        low, high = (place.min(), place.max()) if len(place) else (0.0, 1.0)
        high = high if high > low else low + 1.0
        cell = cell * side + numpy.minimum((place - low) / (high - low) * side, side - 1).astype(numpy.int64)
        limits.append((low, high))
    return cell, (side, side) if len(axes) == 2 else (side, 1), axes, limits


def rates(spikes, cell, shape, start, stop):
    """Mean rate of the neurons of every cell between two times, in Hz; NaN where none is."""
    number = shape[0] * shape[1]
    counts = spikes.counts(start, stop)
    fired = numpy.bincount(cell, counts[:len(cell)], number)
    neurons = numpy.bincount(cell, minlength=number)
    with numpy.errstate(invalid="ignore", divide="ignore"):
        return (fired / neurons / ((stop - start) / 1000)).reshape(shape)


def draw(data):
    file = data.open("positions.h5")
    groups = {} if file is None else {name: file["nodes"][name]["0"] for name in data.spikes if name in file["nodes"]}
    start, stop = data.shown or (0.0, 0.0)
    if not groups or stop <= start:
        raise results.Missing("no positions, or no spikes of their neurons, were recorded")
    width = min(MOMENT_MS, (stop - start) / 3)
    moments = [start + part * (stop - start) - width / 2 for part in (0.25, 0.5, 0.75)]
    spans = [*((at, at + width) for at in moments), data.span]
    figure = look.figure(0.4 + 1.75 * len(groups))
    panels = figure.subplots(len(groups), 4, squeeze=False)
    for row, (name, group) in zip(panels, groups.items()):
        cell, shape, axes, limits = cells_of(group)
        maps = [rates(data.spikes[name], cell, shape, *span) for span in spans]
        highest = max(numpy.nanmax(values) for values in maps[:3]) or 1.0
        for number, (panel, values, span) in enumerate(zip(row, maps, spans)):
            show(panel, values, axes, limits, highest if number < 3 else numpy.nanmax(values) or 1.0)
            panel.set_title(f"{span[0]:.6g} to {span[1]:.6g} ms", fontsize=8)
            if number > 0 and len(axes) == 2:
                panel.set_yticklabels([])
        row[0].set_ylabel(f"{name}\n" + (f"{axes[1]} (mm)" if len(axes) == 2 else "rate (Hz)"))
        if len(axes) == 2:
            for panel in row[2:]:
                figure.colorbar(panel.images[0], cax=panel.inset_axes([1.05, 0.0, 0.07, 1.0]), label="rate (Hz)")
    return figure


def show(panel, values, axes, limits, highest):
    """A map of two axes, a line over one."""
    panel.set_xlabel(f"{axes[0]} (mm)")
    if len(axes) == 2:
        panel.imshow(values.T, origin="lower", cmap="viridis", extent=(*limits[0], *limits[1]), vmin=0, vmax=highest,
                     aspect="equal", interpolation="nearest")
    else:
        panel.stairs(values[:, 0], numpy.linspace(*limits[0], len(values) + 1), color=look.color(0))
        panel.set_ylim(0, 1.05 * highest)
    (left, right), upright = limits[0], limits[-1]
    if right - left > 0.8 * (upright[1] - upright[0]):
        panel.locator_params(axis="x", nbins=3)
    else:  # no room for more labels
        panel.set_xticks([left, right], [f"{left:.2g}", f"{right:.2g}"])
