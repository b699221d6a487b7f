#define _GNU_SOURCE
#include "files.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/fs.h>
#include <linux/openat2.h>
#include <stdio.h>
#include <sys/ioctl.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/sysmacros.h>
#include <sys/vfs.h>
#include <sys/xattr.h>
#include <unistd.h>

_Static_assert(O_PATH == 0x200000, "O_PATH");
_Static_assert(AT_EMPTY_PATH == 0x1000, "AT_EMPTY_PATH");
_Static_assert(RESOLVE_IN_ROOT == 0x10 && RESOLVE_BENEATH == 0x08, "RESOLVE_*");
_Static_assert(UTIME_OMIT == 0x3ffffffe, "UTIME_OMIT");
_Static_assert(SEEK_DATA == 3 && SEEK_HOLE == 4, "SEEK_*");

int linux_openat2(int directory, const char *path, int flags, uint32_t mode, uint64_t resolve) {
    // A session's leader without a terminal would get the one it opens for its own. With O_PATH it never does,
    // and openat2 refuses both together.
    int terminal = (flags & O_PATH) ? 0 : O_NOCTTY;
    struct open_how how = {
        .flags = (uint64_t)(uint32_t)(flags | O_CLOEXEC | terminal),
        // Unlike openat, openat2 refuses a mode without a file to create.
        .mode = (flags & O_CREAT) || (flags & O_TMPFILE) == O_TMPFILE ? mode : 0,
        .resolve = resolve,
    };
    return (int)syscall(SYS_openat2, directory, path, &how, sizeof how);
}

static int64_t nanoseconds(struct statx_timestamp time) {
    int64_t result;
    if (__builtin_mul_overflow(time.tv_sec, INT64_C(1000000000), &result)
        || __builtin_add_overflow(result, (int64_t)time.tv_nsec, &result))
        return time.tv_sec < 0 ? INT64_MIN : INT64_MAX;
    return result;
}

int linux_status_at(int directory, const char *path, int flags, struct linux_status *status) {
    struct statx stx;
    int result = statx(directory, path, flags | AT_SYMLINK_NOFOLLOW | AT_NO_AUTOMOUNT,
                       STATX_BASIC_STATS | STATX_MNT_ID, &stx);
    if (result < 0) return result;
    *status = (struct linux_status){
        .mode = stx.stx_mode,
        .uid = stx.stx_uid,
        .gid = stx.stx_gid,
        .links = stx.stx_nlink,
        .inode = stx.stx_ino,
        .size = stx.stx_size,
        .blocks = stx.stx_blocks,
        .mount_id = stx.stx_mnt_id,
        .modified_ns = nanoseconds(stx.stx_mtime),
        .changed_ns = nanoseconds(stx.stx_ctime),
        .device_major = stx.stx_dev_major,
        .device_minor = stx.stx_dev_minor,
        .rdev_major = stx.stx_rdev_major,
        .rdev_minor = stx.stx_rdev_minor,
    };
    return 0;
}

int linux_file_system_status(int descriptor, struct linux_file_system_status *status) {
    struct statfs stat;
    int result = fstatfs(descriptor, &stat);
    if (result < 0) return result;
    *status = (struct linux_file_system_status){
        .type = (uint64_t)stat.f_type,
        .block_size = (uint64_t)stat.f_bsize,
        .blocks = stat.f_blocks,
        .free_blocks = stat.f_bfree,
        .available_blocks = stat.f_bavail,
        .inodes = stat.f_files,
        .free_inodes = stat.f_ffree,
    };
    return 0;
}

long linux_getdents64(int directory, void *buffer, size_t size) {
    return getdents64(directory, buffer, size);
}

long linux_readlinkat(int directory, const char *name, uint8_t *target, size_t size) {
    return readlinkat(directory, name, (char *)target, size);
}

int linux_renameat2(int from, const char *from_name, int to, const char *to_name, unsigned int flags) {
    return renameat2(from, from_name, to, to_name, flags);
}

int linux_make_node(int directory, const char *name, uint32_t mode, uint32_t rdev_major,
                    uint32_t rdev_minor) {
    return mknodat(directory, name, mode, makedev(rdev_major, rdev_minor));
}

int linux_reserve(int descriptor, int64_t bytes) {
    return fallocate(descriptor, FALLOC_FL_KEEP_SIZE, 0, bytes);
}

int linux_syncfs(int descriptor) { return syncfs(descriptor); }

long linux_copy_file_range(int from, int64_t *from_offset, int to, int64_t *to_offset, size_t count) {
    off64_t source = *from_offset, target = *to_offset;
    ssize_t result = copy_file_range(from, &source, to, &target, count, 0);
    *from_offset = source;
    *to_offset = target;
    return result;
}

int linux_reflink(int from, int to) { return ioctl(to, FICLONE, from); }

int linux_clear_immutable(int descriptor) {
    int flags = 0;
    if (ioctl(descriptor, FS_IOC_GETFLAGS, &flags) < 0) return -1;
    if (!(flags & (FS_IMMUTABLE_FL | FS_APPEND_FL))) return 0;
    flags &= ~(FS_IMMUTABLE_FL | FS_APPEND_FL);
    return ioctl(descriptor, FS_IOC_SETFLAGS, &flags) < 0 ? -1 : 1;
}

long linux_listxattr(const char *path, char *list, size_t size, int follow) {
    return follow ? listxattr(path, list, size) : llistxattr(path, list, size);
}

long linux_getxattr(const char *path, const char *name, void *value, size_t size, int follow) {
    return follow ? getxattr(path, name, value, size) : lgetxattr(path, name, value, size);
}

int linux_setxattr(const char *path, const char *name, const void *value, size_t size, int follow) {
    return follow ? setxattr(path, name, value, size, 0) : lsetxattr(path, name, value, size, 0);
}
