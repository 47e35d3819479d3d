/* SPDX-License-Identifier: BSD-3-Clause */
/* Stands before MPI's functions for files, so that a failure of one rank ends all, with the reason that the
 * system gives. */
#include "comm/write_guard.h"

#include <errno.h>
#include <mpi.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

static volley_comm *ranks;
static volley_write_report *reporter;
static int last_reason;
static bool own; /* see volley_write_guard_own */

/* Files that are open, and their names. */
typedef struct opened {
    MPI_File file;
    char *name;
    struct opened *next;
} opened;
static opened *files;

void volley_write_guard(volley_comm *comm, volley_write_report *report) {
    ranks = comm;
    reporter = report;
}

void volley_write_guard_own(bool begins) {
    own = begins;
}

int volley_write_reason(void) {
    int reason = last_reason;
    last_reason = 0;
    return reason;
}

/* MPI says that a call has failed, at best. Why is what the system has left of it: those of its errors that
 * only files have, since there is communication behind a write. */
static void take_reason(void) {
    static const int of_files[] = {ENOSPC, EDQUOT, EFBIG, EIO, EROFS, ESTALE, EPERM};
    for (size_t i = 0; i < sizeof of_files / sizeof *of_files; i++)
        if (errno == of_files[i])
            last_reason = errno;
}

/* Ends all ranks, if there are others that would wait for this one. */
static void give_up(MPI_File file) {
    if (reporter == NULL || volley_comm_size(ranks) == 1)
        return;
    const opened *entry = files;
    while (entry != NULL && entry->file != file)
        entry = entry->next;
    volley_comm_abort(ranks, reporter(entry != NULL ? entry->name : "a file"));
}

/* The functions below stand before those of MPI by its profiling interface. */

int MPI_File_open(MPI_Comm comm, const char *name, int mode, MPI_Info info, MPI_File *file) {
    opened *entry = malloc(sizeof *entry);
    int code = PMPI_File_open(comm, name, mode, info, file);
    if (entry != NULL && code == MPI_SUCCESS) {
        *entry = (opened){*file, strdup(name), files};
        files = entry;
    }
    if (entry != NULL && (code != MPI_SUCCESS || entry->name == NULL)) {
        if (code == MPI_SUCCESS)
            files = entry->next;
        free(entry);
    }
    return code;
}

int MPI_File_close(MPI_File *file) {
    for (opened **at = &files; *at != NULL; at = &(*at)->next)
        if ((*at)->file == *file) {
            opened *entry = *at;
            *at = entry->next;
            free(entry->name);
            free(entry);
            break;
        }
    return PMPI_File_close(file);
}

/* What the library of files keeps about them, by one rank. What a short write has left over is written. */
int MPI_File_write_at(MPI_File file, MPI_Offset at, const void *data, int count, MPI_Datatype type,
                      MPI_Status *status) {
    int done = 0, code = MPI_SUCCESS;
    if (type != MPI_BYTE || status == MPI_STATUS_IGNORE)
        return PMPI_File_write_at(file, at, data, count, type, status);
    do {
        int now = 0;
        errno = 0;
        code = PMPI_File_write_at(file, at + done, (const char *)data + done, count - done, type, status);
        if (code != MPI_SUCCESS || MPI_Get_elements(status, type, &now) != MPI_SUCCESS || now <= 0)
            break;
        done += now;
    } while (done < count);
    if (done < count) {
        take_reason();
        if (!own)
            give_up(file);
    }
    if (code == MPI_SUCCESS)
        MPI_Status_set_elements(status, type, done);
    return code;
}

/* Data of all ranks. A failure is told by the count alone, to this rank: the library comes back with it after
 * the collective calls that follow, and would leave the others in them when it had a code. */
int MPI_File_write_at_all(MPI_File file, MPI_Offset at, const void *data, int count, MPI_Datatype type,
                          MPI_Status *status) {
    errno = 0;
    int code = PMPI_File_write_at_all(file, at, data, count, type, status), wanted = 0, done = 0;
    if (status == MPI_STATUS_IGNORE)
        return code;
    MPI_Type_size(type, &wanted);
    if (code != MPI_SUCCESS)
        MPI_Status_set_elements(status, MPI_BYTE, 0);
    MPI_Get_elements(status, MPI_BYTE, &done);
    if ((long long)done < (long long)wanted * count)
        take_reason();
    return MPI_SUCCESS;
}

/* A rank that fails comes back before the barrier of the others. */
int MPI_File_sync(MPI_File file) {
    errno = 0;
    int code = PMPI_File_sync(file);
    if (code != MPI_SUCCESS) {
        take_reason();
        give_up(file);
    }
    return code;
}

int MPI_File_set_size(MPI_File file, MPI_Offset size) {
    errno = 0;
    int code = PMPI_File_set_size(file, size);
    if (code != MPI_SUCCESS) {
        take_reason();
        give_up(file);
    }
    return code;
}
