# SPDX-License-Identifier: BSD-3-Clause
"""What all pictures look like: sizes for print, and colours that are told apart by the colour-blind and, one beside the
other, in grey."""
import matplotlib

matplotlib.use("Agg")
import matplotlib.pyplot as plt  # noqa: E402

WIDTH = 7.2  # inches, the text width of a page
GREY = "0.45"
# Okabe and Ito, dark and light in turn.
COLORS = ("#0072B2", "#E69F00", "#009E73", "#56B4E9", "#D55E00", "#999999", "#000000", "#CC79A7")
LINES = ("-", (0, (5, 1.5)), (0, (1, 1)), (0, (4, 1, 1, 1)))

plt.rcParams.update({
    "font.size": 9, "axes.labelsize": 9, "axes.titlesize": 9, "legend.fontsize": 8, "xtick.labelsize": 8,
    "ytick.labelsize": 8, "axes.spines.top": False, "axes.spines.right": False, "legend.frameon": False,
    "lines.linewidth": 1.2, "savefig.dpi": 130, "axes.axisbelow": True})


def color(number):
    return COLORS[number % len(COLORS)]


def line(number):
    """Color and dashes of the number-th of several curves."""
    return {"color": color(number), "linestyle": LINES[number // 2 % len(LINES)]}


def figure(height):
    return plt.figure(figsize=(WIDTH, height), constrained_layout=True)


def note(axes, text):
    """A remark above the right end of the axes."""
    axes.set_title(text, loc="right", fontsize=8, color=GREY)


def number(value):
    """1234567 as 1.2 million, for labels."""
    for factor, word in ((1e9, "billion"), (1e6, "million")):
        if value >= factor:
            return f"{value / factor:.3g} {word}"
    return f"{value:,}"


def several(count, word):
    return f"{number(count)} {word}" if count != 1 else f"1 {word.removesuffix('s')}"
