/* volley plot: the picture of a result directory, drawn by io/plots/raster.py. */
#define _GNU_SOURCE
#include "commands/commands.h"

#include "base/status.h"
#include "base/version.h"

#include <errno.h>
#include <spawn.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

enum { PATH_BYTES = 8192 };

static const char usage[] =
    "usage: volley plot DIR [-o PICTURE]\n"
    "Draws the spikes of the first 500 ms recorded and the rate of every population, from\n"
    "spikes.h5 or the segments of a run that has not ended, and from weights.h5 the weights of\n"
    "each projection: their distribution at the first and last snapshot and, with several of\n"
    "them, mean and standard deviation over time, or every curve of up to 20 synapses.\n"
    "  -o PICTURE   file to write, its ending tells the format: .png, .pdf, .svg\n"
    "               (default: DIR/raster.png)\n"
    "Needs a python3 with h5py, numpy and matplotlib; the environment variable VOLLEY_PYTHON\n"
    "names one other than the build found (" VOLLEY_PLOT_PYTHON ").\n"
    "Exit code: 0 done, 1 drawing failed, 2 wrong usage, unreadable results or no such python3.\n\n"
    "example: volley plot results/balanced -o balanced.png\n";

typedef struct plot_options {
    const char *directory, *picture;
    bool help;
} plot_options;

static int parse(plot_options *o, int argc, char **argv) {
    for (int i = 1; i < argc; i++) {
        if (strcmp(argv[i], "--help") == 0 || strcmp(argv[i], "-h") == 0) {
            o->help = true;
            return VOLLEY_OK;
        }
        if (strcmp(argv[i], "-o") == 0) {
            CHECK(i + 1 < argc && argv[i + 1][0] != '\0', VOLLEY_USAGE, "plot: -o needs a file name");
            o->picture = argv[++i];
        } else {
            CHECK(argv[i][0] != '-', VOLLEY_USAGE, "plot: unknown option %s; allowed: -o, --help", argv[i]);
            CHECK(o->directory == NULL, VOLLEY_USAGE, "plot: one result directory, got %s and %s",
                  o->directory, argv[i]);
            o->directory = argv[i];
        }
    }
    CHECK(o->directory != NULL, VOLLEY_USAGE, "plot: one result directory is expected\n%s", usage);
    return VOLLEY_OK;
}

/* The script of an installation stands at a fixed place relative to the program; a program in its build tree
 * uses the source tree. */
static int find_script(char *path) {
    char program[PATH_BYTES / 2];
    ssize_t length = readlink("/proc/self/exe", program, sizeof program - 1);
    if (length > 0) {
        program[length] = '\0';
        *strrchr(program, '/') = '\0';
        snprintf(path, PATH_BYTES, "%s/%s/raster.py", program, VOLLEY_PLOTS_FROM_BIN);
        if (access(path, R_OK) == 0)
            return VOLLEY_OK;
    }
    snprintf(path, PATH_BYTES, "%s/io/plots/raster.py", VOLLEY_SOURCE_TREE);
    CHECK(access(path, R_OK) == 0, VOLLEY_USAGE, "plot: raster.py is neither in %s of the program nor at %s",
          VOLLEY_PLOTS_FROM_BIN, path);
    return VOLLEY_OK;
}

/* Runs the script and waits for it. It tells its own errors, so that its exit code is ours. */
static int draw(const plot_options *o, int *exit_code) {
    char script[PATH_BYTES], picture[PATH_BYTES];
    TRY(find_script(script));
    int length = o->picture != NULL ? snprintf(picture, sizeof picture, "%s", o->picture)
                                    : snprintf(picture, sizeof picture, "%s/raster.png", o->directory);
    CHECK(length < (int)sizeof picture, VOLLEY_USAGE, "plot: path too long: %s",
          o->picture != NULL ? o->picture : o->directory);
    const char *python = getenv("VOLLEY_PYTHON");
    if (python == NULL || python[0] == '\0')
        python = VOLLEY_PLOT_PYTHON;
    char *arguments[] = {(char *)python, script, (char *)o->directory, picture, NULL};
    pid_t child;
    int failed = posix_spawnp(&child, python, NULL, NULL, arguments, environ);
    CHECK(failed == 0, VOLLEY_USAGE,
          "plot: cannot start %s: %s; a python3 with h5py, numpy and matplotlib is needed (Debian: python3 "
          "python3-h5py python3-numpy python3-matplotlib), VOLLEY_PYTHON names one",
          python, strerror(failed));
    int state = 0;
    while (waitpid(child, &state, 0) < 0)
        CHECK(errno == EINTR, VOLLEY_FAILED, "plot: waiting for %s: %s", python, strerror(errno));
    CHECK(WIFEXITED(state), VOLLEY_FAILED, "plot: %s was ended by signal %d", python, WTERMSIG(state));
    *exit_code = WEXITSTATUS(state);
    if (*exit_code == 0)
        printf("%s\n", picture);
    return VOLLEY_OK;
}

int volley_command_plot(int argc, char **argv) {
    plot_options options = {0};
    int exit_code = VOLLEY_OK;
    int status = parse(&options, argc, argv);
    if (status == VOLLEY_OK && options.help)
        fputs(usage, stdout);
    else if (status == VOLLEY_OK)
        status = draw(&options, &exit_code);
    if (status != VOLLEY_OK)
        fprintf(stderr, "volley: %s\n", volley_error_message());
    volley_error_clear();
    return status != VOLLEY_OK ? status : exit_code;
}
