#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/prctl.h>
#include <sys/signalfd.h>
#include <sys/timerfd.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "supervise.h"

enum { RESULT_FD = 3, NUDGE_MS = 100 };
enum phase { STARTING, RUNNING, ENDED };

/// One step on its way from the order to the status file.
static struct {
    const struct order *order;
    char state[PATH_MAX], log[PATH_MAX], pid_file[PATH_MAX];
    int signals, timer, nudge, streams[2];
    enum phase phase;
    pid_t runtime, init, stopper;
    /// `killed`: while the runtime was starting it, which may have been behind the command's first output.
    bool stop_asked, started, killed;
    const char *ended;
    int wait_status, error;
    char error_text[512];
    int64_t started_ns, ended_ns;
} step = {.streams = {-1, -1}, .ended = "exited"};

static int64_t now_ns(void) {
    struct timespec now;
    clock_gettime(CLOCK_REALTIME, &now);
    return (int64_t)now.tv_sec * 1000000000 + now.tv_nsec;
}

/// The step ends with something else than its command's exit; the first such reason counts.
static void fail(const char *ended, int error, const char *what) {
    if (strcmp(step.ended, "exited") != 0) return;
    step.ended = ended;
    step.error = error;
    snprintf(step.error_text, sizeof step.error_text, "%s: %s", what, error ? strerror(error) : "failed");
}

/// Runs the OCI runtime with `arguments` after the global ones, on these streams; 0 if it can't.
static pid_t start_runtime(const char *const arguments[], const int streams[3]) {
    const char *argv[24] = {step.order->runtime, "--root", step.state, "--log", step.log,
                            "--log-format", "json"};
    size_t count = 7;
    while (*arguments) argv[count++] = *arguments++;
    pid_t pid = vfork();
    if (pid == 0) {
        // Without a supervisor nobody would end what a runtime is about to start.
        prctl(PR_SET_PDEATHSIG, SIGKILL);
        sigset_t none;
        sigemptyset(&none);
        sigprocmask(SIG_SETMASK, &none, NULL);
        if (dup2(streams[1], 1) < 0 || dup2(streams[2], 2) < 0 || dup2(streams[0], 0) < 0) _exit(127);
        execv(step.order->runtime, (char **)argv);
        _exit(127);
    }
    return pid < 0 ? 0 : pid;
}

/// Nobody works with it: both outputs go to the log.
static bool start_logged(const char *const run[]) {
    int out[2], err[2];
    if (pipe2(out, O_CLOEXEC | O_NONBLOCK) < 0 || pipe2(err, O_CLOEXEC | O_NONBLOCK) < 0) return false;
    // Only our ends are non-blocking; a command that meets EAGAIN on its output breaks.
    fcntl(out[1], F_SETFL, O_WRONLY);
    fcntl(err[1], F_SETFL, O_WRONLY);
    step.streams[0] = out[0];
    step.streams[1] = err[0];
    step.runtime = start_runtime(run, (int[]){0, out[1], err[1]});
    close(out[1]);
    close(err[1]);
    return step.runtime > 0;
}

static bool start_container(void) {
    const int *streams = step.order->streams;
    const char *run[10] = {"run", "--detach", "--pid-file", step.pid_file, "--bundle", step.order->bundle};
    size_t count = 6;
    if (step.order->console) {
        run[count++] = "--console-socket";
        run[count++] = step.order->console;
    }
    run[count++] = step.order->id;
    step.started_ns = now_ns();
    if (streams[0] < 0) return start_logged(run);
    step.runtime = start_runtime(run, streams);
    // Their ends are to be seen by who holds the other ones.
    for (int i = 0; i < 3; i++) close(streams[i]);
    return step.runtime > 0;
}

/// Waits for a short call of the runtime; answers whether it succeeded.
static bool call_runtime(const char *const arguments[]) {
    pid_t pid = start_runtime(arguments, (int[]){0, 2, 2});
    int status = -1;
    while (pid > 0 && waitpid(pid, &status, 0) < 0 && errno == EINTR) {}
    return pid > 0 && status == 0;
}

static void arm_timer(int timer, int64_t milliseconds, int64_t period) {
    struct itimerspec when = {
        // Zero would disarm it.
        .it_value = {.tv_sec = milliseconds / 1000, .tv_nsec = milliseconds % 1000 * 1000000 + 1},
        .it_interval = {.tv_sec = period / 1000, .tv_nsec = period % 1000 * 1000000}};
    timerfd_settime(timer, 0, &when, NULL);
}

/// TERM to the container's first process, by the runtime: what the pid file names may be a virtual machine.
static void send_term(void) {
    if (step.stopper) return;
    const char *const kill_term[] = {"kill", step.order->id, "TERM", NULL};
    step.stopper = start_runtime(kill_term, (int[]){0, 2, 2});
    if (step.stopper == 0) kill(step.init, SIGTERM);
}

static void ask_to_stop(int64_t grace_ms) {
    arm_timer(step.timer, grace_ms, 0);
    // A first process that is still on its way to its program does not hear a TERM.
    arm_timer(step.nudge, NUDGE_MS, NUDGE_MS);
    if (step.phase != ENDED) step.stop_asked = true;
    if (step.phase == RUNNING) send_term();
}

/// The runtime's way took the first TERM; a virtual machine's process would take this one for itself.
static void nudge(void) {
    if (step.phase == RUNNING && !step.order->delete_after) kill(step.init, SIGTERM);
}

static void kill_now(void) {
    if (step.phase == STARTING) {
        step.killed = true;
        kill(step.runtime, SIGKILL);
        cgroup_kill(step.order->cgroup);
    } else if (step.phase == RUNNING) {
        kill(step.init, SIGKILL);
    }
}

static pid_t read_pid(void) {
    FILE *file = fopen(step.pid_file, "re");
    int pid = 0;
    if (file) {
        if (fscanf(file, "%d", &pid) != 1) pid = 0;
        fclose(file);
    }
    return pid > 1 ? pid : 0;
}

static void note_children(void) {
    int status;
    // Until its number is known the container's first process must not be reaped among others.
    if (step.phase == STARTING && waitpid(step.runtime, &status, WNOHANG) == step.runtime) {
        step.init = status == 0 ? read_pid() : 0;
        step.phase = step.init ? RUNNING : ENDED;
        if (!step.init && step.killed) step.wait_status = SIGKILL;
        else if (!step.init) fail("runtime-failed", 0, step.order->runtime);
        step.started = step.init != 0;
        if (step.started && step.stop_asked) send_term();
    }
    pid_t pid;
    while (step.phase == RUNNING && (pid = waitpid(-1, &status, WNOHANG)) > 0) {
        if (pid == step.init) {
            step.wait_status = status;
            step.phase = ENDED;
        } else if (pid == step.stopper) {
            if (status != 0) kill(step.init, SIGTERM);
            step.stopper = 0;
        }
    }
}

static void note_signals(void) {
    struct signalfd_siginfo info;
    while (read(step.signals, &info, sizeof info) == sizeof info) {
        if (info.ssi_signo == SIGCHLD) note_children();
        if (info.ssi_signo == SIGTERM) ask_to_stop(step.order->grace_ms);
        if (info.ssi_signo == SIGQUIT) ask_to_stop(0);
        if (info.ssi_signo == (uint32_t)SIGRTMIN) ask_to_stop(info.ssi_int >= 0 ? info.ssi_int : 0);
    }
}

/// At most `most` bytes of a stream into the log; how many, or 0 when there are none for now.
static size_t copy_chunk(int stream, size_t most) {
    if (step.streams[stream] < 0) return 0;
    ssize_t length;
    do length = read(step.streams[stream], log_payload, most < LOG_CHUNK ? most : LOG_CHUNK);
    while (length < 0 && errno == EINTR);
    if (length < 0) return 0;
    if (length == 0) {
        close(step.streams[stream]);
        step.streams[stream] = -1;
        return 0;
    }
    // After a failure the rest is read and dropped: a command that hangs in a write can't end.
    if (strcmp(step.ended, "exited") != 0) return (size_t)length;
    int error = log_append((uint8_t)(stream + 1), (size_t)length);
    if (error == ENOBUFS) fail("log-limit", 0, "the log's limit");
    else if (error) fail("log-failed", error, "the log");
    if (error) ask_to_stop(step.order->grace_ms);
    return (size_t)length;
}

/// What a stream has now, and nothing that is written to it meanwhile.
static void drain(int stream) {
    int left = 0;
    if (step.streams[stream] < 0 || ioctl(step.streams[stream], FIONREAD, &left) < 0) return;
    while (left > 0) {
        size_t copied = copy_chunk(stream, (size_t)left);
        if (copied == 0) return;
        left -= (int)copied;
    }
}

static void watch(void) {
    int tie = step.order->tie;
    while (step.phase != ENDED) {
        struct pollfd set[6] = {
            {.fd = step.signals, .events = POLLIN}, {.fd = step.timer, .events = POLLIN},
            {.fd = step.streams[0], .events = POLLIN}, {.fd = step.streams[1], .events = POLLIN},
            {.fd = step.nudge, .events = POLLIN},
            {.fd = tie, .events = POLLIN}};
        if (poll(set, 6, -1) < 0) continue;
        if (set[2].revents) copy_chunk(0, LOG_CHUNK);
        if (set[3].revents) copy_chunk(1, LOG_CHUNK);
        uint64_t expirations;
        if (set[1].revents && read(step.timer, &expirations, sizeof expirations) > 0) kill_now();
        if (set[4].revents && read(step.nudge, &expirations, sizeof expirations) > 0) nudge();
        if (set[5].revents) {
            tie = -1;
            ask_to_stop(0);
        }
        if (set[0].revents) note_signals();
    }
    step.ended_ns = now_ns();
    // All writers are gone, so what is in the pipes is all there is; their end need not come, as a write end may have been
    // passed to a process outside, which may write for ever.
    drain(0);
    drain(1);
}

/// Answers whether the kernel killed something of the step for want of memory.
static bool clean_up(void) {
    bool oom = cgroup_saw_oom_kill(step.order->cgroup);
    if (!step.started || step.order->delete_after) {
        const char *const delete[] = {"delete", "--force", step.order->id, NULL};
        call_runtime(delete);
        cgroup_kill(step.order->cgroup);
    }
    if (step.stopper > 0) kill(step.stopper, SIGKILL);
    // A subreaper's descendants all come here; when there are none left, nothing of the step is.
    while (waitpid(-1, NULL, 0) > 0 || errno == EINTR) {}
    cgroup_remove(step.order->cgroup);
    return oom;
}

/// Text as a JSON string's inside; what would need an escape becomes a space.
static const char *plain(char *text) {
    for (char *c = text; *c; c++)
        if (*c == '"' || *c == '\\' || (unsigned char)*c < 0x20) *c = ' ';
    return text;
}

static int write_status(bool oom) {
    int signal_number = (step.started || step.killed) && WIFSIGNALED(step.wait_status) ? WTERMSIG(step.wait_status) : 0;
    int code = signal_number ? 128 + signal_number : WEXITSTATUS(step.wait_status);
    // A first process hands on its command's signal as such a code.
    if (!signal_number && code > 128 && code <= 128 + SIGRTMAX) signal_number = code - 128;
    int fd = openat(RESULT_FD, "status.new", O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC | O_NOFOLLOW, 0600);
    if (fd < 0) return 1;
    int length = dprintf(
        fd,
        "{\"ended\":\"%s\",\"code\":%d,\"signal\":%d,\"oom\":%s,\"stopped\":%s,\"errno\":%d,"
        "\"error\":\"%s\",\"started_ns\":%lld,\"ended_ns\":%lld}\n",
        step.ended, code, signal_number, oom ? "true" : "false", step.stop_asked ? "true" : "false",
        step.error, plain(step.error_text), (long long)step.started_ns, (long long)step.ended_ns);
    close(fd);
    if (length < 0 || renameat(RESULT_FD, "status.new", RESULT_FD, "status") < 0) {
        perror("varve-supervise: status");
        return 1;
    }
    return 0;
}

static bool lock_bundle(void) {
    char path[PATH_MAX];
    snprintf(path, sizeof path, "%s/supervisor.lock", step.order->bundle);
    // Kept open to the end: closing any descriptor of the file would give the lock up.
    int fd = open(path, O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0600);
    struct flock lock = {.l_type = F_WRLCK, .l_whence = SEEK_SET};
    return fd >= 0 && fcntl(fd, F_SETLK, &lock) == 0;
}

static bool prepare(const char **what) {
    sigset_t handled;
    sigfillset(&handled);
    sigprocmask(SIG_BLOCK, &handled, NULL);
    sigemptyset(&handled);
    sigaddset(&handled, SIGCHLD);
    sigaddset(&handled, SIGTERM);
    sigaddset(&handled, SIGQUIT);
    sigaddset(&handled, SIGRTMIN);
    setsid();
    snprintf(step.state, sizeof step.state, "%s/state", step.order->bundle);
    snprintf(step.log, sizeof step.log, "%s/runtime.log", step.order->bundle);
    snprintf(step.pid_file, sizeof step.pid_file, "%s/pid", step.order->bundle);
    *what = "the supervisor";
    step.signals = signalfd(-1, &handled, SFD_CLOEXEC | SFD_NONBLOCK);
    step.timer = timerfd_create(CLOCK_MONOTONIC, TFD_CLOEXEC | TFD_NONBLOCK);
    step.nudge = timerfd_create(CLOCK_MONOTONIC, TFD_CLOEXEC | TFD_NONBLOCK);
    if (step.signals < 0 || step.timer < 0 || step.nudge < 0) return false;
    if (prctl(PR_SET_CHILD_SUBREAPER, 1) < 0) return false;
    *what = "the log";
    if (log_open(1, step.order->log_limit) < 0) return false;
    if (tree_enter(step.order, what) < 0) return false;
    *what = step.order->runtime;
    return start_container();
}

int run_step(const struct order *order) {
    step.order = order;
    if (close_range(RESULT_FD, ~0u, CLOSE_RANGE_CLOEXEC) < 0 || !lock_bundle()) {
        perror("varve-supervise");
        return 1;
    }
    const char *what = "";
    if (prepare(&what)) {
        watch();
    } else {
        fail("runtime-failed", errno, what);
        step.ended_ns = now_ns();
    }
    return write_status(clean_up());
}
