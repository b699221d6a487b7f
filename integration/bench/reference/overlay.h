// An overlay as Varve makes one, by the bare calls.
#pragma once
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/mount.h>
#include <unistd.h>

static const char *const overlay_options[][2] = {
    {"redirect_dir", "nofollow"}, {"metacopy", "off"}, {"index", "off"}, {"xino", "off"}, {"uuid", "null"}};

static int check(int result, const char *what) {
    if (result < 0) {
        perror(what);
        exit(1);
    }
    return result;
}

static int open_directory(int parent, const char *name) {
    return check(openat(parent, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC), name);
}

// A detached mount of an overlay with the options that Varve uses; `lowers` from the uppermost on.
static int make_overlay(int scratch, const char *upper, const char *work, const int *lowers, int lower_count) {
    int context = check(fsopen("overlay", FSOPEN_CLOEXEC), "fsopen");
    check(fsconfig(context, FSCONFIG_SET_STRING, "source", "varve", 0), "source");
    for (int i = 0; i < lower_count; i++)
        check(fsconfig(context, FSCONFIG_SET_FD, "lowerdir+", NULL, lowers[i]), "lowerdir+");
    int upper_fd = open_directory(scratch, upper), work_fd = open_directory(scratch, work);
    check(fsconfig(context, FSCONFIG_SET_FD, "upperdir", NULL, upper_fd), "upperdir");
    check(fsconfig(context, FSCONFIG_SET_FD, "workdir", NULL, work_fd), "workdir");
    for (size_t i = 0; i < sizeof overlay_options / sizeof *overlay_options; i++)
        check(fsconfig(context, FSCONFIG_SET_STRING, overlay_options[i][0], overlay_options[i][1], 0), overlay_options[i][0]);
    check(fsconfig(context, FSCONFIG_SET_FLAG, "volatile", NULL, 0), "volatile");
    check(fsconfig(context, FSCONFIG_CMD_CREATE, NULL, NULL, 0), "create");
    int mount = check(fsmount(context, FSMOUNT_CLOEXEC, 0), "fsmount");
    close(upper_fd);
    close(work_fd);
    close(context);
    return mount;
}
