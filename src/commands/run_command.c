/* SPDX-License-Identifier: BSD-3-Clause */
/* volley run: its options. */
#include "commands/commands.h"

#include "base/status.h"
#include "run/run.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static void help(void) {
    puts("usage: volley run CONFIG [-o DIR] [--set KEY=VALUE]... [--threads N] [--overwrite]\n"
         "                  [--resume [DIR|FILE]] [--branch KEY]... [--progress auto|on|off] [-q]\n\n"
         "Simulates the network of a YAML config, or of a SONATA simulation config (JSON), and writes the\n"
         "results to DIR (results.directory of the config, else results/<config name>).\n"
         "  -o DIR             result directory; one that holds results is refused without --overwrite\n"
         "  --set KEY=VALUE    changes a key of the config: --set simulation.duration=2000\n"
         "  --threads N        OpenMP threads per rank (simulation.threads of the config, else "
         "OMP_NUM_THREADS,\n"
         "                     else the cores of the rank)\n"
         "  --overwrite        replaces the results in DIR\n"
         "  --resume [PATH]    goes on from the newest checkpoint of a directory (that of the results), or "
         "from a\n"
         "                     file; on any number of ranks and threads, with the same results\n"
         "  --branch KEY       with --resume and -o: stimuli, signals, record or a projection's plasticity "
         "may\n"
         "                     differ from the run of the checkpoint; recordings begin there\n"
         "  --progress MODE    auto (default): a line that moves on a terminal, else a new one every 10 s;\n"
         "                     on: the line that moves, also behind mpirun; off\n"
         "  --virtual-rank K/R runs rank K of a job of R ranks alone (K from 0), with spikes drawn at the\n"
         "                     expected rates in place of the others': measures time and memory of a share,\n"
         "                     and gives no results\n"
         "  -q                 no progress and no summary\n\n"
         "environment:\n"
         "  VOLLEY_SIMD=plain|avx2|avx512   vector unit (the best one of the machine); results are the same\n"
         "  VOLLEY_MODELS=A.so[:B.so]   models in shared libraries (src/models/README.md)\n"
         "  VOLLEY_RECORD_BUFFER=N   spikes that a rank keeps before they are written (1048576)\n"
         "  VOLLEY_FAULT=<parse|partition|build|step|exchange|record|checkpoint|checkpoint_data|\n"
         "                checkpoint_name>:<rank>[:<step>][:error|exit|stop|nomem]\n"
         "                           a failure on purpose, to see how a job ends; a rank that is stopped\n"
         "                           (stop) and the others wait until it gets SIGCONT or the job is ended\n\n"
         "Exit code: 0 done, 1 failed while running, 2 usage or config error, found before the start,\n"
         "3 memory or disk exhausted, 75 stopped by a signal after a checkpoint. Signals: SIGUSR1 checkpoint "
         "and go\n"
         "on, SIGUSR2 and SIGTERM checkpoint and stop.\n\n"
         "example: mpirun -n 2 volley run configs/examples/balanced.yaml --threads 1 -o results/first");
}

static int parse_threads(const char *text, int *threads) {
    char *end;
    long value = strtol(text, &end, 10);
    CHECK(*text != '\0' && *end == '\0' && value >= 1 && value <= 4096, VOLLEY_USAGE,
          "--threads %s: not a number from 1 to 4096", text);
    *threads = (int)value;
    return VOLLEY_OK;
}

static int parse_virtual(const char *text, int *rank, int *ranks) {
    char *slash, *end;
    long k = strtol(text, &slash, 10), n = *slash == '/' ? strtol(slash + 1, &end, 10) : 0;
    CHECK(slash != text && *slash == '/' && slash[1] != '\0' && *end == '\0' && n >= 1 && n <= 100000000 &&
              k >= 0 && k < n,
          VOLLEY_USAGE, "--virtual-rank %s: not K/R with R ranks and a rank K from 0 to R - 1", text);
    *rank = (int)k;
    *ranks = (int)n;
    return VOLLEY_OK;
}

static int parse_branch(volley_resume *resume, const char *key) {
    CHECK(resume->n_branches < VOLLEY_MAX_BRANCHES, VOLLEY_USAGE, "run: more than %d --branch",
          VOLLEY_MAX_BRANCHES);
    resume->branches[resume->n_branches++] = key;
    return VOLLEY_OK;
}

/* Takes one option; *i is moved past its argument. */
static int parse_option(volley_run_options *o, int argc, char **argv, int *i) {
    const char *name = argv[*i];
    if (strcmp(name, "--resume") == 0) {
        o->resume.wanted = true;
        if (*i + 1 < argc && volley_resume_takes(argv[*i + 1]))
            o->resume.from = argv[++*i];
        return VOLLEY_OK;
    }
    if (strcmp(name, "--overwrite") == 0) {
        o->overwrite = true;
        return VOLLEY_OK;
    }
    if (strcmp(name, "-q") == 0) {
        o->quiet = true;
        return VOLLEY_OK;
    }
    bool known = strcmp(name, "-o") == 0 || strcmp(name, "--set") == 0 || strcmp(name, "--threads") == 0 ||
                 strcmp(name, "--progress") == 0 || strcmp(name, "--branch") == 0 ||
                 strcmp(name, "--virtual-rank") == 0;
    CHECK(known, VOLLEY_USAGE,
          "run: unknown option %s; allowed: -o, --set, --threads, --overwrite, --resume, --branch, "
          "--progress, --virtual-rank, -q, --help",
          name);
    CHECK(*i + 1 < argc, VOLLEY_USAGE, "run: %s needs a value", name);
    const char *value = argv[++*i];
    if (strcmp(name, "-o") == 0) {
        o->directory = value;
    } else if (strcmp(name, "--set") == 0) {
        CHECK(o->n_sets < VOLLEY_RUN_MAX_SETS, VOLLEY_USAGE, "run: more than %d --set", VOLLEY_RUN_MAX_SETS);
        o->sets[o->n_sets++] = value;
    } else if (strcmp(name, "--threads") == 0) {
        TRY(parse_threads(value, &o->threads));
    } else if (strcmp(name, "--branch") == 0) {
        TRY(parse_branch(&o->resume, value));
    } else if (strcmp(name, "--virtual-rank") == 0) {
        TRY(parse_virtual(value, &o->virtual_rank, &o->virtual_ranks));
    } else {
        CHECK(strcmp(value, "auto") == 0 || strcmp(value, "on") == 0 || strcmp(value, "off") == 0,
              VOLLEY_USAGE, "--progress %s: allowed: auto, on, off", value);
        o->progress = value;
    }
    return VOLLEY_OK;
}

int volley_run_parse(volley_run_options *o, int argc, char **argv) {
    *o = (volley_run_options){.progress = "auto"};
    for (int i = 1; i < argc; i++) {
        if (strcmp(argv[i], "--help") == 0 || strcmp(argv[i], "-h") == 0) {
            o->help = true;
            return VOLLEY_OK;
        }
        if (argv[i][0] == '-') {
            TRY(parse_option(o, argc, argv, &i));
        } else {
            CHECK(o->config == NULL || strcmp(argv[i - 1], "--resume") != 0, VOLLEY_USAGE,
                  "run: --resume %s: there is no directory of this name, nor is it a checkpoint (.h5)",
                  argv[i]);
            CHECK(o->config == NULL, VOLLEY_USAGE, "run: one config, got %s and %s", o->config, argv[i]);
            o->config = argv[i];
        }
    }
    CHECK(o->config != NULL, VOLLEY_USAGE, "run: no config given; usage: volley run CONFIG [-o DIR] ...");
    return volley_resume_check_branches(&o->resume);
}

int volley_command_run(int argc, char **argv) {
    static volley_run_options options;
    int status = volley_run_parse(&options, argc, argv);
    if (options.help) {
        help();
        return VOLLEY_OK;
    }
    return volley_run_program(&argc, &argv, &options, status);
}
