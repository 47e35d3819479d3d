/* SPDX-License-Identifier: BSD-3-Clause */
/* Handles the signals that ask for a checkpoint or for the end of a run. */
#include "base/signals.h"

#include <errno.h>
#include <signal.h>
#include <stddef.h>
#include <time.h>
#include <unistd.h>

enum phase { READING, BUILDING, RUNNING };

static const struct {
    int number;
    const char *name;
} caught[] = {
    {SIGUSR1, "SIGUSR1"}, {SIGUSR2, "SIGUSR2"}, {SIGTERM, "SIGTERM"},
    {SIGINT, "SIGINT"},   {SIGHUP, "SIGHUP"},   {SIGXCPU, "SIGXCPU"},
};
enum { CAUGHT = sizeof caught / sizeof *caught };

static const double AGAIN_S = 0.3;

static volatile sig_atomic_t wants_checkpoint, wants_stop, asked, phase, speaks;
static struct timespec asked_at; /* written once, before `asked` */

/* Everything below until volley_signals_catch() runs inside a handler. */

static void say(const char *before, int number, const char *after) {
    const char *name = "a signal", *const parts[] = {"volley: ", before, NULL, after, "\n"};
    char line[300];
    size_t used = 0;
    for (int i = 0; i < CAUGHT; i++)
        if (caught[i].number == number)
            name = caught[i].name;
    for (size_t i = 0; i < sizeof parts / sizeof *parts; i++)
        for (const char *c = parts[i] ? parts[i] : name; *c && used < sizeof line; c++)
            line[used++] = *c;
    bool told = speaks == VOLLEY_SIGNALS_SPEAK || (speaks == VOLLEY_SIGNALS_BUT_TERM && number != SIGTERM);
    if (told && write(STDERR_FILENO, line, used) < 0)
        return; /* nobody listens */
}

/* As if the signal had not been caught, so that a shell sees what has happened. */
static void end_by(int number) {
    sigset_t only;
    signal(number, SIG_DFL);
    sigemptyset(&only);
    sigaddset(&only, number);
    sigprocmask(SIG_UNBLOCK, &only, NULL);
    raise(number);
}

/* The system sends SIGXCPU once a second. */
static bool comes_again(int number) {
    struct timespec now;
    if (number == SIGXCPU)
        return false;
    clock_gettime(CLOCK_MONOTONIC, &now);
    double since = (double)(now.tv_sec - asked_at.tv_sec) + 1e-9 * (double)(now.tv_nsec - asked_at.tv_nsec);
    return (phase != RUNNING || number == SIGINT) && since >= AGAIN_S;
}

static void stop(int number) {
    if (phase == READING) {
        say("stopped by ", number, " before the simulation began; nothing was written");
        end_by(number);
    } else if (!asked) {
        clock_gettime(CLOCK_MONOTONIC, &asked_at);
        asked = wants_stop = 1;
        if (phase == BUILDING)
            say("", number,
                ": the run stops with a checkpoint when the network is built; a second signal ends it now");
    } else if (comes_again(number)) {
        say("stopped at once by a second signal, ", number, "; what came after the last checkpoint is lost");
        end_by(number);
    }
}

static void handle(int number) {
    int before = errno;
    if (number == SIGUSR1)
        wants_checkpoint = 1;
    else
        stop(number);
    errno = before;
}

void volley_signals_catch(volley_signals_told told) {
    struct sigaction action = {.sa_handler = handle, .sa_flags = SA_RESTART}, old;
    sigemptyset(&action.sa_mask);
    for (int i = 0; i < CAUGHT; i++)
        sigaddset(&action.sa_mask, caught[i].number); /* one at a time */
    speaks = told;
    phase = READING;
    for (int i = 0; i < CAUGHT; i++)
        if (sigaction(caught[i].number, NULL, &old) != 0 || old.sa_handler != SIG_IGN)
            sigaction(caught[i].number, &action, NULL);
}

void volley_signals_keep(void) {
    phase = BUILDING;
}

void volley_signals_answer(void) {
    phase = RUNNING;
}

void volley_signals_take(bool *checkpoint, bool *stopping) {
    *stopping = wants_stop;
    *checkpoint = wants_checkpoint || *stopping;
    wants_checkpoint = wants_stop = 0;
}
