#define _GNU_SOURCE
#include "spawn.h"

#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <net/if.h>
#include <net/route.h>
#include <netinet/in.h>
#include <pthread.h>
#include <sched.h>
#include <signal.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

enum { STACK_SIZE = 64 * 1024, MAX_DESCRIPTORS = 128 };

struct spawn {
    const char *path;
    char *const *arguments;
    char *const *environment;
    const int *descriptors;
    size_t descriptor_count;
    int block_signals;
    int error;
};

/// Puts descriptor `i` of the list at number `i`. The table is the child's own, the memory is not.
static int arrange_descriptors(const struct spawn *spawn) {
    int moved[MAX_DESCRIPTORS];
    int count = (int)spawn->descriptor_count;
    // First out of the way: one that is still needed may sit at a number that is to be filled.
    for (int i = 0; i < count; i++)
        if ((moved[i] = fcntl(spawn->descriptors[i], F_DUPFD_CLOEXEC, count)) < 0) return -1;
    for (int i = 0; i < count; i++)
        if (dup2(moved[i], i) < 0) return -1;
    return close_range((unsigned)count, ~0u, CLOSE_RANGE_CLOEXEC);
}

static int run_child(void *context) {
    struct spawn *spawn = context;
    struct sigaction standard = {.sa_handler = SIG_DFL};
    sigset_t none;
    // Before the mask is opened: a handler would run on the parent's memory.
    for (int number = 1; number < NSIG; number++) sigaction(number, &standard, NULL);
    sigemptyset(&none);
    if (arrange_descriptors(spawn) == 0
        && (spawn->block_signals || sigprocmask(SIG_SETMASK, &none, NULL) == 0))
        execve(spawn->path, spawn->arguments, spawn->environment);
    spawn->error = errno;
    _exit(127);
}

int linux_spawn(const char *path, char *const arguments[], char *const environment[], const int *descriptors,
                size_t descriptor_count, int block_signals, int32_t *pid, int *pidfd) {
    struct spawn spawn = {path, arguments, environment, descriptors, descriptor_count, block_signals, 0};
    if (descriptor_count > MAX_DESCRIPTORS) {
        errno = E2BIG;
        return -1;
    }
    int memory = MAP_PRIVATE | MAP_ANONYMOUS | MAP_STACK;
    char *stack = mmap(NULL, STACK_SIZE, PROT_READ | PROT_WRITE, memory, -1, 0);
    if (stack == MAP_FAILED) return -1;
    sigset_t all, before;
    sigfillset(&all);
    pthread_sigmask(SIG_BLOCK, &all, &before);
    int flags = CLONE_VM | CLONE_VFORK | CLONE_PIDFD | SIGCHLD;
    int child = clone(run_child, stack + STACK_SIZE, flags, &spawn, pidfd);
    int error = child < 0 ? errno : spawn.error;
    pthread_sigmask(SIG_SETMASK, &before, NULL);
    munmap(stack, STACK_SIZE);
    if (error == 0) {
        *pid = child;
        return 0;
    }
    if (child > 0) {
        close(*pidfd);
        while (waitpid(child, NULL, 0) < 0 && errno == EINTR) {}
    }
    errno = error;
    return -1;
}

int linux_pidfd_send_signal(int pidfd, int signal_number, int value) {
    siginfo_t info;
    memset(&info, 0, sizeof info);
    info.si_signo = signal_number;
    info.si_code = SI_QUEUE;
    info.si_pid = getpid();
    info.si_uid = getuid();
    info.si_value.sival_int = value;
    return (int)syscall(SYS_pidfd_send_signal, pidfd, signal_number, value < 0 ? NULL : &info, 0);
}

static int write_setting(const char *path, const char *value) {
    int file = open(path, O_WRONLY | O_CLOEXEC);
    if (file < 0) return -1;
    ssize_t written = write(file, value, strlen(value));
    close(file);
    return written < 0 ? -1 : 0;
}

static int bring_loopback_up(int socket_fd) {
    struct ifreq request = {.ifr_name = "lo"};
    if (ioctl(socket_fd, SIOCGIFFLAGS, &request) < 0) return -1;
    request.ifr_flags |= IFF_UP;
    return ioctl(socket_fd, SIOCSIFFLAGS, &request);
}

static void set_address(struct sockaddr *address, uint32_t value) {
    struct sockaddr_in internet = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(value)};
    memcpy(address, &internet, sizeof internet);
}

/// A cloud's metadata service, with the machine's credentials, answers on a link-local address.
static int refuse_link_local(int socket_fd) {
    struct rtentry route = {.rt_flags = RTF_UP | RTF_REJECT};
    set_address(&route.rt_dst, 0xA9FE0000);
    set_address(&route.rt_genmask, 0xFFFF0000);
    set_address(&route.rt_gateway, 0);
    return ioctl(socket_fd, SIOCADDRT, &route);
}

struct namespace_request {
    int descriptor;
    int error;
};

static void *make_network_namespace(void *context) {
    struct namespace_request *request = context;
    int socket_fd = -1;
    if (unshare(CLONE_NEWNET) == 0) socket_fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
    if (socket_fd >= 0 && bring_loopback_up(socket_fd) == 0 && refuse_link_local(socket_fd) == 0
        && write_setting("/proc/sys/net/ipv4/ip_unprivileged_port_start", "0") == 0
        && write_setting("/proc/sys/net/ipv4/ping_group_range", "0 2147483647") == 0)
        request->descriptor = open("/proc/thread-self/ns/net", O_RDONLY | O_CLOEXEC);
    request->error = errno;
    if (socket_fd >= 0) close(socket_fd);
    return NULL;
}

int linux_network_namespace(void) {
    struct namespace_request request = {-1, 0};
    pthread_t thread;
    // A thread of its own: a thread that has changed its namespace is of no use for anything else.
    int error = pthread_create(&thread, NULL, make_network_namespace, &request);
    if (error == 0) error = pthread_join(thread, NULL);
    errno = error ? error : request.error;
    return request.descriptor;
}

int linux_pipe(int ends[2], int non_blocking_writer) {
    if (pipe2(ends, O_CLOEXEC) < 0) return -1;
    if (non_blocking_writer) fcntl(ends[1], F_SETFL, O_WRONLY | O_NONBLOCK);
    return 0;
}

int linux_lock_holder(int descriptor) {
    struct flock lock = {.l_type = F_WRLCK, .l_whence = SEEK_SET};
    if (fcntl(descriptor, F_GETLK, &lock) < 0) return -1;
    return lock.l_type == F_UNLCK ? 0 : lock.l_pid;
}
