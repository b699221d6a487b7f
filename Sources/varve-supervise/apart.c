#define _GNU_SOURCE
#include <errno.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mount.h>
#include <unistd.h>

#include "supervise.h"

// In place: `\040` is a blank, and so on.
static void unescape(char *path) {
    char *to = path;
    for (char *from = path; *from;) {
        if (from[0] == '\\' && from[1] && from[2] && from[3]) {
            *to++ = (char)((from[1] - '0') << 6 | (from[2] - '0') << 3 | (from[3] - '0'));
            from += 4;
        } else {
            *to++ = *from++;
        }
    }
    *to = '\0';
}

// Where an overlay of a daemon's is mounted, or NULL. Changes `line`, which is one of mountinfo's:
// ID PARENT MAJOR:MINOR ROOT TARGET OPTIONS [TAG]... - TYPE SOURCE SUPER-OPTIONS
static char *overlay_target(char *line) {
    char *end = strstr(line, " - overlay " OVERLAY_SOURCE " ");
    if (!end) return NULL;
    *end = '\0';
    char *rest = line, *field = NULL;
    for (int i = 0; i < 5; i++) field = strsep(&rest, " ");
    if (field) unescape(field);
    return field;
}

int forget_overlays(void) {
    FILE *table = fopen("/proc/self/mountinfo", "re");
    if (!table) return -1;
    char **targets = NULL, *line = NULL;
    size_t count = 0, room = 0, size = 0;
    int result = 0;
    while (result == 0 && getline(&line, &size, table) >= 0) {
        char *target = overlay_target(line);
        if (!target) continue;
        if (count == room) {
            room = room ? 2 * room : 64;
            char **grown = realloc(targets, room * sizeof *targets);
            if (!grown) {
                result = -1;
                break;
            }
            targets = grown;
        }
        if ((targets[count] = strdup(target))) count++;
        else result = -1;
    }
    // Mounts follow those they stand on.
    while (count > 0) {
        umount2(targets[--count], MNT_DETACH | UMOUNT_NOFOLLOW);
        free(targets[count]);
    }
    free(targets);
    free(line);
    fclose(table);
    return result;
}

int run_apart(char **command) {
    if (unshare(CLONE_NEWNS) < 0 || mount(NULL, "/", NULL, MS_REC | MS_PRIVATE, NULL) < 0 || forget_overlays() < 0) {
        fprintf(stderr, "varve-supervise: a mount namespace for %s: %s\n", command[0], strerror(errno));
        return 1;
    }
    execv(command[0], command);
    fprintf(stderr, "varve-supervise: %s: %s\n", command[0], strerror(errno));
    return 127;
}
