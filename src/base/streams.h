/* SPDX-License-Identifier: BSD-3-Clause */
/* The standard streams of the program, and signals of the system that stand for errors of writing. */
#ifndef VOLLEY_BASE_STREAMS_H
#define VOLLEY_BASE_STREAMS_H

/* To be called first. A standard descriptor that is closed is opened so that its use fails: the next file
 * that the program opens would get its number otherwise, and what is printed. SIGPIPE and SIGXFSZ are
 * ignored: a reader that has gone and a limit on the size of files are errors of the call that writes (EPIPE,
 * EFBIG), with a message, as a full disk is. */
void volley_streams_prepare(void);

/* Brings what has been printed to standard output on its way. Fails when any of it was refused, now or
 * before: VOLLEY_EXHAUSTED for a full disk or quota, else VOLLEY_FAILED. Not collective. */
int volley_streams_flush(void);

/* To be called last: ends standard output. Fails as volley_streams_flush does. */
int volley_streams_close(void);

#endif
