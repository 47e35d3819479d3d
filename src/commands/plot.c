/* SPDX-License-Identifier: BSD-3-Clause */
/* volley plot: the pictures of a result directory, drawn by io/plots/plot.py, which reads the arguments. */
#define _GNU_SOURCE
#include "commands/commands.h"
#include "run/result_directory.h"

#include "base/memory.h"
#include "base/regular.h"
#include "base/status.h"
#include "base/version.h"
#include "io/report/claim.h"
#include "io/report/claim_owner.h"
#include "files/manifest.h"
#include "files/publish.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <spawn.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

enum { PATH_BYTES = 8192 };

static const char usage[] =
    "usage: volley plot DIR [NAME]... [-o PATH] [--time START STOP]\n"
    "Draws what a run recorded, one picture for each NAME; without names all for which there are data:\n"
    "  raster         spikes, mean rate of every population, rate over time\n"
    "  distributions  rates, ISI CV and pair correlations of the neurons of every population\n"
    "  states         recorded states of up to 5 neurons of each record\n"
    "  weights        weights over time, and their distribution at the first and last snapshot\n"
    "  window         change of weights over t_post - t_pre, of projections whose neurons fire once each\n"
    "  phases         time in each phase and its spread over ranks, from run.json\n"
    "  space          rates over the positions of neurons, at three moments and on average\n"
    "Of large networks every n-th neuron or synapse is drawn, of long recordings every n-th frame; the\n"
    "picture says so. A run that has not ended has spikes only.\n"
    "  -o PATH            folder for the pictures (default: DIR), or a file for one of them (without NAME\n"
    "                     the raster), whose ending tells the format: .png, .pdf, .svg\n"
    "  --time START STOP  ms that raster, states and space show (default: the first 500 ms recorded)\n"
    "Pictures in a directory of results are listed there: run --overwrite removes them.\n"
    "Needs a python3 with h5py, numpy and matplotlib; the environment variable VOLLEY_PYTHON\n"
    "names one other than the build found (" VOLLEY_PLOT_PYTHON ").\n"
    "Exit code: 0 done, 1 drawing failed, 2 wrong usage, unreadable results, nothing for a NAME, or no such\n"
    "python3, 3 memory exhausted.\n\n"
    "example: volley plot results/balanced raster --time 200 400 -o balanced.pdf\n";

/* The script of an installation stands at a fixed place relative to the program; a program in its build tree
 * uses the source tree. */
static int find_script(char *path) {
    char program[PATH_BYTES / 2];
    ssize_t length = readlink("/proc/self/exe", program, sizeof program - 1);
    if (length > 0) {
        program[length] = '\0';
        *strrchr(program, '/') = '\0';
        snprintf(path, PATH_BYTES, "%s/%s/plot.py", program, VOLLEY_PLOTS_FROM_BIN);
        if (access(path, R_OK) == 0)
            return VOLLEY_OK;
    }
    snprintf(path, PATH_BYTES, "%s/io/plots/plot.py", VOLLEY_SOURCE_TREE);
    CHECK(access(path, R_OK) == 0, VOLLEY_USAGE, "plot: plot.py is neither in %s of the program nor at %s",
          VOLLEY_PLOTS_FROM_BIN, path);
    return VOLLEY_OK;
}

static bool is_result(const char *name) {
    size_t length = strlen(name);
    return strcmp(name, "run.json") == 0 || (length > 3 && strcmp(name + length - 3, ".h5") == 0);
}

/* The script opens what has the name of a result, so that it has to be a regular file. */
static int check_results(const char *directory) {
    DIR *entries = opendir(directory);
    int status = VOLLEY_OK;
    for (struct dirent *entry;
         status == VOLLEY_OK && entries != NULL && (entry = readdir(entries)) != NULL;) {
        char *path = is_result(entry->d_name) ? volley_path(directory, "%s", entry->d_name) : NULL;
        if (path != NULL)
            status = volley_regular_check(path);
        free(path);
    }
    if (entries != NULL)
        closedir(entries);
    return status;
}

/* Lists a picture in the directory it is in, when that is one of results in which no run is under way: then
 * `run --overwrite` removes it. */
static int list_picture(char *path) {
    char who[VOLLEY_OWNER_TEXT], *name = strrchr(path, '/');
    if (name == NULL || name == path)
        return VOLLEY_OK;
    *name++ = '\0';
    return volley_claim_find(path, who, sizeof who) ? VOLLEY_OK : volley_manifest_add_to(path, name);
}

/* The script says which pictures it has written: absolute paths, each with a zero byte behind it. */
static int list_pictures(int from) {
    FILE *pictures = fdopen(from, "r");
    if (pictures == NULL) {
        close(from);
        return volley_fail(VOLLEY_EXHAUSTED, "out of memory: a list of pictures");
    }
    char *path = NULL;
    size_t room = 0;
    int status = VOLLEY_OK;
    while (getdelim(&path, &room, '\0', pictures) > 0) /* to the end, which is that of the script */
        if (status == VOLLEY_OK)
            status = list_picture(path);
    free(path);
    fclose(pictures);
    return status;
}

/* Starts the script with a pipe in which it names its pictures; *pictures is this end of it. */
static int start(const char *python, char **arguments, pid_t *child, int *pictures) {
    char number[16];
    int ends[2];
    posix_spawn_file_actions_t actions;
    CHECK(pipe2(ends, O_CLOEXEC) == 0, VOLLEY_FAILED, "plot: cannot make a pipe: %s", strerror(errno));
    snprintf(number, sizeof number, "%d", ends[1]);
    setenv("VOLLEY_PICTURES", number, 1);
    int failed = posix_spawn_file_actions_init(&actions);
    if (failed == 0) {
        failed = posix_spawn_file_actions_adddup2(&actions, ends[1], ends[1]); /* stays open there */
        if (failed == 0)
            failed = posix_spawnp(child, python, &actions, NULL, arguments, environ);
        posix_spawn_file_actions_destroy(&actions);
    }
    close(ends[1]);
    *pictures = ends[0];
    if (failed != 0)
        close(ends[0]);
    CHECK(failed == 0, VOLLEY_USAGE,
          "plot: cannot start %s: %s; a python3 with h5py, numpy and matplotlib is needed (Debian: python3 "
          "python3-h5py python3-numpy python3-matplotlib), VOLLEY_PYTHON names one",
          python, strerror(failed));
    return VOLLEY_OK;
}

/* Runs the script and waits for it. It tells its own errors, so that its exit code is ours. */
static int draw(int argc, char **argv, int *exit_code) {
    char script[PATH_BYTES];
    TRY(find_script(script));
    for (int i = 1; i < argc; i++)
        TRY(check_results(argv[i]));
    const char *python = getenv("VOLLEY_PYTHON");
    if (python == NULL || python[0] == '\0')
        python = VOLLEY_PLOT_PYTHON;
    char **arguments = NULL; /* python, script, ours, NULL */
    TRY(VOLLEY_NEW(arguments, argc + 2));
    arguments[0] = (char *)python;
    arguments[1] = script;
    for (int i = 1; i < argc; i++)
        arguments[i + 1] = argv[i];
    pid_t child = -1;
    int pictures = -1, state = 0, status = start(python, arguments, &child, &pictures);
    free(arguments);
    TRY(status);
    status = list_pictures(pictures);
    while (waitpid(child, &state, 0) < 0)
        CHECK(errno == EINTR, VOLLEY_FAILED, "plot: waiting for %s: %s", python, strerror(errno));
    CHECK(WIFEXITED(state), VOLLEY_FAILED, "plot: %s was ended by signal %d", python, WTERMSIG(state));
    *exit_code = WEXITSTATUS(state);
    return status;
}

int volley_command_plot(int argc, char **argv) {
    for (int i = 1; i < argc; i++)
        if (strcmp(argv[i], "--help") == 0 || strcmp(argv[i], "-h") == 0) {
            fputs(usage, stdout);
            return VOLLEY_OK;
        }
    int exit_code = VOLLEY_OK, status = VOLLEY_OK;
    if (argc < 2)
        status = volley_fail(VOLLEY_USAGE, "plot: one result directory is expected\n%s", usage);
    else {
        volley_results_note(argv[1]);
        status = draw(argc, argv, &exit_code);
    }
    if (status != VOLLEY_OK)
        fprintf(stderr, "volley: %s\n", volley_error_message());
    volley_error_clear();
    return status != VOLLEY_OK ? status : exit_code;
}
