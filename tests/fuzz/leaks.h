/* SPDX-License-Identifier: BSD-3-Clause */
/* Leaks of libraries that are not looked for: none is told that was allocated between the two. */
#ifndef VOLLEY_TESTS_FUZZ_LEAKS_H
#define VOLLEY_TESTS_FUZZ_LEAKS_H

#if defined(__SANITIZE_ADDRESS__)
#define FUZZ_LEAKS
#elif defined(__has_feature)
#if __has_feature(address_sanitizer)
#define FUZZ_LEAKS
#endif
#endif

#ifdef FUZZ_LEAKS
#include <sanitizer/lsan_interface.h>
#else
static inline void __lsan_disable(void) {
}
static inline void __lsan_enable(void) {
}
#endif

#endif
