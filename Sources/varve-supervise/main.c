#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "supervise.h"

static const char *value_of(const char *argument, const char *name) {
    size_t length = strlen(name);
    return strncmp(argument, name, length) == 0 ? argument + length : NULL;
}

static bool number(const char *text, int64_t *result) {
    char *end;
    errno = 0;
    *result = strtoll(text, &end, 10);
    return errno == 0 && end != text && *end == '\0' && *result >= 0;
}

/// `FD:rw|ro:TARGET`
static bool parse_mount(const char *text, struct order *order) {
    if (order->mount_count == MAX_MOUNTS) return false;
    char *end;
    long fd = strtol(text, &end, 10);
    if (end == text || fd < 3 || (strncmp(end, ":rw:", 4) != 0 && strncmp(end, ":ro:", 4) != 0)) return false;
    order->mounts[order->mount_count++] =
        (struct mount_order){.fd = (int)fd, .read_only = end[2] == 'o', .target = end + 4};
    return true;
}

/// `IN:OUT:ERR`
static bool parse_streams(const char *text, struct order *order) {
    int used = 0;
    int *to = order->streams;
    return sscanf(text, "%d:%d:%d%n", &to[0], &to[1], &to[2], &used) == 3 && text[used] == '\0' && to[0] > 2
        && to[1] > 2 && to[2] > 2;
}

static bool parse_option(const char *argument, struct order *order) {
    const char *value;
    int64_t parsed;
    if ((value = value_of(argument, "--id="))) return order->id = value, true;
    if ((value = value_of(argument, "--bundle="))) return order->bundle = value, true;
    if ((value = value_of(argument, "--runtime="))) return order->runtime = value, true;
    if ((value = value_of(argument, "--cgroup="))) return order->cgroup = value, true;
    if ((value = value_of(argument, "--mount="))) return parse_mount(value, order);
    if ((value = value_of(argument, "--log-limit=")) && number(value, &parsed))
        return order->log_limit = (uint64_t)parsed, true;
    if ((value = value_of(argument, "--grace="))) return number(value, &order->grace_ms);
    if ((value = value_of(argument, "--network=")) && number(value, &parsed))
        return order->network = (int)parsed, true;
    if ((value = value_of(argument, "--tie=")) && number(value, &parsed))
        return order->tie = (int)parsed, true;
    if ((value = value_of(argument, "--streams="))) return parse_streams(value, order);
    if ((value = value_of(argument, "--console="))) return order->console = value, true;
    if (strcmp(argument, "--hide-unified") == 0) return order->hide_unified = true;
    if (strcmp(argument, "--delete") == 0) return order->delete_after = true;
    return false;
}

int main(int argc, char **argv) {
    if (argc > 2 && strcmp(argv[1], "init") == 0) return run_init(argv + 2);
    if (argc > 2 && strcmp(argv[1], "apart") == 0) return run_apart(argv + 2);
    struct order order = {.network = -1, .tie = -1, .streams = {-1, -1, -1}, .grace_ms = 10000, .log_limit = UINT64_MAX};
    bool valid = argc > 1 && strcmp(argv[1], "run") == 0;
    for (int i = 2; i < argc && valid; i++) valid = parse_option(argv[i], &order);
    if (!valid || !order.id || !order.bundle || !order.runtime || !order.cgroup) {
        fprintf(stderr, "varve-supervise: started by varved, not by hand\n");
        return 2;
    }
    return run_step(&order);
}
