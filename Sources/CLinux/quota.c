#define _GNU_SOURCE
#include "quota.h"

#include <linux/fs.h>
#include <linux/quota.h>
#include <sys/ioctl.h>
#include <sys/syscall.h>
#include <unistd.h>

int linux_set_project(int directory, uint32_t project) {
    struct fsxattr attributes;
    if (ioctl(directory, FS_IOC_FSGETXATTR, &attributes) < 0) return -1;
    attributes.fsx_projid = project;
    attributes.fsx_xflags |= FS_XFLAG_PROJINHERIT;
    return ioctl(directory, FS_IOC_FSSETXATTR, &attributes);
}

static int quota(int descriptor, unsigned command, uint32_t project, struct if_dqblk *block) {
    return (int)syscall(SYS_quotactl_fd, descriptor, QCMD(command, PRJQUOTA), project, block);
}

int linux_project_usage(int descriptor, uint32_t project, uint64_t *bytes) {
    struct if_dqblk block = {0};
    int result = quota(descriptor, Q_GETQUOTA, project, &block);
    if (result == 0) *bytes = block.dqb_curspace;
    return result;
}

int linux_limit_project(int descriptor, uint32_t project, uint64_t bytes) {
    struct if_dqblk block = {
        // In units of 1024 bytes.
        .dqb_bhardlimit = bytes / 1024 + (bytes % 1024 != 0),
        .dqb_valid = QIF_BLIMITS,
    };
    return quota(descriptor, Q_SETQUOTA, project, &block);
}
