/* SPDX-License-Identifier: BSD-3-Clause */
/* Preloaded to ranks of MPICH, of which the tests start more than there are cores: it polls UCX without ever
 * giving way, so that a rank that waits keeps the one it waits for from running until its time slice ends.
 * This gives way after every poll that found nothing. */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <sched.h>
#include <stddef.h>

unsigned ucp_worker_progress(void *worker);

unsigned ucp_worker_progress(void *worker) {
    static unsigned (*poll)(void *);
    if (poll == NULL)
        *(void **)&poll = dlsym(RTLD_NEXT, "ucp_worker_progress");
    unsigned found = poll(worker);
    if (found == 0)
        sched_yield();
    return found;
}
