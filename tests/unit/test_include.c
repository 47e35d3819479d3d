/* SPDX-License-Identifier: BSD-3-Clause */
/* include: what several files become together, and where their problems are said to be. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

#include "base/status.h"
#include "config/config.h"

static const char common[] = "simulation: {dt: 0.1, duration: 100, seed: 5}\n"
                             "populations:\n"
                             "  E: {model: iaf_psc_exp, size: 80, params: {tau_m: 12.0, t_ref: 1.0}}\n"
                             "  I: {model: iaf_psc_exp, size: 20}\n"
                             "record: {spikes: [E]}\n";

static void put(const char *path, const char *text) {
    FILE *file = fopen(path, "w");
    assert_non_null(file);
    assert_true(fputs(text, file) >= 0);
    assert_int_equal(fclose(file), 0);
}

/* Every test has an empty working directory of its own. */
static int enter(void **state) {
    char *directory = strdup("/tmp/volley-include-XXXXXX");
    if (!mkdtemp(directory) || chdir(directory) != 0)
        return -1;
    *state = directory;
    put("common.yaml", common);
    return 0;
}

static int leave(void **state) {
    char command[200];
    snprintf(command, sizeof command, "rm -r '%s'", (char *)*state);
    free(*state);
    return chdir("/") != 0 || system(command) != 0;
}

static volley_network *load(const char *path, const char *set) {
    volley_network *network = NULL;
    volley_error_clear();
    int status = volley_config_load(path, &set, set != NULL, &network);
    if (status != VOLLEY_OK)
        fail_msg("refused: %s", volley_error_message());
    return network;
}

/* The file must be refused with exactly this message. */
static void refuse(const char *path, const char *set, const char *message) {
    volley_network *network = NULL;
    volley_error_clear();
    assert_int_equal(volley_config_load(path, &set, set != NULL, &network), VOLLEY_USAGE);
    assert_null(network);
    assert_string_equal(volley_error_message(), message);
    volley_error_clear();
}

static double param(const volley_population *p, const char *name) {
    return p->params[volley_field_find(p->model->params, p->model->n_params, name)].a;
}

static void test_merge(void **state) {
    (void)state;
    put("net.yaml", "include: common.yaml\n"
                    "simulation: {duration: 200}\n"
                    "populations:\n"
                    "  S: {model: spike_source, size: 3}\n"
                    "  E: {size: 8, params: {t_ref: 2.0}}\n"
                    "record: {spikes: [I, S]}\n");
    volley_network *n = load("net.yaml", NULL);
    assert_true(n->steps == 2000 && n->seed == 5 && n->n_populations == 3 && n->n_neurons == 31);
    assert_string_equal(n->populations[0].name, "E"); /* included ones first: their gids do not move */
    assert_string_equal(n->populations[2].name, "S");
    assert_true(n->populations[0].size == 8 && param(&n->populations[0], "tau_m") == 12.0);
    assert_true(param(&n->populations[0], "t_ref") == 2.0);
    assert_true(!n->record_spikes[0] && n->record_spikes[1] && n->record_spikes[2]); /* a list is replaced */
    assert_string_equal(n->name, "net");
    assert_null(strstr(n->config_text, "include"));
    /* what a run keeps is complete: it needs no other file */
    volley_network *again = NULL;
    assert_int_equal(volley_config_parse(n->config_text, "again.yaml", NULL, 0, &again), VOLLEY_OK);
    assert_true(again->config_hash == n->config_hash);
    volley_network_destroy(&again);
    volley_network_destroy(&n);
    n = load("net.yaml", "populations.E.size=4");
    assert_true(n->populations[0].size == 4);
    volley_network_destroy(&n);
}

static void test_order(void **state) {
    (void)state;
    put("a.yaml", "simulation: {seed: 1, duration: 10}\n");
    put("b.yaml", "include: a.yaml\nsimulation: {seed: 2, dt: 1.0}\n");
    put("net.yaml", "include: [common.yaml, b.yaml]\nrecord:\n");
    volley_network *n = load("net.yaml", NULL);
    assert_true(n->seed == 2 && n->steps == 10 && n->dt_ms == 1.0);
    assert_true(n->record_spikes[0] && n->record_spikes[1]); /* a null takes back what was included */
    volley_network_destroy(&n);
    put("net.yaml", "include: [b.yaml, common.yaml]\n");
    n = load("net.yaml", NULL);
    assert_true(n->seed == 5 && n->steps == 1000 && n->dt_ms == 0.1);
    volley_network_destroy(&n);
    put("net.yaml", "include: [a.yaml, common.yaml, b.yaml, a.yaml]\n"); /* twice is not a cycle */
    n = load("net.yaml", NULL);
    assert_true(n->seed == 1 && n->steps == 10);
    volley_network_destroy(&n);
    put("net.yaml", "include: []\n");
    refuse("net.yaml", NULL, "net.yaml:1: simulation: missing key\nnet.yaml:1: populations: missing key");
}

static void test_folders(void **state) {
    char text[300];
    assert_int_equal(mkdir("sub", 0777), 0);
    assert_int_equal(mkdir("sub/deep", 0777), 0);
    put("sub/deep/size.yaml", "include: ../../common.yaml\npopulations: {E: {size: 7}}\n");
    put("sub/net.yaml", "include: deep/size.yaml\n");
    volley_network *n = load("sub/net.yaml", NULL);
    assert_true(n->populations[0].size == 7);
    volley_network_destroy(&n);
    snprintf(text, sizeof text, "include: %s/common.yaml\n", (const char *)*state);
    put("sub/net.yaml", text);
    n = load("sub/net.yaml", NULL);
    assert_true(n->populations[0].size == 80);
    volley_network_destroy(&n);
}

static void test_cycles(void **state) {
    (void)state;
    put("a.yaml", "include: b.yaml\n");
    put("b.yaml", "simulation: {dt: 0.1}\ninclude: [common.yaml, ./a.yaml]\n");
    refuse("a.yaml", NULL, "b.yaml:2: include[1]: files include each other: a.yaml -> b.yaml -> ./a.yaml");
    put("self.yaml", "include: self.yaml\n");
    refuse("self.yaml", NULL, "self.yaml:1: include: files include each other: self.yaml -> self.yaml");
}

static void test_places(void **state) {
    (void)state;
    put("wrong.yaml", "include: common.yaml\n"
                      "populations:\n"
                      "  E: {size: 0}\n"
                      "  I:\n"
                      "    params: {tau: 3}\n");
    put("net.yaml", "include: wrong.yaml\n\nsimulation: {duration: 0.25}\nrecord: {spikes: [X]}\n");
    volley_network *network = NULL;
    const char *set = "populations.E.model=iaf";
    volley_error_clear();
    assert_int_equal(volley_config_load("net.yaml", &set, 1, &network), VOLLEY_USAGE);
    const char *message = volley_error_message();
    static const char *const places[] = {
        "net.yaml:3: simulation.duration: ", "\nwrong.yaml:3: populations.E.size: ",
        "\nwrong.yaml:5: populations.I.params.tau: ",
        "\n--set populations.E.model=iaf: populations.E.model: "};
    for (size_t i = 0; i < sizeof places / sizeof *places; i++) {
        const char *found = strstr(message, places[i]);
        if (!found)
            fail_msg("%s is not in its place in\n%s", places[i], volley_error_message());
        message = found;
    }
    volley_error_clear();
}

static void test_unreadable(void **state) {
    (void)state;
    put("net.yaml", "include: [none.yaml, common.yaml, /]\n");
    refuse("net.yaml", NULL,
           "net.yaml:1: include[0]: none.yaml: cannot be opened: No such file or directory\n"
           "net.yaml:1: include[2]: /: is a directory; allowed a regular file");
    put("list.yaml", "- 1\n");
    put("empty.yaml", "");
    put("broken.yaml", "a: 1\na: 2\n");
    put("net.yaml", "include:\n  - list.yaml\n  - empty.yaml\n  - broken.yaml\n  - {a: 1}\n  - \"\"\n");
    refuse("net.yaml", NULL,
           "net.yaml:5: include[3]: must be a path or a list of paths: value is a mapping\n"
           "net.yaml:6: include[4]: must be a path or a list of paths: value \"\"\n"
           "broken.yaml:2: duplicate key: value \"a\"; first in line 1\n"
           "empty.yaml: holds no config; allowed a mapping\n"
           "list.yaml: holds no config; allowed a mapping");
    refuse("common.yaml", "include=net.yaml",
           "--set include=net.yaml: include: other files cannot be included from the command line");
}

/* Each file names the next one twice: 2^12 files to read. */
static void test_too_many(void **state) {
    (void)state;
    for (int i = 0; i < 12; i++) {
        char name[20], text[60];
        snprintf(name, sizeof name, "f%d.yaml", i);
        snprintf(text, sizeof text, "include: [f%d.yaml, f%d.yaml]\n", i + 1, i + 1);
        put(name, text);
    }
    put("f12.yaml", "simulation: {dt: 0.1}\n");
    volley_network *network = NULL;
    volley_error_clear();
    assert_int_equal(volley_config_load("f0.yaml", NULL, 0, &network), VOLLEY_USAGE);
    assert_non_null(strstr(volley_error_message(), "too many files are included; allowed 256"));
    volley_error_clear();
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_merge, enter, leave),
        cmocka_unit_test_setup_teardown(test_order, enter, leave),
        cmocka_unit_test_setup_teardown(test_folders, enter, leave),
        cmocka_unit_test_setup_teardown(test_cycles, enter, leave),
        cmocka_unit_test_setup_teardown(test_places, enter, leave),
        cmocka_unit_test_setup_teardown(test_unreadable, enter, leave),
        cmocka_unit_test_setup_teardown(test_too_many, enter, leave),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
