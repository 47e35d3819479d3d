/* SPDX-License-Identifier: BSD-3-Clause */
/* volley job: a script for Slurm, one of jobs/slurm with layout, memory and time from the forecast. */
#define _GNU_SOURCE
#include "commands/commands.h"

#include "base/memory.h"
#include "base/starved.h"
#include "base/status.h"
#include "base/text.h"
#include "base/version.h"
#include "commands/options.h"
#include "commands/plan_options.h"
#include "files/publish.h"

#include <ctype.h>
#include <errno.h>
#include <math.h>
#include <regex.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* The times of Slurm: minutes, minutes:seconds, hours:minutes:seconds, and days-hours with :minutes and
 * :seconds behind. */
static int take_time(const volley_option *option, const char *text, void *member) {
    regex_t times;
    if (regcomp(&times, "^([0-9]+(:[0-9]+){0,2}|[0-9]+-[0-9]+(:[0-9]+){0,2})$", REG_EXTENDED | REG_NOSUB) !=
        0)
        return volley_fail(VOLLEY_EXHAUSTED, "out of memory: %s", option->name);
    bool fits = regexec(&times, text, 0, NULL, 0) == 0;
    regfree(&times);
    CHECK(fits, VOLLEY_USAGE,
          "%s %s: allowed are minutes, hours:minutes:seconds and days-hours:minutes:seconds", option->name,
          text);
    return volley_take_text(option, text, member);
}

/* The sizes of Slurm: megabytes, or with a unit. */
static int take_memory(const volley_option *option, const char *text, void *member) {
    size_t digits = strspn(text, "0123456789"),
           unit = text[digits] != '\0' && strchr("KMGT", text[digits]) != NULL;
    CHECK(digits > 0 && text[digits + unit] == '\0', VOLLEY_USAGE,
          "%s %s: allowed is a number of megabytes, or with K, M, G or T", option->name, text);
    return volley_take_text(option, text, member);
}

/* Text that stands in a line of the script for Slurm, which has no quotes there. */
static int check_word(const char *option, const char *text, const char *extra) {
    for (const char *c = text; *c != '\0'; c++)
        CHECK(isalnum((unsigned char)*c) || strchr(extra, *c) != NULL, VOLLEY_USAGE,
              "%s %s: allowed are letters, digits and %s", option, text, extra);
    return VOLLEY_OK;
}

static int take_word(const volley_option *option, const char *text, void *member) {
    TRY(check_word(option->name, text, "_-.,"));
    return volley_take_text(option, text, member);
}

#define MEMBER(name) offsetof(volley_plan_options, name)
static const volley_option options_of_job[] = {
    {"--nodes", "N", "nodes of the job", volley_take_count, MEMBER(nodes)},
    {"--ranks-per-node", "R", "ranks on a node (2 on one node, 4 on several: one for each NUMA domain)",
     volley_take_count, MEMBER(ranks_per_node)},
    {"--threads", "T", "threads and cores of a rank (8 on one node, 16 on several)", volley_take_count,
     MEMBER(threads)},
    {"--time", "T", "time limit as Slurm writes it (twice the forecast, and at least 10 minutes)", take_time,
     MEMBER(time)},
    {"--memory", "M", "memory of a node as Slurm writes it, 0: all (the forecast and a quarter more)",
     take_memory, MEMBER(memory)},
    {"--partition", "P", "Slurm's partition (that of the cluster)", take_word, MEMBER(partition)},
    {"--name", "NAME", "of the job (that of the config)", take_word, MEMBER(name)},
    {"-o", "DIR", "results (results/<name of the config>)", volley_take_text, MEMBER(results)},
    {"--rates", "DIR", "as for volley plan", volley_take_text, MEMBER(rates)},
    {"--machine", "FILE", "as for volley plan", volley_take_text, MEMBER(machine)},
    {"--set", "KEY=VALUE", "changes one key of the config", volley_take_set, MEMBER(sets)},
};

static const volley_command_line command_line = {
    .command = "job",
    .usage = "usage: volley job CONFIG --nodes N [--ranks-per-node R] [--threads T] [--time T] [--memory M]\n"
             "                  [--partition P] [--name NAME] [-o DIR] [--rates DIR] [--machine FILE]\n"
             "                  [--set KEY=VALUE]...\n"
             "Prints a Slurm script that runs CONFIG, made from jobs/slurm/one_node.sh or several_nodes.sh:\n"
             "    volley job network.yaml --nodes 4 > job.sh && sbatch job.sh\n",
    .after = "Exit code: 0 done, 2 wrong usage or config.\n\n"
             "example: volley job configs/benchmarks/microcircuit.yaml --nodes 2 --time 00:30:00 "
             "--partition batch\n",
    .options = options_of_job,
    .n_options = sizeof options_of_job / sizeof *options_of_job,
    .word = "config",
    .most = 1,
    .words = MEMBER(config),
    .help = MEMBER(help),
};

static int parse(volley_plan_options *o, int argc, char **argv) {
    TRY(volley_options_read(&command_line, argc, argv, o));
    if (o->help)
        return VOLLEY_OK;
    CHECK(o->config != NULL, VOLLEY_USAGE, "job: no config given; usage: volley job CONFIG --nodes N ...");
    CHECK(o->nodes > 0, VOLLEY_USAGE, "job: --nodes N is missing");
    return VOLLEY_OK;
}

/* The path of this program; owned by the caller, NULL when it is not known. */
static char *own_path(void) {
    return realpath("/proc/self/exe", NULL);
}

/* The script of an installation stands at a fixed place relative to the program; a program in its build tree
 * uses the source tree. */
static int open_template(const char *name, FILE **file) {
    char *path, *program = own_path(), *slash = program ? strrchr(program, '/') : NULL;
    if (slash != NULL) {
        *slash = '\0';
        path = volley_path(program, "%s/slurm/%s", VOLLEY_JOBS_FROM_BIN, name);
        *file = path != NULL ? fopen(path, "r") : NULL;
        free(path);
    }
    free(program);
    if (*file != NULL)
        return VOLLEY_OK;
    path = volley_path(VOLLEY_SOURCE_TREE, "jobs/slurm/%s", name);
    *file = path != NULL ? fopen(path, "r") : NULL;
    free(path);
    CHECK(*file != NULL, volley_code_of_errno(VOLLEY_USAGE),
          "job: %s is neither in %s/slurm of the program nor in %s/jobs/slurm", name, VOLLEY_JOBS_FROM_BIN,
          VOLLEY_SOURCE_TREE);
    return VOLLEY_OK;
}

/* The number of a line like "#SBATCH --ntasks-per-node=4"; 0 when there is none. */
static int number_in(FILE *file, const char *key) {
    char *line = NULL;
    size_t room = 0;
    int number = 0;
    rewind(file);
    while (number == 0 && getline(&line, &room, file) >= 0)
        if (strncmp(line, "#SBATCH --", 10) == 0 && strncmp(line + 10, key, strlen(key)) == 0 &&
            line[10 + strlen(key)] == '=')
            number = (int)strtol(line + 11 + strlen(key), NULL, 10);
    rewind(file);
    free(line);
    return number;
}

/* Prints a word that bash takes for this text and nothing else. $'...' holds what is not a plain character,
 * byte by byte, so that a text stays on its line. */
static void print_word(const char *text) {
    bool bare = text[0] != '\0';
    for (const char *c = text; *c != '\0'; c++)
        bare &= isalnum((unsigned char)*c) || strchr("_-./=:,@%+", *c) != NULL;
    const char *quote = bare ? "" : "'";
    bool plain = volley_text_is_plain(text);
    printf("%s%s", plain ? "" : "$", quote);
    for (size_t length; *text != '\0'; text += length) {
        bool shown;
        length = volley_text_character(text, &shown);
        if (*text == '\'')
            fputs(plain ? "'\\''" : "\\'", stdout);
        else if (*text == '\\' && !plain)
            fputs("\\\\", stdout);
        else if (shown)
            printf("%.*s", (int)length, text);
        for (size_t i = 0; !shown && i < length; i++)
            printf("\\%03o", (unsigned char)text[i]);
    }
    fputs(quote, stdout);
}

/* What takes the place of the template's values. */
typedef struct filling {
    const volley_plan_options *options;
    const volley_network *network;
    const volley_plan *plan;
    const volley_machine *machine;
    int ranks_per_node, threads;
    char nodes[16], ranks[16], cores[16], memory[32], time[32];
    const char *slurm_memory, *slurm_time;
    char *name, *program, *results; /* owned; program NULL: the template's */
} filling;

/* The value for a #SBATCH line; NULL: the template's stays. */
static const char *slurm_value(const filling *f, const char *key) {
    const struct {
        const char *key, *value;
    } values[] = {{"job-name", f->name},       {"nodes", f->nodes},      {"ntasks-per-node", f->ranks},
                  {"cpus-per-task", f->cores}, {"mem", f->slurm_memory}, {"time", f->slurm_time}};
    for (size_t i = 0; i < sizeof values / sizeof *values; i++)
        if (strcmp(key, values[i].key) == 0)
            return values[i].value;
    return NULL;
}

/* The value for a line "name=value"; NULL: the template's stays. */
static const char *shell_value(const filling *f, const char *key) {
    if (strcmp(key, "volley") == 0)
        return f->program;
    if (strcmp(key, "config") == 0)
        return f->options->config;
    return strcmp(key, "results") == 0 ? f->results : NULL;
}

static void print_head(const filling *f) {
    const volley_times *t = &f->plan->times;
    printf("# %s: %.10g neurons, %.4g synapses. Forecast: ", volley_text_shown(f->network->name),
           (double)f->network->n_neurons, f->plan->expected.synapses * f->plan->expected.ranks);
    volley_plan_bytes(stdout, f->plan->node_bytes);
    printf(" on a node;\n# %.3g s to build, %.3g s to simulate, %.3g s to write (%s).\n", t->build,
           t->simulate, t->write, f->machine->calibrated ? "calibrated" : "typical machine, not calibrated");
}

/* Puts the text where the threads of a rank stand in a launcher's options. */
static void print_with_threads(const filling *f, const char *line) {
    const char *at = strstr(line, "PE=");
    if (at == NULL) {
        fputs(line, stdout);
        return;
    }
    const char *rest = at + 3;
    while (isdigit((unsigned char)*rest))
        rest++;
    printf("%.*sPE=%d%s", (int)(at - line), line, f->threads, rest);
}

static void print_command(const filling *f, const char *line) {
    static const char mark[] = "run \"$config\"";
    const char *at = strstr(line, mark);
    if (at == NULL || line[0] == '#') {
        print_with_threads(f, line);
        return;
    }
    const char *rest = at + strlen(mark);
    printf("%.*s", (int)(rest - line), line);
    for (int i = 0; i < f->options->sets.n; i++) {
        fputs(" --set ", stdout);
        print_word(f->options->sets.text[i]);
    }
    fputs(rest, stdout);
}

/* One line of the template, at its end with the newline. `slurm`: a #SBATCH line has been before. */
static void print_line(const filling *f, const char *line, bool *slurm) {
    char key[64];
    const char *value = NULL;
    if (sscanf(line, "#SBATCH --%63[a-z-]", key) == 1) {
        if (!*slurm) {
            print_head(f);
            if (f->options->partition != NULL)
                printf("#SBATCH --partition=%s\n", f->options->partition);
        }
        *slurm = true;
        value = slurm_value(f, key);
        if (value != NULL && line[10 + strlen(key)] == '=')
            printf("#SBATCH --%s=%s\n", key, value);
        else
            fputs(line, stdout);
        return;
    }
    bool about_template = !*slurm && line[0] == '#' && line[1] != '!';
    if (about_template || strncmp(line, "# --mem=", 8) == 0)
        return;
    if (sscanf(line, "%63[a-z_]=", key) == 1 && line[strlen(key)] == '=')
        value = shell_value(f, key);
    if (value == NULL) {
        print_command(f, line);
        return;
    }
    printf("%s=", key);
    print_word(value);
    putchar('\n');
}

/* Twice the forecast, in whole steps of five minutes, at least ten. */
static void set_time(filling *f) {
    const volley_times *t = &f->plan->times;
    double minutes = ceil(2.0 * (t->build + t->simulate + t->write) / 300.0) * 5.0;
    const long long day = 1440;
    long long whole = (long long)fmin(fmax(10.0, minutes), 1e9);
    f->slurm_time = f->options->time != NULL ? f->options->time : f->time;
    if (whole < day)
        snprintf(f->time, sizeof f->time, "%02lld:%02lld:00", whole / 60, whole % 60);
    else
        snprintf(f->time, sizeof f->time, "%lld-%02lld:%02lld:00", whole / day, whole / 60 % 24, whole % 60);
}

static void set_memory(filling *f) {
    double megabytes = ceil(1.25 * f->plan->node_bytes / 1048576.0 / 100.0) * 100.0;
    f->slurm_memory = f->options->memory != NULL ? f->options->memory : f->memory;
    snprintf(f->memory, sizeof f->memory, "%.0fM", megabytes);
}

static int fill(filling *f) {
    const volley_plan_options *o = f->options;
    snprintf(f->nodes, sizeof f->nodes, "%d", o->nodes);
    snprintf(f->ranks, sizeof f->ranks, "%d", f->ranks_per_node);
    snprintf(f->cores, sizeof f->cores, "%d", f->threads);
    f->name = volley_strdup(o->name != NULL ? o->name : f->network->name);
    f->results =
        o->results != NULL ? volley_strdup(o->results) : volley_path("results", "%s", f->network->name);
    CHECK(f->name != NULL && f->results != NULL, VOLLEY_EXHAUSTED, "no memory for the script");
    for (char *c = f->name; *c != '\0'; c++)
        *c = isalnum((unsigned char)*c) || strchr("_-.,", *c) != NULL ? *c : '_';
    f->program = own_path();
    CHECK(f->program != NULL || errno != ENOMEM, VOLLEY_EXHAUSTED, "out of memory: the path of this program");
    set_time(f);
    set_memory(f);
    return VOLLEY_OK;
}

static void print_template(const filling *f, FILE *template) {
    char *line = NULL;
    size_t room = 0;
    bool slurm = false;
    while (getline(&line, &room, template) >= 0)
        print_line(f, line, &slurm);
    free(line);
}

static int print_script(const volley_plan_options *o, const volley_network *network, const double *rates,
                        FILE *template) {
    volley_machine machine;
    volley_plan plan;
    filling f = {.options = o, .network = network, .plan = &plan, .machine = &machine};
    TRY(volley_machine_read(o->machine, &machine));
    f.ranks_per_node = o->ranks_per_node > 0 ? o->ranks_per_node : number_in(template, "ntasks-per-node");
    f.threads = o->threads > 0 ? o->threads : number_in(template, "cpus-per-task");
    CHECK(f.ranks_per_node > 0 && f.threads > 0, VOLLEY_USAGE,
          "job: the template has no ntasks-per-node or cpus-per-task; give --ranks-per-node and --threads");
    CHECK((double)o->nodes * f.ranks_per_node <= 1e8, VOLLEY_USAGE, "job: more than 100000000 ranks");
    int status = volley_plan_make(o, network, rates, &machine, o->nodes * f.ranks_per_node, f.threads,
                                  f.ranks_per_node, &plan);
    if (status == VOLLEY_OK)
        status = fill(&f);
    if (status == VOLLEY_OK)
        print_template(&f, template);
    free(f.name);
    free(f.program);
    free(f.results);
    volley_expected_free(&plan.expected);
    return status;
}

int volley_command_job(int argc, char **argv) {
    volley_plan_options options = {0};
    volley_network *network = NULL;
    double *rates = NULL;
    FILE *template = NULL;
    int status = parse(&options, argc, argv);
    if (status == VOLLEY_OK && options.help)
        volley_options_help(&command_line, stdout);
    else if (status == VOLLEY_OK)
        status = volley_plan_read(&options, &network, &rates);
    if (network != NULL && status == VOLLEY_OK)
        status = open_template(options.nodes > 1 ? "several_nodes.sh" : "one_node.sh", &template);
    if (template != NULL) {
        status = print_script(&options, network, rates, template);
        fclose(template);
    }
    if (status != VOLLEY_OK)
        fprintf(stderr, "volley: %s\n", volley_error_message());
    volley_error_clear();
    free(rates);
    volley_network_destroy(&network);
    return status;
}
