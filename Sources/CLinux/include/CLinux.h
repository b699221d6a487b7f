/// What Swift cannot call itself: system calls that glibc declares under `_GNU_SOURCE` only, as flat
/// functions.
///
/// The headers here include nothing of `_GNU_SOURCE`, so that the Swift importer sees the ordinary `Glibc`
/// beside them. Unless a function says otherwise it answers like the call it stands for: -1 and `errno` on
/// failure.
#pragma once
#include "files.h"
#include "heap.h"
#include "identity.h"
#include "mounts.h"
#include "quota.h"
#include "spawn.h"
#include "threads.h"
