# SPDX-License-Identifier: BSD-3-Clause
"""Every source file names its licence in its first line (in its second after #!), and then says what it holds."""
import os
import pathlib
import re
import sys

ROOT = pathlib.Path(os.environ["VOLLEY_SOURCE"])
LICENCE = "SPDX-License-Identifier: BSD-3-Clause"
C = (".c", ".h", ".inc", ".def", ".in")
SCRIPTS = (".py", ".sh", ".cmake")
SENTENCE = re.compile(r"/\* \S+ \S+")


def sources():
    """The source files of the tree, without the data of the tests."""
    for top in ("src", "partition", "io", "tests", "jobs", "configs"):
        for file in sorted((ROOT / top).rglob("*")):
            data = file.is_relative_to(ROOT / "tests/fuzz/seeds") or file.is_relative_to(ROOT / "tests/fuzz/cases")
            if not data and (file.suffix in C + SCRIPTS or file.name == "CMakeLists.txt"):
                yield file
    yield ROOT / "CMakeLists.txt"
    yield ROOT / ".ci/run"


def problem(file):
    """What is wrong with the first lines of a file, or None."""
    lines = file.read_text(encoding="utf-8").split("\n")
    if lines[0].startswith("#!"):
        lines = lines[1:]
    in_c = file.suffix in C and not file.name.endswith(".pc.in")
    licence = f"/* {LICENCE} */" if in_c else f"# {LICENCE}"
    if lines[0] != licence:
        return f"does not begin with {licence}"
    if in_c and not SENTENCE.match(lines[1]):
        return "does not say in a comment what it holds, before all else"
    return None


def main():
    files = list(sources())
    problems = [f"{file.relative_to(ROOT)} {what}" for file in files if (what := problem(file))]
    if len(files) < 500:
        problems.append(f"only {len(files)} source files found")
    print("\n".join(problems))
    return bool(problems)


sys.exit(main())
