// Takes leases on the daemon's socket and commits them at once: HTTP/1.1 as far as that needs it.
//
//   lease SOCKET
//
// Once for every line of standard input, the body of a request for a lease; the answer is the time in nanoseconds, from the
// first byte sent to the last byte of the commit's answer.
#define _GNU_SOURCE
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <time.h>
#include <unistd.h>

enum { MOST_BODY = 16 << 10, MOST_HEAD = 512, MOST_ANSWER = 64 << 10, MOST_ID = 64 };

static int connection;
static char answer[MOST_ANSWER + 1];

_Noreturn static void fail(const char *what, const char *text) {
    fprintf(stderr, "%s: %s\n", what, text);
    exit(1);
}

static void check(long result, const char *what) {
    if (result >= 0) return;
    perror(what);
    exit(1);
}

static void connect_to(const char *path) {
    struct sockaddr_un address = {.sun_family = AF_UNIX};
    if (strlen(path) >= sizeof address.sun_path) fail("too long for a socket", path);
    strcpy(address.sun_path, path);
    check(connection = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0), "socket");
    check(connect(connection, (struct sockaddr *)&address, sizeof address), path);
}

static void send_request(const char *path, const char *body) {
    char request[MOST_HEAD + MOST_BODY];
    int length = snprintf(
        request, sizeof request,
        "POST %s HTTP/1.1\r\nHost: varve\r\nContent-Type: application/json\r\nContent-Length: %zu\r\n\r\n%s",
        path, strlen(body), body);
    if (length < 0 || (size_t)length >= sizeof request) fail("too long a request", path);
    for (ssize_t sent = 0; sent < length;) {
        ssize_t more = send(connection, request + sent, length - sent, MSG_NOSIGNAL);
        check(more, "send");
        sent += more;
    }
}

// Where the answer's body begins, and where it ends; nowhere as long as the head is not whole.
static const char *body_of_answer(size_t *end) {
    const char *body = strstr(answer, "\r\n\r\n");
    if (!body) return NULL;
    body += strlen("\r\n\r\n");
    static const char name[] = "\r\nContent-Length: ";
    const char *field = strcasestr(answer, name);
    if (!field || field > body) fail("an answer without a length", answer);
    char *rest;
    size_t length = strtoul(field + strlen(name), &rest, 10);
    if (*rest != '\r' || length > MOST_ANSWER) fail("an answer without a usable length", answer);
    *end = body - answer + length;
    return body;
}

// The answer's body, which stays until the next request.
static const char *receive_answer(void) {
    const char *body = NULL;
    size_t received = 0, end = 0;
    while (!body || received < end) {
        if (received == MOST_ANSWER) fail("too long an answer", answer);
        ssize_t more = recv(connection, answer + received, MOST_ANSWER - received, 0);
        check(more, "recv");
        received += more;
        answer[received] = '\0';
        if (more == 0) fail("the daemon has closed the connection", answer);
        if (!body) body = body_of_answer(&end);
    }
    int status;
    if (received > end || sscanf(answer, "HTTP/1.1 %3d ", &status) != 1) fail("not an answer", answer);
    if (status >= 400) fail("refused", body);
    return body;
}

static const char *ask(const char *path, const char *body) {
    send_request(path, body);
    return receive_answer();
}

// What follows `key`, which is given with its colon and the quote that opens its value.
static const char *value(const char *body, const char *key) {
    const char *found = strstr(body, key);
    if (!found) fail("not what was asked for", body);
    return found + strlen(key);
}

static void cycle(const char *request) {
    const char *lease = ask("/v1/leases", request);
    const char *id = value(lease, "\"id\":\"");
    int length = strspn(id, "0123456789abcdef");
    if (length == 0 || length > MOST_ID || id[length] != '"') fail("not a lease", lease);
    char path[MOST_ID + sizeof "/v1/leases//commit"];
    snprintf(path, sizeof path, "/v1/leases/%.*s/commit", length, id);
    value(ask(path, "{\"exit_code\":0}"), "\"snapshot\":\"");
}

static long long time_of_cycle(const char *request) {
    struct timespec start, end;
    clock_gettime(CLOCK_MONOTONIC, &start);
    cycle(request);
    clock_gettime(CLOCK_MONOTONIC, &end);
    return (end.tv_sec - start.tv_sec) * 1000000000LL + end.tv_nsec - start.tv_nsec;
}

int main(int argc, char **argv) {
    if (argc != 2) {
        fprintf(stderr, "usage: lease SOCKET\n");
        return 2;
    }
    connect_to(argv[1]);
    setvbuf(stdout, NULL, _IOLBF, 0);
    puts("ready");
    char line[MOST_BODY];
    while (fgets(line, sizeof line, stdin)) {
        char *end = strchr(line, '\n');
        if (!end) fail("not a whole line", line);
        *end = '\0';
        printf("%lld\n", time_of_cycle(line));
    }
    return 0;
}
