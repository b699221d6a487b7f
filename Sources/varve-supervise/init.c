// The first process of a container: starts the step's command, reaps what is orphaned, passes a stop on.
//
// A PID namespace's first process is deaf to signals it has no handler for, so a command that is started as
// one (`sleep 1000`) could only be killed. Its exit status is the command's, 128+N after a signal; then the
// kernel kills what is left. After a TERM from outside it gives the other processes the time to end by
// themselves.
#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "supervise.h"

static pid_t start(char **command, const sigset_t *mask) {
    pid_t pid = fork();
    if (pid != 0) return pid;
    // A group of its own: `kill 0` in a script is meant for the script. A terminal belongs to the session of the
    // first process, and its keys to the group in the foreground.
    if (isatty(0)) {
        setpgid(0, 0);
        tcsetpgrp(0, getpid());
    } else {
        setsid();
    }
    for (int signal_number = 1; signal_number < NSIG; signal_number++) signal(signal_number, SIG_DFL);
    sigprocmask(SIG_SETMASK, mask, NULL);
    execvp(command[0], command);
    int error = errno;
    fprintf(stderr, "varve: cannot run %s: %s\n", command[0], strerror(error));
    _exit(error == ENOENT ? 127 : 126);
}

/// Reaps all that have ended; answers whether any child is left.
static bool reap(pid_t main_pid, int *code) {
    for (;;) {
        int status;
        pid_t pid = waitpid(-1, &status, WNOHANG);
        if (pid < 0 && errno == EINTR) continue;
        if (pid <= 0) return pid == 0;
        if (pid == main_pid) *code = WIFSIGNALED(status) ? 128 + WTERMSIG(status) : WEXITSTATUS(status);
    }
}

int run_init(char **command) {
    sigset_t all, none;
    // Inherited as ignored it would never be delivered.
    signal(SIGCHLD, SIG_DFL);
    sigemptyset(&none);
    sigfillset(&all);
    sigprocmask(SIG_BLOCK, &all, NULL);
    pid_t main_pid = start(command, &none);
    if (main_pid < 0) {
        fprintf(stderr, "varve: cannot start a process: %s\n", strerror(errno));
        return 126;
    }
    bool stopping = false;
    int code = -1;
    for (;;) {
        siginfo_t info;
        int received = sigwaitinfo(&all, &info);
        if (received == SIGCHLD) {
            bool left = reap(main_pid, &code);
            if (code >= 0 && !(stopping && left)) return code;
        } else if (received == SIGTERM && info.si_pid == 0 && !stopping) {
            // Pid 0 is a sender outside the namespace; from inside, nothing is to be had here. Repeated until
            // heard.
            stopping = true;
            kill(-1, SIGTERM);
        }
    }
}
