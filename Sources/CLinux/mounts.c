#define _GNU_SOURCE
#include "mounts.h"

#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

int linux_unshare_mounts(void) {
    if (unshare(CLONE_NEWNS) < 0) return -1;
    return mount(NULL, "/", NULL, MS_REC | MS_PRIVATE, NULL);
}

// Runs in the parent's memory with the parent's thread-local storage: system calls that can't fail only, since
// they would write the parent's errno.
static int hold_namespace(void *unused) {
    (void)unused;
    prctl(PR_SET_PDEATHSIG, SIGKILL);
    for (;;) syscall(SYS_ppoll, NULL, 0, NULL, NULL, 0);
    return 0;
}

static int write_map(int pid, const char *name, const char *map) {
    char path[64];
    snprintf(path, sizeof path, "/proc/%d/%s", pid, name);
    int file = open(path, O_WRONLY | O_CLOEXEC);
    if (file < 0) return -1;
    ssize_t written = write(file, map, strlen(map));
    int error = errno;
    close(file);
    errno = error;
    return written < 0 ? -1 : 0;
}

static int open_namespace(int pid, const char *uid_map, const char *gid_map) {
    if (write_map(pid, "uid_map", uid_map) < 0 || write_map(pid, "gid_map", gid_map) < 0) return -1;
    char path[64];
    snprintf(path, sizeof path, "/proc/%d/ns/user", pid);
    return open(path, O_RDONLY | O_CLOEXEC);
}

int linux_user_namespace(const char *uid_map, const char *gid_map) {
    // Only a process makes a user namespace, and only another one may write arbitrary maps: a child that shares
    // this memory, so that nothing is
    // copied, and waits to be killed.
    static const size_t stack_size = 16 << 10;
    _Alignas(16) char stack[16 << 10];
    sigset_t all, old;
    sigfillset(&all);
    pthread_sigmask(SIG_SETMASK, &all, &old);
    int child = clone(hold_namespace, stack + stack_size, CLONE_VM | CLONE_NEWUSER, NULL);
    int error = errno;
    pthread_sigmask(SIG_SETMASK, &old, NULL);
    if (child < 0) {
        errno = error;
        return -1;
    }
    int namespace = open_namespace(child, uid_map, gid_map);
    error = errno;
    kill(child, SIGKILL);
    // Without an exit signal it is a "clone" child; the stack is in use until it has ended.
    while (waitpid(child, NULL, __WCLONE) < 0 && errno == EINTR) {}
    errno = error;
    return namespace;
}
