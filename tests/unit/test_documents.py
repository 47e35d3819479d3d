# SPDX-License-Identifier: BSD-3-Clause
"""The documents: every link leads to a file or a heading, every file and folder that is named exists, the first page is
short, every folder with a page is named in it, and the configs and commands that stand in them work."""
import os
import pathlib
import re
import shlex
import subprocess
from support import volley

ROOT = pathlib.Path(volley.SOURCE)
FIRST_PAGE_MAX = 10240
PAGES = ["README.md", "CONTRIBUTING.md", "CHANGELOG.md", "src/README.md", "src/models/README.md", "partition/README.md",
         "io/README.md", "configs/README.md", "configs/benchmarks/README.md", "jobs/README.md", "tests/README.md"]
LINK = re.compile(r"\[[^\]]*\]\(([^)\s]+)\)")
NAMED = re.compile(r"`([\w.-]*(?:/[\w.-]+)*(?:/|/[\w-]+\.(?:c|h|py|sh|def|inc|md|yaml|png|json|cmake)))(?:`| )")


def read(page):
    return (ROOT / page).read_text(encoding="utf-8")


def prose(text):
    """A page without its blocks of code."""
    return re.sub(r"^```.*?^```$", "", text, flags=re.MULTILINE | re.DOTALL)


def anchors(page):
    """The headings of a page as the ends of links, made as GitHub makes them."""
    titles = re.findall(r"^#+ (.+)$", prose(read(page)), re.MULTILINE)
    names = [re.sub(r"[^\w\- ]", "", title.lower()).replace(" ", "-") for title in titles]
    twice = sorted({name for name in names if names.count(name) > 1})
    assert not twice or page == "CHANGELOG.md", f"{page} has two headings {twice}"
    return names


def test_pages(_):
    size = (ROOT / "README.md").stat().st_size
    assert size <= FIRST_PAGE_MAX, f"README.md has {size} bytes, {FIRST_PAGE_MAX} are allowed"
    first = read("README.md")
    for page in PAGES[1:]:
        assert f"]({page})" in first, f"README.md has no link to {page}"
        assert read(page).startswith("# "), f"{page} has no title"


def test_links(_):
    problems = []
    for page in PAGES:
        for link in LINK.findall(prose(read(page))):
            if re.match(r"https?://", link):
                continue
            path, _, heading = link.partition("#")
            target = os.path.normpath(os.path.join(os.path.dirname(page), path)) if path else page
            if not (ROOT / target).exists():
                problems.append(f"{page}: {link} leads nowhere")
            elif heading and (not target.endswith(".md") or heading not in anchors(target)):
                problems.append(f"{page}: {link} leads to no heading")
    assert not problems, "\n".join(problems)


def test_names(_):
    """Files and folders that pages name, from the top of the tree or from a folder of it."""
    paths = {file.relative_to(ROOT).as_posix() + ("/" if file.is_dir() else "")
             for top in ("src", "partition", "io", "configs", "jobs", "tests") for file in (ROOT / top).rglob("*")}
    ends = {"/".join(path.split("/")[i:]) for path in paths for i in range(path.rstrip("/").count("/") + 1)}
    problems, found = [], 0
    for page in PAGES:
        for name in NAMED.findall(read(page)) if page != "CHANGELOG.md" else []:
            found += 1
            beside = os.path.normpath(os.path.join(os.path.dirname(page), name))
            made = name.startswith(("build/", "results/", "DIR/"))
            if not made and name not in ends and not (ROOT / name).exists() and not (ROOT / beside).exists():
                problems.append(f"{page} names {name}, which is not there")
    assert not problems, "\n".join(problems)
    assert found > 150, found


def test_configs(directory):
    """Every block of YAML that holds a simulation is a config."""
    found = 0
    for page in PAGES:
        for block in re.findall(r"^```yaml\n(.*?)^```$", read(page), re.MULTILINE | re.DOTALL):
            if block.startswith("simulation:"):
                done = volley.start(["check", volley.write(directory, "config.yaml", block)])
                assert done.returncode == 0, (page, done.stderr)
                found += 1
    assert found == 2, found


def test_first_config(directory):
    """The config of the first page, and the commands below it: every population fires, but not wildly."""
    section = re.search(r"^## A first config\n(.*?)^## ", read("README.md"), re.MULTILINE | re.DOTALL)[1]
    volley.write(directory, "first.yaml", re.search(r"^```yaml\n(.*?)^```$", section, re.MULTILINE | re.DOTALL)[1])
    commands = re.findall(r"^    (build/release/volley [\w ./]*?)(?:  .*)?$", section, re.MULTILINE)
    assert [shlex.split(command)[1] for command in commands] == ["check", "run", "info", "plot"], commands
    for command in commands:
        words = [volley.PROGRAM] + shlex.split(command)[1:]
        done = subprocess.run(words, cwd=directory, capture_output=True, text=True, timeout=120 * volley.PATIENCE)
        if words[1] == "plot" and "matplotlib" in done.stderr:
            continue
        assert done.returncode == 0, (command, done.stderr)
    rates = volley.read_run(os.path.join(directory, "results", "first"))["populations"]
    for name in ("E", "I"):
        assert 1.0 < rates[name]["rate_hz"] < 60.0, rates


if __name__ == "__main__":
    volley.main([test_pages, test_links, test_names, test_configs, test_first_config])
