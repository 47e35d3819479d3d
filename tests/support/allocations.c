/* SPDX-License-Identifier: BSD-3-Clause */
/* LD_PRELOAD: fails allocations that volley, libfyaml and jansson ask for, themselves or by a function of the
 * C library. VOLLEY_ALLOCATIONS=count:<rank>:0       the number of allocations of that rank when it ends
 *   VOLLEY_ALLOCATIONS=fail:<rank>:<n>      the n-th fails; all: it and all after it
 *   VOLLEY_ALLOCATIONS=fork:0:<s>           at every s-th a child goes on in which it fails, and the parent,
 * in which it does not, waits for its end; forkall: in which it fails with all after it
 *   VOLLEY_ALLOCATIONS_TRACE=1              where that is goes to stderr
 *   VOLLEY_ALLOCATIONS_OF=any               those of everybody else in the process as well
 *   VOLLEY_ALLOCATIONS_LOG=<file>           gets a line of words: "count <rank> <n>", "failed <rank> <n>",
 * and of each child "child <n> <exit code or -signal> <sum of its stdout, which has to be a file> <its
 * stderr>", newlines as | A rank is that of Open MPI, 0 without mpirun. Children that take 20 s are ended by
 * SIGALRM. */
#define _GNU_SOURCE
#include <dirent.h>
#include <dlfcn.h>
#include <errno.h>
#include <execinfo.h>
#include <fcntl.h>
#include <link.h>
#include <signal.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

extern void *__libc_malloc(size_t size);
extern void *__libc_calloc(size_t n, size_t size);
extern void *__libc_realloc(void *block, size_t size);
extern int __vasprintf_chk(char **out, int flag, const char *format, va_list list);
extern int __asprintf_chk(char **out, int flag, const char *format, ...);

enum { FORKED_SECONDS = 20, RANGES = 8 };
enum action { NOTHING, COUNT, FAIL, ALL, FORK, FORKALL };
static const char *const names[] = {"", "count", "fail", "all", "fork", "forkall"};

static enum action action;
static bool ready, of_anyone, child, failing;
static long nth, calls;
static int own_rank;
static const char *log_name;
static struct { uintptr_t low, high; } ranges[RANGES];
static int n_ranges;
static __thread int inside; /* a function of the C library that one of them has called */

static int add_range(struct dl_phdr_info *info, size_t size, void *first) {
    (void)size;
    bool meant =
        *(bool *)first || strstr(info->dlpi_name, "libfyaml") || strstr(info->dlpi_name, "libjansson");
    *(bool *)first = false; /* the program itself */
    uintptr_t low = UINTPTR_MAX, high = 0;
    for (int i = 0; i < info->dlpi_phnum; i++) {
        uintptr_t start = info->dlpi_addr + info->dlpi_phdr[i].p_vaddr;
        if (info->dlpi_phdr[i].p_type != PT_LOAD)
            continue;
        low = start < low ? start : low;
        high = start + info->dlpi_phdr[i].p_memsz > high ? start + info->dlpi_phdr[i].p_memsz : high;
    }
    if (meant && n_ranges < RANGES) {
        ranges[n_ranges].low = low;
        ranges[n_ranges++].high = high;
    }
    return 0;
}

__attribute__((constructor)) static void begin(void) {
    const char *text = getenv("VOLLEY_ALLOCATIONS"), *rank = getenv("OMPI_COMM_WORLD_RANK");
    char name[9], program[512];
    int wanted;
    bool first = true;
    own_rank = rank != NULL ? atoi(rank) : 0;
    log_name = getenv("VOLLEY_ALLOCATIONS_LOG");
    ssize_t length = readlink("/proc/self/exe", program, sizeof program - 1);
    program[length > 0 ? length : 0] = '\0';
    if (text == NULL || sscanf(text, "%8[a-z]:%d:%ld", name, &wanted, &nth) != 3 || wanted != own_rank ||
        strstr(program, "/volley") == NULL)
        return;
    of_anyone = getenv("VOLLEY_ALLOCATIONS_OF") != NULL;
    for (enum action a = COUNT; a <= FORKALL; a++)
        if (strcmp(name, names[a]) == 0)
            action = a;
    dl_iterate_phdr(add_range, &first);
    void *frame[1];
    backtrace(frame, 1); /* loads what it needs */
    ready = true;
}

static void note(const char *format, ...) {
    char line[2048];
    va_list arguments;
    va_start(arguments, format);
    int length = vsnprintf(line, sizeof line, format, arguments);
    va_end(arguments);
    int file = log_name != NULL ? open(log_name, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0666) : -1;
    if (file < 0)
        return;
    syscall(SYS_write, file, line, (size_t)(length < (int)sizeof line ? length : (int)sizeof line - 1));
    close(file);
}

__attribute__((destructor)) static void end(void) {
    ready = false;
    if (action == COUNT || (action >= FORK && !child))
        note("count %d %ld\n", own_rank, calls);
}

/* A sum over the text in a file. */
static unsigned long sum_of(int file) {
    unsigned long sum = 14695981039346656037u;
    unsigned char piece[4096];
    ssize_t length;
    for (off_t at = 0; (length = pread(file, piece, sizeof piece, at)) > 0; at += length)
        for (ssize_t i = 0; i < length; i++)
            sum = (sum ^ piece[i]) * 1099511628211u;
    return sum;
}

/* What the child has printed, as one line. */
static void report(long number, int status, int printed, int output) {
    char text[1024];
    ssize_t length = pread(output, text, sizeof text - 1, 0);
    text[length > 0 ? length : 0] = '\0';
    for (char *c = text; *c != '\0'; c++)
        if (*c == '\n')
            *c = '|';
    note("child %ld %d %lx %s\n", number, WIFEXITED(status) ? WEXITSTATUS(status) : -WTERMSIG(status),
         sum_of(printed), text);
}

/* Where the child has come to grief, for its report. */
static void tell_place(int number) {
    void *frames[12];
    ready = false;
    backtrace_symbols_fd(frames, backtrace(frames, 12), STDERR_FILENO);
    signal(number, SIG_DFL);
    raise(number);
}

/* Whether this process is the child. Files are read on from the same place by both. */
static bool split(long number) {
    off_t places[64];
    for (int i = 0; i < 64; i++)
        places[i] = lseek(i, 0, SEEK_CUR);
    int output = memfd_create("stderr", MFD_CLOEXEC), printed = memfd_create("stdout", MFD_CLOEXEC),
        status = 0;
    int so_far = open("/proc/self/fd/1", O_RDONLY | O_CLOEXEC);
    char piece[4096];
    for (ssize_t length; so_far >= 0 && (length = read(so_far, piece, sizeof piece)) > 0;)
        syscall(SYS_write, printed, piece, (size_t)length);
    close(so_far);
    pid_t made = fork();
    if (made == 0) {
        dup2(output, STDERR_FILENO);
        dup2(printed, STDOUT_FILENO);
        child = true;
        struct sigaction now, tell = {.sa_handler = tell_place};
        for (int i = 0; i < 2; i++) /* unless the program has its own way */
            if (sigaction(i ? SIGABRT : SIGSEGV, NULL, &now) == 0 && now.sa_handler == SIG_DFL)
                sigaction(i ? SIGABRT : SIGSEGV, &tell, NULL);
        alarm(FORKED_SECONDS);
        return true;
    }
    while (made > 0 && waitpid(made, &status, 0) < 0 && errno == EINTR)
        continue;
    for (int i = 0; i < 64; i++)
        if (places[i] >= 0)
            lseek(i, places[i], SEEK_SET);
    if (made > 0)
        report(number, status, printed, output);
    close(output);
    close(printed);
    return false;
}

/* Whether the allocation of this caller is to fail. */
static bool fails(const void *caller) {
    if (!ready)
        return false;
    bool meant = of_anyone || inside > 0;
    for (int i = 0; i < n_ranges && !meant; i++)
        meant = (uintptr_t)caller >= ranges[i].low && (uintptr_t)caller < ranges[i].high;
    if (!meant)
        return false;
    if (child || failing) { /* after the first one */
        if (action == FORKALL || action == ALL)
            errno = ENOMEM;
        return action == FORKALL || action == ALL;
    }
    long number = __atomic_add_fetch(&calls, 1, __ATOMIC_RELAXED);
    bool now = false;
    if (action == FAIL || action == ALL) {
        failing = now = number == nth;
        if (now)
            note("failed %d %ld\n", own_rank, number);
    } else if (action >= FORK && number % nth == 0) {
        ready = false;
        now = split(number);
        ready = true;
    }
    if (now && getenv("VOLLEY_ALLOCATIONS_TRACE") != NULL) {
        void *frames[12];
        ready = false;
        backtrace_symbols_fd(frames, backtrace(frames, 12), STDERR_FILENO);
        ready = true;
    }
    if (now)
        errno = ENOMEM;
    return now;
}

#define CALLER __builtin_return_address(0)

void *malloc(size_t size) {
    return fails(CALLER) ? NULL : __libc_malloc(size);
}

void *calloc(size_t n, size_t size) {
    return fails(CALLER) ? NULL : __libc_calloc(n, size);
}

void *realloc(void *block, size_t size) {
    return fails(CALLER) ? NULL : __libc_realloc(block, size);
}

/* Functions of the C library that allocate for their caller: what they ask for is asked for by it. */
static bool is_meant(const void *caller) {
    for (int i = 0; i < n_ranges && ready; i++)
        if ((uintptr_t)caller >= ranges[i].low && (uintptr_t)caller < ranges[i].high)
            return true;
    return false;
}

#define PASS(type, name, parameters, arguments)                                                              \
    type name parameters {                                                                                   \
        static type(*real) parameters;                                                                       \
        int meant = is_meant(CALLER);                                                                        \
        if (real == NULL)                                                                                    \
            *(void **)&real = dlsym(RTLD_NEXT, #name);                                                       \
        inside += meant;                                                                                     \
        type result = real arguments;                                                                        \
        inside -= meant;                                                                                     \
        return result;                                                                                       \
    }
PASS(char *, strdup, (const char *text), (text))
PASS(char *, strndup, (const char *text, size_t n), (text, n))
PASS(int, vasprintf, (char **out, const char *format, va_list list), (out, format, list))
PASS(int, __vasprintf_chk, (char **out, int flag, const char *format, va_list list),
     (out, flag, format, list))
PASS(ssize_t, getline, (char **line, size_t *room, FILE *file), (line, room, file))
PASS(FILE *, fopen, (const char *path, const char *mode), (path, mode))
PASS(FILE *, fdopen, (int file, const char *mode), (file, mode))
PASS(FILE *, open_memstream, (char **text, size_t *size), (text, size))
PASS(DIR *, opendir, (const char *path), (path))
PASS(char *, realpath, (const char *path, char *resolved), (path, resolved))

#define PASS_PRINTF(name, parameters, call)                                                                  \
    int name parameters {                                                                                    \
        int meant = is_meant(CALLER);                                                                        \
        va_list list;                                                                                        \
        va_start(list, format);                                                                              \
        inside += meant;                                                                                     \
        int result = call;                                                                                   \
        inside -= meant;                                                                                     \
        va_end(list);                                                                                        \
        return result;                                                                                       \
    }
PASS_PRINTF(asprintf, (char **out, const char *format, ...), vasprintf(out, format, list))
PASS_PRINTF(__asprintf_chk, (char **out, int flag, const char *format, ...),
            __vasprintf_chk(out, flag, format, list))
