#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <linux/openat2.h>
#include <sched.h>
#include <sys/mount.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "supervise.h"

static int attach(const struct mount_order *mount, int target) {
    if (mount->read_only) {
        struct mount_attr attributes = {.attr_set = MOUNT_ATTR_RDONLY};
        if (mount_setattr(mount->fd, "", AT_EMPTY_PATH, &attributes, sizeof attributes) < 0) return -1;
    }
    return move_mount(mount->fd, "", target, "", MOVE_MOUNT_F_EMPTY_PATH | MOVE_MOUNT_T_EMPTY_PATH);
}

/// The directory at `target` inside the step's root. The step before may have put a link there, or a file.
static int open_target(int root, const char *target) {
    struct open_how how = {
        .flags = O_PATH | O_DIRECTORY | O_CLOEXEC,
        .resolve = RESOLVE_IN_ROOT | RESOLVE_NO_SYMLINKS | RESOLVE_NO_MAGICLINKS,
    };
    return (int)syscall(SYS_openat2, root, target, &how, sizeof how);
}

static int open_root(const char *bundle) {
    int directory = open(bundle, O_PATH | O_DIRECTORY | O_CLOEXEC);
    if (directory < 0) return -1;
    int root = openat(directory, "rootfs", O_PATH | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
    close(directory);
    return root;
}

static int attach_all(const struct order *order, const char **what) {
    for (size_t i = 0; i < order->mount_count; i++) {
        *what = order->mounts[i].target;
        // Opened anew each time: the first mount covers the directory it was put on.
        int root = open_root(order->bundle);
        if (root < 0) return -1;
        int target = open_target(root, order->mounts[i].target);
        int result = target < 0 ? -1 : attach(&order->mounts[i], target);
        int error = errno;
        close(target);
        close(root);
        // The descriptor would hold the mount busy when it is to be taken off again.
        close(order->mounts[i].fd);
        errno = error;
        if (result < 0) return -1;
    }
    return 0;
}

int tree_enter(const struct order *order, const char **what) {
    *what = "a mount namespace";
    if (unshare(CLONE_NEWNS) < 0) return -1;
    // Nothing of ours may reach the host; what the host unmounts must not live on here.
    if (mount(NULL, "/", NULL, MS_REC | MS_SLAVE, NULL) < 0) return -1;
    *what = "other mounts";
    if (forget_overlays() < 0) return -1;
    // crun refuses hosts with controllers on both sides. With this mount hidden it takes them for v1 hosts,
    // and what it still writes there (it makes a directory for each container) goes with the namespace.
    *what = "/sys/fs/cgroup/unified";
    if (order->hide_unified && mount("tmpfs", "/sys/fs/cgroup/unified", "tmpfs", MS_NOSUID, "mode=0700") < 0)
        return -1;
    if (attach_all(order, what) < 0) return -1;
    *what = "the network namespace";
    if (order->network >= 0 && setns(order->network, CLONE_NEWNET) < 0) return -1;
    return 0;
}
