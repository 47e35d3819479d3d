/* SPDX-License-Identifier: BSD-3-Clause */
/* volley --version: prints the version, the build and the libraries. */
#include "base/simd.h"
#include "base/status.h"
#include "base/version.h"
#include "commands/commands.h"

#include <H5public.h>
#include <jansson.h>
#include <libfyaml.h>
#include <mpi.h>
#ifdef VOLLEY_HAVE_SCOTCH
#include <ptscotch.h>
#endif
#include <sleef.h>
#include <stdio.h>
#include <xxhash.h>

int volley_command_version(int argc, char **argv) {
    (void)argc;
    (void)argv;
    int simd, length;
    char mpi[MPI_MAX_LIBRARY_VERSION_STRING];
    int status = volley_simd_level(&simd);
    if (status != VOLLEY_OK) {
        fprintf(stderr, "volley: %s\n", volley_error_message());
        return status;
    }
    MPI_Get_library_version(mpi, &length);
    for (char *c = mpi; *c != '\0'; c++)
        if (*c == ',')
            *c = '\0';
    printf("volley %s\n", VOLLEY_VERSION);
    printf("  revision   %s\n", VOLLEY_GIT[0] != '\0' ? VOLLEY_GIT : "unknown");
    printf("  compiler   %s, %s\n", VOLLEY_COMPILER, VOLLEY_FLAGS);
    printf("  vectors    %s\n", volley_simd_name(simd));
    printf("  MPI        %s\n", mpi);
    printf("  HDF5       %d.%d.%d, parallel\n", H5_VERS_MAJOR, H5_VERS_MINOR, H5_VERS_RELEASE);
    printf("  libfyaml   %s\n", fy_library_version());
    printf("  jansson    %s\n", JANSSON_VERSION);
    printf("  xxHash     %u\n", XXH_versionNumber());
    printf("  SLEEF      %d.%d\n", SLEEF_VERSION_MAJOR, SLEEF_VERSION_MINOR);
#ifdef VOLLEY_HAVE_HWLOC
    puts("  hwloc      yes");
#else
    puts("  hwloc      missing (optional)");
#endif
#ifdef VOLLEY_HAVE_SCOTCH
    int version, release, patch;
    SCOTCH_version(&version, &release, &patch);
    printf("  PT-Scotch  %d.%d.%d, numbers of %d bytes\n", version, release, patch, SCOTCH_numSizeof());
#else
    puts("  PT-Scotch  missing (optional)");
#endif
    return VOLLEY_OK;
}
