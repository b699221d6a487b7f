/// libarchive, as it is: what is used of it is declared in these two headers.
#include <archive.h>
#include <archive_entry.h>
