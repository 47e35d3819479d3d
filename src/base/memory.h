/* SPDX-License-Identifier: BSD-3-Clause */
/* Allocation with checked sizes and huge pages for large arrays. */
#ifndef VOLLEY_BASE_MEMORY_H
#define VOLLEY_BASE_MEMORY_H

#include <stddef.h>
#include <stdint.h>

/* To be called once at start, before threads exist: large blocks come straight from the kernel, so that
 * their pages are placed by the thread that first touches them and go back when freed; what smaller ones
 * leave is kept, so that buffers that come and go, as those of recordings do, get no fresh pages each time.
 */
void volley_memory_init(void);

/* A zeroed array of count items of size bytes, owned by the caller and released with free(); NULL when count
 * is 0 or when memory does not suffice. volley_alloc_status() tells which: VOLLEY_OK, or VOLLEY_EXHAUSTED
 * with the message stored. Not collective, thread-safe. */
void *volley_alloc(size_t count, size_t size);

/* The array with room for count items (new bytes undefined); the old array itself when memory does not
 * suffice. */
void *volley_resize(void *array, size_t count, size_t size);

/* The array with room for at least `needed` items, grown by half at least; *capacity is updated. */
void *volley_reserve(void *array, size_t *capacity, size_t needed, size_t size);

/* A copy of the text, owned by the caller; NULL when memory does not suffice, with the message stored. */
char *volley_strdup(const char *text);

/* The status of this thread's last call of the functions above. */
int volley_alloc_status(void);

/* Static analysis cannot know that VOLLEY_OK means memory, least of all when ranks have agreed on it. */
#ifdef __clang_analyzer__
#define VOLLEY_HAS_MEMORY(pointer) ((pointer) ? (void)0 : __builtin_unreachable())
#else
#define VOLLEY_HAS_MEMORY(pointer) ((void)0)
#endif

/* The same as statuses for TRY; `pointer` is assigned. The items may be pointers themselves. */
#define VOLLEY_NEW(pointer, count)                                                                           \
    ((pointer) = volley_alloc((size_t)(count), sizeof *(pointer)), /* NOLINT(bugprone-sizeof-expression) */  \
     VOLLEY_HAS_MEMORY(pointer), volley_alloc_status())
#define VOLLEY_RESIZE(pointer, count)                                                                        \
    ((pointer) = volley_resize((pointer), (size_t)(count),                                                   \
                               sizeof *(pointer)), /* NOLINT(bugprone-sizeof-expression) */                  \
     VOLLEY_HAS_MEMORY(pointer), volley_alloc_status())
#define VOLLEY_RESERVE(pointer, capacity, needed)                                                            \
    ((pointer) = volley_reserve((pointer), (capacity), (size_t)(needed),                                     \
                                sizeof *(pointer)), /* NOLINT(bugprone-sizeof-expression) */                 \
     VOLLEY_HAS_MEMORY(pointer), volley_alloc_status())

/* Resident memory of this process in bytes, at most so far and now, and bytes that the machine can still give
 * (0: unknown). */
uint64_t volley_peak_rss(void);
uint64_t volley_current_rss(void);
uint64_t volley_memory_available(void);

#endif
