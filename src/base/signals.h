/* Signals that ask a run for a checkpoint: SIGUSR1 to go on after it, SIGUSR2 and SIGTERM to stop. They are
 * only remembered; the loop looks at them where it talks to the other ranks anyway. */
#ifndef VOLLEY_BASE_SIGNALS_H
#define VOLLEY_BASE_SIGNALS_H

#include <stdbool.h>

/* Handles the signals from now on. To be called once, as early as possible: until then they end the process.
 */
void volley_signals_catch(void);

/* What has been asked for since the last call: whether a checkpoint, and (set as well) whether to stop after
 * it. One thread calls it. */
void volley_signals_take(bool *checkpoint, bool *stop);

#endif
