# SPDX-License-Identifier: BSD-3-Clause
"""Every shell script of the source tree parses, is executable and passes shellcheck, where that is installed."""
import os
import pathlib
import re
import shutil
import subprocess
import sys

ROOT = pathlib.Path(os.environ["VOLLEY_SOURCE"])
SHELL = re.compile(rb"#! ?/(usr/)?bin/(env )?(ba)?sh\b")
SKIPPED = {".git", "build", "results"}


def scripts():
    """Files that end in .sh or start with the name of a shell."""
    for folder, folders, files in os.walk(ROOT):
        folders[:] = sorted(set(folders) - SKIPPED)
        for file in (pathlib.Path(folder, name) for name in sorted(files)):
            with open(file, "rb") as opened:
                is_script = SHELL.match(opened.readline())
            if is_script or file.suffix == ".sh":
                yield file


def failed(command):
    result = subprocess.run(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
    if result.returncode:
        print(result.stdout)
    return result.returncode != 0


def main():
    bad, names = False, []
    if not shutil.which("shellcheck"):
        print("shellcheck is not installed (Debian: shellcheck): scripts are only parsed")
    for script in scripts():
        names.append(script.relative_to(ROOT).as_posix())
        bad |= failed(["bash", "-n", script])
        if shutil.which("shellcheck"):
            bad |= failed(["shellcheck", "--severity=warning", script])
        if not os.access(script, os.X_OK):
            print(f"{names[-1]} is not executable")
            bad = True
    for name in ("jobs/laptop.sh", "jobs/slurm/requeue.sh", "tests/run.sh"):
        if name not in names:
            print(f"{name} was not found")
            bad = True
    return bad


sys.exit(main())
