/* SPDX-License-Identifier: BSD-3-Clause */
/* One result file of all ranks. Opened together, its name still means it when the directory is gone, and a
 * failure of one rank is one of all; ended, it has its final name or leaves nothing. */
#include "files/h5.h"
#include "files/open_together.h"
#include "files/publish.h"

#include "base/status.h"
#include "comm/require.h"

#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

static volley_comm *comm;
static int rank;
static char directory[64], moved[80], path[80];

static void make_directory(void) {
    snprintf(directory, sizeof directory, "/tmp/volley-test-XXXXXX");
    if (rank == 0)
        REQUIRE(mkdtemp(directory) != NULL);
    volley_comm_broadcast(comm, directory, sizeof directory);
    snprintf(moved, sizeof moved, "%s-moved", directory);
    snprintf(path, sizeof path, "%s/file.h5", directory);
}

/* Rank 0 does it between two barriers. */
static void alone(int (*action)(void)) {
    volley_comm_barrier(comm);
    if (rank == 0)
        REQUIRE(action() == 0);
    volley_comm_barrier(comm);
}

static int move_directory(void) {
    return rename(directory, moved);
}

static int remove_file(void) {
    char file[100];
    snprintf(file, sizeof file, "%s/file.h5", moved);
    return unlink(file);
}

static int remove_directory(void) {
    return rmdir(moved);
}

static void require_same_file(const char *name, int handle) {
    struct stat one, other;
    int again = open(name, O_RDWR | O_CREAT, 0666);
    REQUIRE(again >= 0 && fstat(again, &one) == 0 && fstat(handle, &other) == 0);
    REQUIRE(one.st_ino == other.st_ino && one.st_dev == other.st_dev);
    close(again);
}

static void test_vanishes(void) {
    make_directory();
    char name[VOLLEY_OPEN_NAME], now[VOLLEY_OPEN_NAME];
    int handle;
    REQUIRE(volley_open_together(comm, path, &handle, name) == VOLLEY_OK);
    REQUIRE(volley_open_handle(name) == handle && volley_open_handle(path) == -1);
    REQUIRE(strcmp(volley_open_path(name, now, sizeof now), path) == 0);
    alone(move_directory);
    require_same_file(name, handle);
    alone(remove_file);
    alone(remove_directory);
    require_same_file(name, handle);
    close(handle);
    REQUIRE(volley_open_together(comm, path, &handle, name) == VOLLEY_FAILED && handle == -1);
    REQUIRE((volley_error_message()[0] != '\0') == (rank == 0)); /* the others have not tried */
    volley_error_clear();
    volley_h5 file;
    REQUIRE(volley_h5_create(comm, path, &file) == VOLLEY_FAILED && file == 0);
    volley_error_clear();
}

/* The last rank has one descriptor left: not enough to open the file once more. */
static void test_no_descriptor(void) {
    make_directory();
    struct rlimit before, now;
    REQUIRE(getrlimit(RLIMIT_NOFILE, &before) == 0);
    int last = rank == volley_comm_size(comm) - 1, probe = open("/dev/null", O_RDONLY);
    REQUIRE(probe >= 0);
    close(probe);
    now = before;
    now.rlim_cur = (rlim_t)probe + 1;
    if (last)
        REQUIRE(setrlimit(RLIMIT_NOFILE, &now) == 0);
    volley_h5 file;
    REQUIRE(volley_h5_create(comm, path, &file) == VOLLEY_FAILED && file == 0);
    REQUIRE((strstr(volley_error_message(), "Too many open files") != NULL) == last);
    volley_error_clear();
    REQUIRE(setrlimit(RLIMIT_NOFILE, &before) == 0);
    REQUIRE(volley_h5_create(comm, path, &file) == VOLLEY_OK && volley_h5_close(&file) == VOLLEY_OK);
    int after = open("/dev/null", O_RDONLY);
    REQUIRE(after == probe); /* nothing stays open */
    close(after);
    volley_comm_barrier(comm);
    if (rank == 0)
        REQUIRE(unlink(path) == 0 && rmdir(directory) == 0);
}

/* What cannot get its final name goes, as after any other failure, unless a checkpoint counts on it. */
static void test_publish(void) {
    make_directory();
    char temporary[100], nowhere[100];
    snprintf(temporary, sizeof temporary, "%s/file.tmp", directory);
    snprintf(nowhere, sizeof nowhere, "%s/missing/file.h5", directory);
    const struct {
        const char *to;
        int code, expected;
        bool needed;
    } cases[] = {{nowhere, VOLLEY_OK, VOLLEY_FAILED, false},
                 {nowhere, VOLLEY_OK, VOLLEY_FAILED, true},
                 {path, VOLLEY_EXHAUSTED, VOLLEY_EXHAUSTED, true},
                 {path, VOLLEY_EXHAUSTED, VOLLEY_EXHAUSTED, false},
                 {path, VOLLEY_OK, VOLLEY_OK, true}};
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        if (rank == 0)
            REQUIRE(volley_touch(temporary) == VOLLEY_OK);
        REQUIRE(volley_publish_together(comm, temporary, cases[i].to, cases[i].needed, cases[i].code) ==
                cases[i].expected);
        bool stays = cases[i].needed && cases[i].expected != VOLLEY_OK;
        REQUIRE((access(temporary, F_OK) == 0) == stays);
        REQUIRE((access(path, F_OK) == 0) == (cases[i].expected == VOLLEY_OK));
        volley_error_clear();
        volley_comm_barrier(comm);
    }
    volley_comm_barrier(comm);
    if (rank == 0)
        REQUIRE(unlink(path) == 0 && rmdir(directory) == 0);
}

int main(int argc, char **argv) {
    REQUIRE(volley_comm_start(&argc, &argv, &comm) == VOLLEY_OK);
    rank = volley_comm_rank(comm);
    test_vanishes();
    test_no_descriptor();
    test_publish();
    volley_comm_stop(&comm);
    return 0;
}
