/* SPDX-License-Identifier: BSD-3-Clause */
/* Writes blocks of recorded frames into the node reports of a run, one for each recorded variable. */
#include "io/recordings/state_output.h"

#include "base/memory.h"
#include "base/status.h"
#include "files/frames.h"
#include "io/recordings/state_file.h"
#include "files/together.h"

#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

struct volley_state_writer {
    volley_comm *comm; /* borrowed, as the next two */
    const volley_network *network;
    const char *directory;
    volley_provenance *provenance; /* owned: rank 0's on all ranks */
    volley_state_file *files;      /* [n_state_records] */
};

int volley_state_writer_create(volley_comm *comm, const volley_network *network, const char *directory,
                               const volley_provenance *provenance, volley_state_writer **out) {
    volley_state_writer *writer = NULL;
    int code = VOLLEY_NEW(writer, 1);
    if (code == VOLLEY_OK) {
        *writer = (volley_state_writer){.comm = comm, .network = network, .directory = directory};
        code = VOLLEY_NEW(writer->files, network->n_state_records);
    }
    *out = writer;
    code = volley_io_together(comm, code);
    if (code == VOLLEY_OK)
        code = volley_provenance_share(comm, provenance, &writer->provenance);
    return volley_comm_agree(comm, code);
}

int volley_state_writer_open(volley_state_writer *writer) {
    int code = VOLLEY_OK;
    for (int32_t i = 0; i < writer->network->n_state_records && code == VOLLEY_OK;
         i += writer->network->state_records[i].members)
        code = volley_state_file_create(writer->comm, writer->network, &writer->network->state_records[i],
                                        writer->provenance, writer->directory, &writer->files[i]);
    return volley_comm_agree(writer->comm, code);
}

int volley_state_writer_go_on(volley_state_writer *writer, int64_t step) {
    int code = VOLLEY_OK;
    for (int32_t i = 0; i < writer->network->n_state_records && code == VOLLEY_OK;
         i += writer->network->state_records[i].members) {
        const volley_state_record *record = &writer->network->state_records[i];
        int64_t frames = volley_state_writer_pending(writer, i, step);
        code = volley_state_file_go_on(writer->comm, writer->network, record, writer->provenance,
                                       writer->directory, frames < record->frames ? frames : record->frames,
                                       &writer->files[i]);
    }
    return volley_comm_agree(writer->comm, code);
}

int volley_state_writer_sync(volley_state_writer *writer) {
    for (int32_t i = 0; i < writer->network->n_state_records; i += writer->network->state_records[i].members)
        TRY(volley_shared_file_sync(&writer->files[i].shared));
    return VOLLEY_OK;
}

int64_t volley_state_writer_pending(const volley_state_writer *writer, int32_t record, int64_t stamp) {
    const volley_state_record *r = &writer->network->state_records[record];
    int64_t due = stamp / r->interval - r->first_frame + 1;
    int64_t frames = (due < r->frames ? due : r->frames) - writer->files[record].written;
    return frames > 0 ? frames : 0;
}

int volley_state_writer_write(volley_state_writer *writer, int32_t record, int64_t frames,
                              const uint64_t *columns, const void *values, uint64_t n) {
    const volley_state_record *r = &writer->network->state_records[record];
    volley_state_file *file = &writer->files[record];
    bool alone = file->shared.alone;
    volley_frames block = {(uint64_t)frames, (uint64_t)r->columns, r->bytes, alone};
    volley_frames_part part;
    void *table = NULL;
    TRY(volley_frames_gather(writer->comm, &block, columns, values, n, &part, &table));
    int code = VOLLEY_OK;
    if (!alone || part.rows > 0)
        code = volley_h5_write_table(alone ? NULL : writer->comm, file->data,
                                     r->bytes == 4 ? VOLLEY_H5_FLOAT32 : VOLLEY_H5_FLOAT64,
                                     (uint64_t)file->written + part.first_row, part.rows, part.first_column,
                                     part.columns, table != NULL ? table : values);
    free(table);
    if (code == VOLLEY_OK)
        file->written += frames;
    return code;
}

int volley_state_writer_finish(volley_state_writer *writer) {
    int code = VOLLEY_OK;
    for (int32_t i = 0; i < writer->network->n_state_records;
         i += writer->network->state_records[i].members) {
        const volley_state_record *record = &writer->network->state_records[i];
        volley_state_file *file = &writer->files[i];
        if (code == VOLLEY_OK && file->written < record->frames)
            code = volley_state_file_shorten(file, writer->network, record, writer->provenance,
                                             writer->directory);
        else
            code = volley_state_file_finish(file, code);
    }
    return volley_comm_agree(writer->comm, code);
}

void volley_state_writer_destroy(volley_state_writer **out) {
    volley_state_writer *writer = *out;
    if (writer == NULL)
        return;
    for (int32_t i = 0; writer->files != NULL && i < writer->network->n_state_records; i++)
        volley_state_file_finish(&writer->files[i], VOLLEY_FAILED);
    free(writer->files);
    free(writer->provenance);
    free(writer);
    *out = NULL;
}
