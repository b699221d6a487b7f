/// Files and directories relative to descriptors.
#pragma once
#include <stddef.h>
#include <stdint.h>

static const int LINUX_O_PATH = 0x200000;
static const int LINUX_AT_EMPTY_PATH = 0x1000;

static const uint64_t LINUX_RESOLVE_NO_XDEV = 0x01;
static const uint64_t LINUX_RESOLVE_NO_MAGICLINKS = 0x02;
static const uint64_t LINUX_RESOLVE_NO_SYMLINKS = 0x04;
static const uint64_t LINUX_RESOLVE_BENEATH = 0x08;
static const uint64_t LINUX_RESOLVE_IN_ROOT = 0x10;

static const unsigned int LINUX_RENAME_NOREPLACE = 1;
static const unsigned int LINUX_RENAME_EXCHANGE = 2;

/// As nanoseconds of a time: leave that time alone.
static const long LINUX_UTIME_OMIT = 0x3ffffffe;

static const int LINUX_SEEK_DATA = 3;
static const int LINUX_SEEK_HOLE = 4;

/// What `statx` answers, flat. Times are nanoseconds since 1970, held at the ends of their range.
struct linux_status {
    uint32_t mode;
    uint32_t uid;
    uint32_t gid;
    uint32_t links;
    uint64_t inode;
    uint64_t size;
    uint64_t blocks;
    uint64_t mount_id;
    int64_t modified_ns;
    int64_t changed_ns;
    uint32_t device_major;
    uint32_t device_minor;
    uint32_t rdev_major;
    uint32_t rdev_minor;
};

/// What `statfs` answers, flat.
struct linux_file_system_status {
    uint64_t type;
    uint64_t block_size;
    uint64_t blocks;
    uint64_t free_blocks;
    uint64_t available_blocks;
    uint64_t inodes;
    uint64_t free_inodes;
};

int linux_openat2(int directory, const char *path, int flags, uint32_t mode, uint64_t resolve);
int linux_status_at(int directory, const char *path, int flags, struct linux_status *status);
int linux_file_system_status(int descriptor, struct linux_file_system_status *status);
long linux_getdents64(int directory, void *buffer, size_t size);
/// `readlinkat`, into bytes.
long linux_readlinkat(int directory, const char *name, uint8_t *target, size_t size);
int linux_renameat2(int from, const char *from_name, int to, const char *to_name, unsigned int flags);
int linux_make_node(int directory, const char *name, uint32_t mode, uint32_t rdev_major, uint32_t rdev_minor);
int linux_syncfs(int descriptor);
/// Blocks for the first `bytes` of a file, whose length stays as it is.
int linux_reserve(int descriptor, int64_t bytes);
long linux_copy_file_range(int from, int64_t *from_offset, int to, int64_t *to_offset, size_t count);
/// Makes `to` share all blocks of `from` (FICLONE).
int linux_reflink(int from, int to);
/// Takes away the immutable and append-only flags of an open file or directory; 1 if there was one.
int linux_clear_immutable(int descriptor);

long linux_listxattr(const char *path, char *list, size_t size, int follow);
long linux_getxattr(const char *path, const char *name, void *value, size_t size, int follow);
int linux_setxattr(const char *path, const char *name, const void *value, size_t size, int follow);
