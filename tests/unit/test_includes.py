# SPDX-License-Identifier: BSD-3-Clause
"""The order of use between folders: a file includes headers of its own folder and of earlier ones only. Paths in comments
exist, and no two files of the program have one name."""
import os
import pathlib
import re
import sys

ROOT = pathlib.Path(os.environ["VOLLEY_SOURCE"])
ORDER = ["base", "comm", "document", "models", "files", "net", "sonata", "partition", "config", "wiring", "forecast", "io",
         "sim", "run", "commands"]
# Earlier in the order and still not for them: models and networks know nothing of ranks, bytes nothing of models.
FORBIDDEN = {("document", "comm"), ("models", "comm"), ("models", "document"), ("files", "models"),
             ("files", "document"), ("net", "comm"), ("net", "files"), ("net", "document"), ("partition", "sonata")}
# Files of one folder that may use no more than these: checkpoints know no owner of state.
NARROW = {"src/sim/checkpoint/": ("base/", "comm/", "files/", "io/checkpoint/", "sim/checkpoint/", "sim/team.h")}
# Libraries that few files may know.
LIBRARIES = {
    "mpi.h": lambda path: path.startswith("src/comm/") and (path.endswith(".c") or path == "src/comm/transport.h")
    or path in ("src/files/h5.c", "src/commands/version.c"),
    "hdf5.h": lambda path: path == "src/files/h5_inside.h",
}
NAMED = re.compile(r"(?<![\w/.])((?:src/)?(?:%s)(?:/\w+)+\.(?:c|h|inc|def|py))\b" % "|".join(ORDER))
INCLUDE = re.compile(r'^\s*#\s*include\s*([<"])([^>"]+)[>"]', re.MULTILINE)


def folder_of(path):
    """The folder of a source file; None for src/main.c, which uses all."""
    parts = path.split("/")
    return parts[0] if parts[0] != "src" else parts[1] if len(parts) > 2 else None


def problem(path, quote, header):
    """What is wrong with one include, or None."""
    if quote == "<":
        allowed = LIBRARIES.get(header)
        return f"includes <{header}>, which is for others" if allowed and not allowed(path) else None
    used, user = header.split("/")[0], folder_of(path)
    if "/" not in header or used not in ORDER:
        return f'includes "{header}": not written as folder/file.h'
    if user is None:
        return None
    for start, allowed in NARROW.items():
        if path.startswith(start) and not header.startswith(allowed):
            return f'includes "{header}", which files of {start} do not need to know'
    if ORDER.index(used) > ORDER.index(user) or (user, used) in FORBIDDEN:
        return f'includes "{header}": {user} may not use {used}'
    return None


def missing_paths(text):
    """Files of the program that a text names and that are not there."""
    return sorted({name for name in NAMED.findall(text)
                   if not any((ROOT / top / (name + end)).exists() for top in ("", "src") for end in ("", ".in"))})


def main():
    problems, seen, names = [], set(), {}
    for top in ("src", "partition", "io"):
        for file in sorted((ROOT / top).rglob("*")):
            if file.suffix not in (".c", ".h", ".inc", ".in"):
                continue
            path = file.relative_to(ROOT).as_posix()
            folder = folder_of(path)
            seen.add(folder)
            if folder is not None and folder not in ORDER:
                problems.append(f"{path}: {folder} has no place in the order of folders")
                continue
            text = file.read_text()
            problems += [f"{path} names {name}, which is not there" for name in missing_paths(text)]
            if file.suffix in (".c", ".h"):
                names.setdefault(file.name, []).append(path)
            for quote, header in INCLUDE.findall(text):
                what = problem(path, quote, header)
                if what:
                    problems.append(f"{path} {what}")
    problems += [f"one name for {', '.join(paths)}" for paths in names.values() if len(paths) > 1]
    problems += [f"no source file found in {folder}" for folder in ORDER if folder not in seen]
    print("\n".join(problems))
    return bool(problems)


sys.exit(main())
