/* SPDX-License-Identifier: BSD-3-Clause */
/* Makes, damages and reads the files that the fuzzers share, in a directory of their own. */
#define _GNU_SOURCE
#include "fuzz/file.h"
#include "fuzz/leaks.h"

#include "base/simd.h"
#include "wiring/layout.h"
#include "wiring/synapses.h"
#include "wiring/edge_lists.h"
#include "partition/partition_file.h"
#include "wiring/initial_weights.h"
#include "partition/partition.h"

#include <ftw.h>
#include <hdf5.h>
#include <sys/stat.h>
#include <unistd.h>

enum { MAX_FILES = 8 };

static char directory[] = "/dev/shm/volley-fuzz-XXXXXX";
static hid_t making = -1;
static struct {
    char name[100];
    uint8_t *bytes;
    size_t size;
    bool damaged;
} kept[MAX_FILES];
static int n_kept;
static pid_t owner;

static int remove_entry(const char *path, const struct stat *about, int type, struct FTW *where) {
    (void)about;
    (void)type;
    (void)where;
    return remove(path);
}

static void remove_directory(void) {
    if (getpid() == owner)
        nftw(directory, remove_entry, 8, FTW_DEPTH | FTW_PHYS);
}

const char *file_directory(void) {
    if (owner == 0) {
        setenv("HDF5_USE_FILE_LOCKING", "FALSE", 1);
        H5dont_atexit(); /* some odd files cannot be closed after an edit, by which it would crash then */
        H5Eset_auto2(H5E_DEFAULT, NULL, NULL);
        H5set_free_list_limits(0, 0, 0, 0, 0, 0); /* what is freed is free, for the sanitizer to see */
        FUZZ_REQUIRE(mkdtemp(directory));
        owner = getpid();
        atexit(remove_directory);
    }
    return directory;
}

const char *file_path(const char *name) {
    static char paths[8][200];
    static int next;
    char *path = paths[next++ % 8];
    int length = snprintf(path, sizeof paths[0], "%s/%s", file_directory(), name);
    FUZZ_REQUIRE(length < (int)sizeof paths[0]);
    return path;
}

static void write_bytes(const char *name, const void *bytes, size_t size) {
    FILE *file = fopen(file_path(name), "wb");
    FUZZ_REQUIRE(file && fwrite(bytes, 1, size, file) == size && fclose(file) == 0, "%s\n", name);
}

void file_text(const char *name, const char *text) {
    write_bytes(name, text, strlen(text));
}

/* ---- making files ---- */

void file_begin(const char *name) {
    making = H5Fcreate(file_path(name), H5F_ACC_TRUNC, H5P_DEFAULT, H5P_DEFAULT);
    FUZZ_REQUIRE(making >= 0);
}

static void put(const char *name, int rank, int rows, int columns, hid_t type, const void *values) {
    hsize_t dims[2] = {(hsize_t)rows, (hsize_t)columns};
    hid_t links = H5Pcreate(H5P_LINK_CREATE), space = H5Screate_simple(rank, dims, NULL);
    H5Pset_create_intermediate_group(links, 1);
    hid_t made = H5Dcreate2(making, name, type, space, links, H5P_DEFAULT, H5P_DEFAULT);
    FUZZ_REQUIRE(made >= 0 && H5Dwrite(made, type, H5S_ALL, H5S_ALL, H5P_DEFAULT, values) >= 0, "%s\n", name);
    H5Dclose(made);
    H5Sclose(space);
    H5Pclose(links);
}

void file_real(const char *dataset, int n, const double *values) {
    put(dataset, 1, n, 0, H5T_IEEE_F64LE, values);
}

void file_whole(const char *dataset, int n, const uint64_t *values) {
    put(dataset, 1, n, 0, H5T_STD_U64LE, values);
}

void file_table(const char *dataset, int rows, int columns, const uint64_t *values) {
    put(dataset, 2, rows, columns, H5T_STD_U64LE, values);
}

void file_real_table(const char *dataset, int rows, int columns, const double *values) {
    put(dataset, 2, rows, columns, H5T_IEEE_F64LE, values);
}

void file_attribute(const char *object, const char *name, const char *text) {
    hid_t type = H5Tcopy(H5T_C_S1), space = H5Screate(H5S_SCALAR);
    H5Tset_size(type, H5T_VARIABLE);
    hid_t made = H5Acreate_by_name(making, object, name, type, space, H5P_DEFAULT, H5P_DEFAULT, H5P_DEFAULT);
    FUZZ_REQUIRE(made >= 0 && H5Awrite(made, type, &text) >= 0, "%s\n", object);
    H5Aclose(made);
    H5Sclose(space);
    H5Tclose(type);
}

void file_end(void) {
    FUZZ_REQUIRE(H5Fclose(making) >= 0);
}

/* ---- damaging them ---- */

void file_keep(const char *name) {
    FILE *file = fopen(file_path(name), "rb");
    FUZZ_REQUIRE(file && n_kept < MAX_FILES && fseek(file, 0, SEEK_END) == 0, "%s\n", name);
    size_t size = (size_t)ftell(file);
    rewind(file);
    uint8_t *bytes = malloc(size + 1);
    FUZZ_REQUIRE(bytes && fread(bytes, 1, size, file) == size);
    fclose(file);
    snprintf(kept[n_kept].name, sizeof kept[0].name, "%s", name);
    kept[n_kept].bytes = bytes;
    kept[n_kept].damaged = true; /* to be written */
    kept[n_kept++].size = size;
}

void file_forget(const char *name) {
    nftw(file_path(name), remove_entry, 8, FTW_DEPTH | FTW_PHYS);
    mkdir(file_path(name), 0700);
    for (int i = 0; i < n_kept; i++)
        kept[i].damaged |= strncmp(kept[i].name, name, strlen(name)) == 0;
}

void file_damage(edit_bytes *bytes) {
    int chosen = edit_byte(bytes) % n_kept;
    for (int i = 0; i < n_kept; i++) {
        if (kept[i].damaged)
            write_bytes(kept[i].name, kept[i].bytes, kept[i].size);
        kept[i].damaged = i == chosen;
    }
    if (getenv("VOLLEY_FUZZ_RAW") == NULL) {
        __lsan_disable(); /* HDF5 loses what it has written into some odd files */
        edit_h5_file(file_path(kept[chosen].name), bytes);
        __lsan_enable();
        return;
    }
    uint8_t *image = malloc(kept[chosen].size);
    FUZZ_REQUIRE(image);
    memcpy(image, kept[chosen].bytes, kept[chosen].size);
    edit_raw(image, kept[chosen].size, bytes);
    write_bytes(kept[chosen].name, image, kept[chosen].size);
    free(image);
}

/* ---- reading them ---- */

void file_check(int status, const char *message, const char *name) {
    if (status == VOLLEY_OK) {
        FUZZ_REQUIRE(message[0] == '\0', "%s\n", message);
        return;
    }
    FUZZ_REQUIRE(status == VOLLEY_USAGE || status == VOLLEY_FAILED, "status %d: %s\n", status, message);
    FUZZ_REQUIRE(message[0] != '\0');
    for (const char *c = message; *c; c++)
        FUZZ_REQUIRE(*c == '\n' || *c == '\t' || ((unsigned char)*c >= ' ' && *c != 127), "%s\n", message);
    FUZZ_REQUIRE(!name || strstr(message, name), "%s\n", message);
    if (getenv("VOLLEY_FUZZ_PRINT"))
        fprintf(stderr, "%d %s\n", status, message);
}

typedef struct built {
    volley_network *network;
    volley_partition *partition;
    volley_layout *layout;
    volley_tables *tables;
    volley_wiring *wiring;
    uint32_t *parts, n_parts;
} built;

static int build(const char *config, built *b) {
    int simd = 0;
    TRY(volley_simd_level(&simd));
    TRY(volley_config_load(config, NULL, 0, &b->network));
    volley_list_reader lists = {b->network, 0, 1};
    if (strcmp(b->network->partition, "file") == 0) {
        TRY(volley_partition_file_read(NULL, b->network, &b->parts, &b->n_parts));
        TRY(volley_partition_from_parts(b->network, 1, 0, b->parts, b->n_parts, &b->partition));
    } else {
        TRY(volley_partition_create(b->network, 1, &b->partition));
    }
    TRY(volley_layout_create(b->network, b->partition, 0, 1, &b->layout));
    TRY(volley_tables_create(NULL, b->partition, b->layout, simd, volley_lists_feed, &lists, &b->tables));
    TRY(volley_lists_check(NULL, b->layout, b->tables));
    TRY(volley_tables_trained(NULL, b->partition, b->layout, volley_trained_feed, &lists, b->tables));
    return volley_wiring_create(b->layout, b->tables, simd, &b->wiring);
}

/* Objects that are open. The library itself leaves some where it cannot write what the edits ask for. */
static ssize_t n_open(void) {
    return H5Fget_obj_count((hid_t)H5F_OBJ_ALL, H5F_OBJ_ALL);
}

void file_check_network(const char *config) {
    built b = {0};
    ssize_t before = n_open();
    volley_error_clear();
    int status = build(config, &b);
    file_check(status, volley_error_message(), NULL);
    volley_wiring_destroy(&b.wiring);
    volley_tables_destroy(&b.tables);
    volley_layout_destroy(&b.layout);
    volley_partition_destroy(&b.partition);
    volley_network_destroy(&b.network);
    free(b.parts);
    volley_error_clear();
    FUZZ_REQUIRE(n_open() == before, "objects were left open\n"); /* for ever */
}
