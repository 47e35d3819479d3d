# SPDX-License-Identifier: BSD-3-Clause
"""All C code is formatted as .clang-format says, by the clang-format of Debian 12."""
import re
from style import tools

VERSION = "14"


def findings(paths):
    code, text = tools.output_of(["clang-format", "--dry-run", "-Werror", *map(str, paths)])
    return text if code else ""


def main():
    tools.need("clang-format")
    version = re.search(r"version (\d+)", tools.output_of(["clang-format", "--version"])[1]).group(1)
    if version != VERSION:
        tools.lacking(f"clang-format is version {version}, and formats code differently from version {VERSION}")
    code, text = tools.output_of(["clang-format", "--dry-run", "-Werror", "--assume-filename=src/main.c"], text="int  main(void){}\n")
    assert code and "clang-format-violations" in text, "clang-format does not find unformatted code"

    paths = tools.sources("src", "io", "partition", "configs", "tests")
    assert len(paths) > 300, paths
    bad = tools.in_parallel(findings, [paths[i::8] for i in range(8)])
    tools.report([text for text in bad if text], "clang-format -i FILE formats a file")


main()
