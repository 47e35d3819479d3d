/* SPDX-License-Identifier: BSD-3-Clause */
/* How the probability of a connection falls with distance: p exp(-exponent(distance)) up to a cutoff. */
#ifndef VOLLEY_MODELS_SPACE_KERNEL_H
#define VOLLEY_MODELS_SPACE_KERNEL_H

typedef enum volley_kernel_kind {
    VOLLEY_KERNEL_GAUSSIAN,    /* exp(-d^2 / (2 width^2)) */
    VOLLEY_KERNEL_EXPONENTIAL, /* exp(-d / width) */
    VOLLEY_KERNEL_DISC,        /* 1 */
} volley_kernel_kind;

typedef struct volley_kernel {
    volley_kernel_kind kind;
    double width;  /* mm: sigma, tau or radius */
    double cutoff; /* mm; 0 beyond it */
    double rim;    /* mm^2; squares of distances up to it are inside: see volley_kernel_rim */
} volley_kernel;

/* No random number of 53 bits is below exp(-this), so a kernel ends there without being cut. */
#define VOLLEY_KERNEL_LAST_EXPONENT 36.75

/* The distance at which a kernel without a cutoff ends. */
static inline double volley_kernel_reach(volley_kernel_kind kind, double width) {
    switch (kind) {
    case VOLLEY_KERNEL_GAUSSIAN:
        return width * __builtin_sqrt(2.0 * VOLLEY_KERNEL_LAST_EXPONENT);
    case VOLLEY_KERNEL_EXPONENTIAL:
        return width * VOLLEY_KERNEL_LAST_EXPONENT;
    case VOLLEY_KERNEL_DISC:
        break;
    }
    return width;
}

/* Square of the largest distance that counts as inside a cutoff. Neurons of a lattice that are as far apart
 * as the cutoff have distances a little below and above it, by the rounding of their coordinates, which is at
 * most `error` (mm) for both together, and of the cutoff's own digits: all of them are inside. */
static inline double volley_kernel_rim(double cutoff, double error) {
    const double digits = 1e-9;
    double most = cutoff * (1.0 + digits) + error;
    return most * most;
}

/* -log of the kernel at the square of a distance inside the cutoff. */
static inline double volley_kernel_exponent(const volley_kernel *kernel, double squared) {
    switch (kernel->kind) {
    case VOLLEY_KERNEL_GAUSSIAN:
        return squared / (2.0 * kernel->width * kernel->width);
    case VOLLEY_KERNEL_EXPONENTIAL:
        return __builtin_sqrt(squared) / kernel->width;
    case VOLLEY_KERNEL_DISC:
        break;
    }
    return 0.0;
}

#endif
