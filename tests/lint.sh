#!/bin/bash
# SPDX-License-Identifier: BSD-3-Clause
# Static analysis of the program with the compile commands of a build: tests/lint.sh [--fast] [BUILD] (build/release),
# or the target lint of a build. Runs clang-tidy (.clang-tidy) and cppcheck, or the one that is installed; both have to
# find nothing. --fast leaves out clang-tidy's analyzer, which takes most of the time; the test style.test_lint runs it.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."

# One file a process: clang-tidy 14 finds unset va_lists where its analyzer has read another file before.
tidy=(-n 1 -P "$(nproc)" clang-tidy)
if [ "${1-}" = --fast ]; then
    tidy=(-n 12 -P "$(nproc)" clang-tidy --checks=-clang-analyzer-*)
    shift
fi
build=${1-build/release}
if [ ! -e "$build/compile_commands.json" ]; then
    echo "$build has not been configured: cmake --preset release" >&2
    exit 2
fi
build=$(realpath "$build") # or cppcheck does not know what to ignore
bad=0

if command -v clang-tidy >/dev/null; then
    find src io partition -name '*.c' -print0 | sort -z |
        xargs -0 "${tidy[@]}" -p "$build" --quiet 2> >(grep -v 'warnings\? generated' >&2) || bad=1
else
    echo "clang-tidy is not installed (Debian: clang-tidy)"
fi

# variableScope: a variable stands with those it belongs to. unusedStructMember: it looks past union members.
# knownConditionTrueFalse: it takes the smaller of two numbers for 0. preprocessorErrorDirective: it expands LEVEL where no kernel is made.
if command -v cppcheck >/dev/null; then
    cppcheck --quiet --enable=warning,performance,portability,style --inline-suppr --error-exitcode=1 \
        --suppress=variableScope --suppress=unusedStructMember --suppress=knownConditionTrueFalse \
        --suppress='*:*Random123*' --suppress='preprocessorErrorDirective:*pair.h' \
        --project="$build/compile_commands.json" -i "$PWD/tests/" -j "$(nproc)" || bad=1
else
    echo "cppcheck is not installed (Debian: cppcheck)"
fi

exit "$bad"
