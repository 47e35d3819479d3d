# SPDX-License-Identifier: BSD-3-Clause
"""What the tests of style share: the tools that they need, the files of the tree, and one process a core."""
import concurrent.futures
import json
import os
import pathlib
import shlex
import shutil
import subprocess
import sys

ROOT = pathlib.Path(os.environ["VOLLEY_SOURCE"])
BUILD = pathlib.Path(os.environ["VOLLEY_BUILD"])
SKIPPED = 77  # CTest shows a test that returns this as skipped


def lacking(message):
    """Skips the test on a user's machine, and fails it in CI, where the tools have to be."""
    print(message)
    sys.exit(1 if os.environ.get("CI") else SKIPPED)


def need(tool):
    """The test needs this tool, whose Debian package has the same name."""
    if not shutil.which(tool):
        lacking(f"{tool} is not installed (Debian: {tool}; jobs/setup.sh --tests installs it)")


def output_of(command, folder=ROOT, text=None):
    """Exit code and all output of a command."""
    done = subprocess.run(command, cwd=folder, input=text, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
    return done.returncode, done.stdout


def in_parallel(function, items):
    """What the function returns for each item, in their order, with as many calls at a time as there are cores."""
    with concurrent.futures.ThreadPoolExecutor(len(os.sched_getaffinity(0))) as pool:
        return list(pool.map(function, items))


def sources(*folders, endings=(".c", ".h", ".inc")):
    """Source files of the tree below these folders."""
    return [path for folder in folders for path in sorted((ROOT / folder).rglob("*"))
            if path.suffix in endings and path.is_file()]


def compile_commands():
    """For each file that the build compiles: (file, folder, arguments of the compiler without its name and output)."""
    found = {}
    for entry in json.loads((BUILD / "compile_commands.json").read_text(encoding="utf-8")):
        words = shlex.split(entry["command"])
        if os.path.basename(words[0]) == "ccache":
            words.pop(0)
        at = words.index("-o")
        arguments = [word for word in words[1:at] + words[at + 2:] if word != "-c"]
        found.setdefault(entry["file"], (entry["file"], entry["directory"], arguments))
    return list(found.values())


def report(bad, advice):
    """Ends the test: it fails when there are findings, which are shown."""
    for text in bad:
        print(text.rstrip())
    if bad:
        print(advice)
    sys.exit(bool(bad))
