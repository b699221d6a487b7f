#define _GNU_SOURCE
#include <dirent.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "supervise.h"

/// Calls `body` with the step's directory in the v2 hierarchy and in each v1 hierarchy.
static void for_each_hierarchy(const char *cgroup, void (*body)(const char *path, void *), void *context) {
    char path[4096];
    snprintf(path, sizeof path, "/sys/fs/cgroup/%s", cgroup);
    body(path, context);
    DIR *root = opendir("/sys/fs/cgroup");
    if (!root) return;
    for (struct dirent *entry; (entry = readdir(root));) {
        if (entry->d_type != DT_DIR || entry->d_name[0] == '.') continue;
        snprintf(path, sizeof path, "/sys/fs/cgroup/%s/%s", entry->d_name, cgroup);
        body(path, context);
    }
    closedir(root);
}

static bool counts_oom_kill(const char *directory, const char *file) {
    char path[4096 + 64];
    snprintf(path, sizeof path, "%s/%s", directory, file);
    FILE *stream = fopen(path, "re");
    if (!stream) return false;
    char line[256];
    unsigned long long count = 0;
    while (fgets(line, sizeof line, stream))
        if (sscanf(line, "oom_kill %llu", &count) == 1) break;
    fclose(stream);
    return count > 0;
}

static void look_for_oom_kill(const char *path, void *context) {
    if (counts_oom_kill(path, "memory.events") || counts_oom_kill(path, "memory.oom_control"))
        *(bool *)context = true;
}

bool cgroup_saw_oom_kill(const char *cgroup) {
    bool seen = false;
    for_each_hierarchy(cgroup, look_for_oom_kill, &seen);
    return seen;
}

static void kill_members(const char *directory, void *context) {
    (void)context;
    char path[4096 + 64];
    snprintf(path, sizeof path, "%s/cgroup.procs", directory);
    FILE *stream = fopen(path, "re");
    if (!stream) return;
    for (int pid; fscanf(stream, "%d", &pid) == 1;)
        if (pid > 1) kill(pid, SIGKILL);
    fclose(stream);
}

void cgroup_kill(const char *cgroup) { for_each_hierarchy(cgroup, kill_members, NULL); }

static void remove_directory(const char *path, void *context) {
    (void)context;
    rmdir(path);
}

void cgroup_remove(const char *cgroup) { for_each_hierarchy(cgroup, remove_directory, NULL); }
