# SPDX-License-Identifier: BSD-3-Clause
"""Clang finds nothing to warn of in the program and its tests, with the warnings of the build (CMakeLists.txt)."""
from style import tools


def findings(command):
    path, folder, arguments = command
    code, text = tools.output_of(["clang", "-fsyntax-only", "-Werror", "-Wno-unknown-warning-option", *arguments], folder)
    return f"{text}\n{path}: clang fails" if code else ""


def main():
    tools.need("clang")
    commands = tools.compile_commands()
    assert len(commands) > 250 and all("-Wextra" in arguments for _, _, arguments in commands), len(commands)
    code, text = tools.output_of(["clang", "-fsyntax-only", "-Werror", "-Wextra", "-xc", "-"], text="int f(int a) {\n}\n")
    assert code and "unused parameter" in text, "clang does not warn"
    bad = tools.in_parallel(findings, commands)
    tools.report([text for text in bad if text], "clang warns of these lines")


main()
