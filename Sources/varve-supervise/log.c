#include <endian.h>
#include <errno.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "supervise.h"

enum { HEADER = 13 };

static unsigned char frame[HEADER + LOG_CHUNK];
unsigned char *const log_payload = frame + HEADER;
static int log_fd = -1;
static uint64_t log_room;
static off_t log_size;

int log_open(int fd, uint64_t limit) {
    struct stat status;
    if (fstat(fd, &status) < 0) return -1;
    log_fd = fd;
    log_room = limit;
    log_size = status.st_size;
    return 0;
}

static int write_all(const unsigned char *bytes, size_t length) {
    while (length > 0) {
        ssize_t written = write(log_fd, bytes, length);
        if (written < 0 && errno == EINTR) continue;
        if (written <= 0) return written < 0 ? errno : EIO;
        bytes += written;
        length -= (size_t)written;
    }
    return 0;
}

int log_append(uint8_t stream, size_t length) {
    bool cut = length > log_room;
    if (cut) length = (size_t)log_room;
    if (length == 0) return cut ? ENOBUFS : 0;
    struct timespec now;
    clock_gettime(CLOCK_REALTIME, &now);
    uint64_t time = htole64((uint64_t)now.tv_sec * 1000000000u + (uint64_t)now.tv_nsec);
    uint32_t size = htole32((uint32_t)length);
    frame[0] = stream;
    memcpy(frame + 1, &time, sizeof time);
    memcpy(frame + 9, &size, sizeof size);
    int error = write_all(frame, HEADER + length);
    if (error) {
        // A reader takes half a frame for one that is still to come.
        if (ftruncate(log_fd, log_size) < 0) log_room = 0;
        return error;
    }
    log_size += (off_t)(HEADER + length);
    log_room -= length;
    return cut ? ENOBUFS : 0;
}
