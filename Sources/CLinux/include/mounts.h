/// Mount and user namespaces. The mount calls themselves Swift has from glibc.
#pragma once

static const unsigned int LINUX_AT_RECURSIVE = 0x8000;

/// Gives the calling thread a mount namespace, root and working directory of its own, in which nothing
/// propagates from or to the one it had.
int linux_unshare_mounts(void);

/// A descriptor of a new user namespace with these maps (`/proc/PID/uid_map`), which no process lives in.
int linux_user_namespace(const char *uid_map, const char *gid_map);
