/* Large arrays as whole pages, whose pages can move to another array without being copied or cleared. */
#ifndef VOLLEY_BASE_PAGES_H
#define VOLLEY_BASE_PAGES_H

#include <stddef.h>

/* The unit that moves: a huge page. */
enum { VOLLEY_PAGE = 2 << 20 };

/* Stores in *array a zeroed array of `bytes` bytes that begins at a multiple of VOLLEY_PAGE (NULL when bytes
 * is 0); memory is taken when it is touched. The caller owns it and releases it with volley_pages_free(). Not
 * collective, thread-safe. Returns VOLLEY_EXHAUSTED when there is no room. */
int volley_pages_alloc(size_t bytes, void **array);
void volley_pages_free(void *array, size_t bytes);

/* Moves the memory of one page to another array, with its content; both are multiples of VOLLEY_PAGE. The
 * page moved from stays valid and empty. Does nothing where the system cannot (Linux before 5.7). */
void volley_page_move(void *from, void *to);

/* Gives the memory of a page back to the system; it reads as zero afterwards. */
void volley_page_release(void *page);

#endif
