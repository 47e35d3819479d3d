"""configs/seeds/plot.py draws the figure of every system that it names, and says what is wrong when it cannot."""
import os
import re
import subprocess
import sys
from support import volley

SEEDS = os.path.join(volley.SOURCE, "configs", "seeds")
SCRIPT = os.path.join(SEEDS, "plot.py")


def plot(*arguments):
    return subprocess.run([sys.executable, SCRIPT, *arguments], capture_output=True, text=True, timeout=120)


def figures(directory):
    with open(SCRIPT, encoding="utf-8") as file:
        names = re.findall(r'^    "(\w+)": ', file.read().split("FIGURES = {")[1], re.MULTILINE)
    assert len(names) >= 6, names
    for name in names:
        result = os.path.join(directory, name)
        volley.run(os.path.join(SEEDS, name + ".yaml"), result)
        done = plot(name, result)
        assert done.returncode == 0 and done.stdout.strip() == os.path.join(result, "figure.png"), (name, done.stderr)
        with open(os.path.join(result, "figure.png"), "rb") as file:
            assert file.read(8) == b"\x89PNG\r\n\x1a\n"


def errors(directory):
    done = plot("neurons_stpd")
    assert done.returncode == 1 and "neurons_stdp" in done.stderr, done
    done = plot("stdp_window", directory)
    assert done.returncode == 1 and directory in done.stderr and "Traceback" not in done.stderr, done


try:
    import matplotlib  # noqa: F401
except ImportError:
    print("skipped: pictures need matplotlib (Debian: python3-matplotlib; jobs/setup.sh --tests)")
else:
    volley.main([figures, errors])
