/* SPDX-License-Identifier: BSD-3-Clause */
/* Finds the sources within reach of a rank's targets, and sorts them into cells. */
#include "wiring/kernel_sources.h"
#include "base/memory.h"
#include "base/status.h"

#include <stdlib.h>

/* Marks the cells within reach of the rank's targets, once for each cell that holds any. */
static void mark_reach(const volley_layout *layout, const volley_projection *projection,
                       const volley_cells *cells, bool *done, bool *within) {
    const volley_slice *slice = &layout->slices[projection->target.population];
    for (int64_t i = 0; i < slice->count; i++) {
        int64_t index = volley_slice_at(slice, i);
        double at[VOLLEY_AXES];
        if (volley_subset_find(&projection->target, index) < 0)
            continue;
        volley_position(projection->target_positions, index, at);
        int64_t home = volley_cells_find(cells, at);
        if (home >= 0 && done[home])
            continue;
        if (home >= 0)
            done[home] = true;
        volley_cells_mark(cells, at, within);
    }
}

static int take_reach(const volley_layout *layout, const volley_projection *projection,
                      const volley_connect_spec *spec, volley_cells *cells) {
    bool *done, *within = NULL;
    TRY(VOLLEY_NEW(done, cells->n_cells));
    int status = VOLLEY_NEW(within, cells->n_cells);
    if (status == VOLLEY_OK) {
        mark_reach(layout, projection, cells, done, within);
        status = volley_cells_fill(cells, spec, within, layout->threads);
    }
    free(done);
    free(within);
    return status;
}

int volley_reach_create(const volley_layout *layout, int32_t p, volley_cells **cells) {
    const volley_projection *projection = &layout->network->projections[p];
    *cells = NULL;
    if (!projection->rule->takes_kernel)
        return VOLLEY_OK;
    volley_connect_spec spec = volley_projection_spec(projection);
    TRY(volley_cells_create(&spec, cells));
    return take_reach(layout, projection, &spec, *cells);
}
