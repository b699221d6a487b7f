#define _GNU_SOURCE
#include <dirent.h>
#include <errno.h>
#include <sched.h>
#include <stdio.h>
#include <string.h>
#include <sys/mount.h>
#include <unistd.h>

#include "supervise.h"

// Calls `body` with each directory below `path`.
static void for_each_below(const char *path, void (*body)(const char *path)) {
    DIR *directory = opendir(path);
    if (!directory) return;
    for (struct dirent *entry; (entry = readdir(directory));) {
        if (entry->d_name[0] == '.') continue;
        char below[4096];
        int length = snprintf(below, sizeof below, "%s/%s", path, entry->d_name);
        if (length < (int)sizeof below) body(below);
    }
    closedir(directory);
}

static void forget_lease(const char *bundle) {
    char root[4096 + sizeof "/rootfs"];
    snprintf(root, sizeof root, "%s/rootfs", bundle);
    umount2(root, MNT_DETACH | UMOUNT_NOFOLLOW);
}

static void forget_store(const char *store) { for_each_below(store, forget_lease); }

// A program that lives on keeps copies of all mounts in its own mount namespace; a lease whose tree is among them
// could not be committed while it runs.
int run_apart(const char *mounts, char **command) {
    if (unshare(CLONE_NEWNS) < 0 || mount(NULL, "/", NULL, MS_REC | MS_PRIVATE, NULL) < 0) {
        fprintf(stderr, "varve-supervise: a mount namespace for %s: %s\n", command[0], strerror(errno));
        return 1;
    }
    for_each_below(mounts, forget_store);
    execv(command[0], command);
    fprintf(stderr, "varve-supervise: %s: %s\n", command[0], strerror(errno));
    return 127;
}
