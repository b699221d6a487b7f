// varve-supervise runs one step below an OCI runtime and outlives whoever started it.
//
//     varve-supervise run --id=ID --bundle=DIR --runtime=PATH --cgroup=PATH --log-limit=BYTES --grace=MS
//                         [--network=FD] [--mount=FD:rw|ro:TARGET]... [--hide-unified] [--delete]
//                         [--tie=FD] [--streams=IN:OUT:ERR | --console=PATH]
//     /dev/varve-init init COMMAND [ARGUMENT]...
//     varve-supervise apart PROGRAM [ARGUMENT]...
//
// `apart` becomes PROGRAM in a mount namespace of its own, without the overlays of any daemon.
//
// `run` is started with all signals blocked, so that none is lost or kills it before it listens.
// Descriptors of `run`:
//     0      /dev/null
//     1      the step's log, opened for appending: frames, see below
//     2      where the supervisor complains when it has no other way to
//     3      the directory in which it leaves the file `status`
//     others as the options name them; all are closed when the supervisor ends, so the write end of a pipe
//            that is passed along tells its reader (a network helper) of the step's end
//
// `run` takes a POSIX lock on DIR/supervisor.lock for its lifetime (who it is: F_GETLK), enters a mount
// namespace of its own, attaches the inherited detached mounts in order (TARGET is taken relative to
// DIR/rootfs, `/` being DIR/rootfs itself; no symbolic link is followed), joins the network namespace, and
// starts `PATH --root DIR/state --log DIR/runtime.log --log-format json run --detach --pid-file DIR/pid
// --bundle DIR ID` with both outputs on pipes. As a child subreaper it becomes the parent of the container's
// first process: that process's wait status is the command's, and its end is the end of the PID namespace and
// so of every process in it.
//
// Somebody at the other end, instead of a log: `--streams` gives the command these three descriptors, `--console`
// names a Unix socket to which the runtime sends the terminal it has made (`process.terminal` in the bundle).
// `--tie` is the reading end of a pipe: when its writing ends are closed, the step is killed, so that nothing of
// it outlives who works with it.
//
// Log, little-endian: { u8 stream (1 stdout, 2 stderr); u64 CLOCK_REALTIME in ns; u32 length; bytes }.
// A file that ends inside a frame is one that is being written.
//
// Status (JSON, appears by rename once no process and no control group of the step is left):
//     {"ended": "exited"|"log-limit"|"log-failed"|"runtime-failed", "code": N, "signal": N, "oom": BOOL,
//      "stopped": BOOL, "errno": N, "error": TEXT, "started_ns": N, "ended_ns": N}
// `code` is an exit status, 128+N after a signal; `runtime-failed` means that the command never started. The
// mounts go with the namespace, when the supervisor ends: right after the rename.
//
// SIGTERM stops the step: TERM to its first process, which passes it on to all, and KILL after the grace. The
// same with SIGRTMIN, queued with the grace in milliseconds as its value, and with SIGQUIT, without any grace. Other
// signals are ignored.
#pragma once
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

enum { MAX_MOUNTS = 64 };

struct mount_order {
    int fd;
    bool read_only;
    const char *target;
};

struct order {
    const char *id, *bundle, *runtime, *cgroup;
    uint64_t log_limit;
    int64_t grace_ms;
    int network, tie, streams[3];
    const char *console;
    bool hide_unified, delete_after;
    size_t mount_count;
    struct mount_order mounts[MAX_MOUNTS];
};

// tree.c: the mount namespace of the step. Answers 0, or -1 with `errno` and what failed in `*what`.
int tree_enter(const struct order *order, const char **what);

// log.c: frames. `log_append` answers 0, ENOBUFS at the limit, or the errno of the write.
int log_open(int fd, uint64_t limit);
int log_append(uint8_t stream, size_t length);
extern unsigned char *const log_payload;
enum { LOG_CHUNK = 65536 };

// cgroups.c: the step's control groups in every hierarchy there is.
bool cgroup_saw_oom_kill(const char *cgroup);
void cgroup_kill(const char *cgroup);
void cgroup_remove(const char *cgroup);

// run.c, init.c, apart.c: the roles of the program.
int run_step(const struct order *order);
int run_init(char **command);
int run_apart(char **command);

// How mount tables name the overlays of daemons.
#define OVERLAY_SOURCE "varve"

// Detaches all such overlays from this process's own mount namespace. It has copies of every lease's tree, and
// one that lives as long as a step would keep leases from being committed for as long. -1 with errno.
int forget_overlays(void);
