/// Project quotas of ext4 and XFS. `descriptor` is of any directory of the file system.
#pragma once
#include <stdint.h>

/// Has all that is made in a directory from now on, and below, counted as `project`'s.
int linux_set_project(int directory, uint32_t project);
/// How many bytes are a project's; fails with ESRCH or ENOSYS where no project quotas are kept, and where nothing is the
/// project's maybe with ENOENT.
int linux_project_usage(int descriptor, uint32_t project, uint64_t *bytes);
/// Bounds what a project may have; 0 for no bound.
int linux_limit_project(int descriptor, uint32_t project, uint64_t bytes);
