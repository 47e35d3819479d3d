#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-3-Clause
"""Pictures of a result directory; `volley plot` calls it and says what its arguments mean.

usage: plot.py DIR [NAME]... [-o PATH] [--time START STOP]

Needs h5py, numpy and matplotlib (Debian: python3-h5py python3-numpy python3-matplotlib)."""
import argparse
import difflib
import errno
import importlib
import os
import sys

sys.dont_write_bytecode = True  # the folder may belong to somebody else
sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))  # isolated Pythons (-I) leave it out
# Nothing here gains from threads of the linear algebra, each of which takes memory.
os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")

# What h5py and numpy say of files that are not what they should be.
UNREADABLE = (OSError, KeyError, ValueError, TypeError, IndexError, AttributeError, OverflowError, RuntimeError)
NAMES = ("raster", "distributions", "states", "weights", "window", "phases", "space")


def fail(message):
    print(f"volley: plot: {message}", file=sys.stderr)
    sys.exit(2)


def need_modules():
    """One message that names all modules that are missing."""
    missing = []
    for name in ("h5py", "numpy", "matplotlib"):
        try:
            importlib.import_module(name)
        except ImportError:
            missing.append(name)
    if missing:
        packages = " ".join(f"python3-{name}" for name in missing)
        fail(f"{sys.executable} lacks {', '.join(missing)} (Debian: {packages}); VOLLEY_PYTHON names another python3")


def read_arguments():
    parser = argparse.ArgumentParser(prog="volley plot", allow_abbrev=False)
    parser.error = fail
    parser.add_argument("directory")
    parser.add_argument("names", nargs="*")
    parser.add_argument("-o")
    parser.add_argument("--time", nargs=2, type=float)
    arguments = parser.parse_args()
    for name in arguments.names:
        if name not in NAMES:
            near = difflib.get_close_matches(name, NAMES, 1, 0.0)[0]
            fail(f"unknown picture {name}; allowed {', '.join(NAMES)}; did you mean {near}?")
    if not os.path.isdir(arguments.directory):
        fail(f"{arguments.directory} is not a directory")
    if arguments.time is not None and not 0 <= arguments.time[0] < arguments.time[1] < float("inf"):
        start, stop = arguments.time
        fail(f"--time {start:g} {stop:g}: a span from START to a later STOP, in ms, is expected")
    return arguments


def is_picture(path):
    """Whether -o names a picture, not a folder."""
    return path is not None and os.path.splitext(path)[1] != "" and not os.path.isdir(path)


def places(arguments):
    """name -> file to write. One that is not asked for by name may be left out."""
    if is_picture(arguments.o):
        if len(arguments.names) > 1:
            fail(f"-o {arguments.o} is one picture, but {len(arguments.names)} are asked for; name a folder")
        return {(arguments.names or ["raster"])[0]: arguments.o}
    folder = arguments.o if arguments.o is not None else arguments.directory
    try:
        os.makedirs(folder, exist_ok=True)
    except OSError as error:
        fail(f"{folder} cannot be made: {error.strerror}")
    return {name: os.path.join(folder, name + ".png") for name in arguments.names or NAMES}


def exit_code(error):
    """3 for a disk or quota that is full, or a file that may not become larger, else 1."""
    return 3 if error.errno in (errno.ENOSPC, errno.EDQUOT, errno.EFBIG) else 1


def tell(picture):
    """volley lists the picture among the files of its directory."""
    pipe = os.environ.get("VOLLEY_PICTURES", "")
    if pipe.isdigit():
        os.write(int(pipe), os.fsencode(picture) + b"\0")


def save(figure, picture):
    """Writes a picture under its name when it is complete; devices and pipes are written as they are."""
    target = os.path.realpath(picture)
    in_place = os.path.exists(target) and not os.path.isfile(target)
    base, ending = os.path.splitext(target)
    temporary = target if in_place else f"{base}.tmp{os.getpid()}{ending}"
    try:
        figure.savefig(temporary)
        if not in_place:
            os.replace(temporary, target)
            tell(target)
    except BaseException:
        if not in_place and os.path.exists(temporary):
            os.unlink(temporary)
        raise


def say(text):
    """Prints a line; standard output that cannot be written ends the program."""
    try:
        print(text, flush=True)
    except OSError as error:
        print(f"volley: cannot write standard output: {error.strerror}", file=sys.stderr)
        os._exit(exit_code(error))  # without another try to write what is left


def draw(name, data, picture, needed):
    """Writes one picture, or says why it is left out; that is an error where it was asked for."""
    import results
    try:
        figure = importlib.import_module(name).draw(data)
    except results.Missing as reason:
        if needed:
            fail(f"{data.directory} has nothing for {name}: {reason}")
        say(f"{picture} left out: {reason}")
        return
    except MemoryError:
        print(f"volley: plot: not enough memory for {name} of {data.directory}", file=sys.stderr)
        sys.exit(3)
    except UNREADABLE as error:
        fail(f"{data.directory} cannot be read: {error}")
    try:
        save(figure, picture)
    except OSError as error:
        print(f"volley: plot: {picture} cannot be written: {error.strerror}", file=sys.stderr)
        sys.exit(3 if exit_code(error) == 3 else 2)
    except ValueError as error:
        fail(f"{picture} cannot be written: {error}")
    importlib.import_module("matplotlib.pyplot").close(figure)
    say(picture)


def main():
    need_modules()
    arguments = read_arguments()
    import results
    try:
        data = results.Results(arguments.directory, tuple(arguments.time) if arguments.time else None)
    except UNREADABLE as error:
        fail(f"{arguments.directory} cannot be read: {error}")
    if data.span is None and not data.run:
        fail(f"{arguments.directory} holds neither spikes.h5 nor segments spikes-<step>.part.h5, nor run.json")
    needed = bool(arguments.names) or is_picture(arguments.o)
    for name, picture in places(arguments).items():
        draw(name, data, picture, needed)


main()
