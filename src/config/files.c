#include "config/files.h"

#include "base/status.h"
#include "config/include.h"

#include <stdlib.h>
#include <string.h>

static const volley_file_reader *file_reader;

void volley_config_use_files(const volley_file_reader *reader) {
    file_reader = reader;
}

/* The path to open, owned by the caller; NULL after a report. */
static char *path_of(volley_reader *r, const volley_node *node) {
    const char *name;
    if (!volley_read_text(r, node, &name))
        return NULL;
    if (name[0] == '\0' || !file_reader) {
        volley_problem_add(&r->problems, node, NULL,
                           file_reader ? "the path is empty" : "files cannot be read here");
        return NULL;
    }
    char *path = volley_path_beside(node->file ? node->file : r->problems.file, name);
    if (!path)
        volley_reader_status(r, VOLLEY_EXHAUSTED);
    return path;
}

/* What the reader says of a file becomes a problem of the config. */
static bool is_read(volley_reader *r, const volley_node *node, int status) {
    if (status == VOLLEY_OK)
        return true;
    if (status == VOLLEY_EXHAUSTED) {
        volley_reader_status(r, status);
        return false;
    }
    volley_problem_add(&r->problems, node, NULL, "%.1500s", volley_error_message());
    volley_error_clear();
    return false;
}

bool volley_file_values(volley_reader *r, const volley_node *node, const char *column, const char *dataset,
                        double **values, int64_t *count) {
    char *path = path_of(r, node);
    bool ok = path && is_read(r, node, file_reader->values(path, column, dataset, values, count));
    free(path);
    return ok;
}

bool volley_file_list(volley_reader *r, const volley_node *file, const volley_node *group,
                      volley_edge_list *list) {
    const char *name = NULL;
    list->count = -1;
    list->file = path_of(r, file);
    if (!list->file || (group && !volley_read_text(r, group, &name)))
        return false;
    list->group = name ? strdup(name) : NULL;
    list->place = volley_problem_place(&r->problems, file);
    if ((name && !list->group) || !list->place) {
        volley_reader_status(r, VOLLEY_EXHAUSTED);
        return false;
    }
    return is_read(r, file,
                   file_reader->columns(list->file, list->group, &list->has_weight, &list->has_delay));
}
