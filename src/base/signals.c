#include "base/signals.h"

#include <signal.h>
#include <stddef.h>

static volatile sig_atomic_t wants_checkpoint, wants_stop;

static void remember(int number) {
    if (number == SIGUSR1)
        wants_checkpoint = 1;
    else
        wants_stop = 1;
}

void volley_signals_catch(void) {
    static const int numbers[] = {SIGUSR1, SIGUSR2, SIGTERM};
    struct sigaction action = {.sa_handler = remember, .sa_flags = SA_RESTART};
    sigemptyset(&action.sa_mask);
    for (size_t i = 0; i < sizeof numbers / sizeof *numbers; i++)
        sigaction(numbers[i], &action, NULL);
}

void volley_signals_take(bool *checkpoint, bool *stop) {
    *stop = wants_stop;
    *checkpoint = wants_checkpoint || *stop;
    wants_checkpoint = wants_stop = 0;
}
