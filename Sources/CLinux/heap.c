#include "heap.h"

#include <malloc.h>

int linux_limit_arenas(int count) {
    return mallopt(M_ARENA_MAX, count);
}
