/* SPDX-License-Identifier: BSD-3-Clause */
/* The program: chooses a command. */
#include "base/memory.h"
#include "base/starved.h"
#include "base/status.h"
#include "base/streams.h"
#include "base/text.h"
#include "commands/commands.h"

#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

typedef struct command {
    const char *name;
    int (*run)(int argc, char **argv);
    const char *usage;
} command;

static const command commands[] = {
    {"run", volley_command_run, "run CONFIG [-o DIR] [--set KEY=VALUE]... [--threads N]   simulate"},
    {"check", volley_command_check,
     "check CONFIG [--set KEY=VALUE]...   validate and print the resolved network"},
    {"plan", volley_command_plan,
     "plan CONFIG --ranks R [--threads T]   forecast memory, messages and time of a job"},
    {"job", volley_command_job, "job CONFIG --nodes N   a filled-in Slurm script from the forecast"},
    {"info", volley_command_info, "info DIR   summary of a result directory"},
    {"diff", volley_command_diff,
     "diff DIR_A DIR_B   0: the same bits; 1: the first difference; 2: unreadable"},
    {"plot", volley_command_plot, "plot DIR [-o PICTURE]   raster, rates and weights as a picture"},
    {"export", volley_command_export,
     "export CONFIG|DIR ...   a built network as SONATA, or recorded spikes or weights as CSV"},
    {"describe", volley_command_describe,
     "describe [KIND [NAME]]   models, rules and config keys with their parameters"},
    {"--version", volley_command_version, "--version   version, build and libraries"},
};
enum { N_COMMANDS = sizeof commands / sizeof *commands };

static void print_usage(FILE *out) {
    fputs("volley simulates networks of spiking neurons on MPI ranks and OpenMP threads.\n\nusage:\n", out);
    for (int i = 0; i < N_COMMANDS; i++)
        fprintf(out, "  volley %s\n", commands[i].usage);
    fputs("\n`volley COMMAND --help` explains a command. `volley run` is started as\n"
          "`mpirun -n R volley run ...` or `srun volley run ...`; without a launcher it is one rank.\n",
          out);
}

static int choose(int argc, char **argv) {
    if (argc < 2) {
        print_usage(stderr);
        return VOLLEY_USAGE;
    }
    if (strcmp(argv[1], "--help") == 0 || strcmp(argv[1], "-h") == 0) {
        print_usage(stdout);
        return VOLLEY_OK;
    }
    for (int i = 0; i < N_COMMANDS; i++)
        if (strcmp(argv[1], commands[i].name) == 0)
            return commands[i].run(argc - 1, argv + 1);
    fprintf(stderr, "volley: unknown command %s; allowed: ", volley_text_shown(argv[1]));
    for (int i = 0; i < N_COMMANDS; i++)
        fprintf(stderr, "%s, ", commands[i].name);
    fputs("--help\n", stderr);
    return VOLLEY_USAGE;
}

/* The exit code when standard output lacks something. A command that has failed has said why; the 1 of diff
 * is an answer, and its trouble is 2. */
static int close_output(int argc, char **argv, int code) {
    bool diff = argc > 1 && strcmp(argv[1], "diff") == 0;
    int closed = volley_streams_close();
    if (closed == VOLLEY_OK || (code != VOLLEY_OK && !(diff && code == VOLLEY_FAILED)))
        return code;
    fprintf(stderr, "volley: %s\n", volley_error_message());
    return diff && closed == VOLLEY_FAILED ? VOLLEY_USAGE : closed;
}

int main(int argc, char **argv) {
    volley_streams_prepare();
    volley_memory_init();
    volley_json_watch();
    /* HDF5 locks files, and would fail where a file system has no locks (Lustre without flock). Runs claim
     * their directory, which does not need them. */
    setenv("HDF5_USE_FILE_LOCKING", "BEST_EFFORT", 0);
    int code = choose(argc, argv);
    volley_error_clear();
    return close_output(argc, argv, code);
}
