/* SPDX-License-Identifier: BSD-3-Clause */
/* The text of a config. */
#include "fuzz/fuzz.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    char *text = malloc(size + 1);
    FUZZ_REQUIRE(text);
    if (size > 0)
        memcpy(text, data, size);
    text[size] = '\0';
    /* Files elsewhere are not the fuzzer's to open. */
    if (!strstr(text, "include") || !strchr(text, '/'))
        fuzz_check_config(text, NULL, 0);
    free(text);
    return 0;
}
