/// The heap of this process.
#pragma once

/// `mallopt(M_ARENA_MAX, count)`: nonzero if it is in effect.
int linux_limit_arenas(int count);
