/* SPDX-License-Identifier: BSD-3-Clause */
/* Gives every file of the directories named to the function that libFuzzer calls: ends at the first that
 * fails. */
#include "fuzz/fuzz.h"

#include <dirent.h>
#include <sys/stat.h>

/* Targets that prepare something have one, which libFuzzer calls as well. */
int LLVMFuzzerInitialize(int *argc, char ***argv) __attribute__((weak));

static void replay(const char *path) {
    FILE *file = fopen(path, "rb");
    struct stat about;
    FUZZ_REQUIRE(file && fstat(fileno(file), &about) == 0, "%s\n", path);
    size_t size = (size_t)about.st_size;
    uint8_t *data = malloc(size + 1);
    FUZZ_REQUIRE(data && fread(data, 1, size, file) == size, "%s\n", path);
    fclose(file);
    fprintf(stderr, "%s\n", path);
    LLVMFuzzerTestOneInput(data, size);
    free(data);
}

static int replay_all(const char *directory) {
    DIR *open = opendir(directory);
    int n = 0;
    FUZZ_REQUIRE(open, "%s\n", directory);
    for (struct dirent *entry; (entry = readdir(open));) {
        char path[4096];
        if (entry->d_name[0] == '.')
            continue;
        snprintf(path, sizeof path, "%s/%s", directory, entry->d_name);
        replay(path);
        n++;
    }
    closedir(open);
    return n;
}

int main(int argc, char **argv) {
    if (LLVMFuzzerInitialize)
        LLVMFuzzerInitialize(&argc, &argv);
    for (int i = 1; i < argc; i++)
        FUZZ_REQUIRE(replay_all(argv[i]) > 0, "no files in %s\n", argv[i]);
    return argc > 1 ? 0 : 2;
}
