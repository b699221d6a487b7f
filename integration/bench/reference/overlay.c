// The same overlay as `varve-bench overlay`, made and taken down by the same calls from C.
//
//   overlay attached|detached DIR LOWERS
//
// Once for every line of standard input; the answer is the time in nanoseconds.
#define _GNU_SOURCE
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "overlay.h"

enum { MOST_LOWERS = 500 };

static int scratch, lowers[MOST_LOWERS], lower_count;
static char target[4096];

static void cycle(const char *form) {
    int mount = make_overlay(scratch, "upper", "work", lowers, lower_count);
    int attached = strcmp(form, "attached") == 0;
    if (attached) check(move_mount(mount, "", AT_FDCWD, target, MOVE_MOUNT_F_EMPTY_PATH), "move_mount");
    close(mount);
    if (attached) check(umount2(target, UMOUNT_NOFOLLOW), "umount2");
}

static void make_scratch(void) {
    check(mkdirat(scratch, "upper", 0700), "upper");
    check(mkdirat(scratch, "work", 0700), "work");
}

static void remove_scratch(void) {
    // What a volatile overlay leaves in its work directory.
    unlinkat(scratch, "work/work/incompat/volatile/dirty", 0);
    static const char *const left[] = {"work/work/incompat/volatile", "work/work/incompat", "work/work"};
    for (size_t i = 0; i < sizeof left / sizeof *left; i++) unlinkat(scratch, left[i], AT_REMOVEDIR);
    check(unlinkat(scratch, "work", AT_REMOVEDIR), "work");
    check(unlinkat(scratch, "upper", AT_REMOVEDIR), "upper");
}

static long long time_of(const char *form) {
    struct timespec start, end;
    make_scratch();
    clock_gettime(CLOCK_MONOTONIC, &start);
    cycle(form);
    clock_gettime(CLOCK_MONOTONIC, &end);
    remove_scratch();
    return (end.tv_sec - start.tv_sec) * 1000000000LL + end.tv_nsec - start.tv_nsec;
}

int main(int argc, char **argv) {
    if (argc != 4 || (lower_count = atoi(argv[3])) < 1 || lower_count > MOST_LOWERS) {
        fprintf(stderr, "usage: overlay attached|detached DIR LOWERS\n");
        return 2;
    }
    scratch = open_directory(AT_FDCWD, argv[2]);
    for (int i = 0; i < lower_count; i++) {
        char name[32];
        snprintf(name, sizeof name, "lower%d", i + 1);
        check(mkdirat(scratch, name, 0700), name);
        lowers[i] = open_directory(scratch, name);
    }
    check(mkdirat(scratch, "target", 0700), "target");
    snprintf(target, sizeof target, "%s/target", argv[2]);
    setvbuf(stdout, NULL, _IOLBF, 0);
    puts("ready");
    char line[256];
    while (fgets(line, sizeof line, stdin)) printf("%lld\n", time_of(argv[1]));
    return 0;
}
