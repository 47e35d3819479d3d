/* SPDX-License-Identifier: BSD-3-Clause */
/* Allocates large arrays as whole pages, aligned so that the system can give huge ones. */
#define _GNU_SOURCE
#include "base/pages.h"
#include "base/status.h"

#include <stdint.h>
#include <sys/mman.h>

static size_t whole_pages(size_t bytes) {
    return (bytes + VOLLEY_PAGE - 1) / VOLLEY_PAGE * VOLLEY_PAGE;
}

int volley_pages_alloc(size_t bytes, void **array) {
    *array = NULL;
    if (bytes == 0)
        return VOLLEY_OK;
    size_t room = whole_pages(bytes) + VOLLEY_PAGE;
    char *start = room < bytes ? MAP_FAILED
                               : mmap(NULL, room, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    CHECK(start != MAP_FAILED, VOLLEY_EXHAUSTED, "out of memory: %.2f GB were refused", (double)bytes / 1e9);
    size_t before = (size_t)(-(uintptr_t)start & (VOLLEY_PAGE - 1));
    if (before > 0)
        munmap(start, before);
    munmap(start + before + whole_pages(bytes), VOLLEY_PAGE - before);
    if (bytes >= (size_t)2 * VOLLEY_PAGE) /* a small array would fill a huge page for nothing */
        madvise(start + before, whole_pages(bytes), MADV_HUGEPAGE);
    *array = start + before;
    return VOLLEY_OK;
}

void volley_pages_free(void *array, size_t bytes) {
    if (array != NULL)
        munmap(array, whole_pages(bytes));
}
