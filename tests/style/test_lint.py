# SPDX-License-Identifier: BSD-3-Clause
"""The fast part of static analysis finds nothing: cppcheck, and clang-tidy without its analyzer. `tests/lint.sh BUILD`
does all of it."""
from style import tools


def main():
    tools.need("clang-tidy")
    tools.need("cppcheck")
    code, text = tools.output_of([tools.ROOT / "tests/lint.sh", "--fast", tools.BUILD])
    tools.report([text] if code else [], "tests/lint.sh finds this")


main()
