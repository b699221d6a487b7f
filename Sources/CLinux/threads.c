#include "threads.h"

#include <sys/prctl.h>

int linux_name_thread(const char *name) {
    return prctl(PR_SET_NAME, name, 0, 0, 0);
}
