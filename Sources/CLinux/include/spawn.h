/// Starting processes without copying the daemon, and holding them by descriptors.
#pragma once
#include <stddef.h>
#include <stdint.h>

/// Starts `path` in a child (clone with CLONE_VM, CLONE_VFORK and CLONE_PIDFD, on a stack of its own) and
/// returns once it runs. `descriptors[i]` becomes its descriptor `i`; it gets no other, no ignored
/// signal, and no blocked one, or all blocked. Answers -1 and the `errno` of what failed, `execve` included; then there is no child.
int linux_spawn(const char *path, char *const arguments[], char *const environment[], const int *descriptors,
                size_t descriptor_count, int block_signals, int32_t *pid, int *pidfd);

/// Sends a signal, queued with `value` when that is not negative.
int linux_pidfd_send_signal(int pidfd, int signal_number, int value);

/// A descriptor of a new network namespace. Loopback is up in it, 169.254.0.0/16 unreachable, and every user
/// may bind low ports and send ICMP echo requests, as container engines have it.
int linux_network_namespace(void);

/// A pipe, close-on-exec; `ends` are the reading and the writing one, the latter non-blocking if so wished.
int linux_pipe(int ends[2], int non_blocking_writer);

/// The process that holds a POSIX write lock on the file, 0 for none.
int linux_lock_holder(int descriptor);
