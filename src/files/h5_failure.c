/* SPDX-License-Identifier: BSD-3-Clause */
/* Failures of HDF5 and their messages. */
#include "base/status.h"
#include "comm/write_guard.h"
#include "files/h5_inside.h"
#include "files/open_together.h"
#include "files/publish.h"

#include <errno.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>

enum { REASON_BYTES = 512 };

static herr_t take_innermost(unsigned n, const H5E_error2_t *error, void *text) {
    (void)n;
    snprintf(text, REASON_BYTES, "%s", error->desc ? error->desc : "");
    return 1;
}

/* The innermost reason of a failure. Any other call of the library forgets it. */
static void take_reason(char reason[REASON_BYTES]) {
    snprintf(reason, REASON_BYTES, "unknown reason");
    H5Ewalk2(H5E_DEFAULT, H5E_WALK_UPWARD, take_innermost, reason);
    H5Eclear2(H5E_DEFAULT);
}

/* Stores "HDF5: <what> <name>: <reason>". */
static int fail_for(const char *what, const char *name, const char *reason) {
    int full =
        strstr(reason, "No space left") || strstr(reason, "Disk quota") || strstr(reason, "MPI_ERR_NO_SPACE");
    return volley_fail(full ? VOLLEY_EXHAUSTED : VOLLEY_FAILED, "HDF5: cannot %s %s: %s", what, name, reason);
}

int volley_h5_fail(const char *what, const char *name) {
    char reason[REASON_BYTES];
    take_reason(reason);
    return fail_for(what, name, reason);
}

const char *volley_h5_name_of(volley_h5 object, char *buffer, size_t size) {
    char name[300];
    if (H5Fget_name(object, name, sizeof name) <= 0)
        snprintf(name, sizeof name, "a file");
    if (volley_open_path(name, buffer, size) == name)
        snprintf(buffer, size, "%s", name);
    return buffer;
}

int volley_h5_fail_in(const char *what, const char *name, volley_h5 object) {
    char file[300], place[400], reason[REASON_BYTES];
    take_reason(reason);
    snprintf(place, sizeof place, "'%.60s' in %s", name, volley_h5_name_of(object, file, sizeof file));
    return fail_for(what, place, reason);
}

/* HDF5 speaks of a directory of plugins where a filter is missing. Leaves other reasons as they are. */
static void name_missing_filter(volley_h5 dataset, char reason[REASON_BYTES]) {
    hid_t list = H5Dget_create_plist(dataset);
    int n = list >= 0 ? H5Pget_nfilters(list) : 0;
    for (int i = 0; i < n; i++) {
        unsigned flags, config;
        size_t values = 0;
        char name[80] = "";
        H5Z_filter_t filter =
            H5Pget_filter2(list, (unsigned)i, &flags, &values, NULL, sizeof name, name, &config);
        if (filter < 0 || H5Zfilter_avail(filter) > 0)
            continue;
        snprintf(
            reason, REASON_BYTES,
            "its data are packed by the filter %s (number %d), which the HDF5 of this program does not have; "
            "write the dataset anew without it, with compression=\"gzip\" in h5py for example",
            name[0] != '\0' ? name : "without a name", (int)filter);
        break;
    }
    if (list >= 0)
        H5Pclose(list);
    H5Eclear2(H5E_DEFAULT);
}

int volley_h5_fail_to_read(volley_h5 dataset) {
    char name[100] = "a dataset", reason[REASON_BYTES], file[300], place[420];
    take_reason(reason);
    name_missing_filter(dataset, reason);
    H5Iget_name(dataset, name, sizeof name);
    snprintf(place, sizeof place, "'%s' in %s", name, volley_h5_name_of(dataset, file, sizeof file));
    return fail_for("read", place, reason);
}

static bool broken;

int volley_h5_fail_to_write(const char *path, const char *reason) {
    broken = true;
    errno = volley_write_reason();
    if (errno != 0)
        return volley_fail_errno("cannot write", path);
    /* where the system does not tell why, a full disk or quota is found by another try */
    TRY(volley_probe_room(path));
    return fail_for("write", path, reason);
}

int volley_h5_fail_to_write_in(volley_h5 object) {
    char path[300], reason[REASON_BYTES];
    take_reason(reason);
    return volley_h5_fail_to_write(volley_h5_name_of(object, path, sizeof path), reason);
}

int volley_h5_fail_to_write_at(const char *path) {
    char reason[REASON_BYTES];
    take_reason(reason);
    return volley_h5_fail_to_write(path, reason);
}

bool volley_h5_broken(void) {
    return broken;
}
