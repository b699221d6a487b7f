/// Who is at the other end of a socket, and acting with that user's rights on one thread.
#pragma once
#include <stddef.h>
#include <stdint.h>

/// User, group and process of the peer of a connected Unix socket, as they were when it connected.
int linux_peer_credentials(int socket, uint32_t *uid, uint32_t *gid, int32_t *pid);
/// Supplementary groups of the peer; `count` is the room on entry, the number on return. ERANGE: not enough
/// room.
int linux_peer_groups(int socket, uint32_t *groups, size_t *count);
/// A pidfd of the peer (SO_PEERPIDFD, Linux 6.5), or -1 with ENOPROTOOPT before that.
int linux_peer_pidfd(int socket);
/// The next connection of a listening socket, close-on-exec.
int linux_accept(int socket);
/// The first descriptor that comes with a message over the Unix socket, close-on-exec; EBADMSG without one.
int linux_receive_descriptor(int socket);
int linux_pidfd_open(int32_t pid);
/// 1 while the process is there and not a zombie, 0 after.
int linux_pidfd_alive(int pidfd);
/// Takes over another user's rights on files for the calling thread alone, which keeps of its capabilities
/// only those in the mask.
int linux_impersonate_thread(uint32_t uid, uint32_t gid, const uint32_t *groups, size_t count,
                             uint64_t capabilities);

/// A Unix stream socket without an address, close-on-exec.
int linux_unix_stream_socket(int non_blocking);
