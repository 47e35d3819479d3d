/* SPDX-License-Identifier: BSD-3-Clause */
/* volley run: its options. */
#include "commands/commands.h"

#include "base/status.h"
#include "commands/options.h"
#include "run/run.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static int take_threads(const volley_option *option, const char *value, void *member) {
    char *end;
    long number = strtol(value, &end, 10);
    CHECK(*end == '\0' && number >= 1 && number <= 4096, VOLLEY_USAGE, "%s %s: not a number from 1 to 4096",
          option->name, value);
    *(int *)member = (int)number;
    return VOLLEY_OK;
}

static int take_virtual(const volley_option *option, const char *value, void *member) {
    volley_virtual_rank *virtual = member;
    char *slash, *end;
    long k = strtol(value, &slash, 10), n = *slash == '/' ? strtol(slash + 1, &end, 10) : 0;
    CHECK(slash != value && *slash == '/' && slash[1] != '\0' && *end == '\0' && n >= 1 && n <= 100000000 &&
              k >= 0 && k < n,
          VOLLEY_USAGE, "%s %s: not K/R with R ranks and a rank K from 0 to R - 1", option->name, value);
    *virtual = (volley_virtual_rank){(int)k, (int)n};
    return VOLLEY_OK;
}

static int take_branch(const volley_option *option, const char *value, void *member) {
    volley_resume *resume = member;
    CHECK(resume->n_branches < VOLLEY_MAX_BRANCHES, VOLLEY_USAGE, "run: more than %d %s", VOLLEY_MAX_BRANCHES,
          option->name);
    resume->branches[resume->n_branches++] = value;
    return VOLLEY_OK;
}

static int take_resume(const volley_option *option, const char *value, void *member) {
    (void)option;
    volley_resume *resume = member;
    resume->wanted = true;
    resume->from = value ? value : resume->from;
    return VOLLEY_OK;
}

static int take_progress(const volley_option *option, const char *value, void *member) {
    CHECK(strcmp(value, "auto") == 0 || strcmp(value, "on") == 0 || strcmp(value, "off") == 0, VOLLEY_USAGE,
          "%s %s: allowed: auto, on, off", option->name, value);
    *(const char **)member = value;
    return VOLLEY_OK;
}

#define MEMBER(name) offsetof(volley_run_options, name)
static const volley_option options_of_run[] = {
    {"-o", "DIR", "result directory; one that holds results is refused without --overwrite", volley_take_text,
     MEMBER(directory)},
    {"--set", "KEY=VALUE", "changes a key of the config: --set simulation.duration=2000; the last one wins",
     volley_take_set, MEMBER(sets)},
    {"--threads", "N",
     "OpenMP threads per rank (simulation.threads of the config, else\n"
     "OMP_NUM_THREADS, else the cores of the rank)",
     take_threads, MEMBER(threads)},
    {"--overwrite", NULL, "replaces the results in DIR", volley_take_switch, MEMBER(overwrite)},
    {"--resume", "DIR|FILE",
     "goes on from the newest checkpoint of a directory (that of the results), or\n"
     "from a file; on any number of ranks and threads, with the same results",
     take_resume, MEMBER(resume)},
    {"--branch", "KEY",
     "with --resume and -o: stimuli, signals, record or a projection's plasticity may\n"
     "differ from the run of the checkpoint; recordings begin there",
     take_branch, MEMBER(resume)},
    {"--progress", "MODE",
     "auto (default): a line that moves on a terminal, else a new one every 10 s;\n"
     "on: the line that moves, also behind mpirun; off",
     take_progress, MEMBER(progress)},
    {"--virtual-rank", "K/R",
     "runs rank K of a job of R ranks alone (K from 0), with spikes drawn at the\n"
     "expected rates in place of the others': measures time and memory of a share,\n"
     "and gives no results",
     take_virtual, MEMBER(virtual)},
    {"-q", NULL, "no progress and no summary", volley_take_switch, MEMBER(quiet)},
};

static const volley_command_line command_line = {
    .command = "run",
    .usage =
        "usage: volley run CONFIG [-o DIR] [--set KEY=VALUE]... [--threads N] [--overwrite]\n"
        "                  [--resume [DIR|FILE]] [--branch KEY]... [--progress auto|on|off] [-q]\n\n"
        "Simulates the network of a YAML config, or of a SONATA simulation config (JSON), and writes the\n"
        "results to DIR (results.directory of the config, else results/<config name>).\n",
    .after =
        "\nenvironment:\n"
        "  VOLLEY_SIMD=plain|avx2|avx512   vector unit (the best one of the machine); results are the same\n"
        "  VOLLEY_MODELS=A.so[:B.so]   models in shared libraries (src/models/README.md)\n"
        "  VOLLEY_RECORD_BUFFER=N   spikes that a rank keeps before they are written (1048576)\n"
        "  VOLLEY_FAULT=<parse|partition|build|step|exchange|record|checkpoint|checkpoint_data|\n"
        "                checkpoint_name>:<rank>[:<step>][:error|exit|stop|nomem]\n"
        "                           a failure on purpose, to see how a job ends; a rank that is stopped\n"
        "                           (stop) and the others wait until it gets SIGCONT or the job is ended\n\n"
        "Exit code: 0 done, 1 failed while running, 2 usage or config error, found before the start,\n"
        "3 memory or disk exhausted, 75 stopped by a signal after a checkpoint. Signals: SIGUSR1 checkpoint\n"
        "and go on, SIGUSR2 and SIGTERM checkpoint and stop.\n\n"
        "example: mpirun -n 2 volley run configs/examples/balanced.yaml --threads 1 -o results/first\n",
    .options = options_of_run,
    .n_options = sizeof options_of_run / sizeof *options_of_run,
    .lenient = "--resume",
    .takes = volley_resume_takes,
    .refusal = "there is no directory of this name, nor is it a checkpoint (.h5)",
    .word = "config",
    .most = 1,
    .words = MEMBER(config),
    .help = MEMBER(help),
};

int volley_run_parse(volley_run_options *o, int argc, char **argv) {
    *o = (volley_run_options){.progress = "auto"};
    TRY(volley_options_read(&command_line, argc, argv, o));
    CHECK(o->help || o->config != NULL, VOLLEY_USAGE,
          "run: no config given; usage: volley run CONFIG [-o DIR] ...");
    return o->help ? VOLLEY_OK : volley_resume_check_branches(&o->resume);
}

int volley_command_run(int argc, char **argv) {
    static volley_run_options options;
    int status = volley_run_parse(&options, argc, argv);
    if (options.help) {
        volley_options_help(&command_line, stdout);
        return VOLLEY_OK;
    }
    return volley_run_program(&argc, &argv, &options, status);
}
