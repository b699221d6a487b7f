/// Threads of this process.
#pragma once

/// The calling thread's name, of 15 bytes at most (`prctl(PR_SET_NAME)`).
int linux_name_thread(const char *name);
