// Loaded into a daemon under test (LD_PRELOAD): sees every change of state it makes from outside, by the system calls
// of its C library, writes each down, and kills the process at a chosen one.
//
//   CRASH_STORE   the store's directory
//   CRASH_LOG     file to which a line for every change is appended
//   CRASH_AT      the change to be killed at, as it stands in the log
//   CRASH_COUNT   at which of its occurrences, 1 the first
//   CRASH_AFTER   if set, after the change and not before it
//
// A change is a call with the places it changes, relative to the store; what has a number or an identifier is N or ID.
#define _GNU_SOURCE
#include <ctype.h>
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <pthread.h>
#include <signal.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

static const char *store, *chosen;
static int log_file = -1;
static long occurrence, seen;
static bool after, active;
static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;

__attribute__((constructor)) static void begin(void) {
    store = getenv("CRASH_STORE");
    // Programs the daemon runs have this in them too.
    if (!store || strcmp(program_invocation_short_name, "varved") != 0) return;
    const char *name = getenv("CRASH_LOG");
    if (name) log_file = open(name, O_WRONLY | O_APPEND | O_CREAT | O_CLOEXEC, 0600);
    chosen = getenv("CRASH_AT");
    occurrence = atol(getenv("CRASH_COUNT") ? getenv("CRASH_COUNT") : "1");
    after = getenv("CRASH_AFTER") != NULL;
    active = true;
}

// The absolute path of `name` in the directory `at`; false if there is none.
static bool absolute(int at, const char *name, char *path) {
    if (name && name[0] == '/') {
        snprintf(path, PATH_MAX, "%s", name);
    } else {
        char link[64];
        if (at == AT_FDCWD) snprintf(link, sizeof link, "/proc/self/cwd");
        else snprintf(link, sizeof link, "/proc/self/fd/%d", at);
        ssize_t length = readlink(link, path, PATH_MAX - 1);
        if (length <= 0) return false;
        path[length] = 0;
        if (name && name[0]) {
            size_t room = PATH_MAX - (size_t)length;
            if ((size_t)snprintf(path + length, room, "/%s", name) >= room) return false;
        }
    }
    static const char descriptors[] = "/proc/self/fd/";
    if (strncmp(path, descriptors, sizeof descriptors - 1) == 0) {
        char rest[PATH_MAX], target[PATH_MAX];
        char *slash = strchr(path + sizeof descriptors - 1, '/');
        snprintf(rest, sizeof rest, "%s", slash ? slash : "");
        if (slash) *slash = 0;
        ssize_t length = readlink(path, target, sizeof target - 1);
        if (length <= 0) return false;
        target[length] = 0;
        if (snprintf(path, PATH_MAX, "%.2000s%.2000s", target, rest) < 0) return false;
    }
    return true;
}

static void part(const char *name, size_t length, char *out) {
    bool digits = length > 0, hex = length >= 8;
    for (size_t i = 0; i < length; i++) {
        if (!isdigit((unsigned char)name[i])) digits = false;
        if (!isxdigit((unsigned char)name[i]) && name[i] != '-') hex = false;
    }
    if (digits) strcat(out, "N");
    else if (hex) strcat(out, "ID");
    else if (name[0] == '.' && length > 2) strcat(out, ".new");
    else if (length > 6 && strncmp(name, "moved-", 6) == 0) strcat(out, "N");
    else if (length > 5 && strncmp(name, "step-", 5) == 0) strcat(out, "step-N");
    else strncat(out, name, length);
}

// The place in the store, without what tells one number from another; false for what is not in it or does not count.
static bool place(const char *path, char *out) {
    static const char mounts[] = "/run/varve/mounts/";
    out[0] = 0;
    if (strncmp(path, mounts, sizeof mounts - 1) == 0) {
        strcpy(out, "mounts/…");
        return true;
    }
    size_t length = strlen(store);
    if (strncmp(path, store, length) != 0 || path[length] != '/') return false;
    const char *rest = path + length + 1;
    int depth = 0;
    char top[64] = "";
    while (*rest) {
        size_t size = strcspn(rest, "/");
        if (depth == 0) snprintf(top, sizeof top, "%.*s", (int)size, rest);
        // Where many make one: what is being filled, and what is being deleted.
        int most = strcmp(top, "active") == 0 ? 3 : strcmp(top, "dead") == 0 ? 2 : strcmp(top, "layers") == 0 ? 2 : 4;
        if (depth == most) {
            strcat(out, "/…");
            break;
        }
        if (depth) strcat(out, "/");
        if (strlen(out) + size > 500) return false;
        part(rest, size, out);
        depth++;
        rest += size;
        while (*rest == '/') rest++;
    }
    return strcmp(top, "spool") != 0 && strcmp(top, "lock") != 0;
}

static void die(void) {
    syscall(SYS_kill, getpid(), SIGKILL);
    for (;;) pause();
}

// Writes the change down; true if the process is to die after it.
static bool change(const char *call, const char *from, const char *to) {
    char first[PATH_MAX], second[PATH_MAX] = "", line[1200];
    bool counts = place(from, first);
    if (to) counts = place(to, second) || counts;
    if (!counts) return false;
    int length = snprintf(line, sizeof line, "%s %.500s%s%.500s\n", call, first, to ? " " : "", second);
    bool dies = false;
    pthread_mutex_lock(&lock);
    if (log_file >= 0) syscall(SYS_write, log_file, line, (size_t)length);
    line[length - 1] = 0;
    if (chosen && strcmp(chosen, line) == 0 && ++seen == occurrence) {
        if (!after) die();
        dies = true;
    }
    pthread_mutex_unlock(&lock);
    return dies;
}

#define NEXT(name) \
    static __typeof__(&name) next; \
    if (!next) next = (__typeof__(&name))dlsym(RTLD_NEXT, #name)

#define CHANGE(call, from_at, from, to_at, to, result) \
    bool dies = false; \
    if (active) { \
        char one[PATH_MAX], two[PATH_MAX]; \
        int error = errno; \
        if (absolute(from_at, from, one) && (!(to) || absolute(to_at, to, two))) \
            dies = change(call, one, (to) ? two : NULL); \
        errno = error; \
    } \
    __typeof__(result) value = result; \
    if (dies) die(); \
    return value

int renameat2(int from_at, const char *from, int to_at, const char *to, unsigned flags) {
    NEXT(renameat2);
    CHANGE("rename", from_at, from, to_at, to, next(from_at, from, to_at, to, flags));
}

int mkdirat(int at, const char *name, mode_t mode) {
    NEXT(mkdirat);
    CHANGE("mkdir", at, name, 0, (const char *)NULL, next(at, name, mode));
}

int unlinkat(int at, const char *name, int flags) {
    NEXT(unlinkat);
    CHANGE("remove", at, name, 0, (const char *)NULL, next(at, name, flags));
}

int move_mount(int from_at, const char *from, int to_at, const char *to, unsigned flags) {
    NEXT(move_mount);
    CHANGE("mount", to_at, to, 0, (const char *)NULL, next(from_at, from, to_at, to, flags));
}

int umount2(const char *path, int flags) {
    NEXT(umount2);
    CHANGE("unmount", AT_FDCWD, path, 0, (const char *)NULL, next(path, flags));
}

int umount(const char *path) {
    NEXT(umount);
    CHANGE("unmount", AT_FDCWD, path, 0, (const char *)NULL, next(path));
}

int syncfs(int file) {
    NEXT(syncfs);
    CHANGE("sync", file, "everything", 0, (const char *)NULL, next(file));
}

int fsync(int file) {
    NEXT(fsync);
    CHANGE("sync", file, (const char *)NULL, 0, (const char *)NULL, next(file));
}

int fdatasync(int file) {
    NEXT(fdatasync);
    CHANGE("sync", file, (const char *)NULL, 0, (const char *)NULL, next(file));
}

ssize_t pwrite64(int file, const void *bytes, size_t count, off64_t offset) {
    NEXT(pwrite64);
    CHANGE("write", file, (const char *)NULL, 0, (const char *)NULL, next(file, bytes, count, offset));
}

ssize_t pwrite(int file, const void *bytes, size_t count, off_t offset) {
    NEXT(pwrite);
    CHANGE("write", file, (const char *)NULL, 0, (const char *)NULL, next(file, bytes, count, offset));
}

int ftruncate64(int file, off64_t size) {
    NEXT(ftruncate64);
    CHANGE("truncate", file, (const char *)NULL, 0, (const char *)NULL, next(file, size));
}

int ftruncate(int file, off_t size) {
    NEXT(ftruncate);
    CHANGE("truncate", file, (const char *)NULL, 0, (const char *)NULL, next(file, size));
}

ssize_t write(int file, const void *bytes, size_t count) {
    NEXT(write);
    CHANGE("write", file, (const char *)NULL, 0, (const char *)NULL, next(file, bytes, count));
}
