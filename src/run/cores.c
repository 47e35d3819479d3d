/* SPDX-License-Identifier: BSD-3-Clause */
/* Counts cores, chooses the number of threads, and widens the cores that a rank is bound to. */
#define _GNU_SOURCE
#include "run/cores.h"
#include "base/status.h"

#include <sched.h>
#include <stdlib.h>
#include <unistd.h>

int volley_cores_allowed(void) {
    cpu_set_t mask;
    if (sched_getaffinity(0, sizeof mask, &mask) != 0)
        return volley_cores_online();
    return CPU_COUNT(&mask);
}

int volley_cores_online(void) {
    long cores = sysconf(_SC_NPROCESSORS_ONLN);
    return cores > 0 ? (int)cores : 1;
}

int volley_cores_threads(int option, int config, int ranks_on_node, int *threads, const char **source) {
    const char *text = getenv("OMP_NUM_THREADS");
    *threads = option;
    *source = "--threads";
    if (option > 0)
        return VOLLEY_OK;
    *threads = config;
    *source = "simulation.threads";
    if (config > 0)
        return VOLLEY_OK;
    if (text != NULL && text[0] != '\0') {
        char *end;
        long value = strtol(text, &end, 10);
        CHECK((*end == '\0' || *end == ',') && value >= 1 && value <= 4096, VOLLEY_USAGE,
              "OMP_NUM_THREADS=%s: not a number from 1 to 4096", text);
        *threads = (int)value;
        *source = "OMP_NUM_THREADS";
        return VOLLEY_OK;
    }
    *threads = volley_cores_allowed() / ranks_on_node;
    *threads = *threads < 1 ? 1 : *threads;
    *source = "cores";
    return VOLLEY_OK;
}

int volley_cores_widen(int threads) {
    if (volley_cores_allowed() < threads) {
        cpu_set_t all;
        CPU_ZERO(&all);
        for (int core = 0; core < CPU_SETSIZE; core++)
            CPU_SET(core, &all);
        sched_setaffinity(0, sizeof all, &all);
    }
    return volley_cores_allowed();
}
