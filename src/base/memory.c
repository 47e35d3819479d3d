/* SPDX-License-Identifier: BSD-3-Clause */
/* Allocates and resizes arrays with checked sizes, and asks the system how much memory is used and left. */
#include "base/memory.h"
#include "base/status.h"

#include <malloc.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/resource.h>

enum { HUGE_PAGE = 2 << 20, LARGE = 2 * HUGE_PAGE, KEPT = 4 * LARGE };

void volley_memory_init(void) {
    mallopt(M_MMAP_THRESHOLD, LARGE);
    mallopt(M_TRIM_THRESHOLD, KEPT);
}

static void advise_huge(void *start, size_t bytes) {
    if (start == NULL || bytes < LARGE)
        return;
    uintptr_t first = ((uintptr_t)start + HUGE_PAGE - 1) & ~(uintptr_t)(HUGE_PAGE - 1);
    uintptr_t last = ((uintptr_t)start + bytes) & ~(uintptr_t)(HUGE_PAGE - 1);
    if (last > first)
        madvise((char *)start + (first - (uintptr_t)start), last - first, MADV_HUGEPAGE);
}

static _Thread_local int last_status;

int volley_alloc_status(void) {
    return last_status;
}

static void refused(size_t count, size_t size) {
    last_status =
        volley_fail(VOLLEY_EXHAUSTED, "out of memory: %zu items of %zu bytes (%.2f GB) were refused", count,
                    size, (double)count * (double)size / 1e9);
}

void *volley_alloc(size_t count, size_t size) {
    last_status = VOLLEY_OK;
    if (count == 0 || size == 0)
        return NULL;
    void *block = calloc(count, size);
    if (block == NULL)
        refused(count, size);
    else
        advise_huge(block, count * size);
    return block;
}

char *volley_strdup(const char *text) {
    size_t size = strlen(text) + 1;
    char *copy = volley_alloc(size, 1);
    return copy != NULL ? memcpy(copy, text, size) : NULL;
}

void *volley_resize(void *array, size_t count, size_t size) {
    last_status = VOLLEY_OK;
    size_t bytes;
    if (__builtin_mul_overflow(count, size, &bytes)) {
        refused(count, size);
        return array;
    }
    if (bytes == 0) {
        free(array);
        return NULL;
    }
    void *block = realloc(array, bytes);
    if (block == NULL) {
        refused(count, size);
        return array;
    }
    advise_huge(block, bytes);
    return block;
}

void *volley_reserve(void *array, size_t *capacity, size_t needed, size_t size) {
    last_status = VOLLEY_OK;
    if (needed <= *capacity)
        return array;
    size_t larger = *capacity + *capacity / 2;
    if (larger < needed)
        larger = needed;
    if (larger < 16)
        larger = 16;
    void *block = volley_resize(array, larger, size);
    if (last_status == VOLLEY_OK)
        *capacity = larger;
    return block;
}

/* A line of /proc/self/status in bytes, 0 when there is none. */
static uint64_t own_status(const char *format) {
    FILE *file = fopen("/proc/self/status", "r");
    char line[256];
    unsigned long long kilobytes = 0;
    while (file != NULL && fgets(line, sizeof line, file) != NULL)
        if (sscanf(line, format, &kilobytes) == 1)
            break;
    if (file != NULL)
        fclose(file);
    return (uint64_t)kilobytes * 1024u;
}

uint64_t volley_peak_rss(void) {
    /* that of getrusage() is the starting process's where that was larger */
    uint64_t peak = own_status("VmHWM: %llu kB");
    struct rusage usage;
    if (peak == 0 && getrusage(RUSAGE_SELF, &usage) == 0)
        peak = (uint64_t)usage.ru_maxrss * 1024u;
    return peak;
}

uint64_t volley_current_rss(void) {
    uint64_t now = own_status("VmRSS: %llu kB");
    return now > 0 ? now : volley_peak_rss();
}

/* The number in a file of one line, UINT64_MAX when there is none ("max", no such file). */
static uint64_t read_number(const char *path) {
    FILE *file = fopen(path, "r");
    if (file == NULL)
        return UINT64_MAX;
    unsigned long long number;
    int found = fscanf(file, "%llu", &number);
    fclose(file);
    return found == 1 ? number : UINT64_MAX;
}

/* What the control group of this process still grants: containers and batch jobs have one. */
static uint64_t group_available(void) {
    char line[512], group[512] = "", path[1200];
    FILE *file = fopen("/proc/self/cgroup", "r");
    while (file != NULL && fgets(line, sizeof line, file) != NULL)
        if (sscanf(line, "0::%511[^\n]", group) == 1)
            break;
    if (file != NULL)
        fclose(file);
    if (group[0] == '\0')
        return UINT64_MAX;
    snprintf(path, sizeof path, "/sys/fs/cgroup%s/memory.max", group);
    uint64_t limit = read_number(path);
    snprintf(path, sizeof path, "/sys/fs/cgroup%s/memory.current", group);
    uint64_t used = read_number(path);
    return limit == UINT64_MAX || used == UINT64_MAX ? UINT64_MAX : limit > used ? limit - used : 0;
}

uint64_t volley_memory_available(void) {
    FILE *file = fopen("/proc/meminfo", "r");
    if (file == NULL)
        return 0;
    char line[256];
    unsigned long long kilobytes = 0;
    while (fgets(line, sizeof line, file) != NULL)
        if (sscanf(line, "MemAvailable: %llu kB", &kilobytes) == 1)
            break;
    fclose(file);
    uint64_t machine = (uint64_t)kilobytes * 1024u, group = group_available();
    return machine < group ? machine : group;
}
