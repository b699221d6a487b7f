// Loaded into a daemon under test (LD_PRELOAD): sees the changes of state it makes from outside, by the system calls of
// its C library, writes each down, and kills the process at a chosen one.
//
//   CRASH_STORE   the store's directory
//   CRASH_LOG     file to which a line for every change is appended
//   CRASH_AT      the change to be killed at, as it stands in the log
//   CRASH_COUNT   at which of its occurrences, 1 the first
//   CRASH_AFTER   if set, after the change and not before it
//
// A change is a call with the places it changes, relative to the store; what has a number or an identifier is N or ID.
// Changes are: what makes, links, moves or takes away a name; what fills, reserves, cuts or syncs a file; what mounts or
// unmounts. None is what gives a mode, owner, time or attribute to something that nobody has been told of yet, nor the
// making of a file that gets its lasting name later, if ever: a kill before the first write to it leaves the same.
#define _GNU_SOURCE
#include <ctype.h>
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <linux/openat2.h>
#include <pthread.h>
#include <signal.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <unistd.h>

static const char *store, *chosen;
static int log_file = -1;
static long occurrence, seen;
static bool after, active;
static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static long (*real_syscall)(long number, ...);
// FICLONE, whose header and that of mounts exclude each other.
static const unsigned long clone_content = _IOW(0x94, 9, int);

__attribute__((constructor)) static void begin(void) {
    // Not when it is first called: that may be in a process that shares this memory and is killed at any moment.
    real_syscall = (long (*)(long, ...))dlsym(RTLD_NEXT, "syscall");
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

// How many parts of a path are told; what is deeper is one place. Few where many make one: what is being filled, unpacked
// or deleted.
static int most_parts(const char *top) {
    if (strcmp(top, "active") == 0) return 3;
    if (strcmp(top, "dead") == 0 || strcmp(top, "layers") == 0) return 2;
    return strcmp(top, "spool") == 0 ? 1 : 4;
}

// Below or at a directory.
static bool is_below(const char *directory, const char *path) {
    size_t length = strlen(directory);
    return strncmp(path, directory, length) == 0 && (path[length] == '/' || path[length] == 0);
}

// The place in the store, without what tells one number from another; false for what is not in it.
static bool place(const char *path, char *out) {
    static const char mounts[] = "/run/varve/mounts/";
    out[0] = 0;
    if (strncmp(path, mounts, sizeof mounts - 1) == 0) {
        strcpy(out, "mounts/…");
        return true;
    }
    size_t length = strlen(store);
    if (!is_below(store, path) || path[length] == 0) return false;
    const char *rest = path + length + 1;
    int depth = 0;
    char top[64] = "";
    while (*rest) {
        size_t size = strcspn(rest, "/");
        if (depth == 0) snprintf(top, sizeof top, "%.*s", (int)size, rest);
        if (depth == most_parts(top)) {
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
    return true;
}

static void die(void) {
    real_syscall(SYS_kill, getpid(), SIGKILL);
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
    if (log_file >= 0) real_syscall(SYS_write, log_file, line, (size_t)length);
    line[length - 1] = 0;
    if (chosen && strcmp(chosen, line) == 0 && ++seen == occurrence) {
        if (!after) die();
        dies = true;
    }
    pthread_mutex_unlock(&lock);
    return dies;
}

// As `change`, of `name` in the directory `from_at`; with `to`, of that one, too.
static bool change_at(const char *call, int from_at, const char *from, int to_at, const char *to) {
    char one[PATH_MAX], two[PATH_MAX];
    if (!active) return false;
    int error = errno;
    bool dies = absolute(from_at, from, one) && (!to || absolute(to_at, to, two)) && change(call, one, to ? two : NULL);
    errno = error;
    return dies;
}

// What opening a file with these flags is: it makes one, or empties one. Nothing of one whose lasting name comes later.
static bool opening(int at, const char *name, uint64_t flags) {
    char path[PATH_MAX];
    if (!active || !name || (flags & O_TMPFILE) == O_TMPFILE || !(flags & (O_CREAT | O_TRUNC))) return false;
    int error = errno;
    bool dies = false;
    const char *last = strrchr(name, '/');
    if ((last ? last + 1 : name)[0] != '.' && absolute(at, name, path)) {
        struct stat status;
        bool is_there = lstat(path, &status) == 0;
        if (!is_there && flags & O_CREAT) dies = change("create", path, NULL);
        else if (is_there && flags & O_TRUNC && status.st_size > 0) dies = change("truncate", path, NULL);
    }
    errno = error;
    return dies;
}

// As `change`, whichever place of the store it is called with.
static bool syncing_everything(int file) {
    char path[PATH_MAX];
    if (!active) return false;
    int error = errno;
    bool dies = false;
    if (absolute(file, NULL, path) && is_below(store, path)) {
        snprintf(path, sizeof path, "%s/everything", store);
        dies = change("sync", path, NULL);
    }
    errno = error;
    return dies;
}

#define NEXT(name) \
    static __typeof__(&name) next; \
    if (!next) next = (__typeof__(&name))dlsym(RTLD_NEXT, #name)

#define FINISH(dies, result) \
    bool is_last = dies; \
    __typeof__(result) value = result; \
    if (is_last) die(); \
    return value

#define CHANGE(call, from_at, from, to_at, to, result) FINISH(change_at(call, from_at, from, to_at, to), result)
#define CHANGE_NAME(call, at, name, result) CHANGE(call, at, name, 0, NULL, result)
#define CHANGE_FILE(call, file, result) CHANGE(call, file, NULL, 0, NULL, result)

// MARK: - Names

#define OPEN(name) \
    int name(const char *path, int flags, ...) { \
        NEXT(name); \
        va_list rest; \
        va_start(rest, flags); \
        mode_t mode = flags & (O_CREAT | O_TMPFILE) ? va_arg(rest, mode_t) : 0; \
        va_end(rest); \
        FINISH(opening(AT_FDCWD, path, (unsigned)flags), next(path, flags, mode)); \
    }

#define OPEN_AT(name) \
    int name(int at, const char *path, int flags, ...) { \
        NEXT(name); \
        va_list rest; \
        va_start(rest, flags); \
        mode_t mode = flags & (O_CREAT | O_TMPFILE) ? va_arg(rest, mode_t) : 0; \
        va_end(rest); \
        FINISH(opening(at, path, (unsigned)flags), next(at, path, flags, mode)); \
    }

OPEN(open)
OPEN(open64)
OPEN_AT(openat)
OPEN_AT(openat64)

// openat2 has no function of its own. Six arguments are passed on, however many there are, as the C library does.
long syscall(long number, ...) {
    if (!real_syscall) real_syscall = (long (*)(long, ...))dlsym(RTLD_NEXT, "syscall");
    long a[6];
    va_list rest;
    va_start(rest, number);
    for (int i = 0; i < 6; i++) a[i] = va_arg(rest, long);
    va_end(rest);
    bool dies = false;
    if (number == SYS_openat2 && a[2]) dies = opening((int)a[0], (const char *)a[1], ((struct open_how *)a[2])->flags);
    FINISH(dies, real_syscall(number, a[0], a[1], a[2], a[3], a[4], a[5]));
}

int mkdir(const char *name, mode_t mode) {
    NEXT(mkdir);
    CHANGE_NAME("mkdir", AT_FDCWD, name, next(name, mode));
}

int mkdirat(int at, const char *name, mode_t mode) {
    NEXT(mkdirat);
    CHANGE_NAME("mkdir", at, name, next(at, name, mode));
}

int symlink(const char *target, const char *name) {
    NEXT(symlink);
    CHANGE_NAME("create", AT_FDCWD, name, next(target, name));
}

int symlinkat(const char *target, int at, const char *name) {
    NEXT(symlinkat);
    CHANGE_NAME("create", at, name, next(target, at, name));
}

int mknod(const char *name, mode_t mode, dev_t device) {
    NEXT(mknod);
    CHANGE_NAME("create", AT_FDCWD, name, next(name, mode, device));
}

int mknodat(int at, const char *name, mode_t mode, dev_t device) {
    NEXT(mknodat);
    CHANGE_NAME("create", at, name, next(at, name, mode, device));
}

// The other name stays what it is.
int link(const char *from, const char *to) {
    NEXT(link);
    CHANGE_NAME("link", AT_FDCWD, to, next(from, to));
}

int linkat(int from_at, const char *from, int to_at, const char *to, int flags) {
    NEXT(linkat);
    CHANGE_NAME("link", to_at, to, next(from_at, from, to_at, to, flags));
}

int rename(const char *from, const char *to) {
    NEXT(rename);
    CHANGE("rename", AT_FDCWD, from, AT_FDCWD, to, next(from, to));
}

int renameat(int from_at, const char *from, int to_at, const char *to) {
    NEXT(renameat);
    CHANGE("rename", from_at, from, to_at, to, next(from_at, from, to_at, to));
}

int renameat2(int from_at, const char *from, int to_at, const char *to, unsigned flags) {
    NEXT(renameat2);
    CHANGE("rename", from_at, from, to_at, to, next(from_at, from, to_at, to, flags));
}

int unlink(const char *name) {
    NEXT(unlink);
    CHANGE_NAME("remove", AT_FDCWD, name, next(name));
}

int unlinkat(int at, const char *name, int flags) {
    NEXT(unlinkat);
    CHANGE_NAME("remove", at, name, next(at, name, flags));
}

int rmdir(const char *name) {
    NEXT(rmdir);
    CHANGE_NAME("remove", AT_FDCWD, name, next(name));
}

int remove(const char *name) {
    NEXT(remove);
    CHANGE_NAME("remove", AT_FDCWD, name, next(name));
}

// MARK: - Mounts

int mount(const char *source, const char *target, const char *type, unsigned long flags, const void *data) {
    NEXT(mount);
    CHANGE_NAME("mount", AT_FDCWD, target, next(source, target, type, flags, data));
}

int move_mount(int from_at, const char *from, int to_at, const char *to, unsigned flags) {
    NEXT(move_mount);
    CHANGE_NAME("mount", to_at, to, next(from_at, from, to_at, to, flags));
}

int umount2(const char *path, int flags) {
    NEXT(umount2);
    CHANGE_NAME("unmount", AT_FDCWD, path, next(path, flags));
}

int umount(const char *path) {
    NEXT(umount);
    CHANGE_NAME("unmount", AT_FDCWD, path, next(path));
}

// MARK: - Content

int syncfs(int file) {
    NEXT(syncfs);
    FINISH(syncing_everything(file), next(file));
}

int fsync(int file) {
    NEXT(fsync);
    CHANGE_FILE("sync", file, next(file));
}

int fdatasync(int file) {
    NEXT(fdatasync);
    CHANGE_FILE("sync", file, next(file));
}

ssize_t write(int file, const void *bytes, size_t count) {
    NEXT(write);
    CHANGE_FILE("write", file, next(file, bytes, count));
}

ssize_t writev(int file, const struct iovec *pieces, int count) {
    NEXT(writev);
    CHANGE_FILE("write", file, next(file, pieces, count));
}

ssize_t pwrite(int file, const void *bytes, size_t count, off_t offset) {
    NEXT(pwrite);
    CHANGE_FILE("write", file, next(file, bytes, count, offset));
}

ssize_t pwrite64(int file, const void *bytes, size_t count, off64_t offset) {
    NEXT(pwrite64);
    CHANGE_FILE("write", file, next(file, bytes, count, offset));
}

ssize_t pwritev(int file, const struct iovec *pieces, int count, off_t offset) {
    NEXT(pwritev);
    CHANGE_FILE("write", file, next(file, pieces, count, offset));
}

ssize_t pwritev64(int file, const struct iovec *pieces, int count, off64_t offset) {
    NEXT(pwritev64);
    CHANGE_FILE("write", file, next(file, pieces, count, offset));
}

ssize_t copy_file_range(int from, off64_t *from_offset, int to, off64_t *to_offset, size_t count, unsigned flags) {
    NEXT(copy_file_range);
    CHANGE_FILE("write", to, next(from, from_offset, to, to_offset, count, flags));
}

int ioctl(int file, unsigned long request, ...) {
    NEXT(ioctl);
    va_list rest;
    va_start(rest, request);
    void *argument = va_arg(rest, void *);
    va_end(rest);
    // Gives the file all of another's content.
    FINISH(request == clone_content && change_at("write", file, NULL, 0, NULL), next(file, request, argument));
}

int ftruncate(int file, off_t size) {
    NEXT(ftruncate);
    CHANGE_FILE("truncate", file, next(file, size));
}

int ftruncate64(int file, off64_t size) {
    NEXT(ftruncate64);
    CHANGE_FILE("truncate", file, next(file, size));
}

int fallocate(int file, int mode, off_t offset, off_t size) {
    NEXT(fallocate);
    CHANGE_FILE("reserve", file, next(file, mode, offset, size));
}

int fallocate64(int file, int mode, off64_t offset, off64_t size) {
    NEXT(fallocate64);
    CHANGE_FILE("reserve", file, next(file, mode, offset, size));
}

int posix_fallocate(int file, off_t offset, off_t size) {
    NEXT(posix_fallocate);
    CHANGE_FILE("reserve", file, next(file, offset, size));
}

int posix_fallocate64(int file, off64_t offset, off64_t size) {
    NEXT(posix_fallocate64);
    CHANGE_FILE("reserve", file, next(file, offset, size));
}
