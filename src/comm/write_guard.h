/* Writes of one rank alone, of what a library of files keeps about them, that fail while all ranks wait. */
#ifndef VOLLEY_COMM_WRITE_GUARD_H
#define VOLLEY_COMM_WRITE_GUARD_H

#include "comm/comm.h"

/* From now on such a write that fails calls `report`, which keeps the message and returns the exit code, and
 * ends all ranks of `comm`, when there are several: the library would leave the others inside a barrier of
 * its own and go on to the next one itself, so that nobody would come back with the failure. report NULL:
 * from now on it is left to the library. Not collective; of one file at a time. */
void volley_write_guard(volley_comm *comm, int (*report)(void));

#endif
