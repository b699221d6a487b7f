// What a lease on an empty step costs at least: two overlays made, attached, unmounted; one rename; one transaction.
//
//   lease DIR LOWERS
//
// Once for every line of standard input; the answer is the time in nanoseconds.
#define _GNU_SOURCE
#include <sqlite3.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>

#include "overlay.h"

enum { MOST_LOWERS = 500 };

static int scratch, lowers[MOST_LOWERS], lower_count;
static char root[4096], workspace[4096 + sizeof "/workspace"];
static sqlite3 *database;

static void execute(const char *sql) {
    char *error = NULL;
    if (sqlite3_exec(database, sql, NULL, NULL, &error) != SQLITE_OK) {
        fprintf(stderr, "%s: %s\n", sql, error);
        exit(1);
    }
}

static void attach(const char *upper, const char *work, const char *target) {
    int mount = make_overlay(scratch, upper, work, lowers, lower_count);
    check(move_mount(mount, "", AT_FDCWD, target, MOVE_MOUNT_F_EMPTY_PATH), "move_mount");
    close(mount);
}

static void cycle(void) {
    attach("system", "system.work", root);
    attach("delta", "delta.work", workspace);
    check(umount2(workspace, UMOUNT_NOFOLLOW), "umount2");
    check(umount2(root, UMOUNT_NOFOLLOW), "umount2");
    check(renameat(scratch, "system", scratch, "committed"), "rename");
    execute("BEGIN IMMEDIATE; INSERT INTO snapshot (content) VALUES (hex(randomblob(500))); COMMIT");
}

static void remove_work(const char *name) {
    char path[64];
    // What a volatile overlay leaves in its work directory.
    snprintf(path, sizeof path, "%s/work/incompat/volatile/dirty", name);
    unlinkat(scratch, path, 0);
    static const char *const left[] = {"/work/incompat/volatile", "/work/incompat", "/work", ""};
    for (size_t i = 0; i < sizeof left / sizeof *left; i++) {
        snprintf(path, sizeof path, "%s%s", name, left[i]);
        unlinkat(scratch, path, AT_REMOVEDIR);
    }
}

static long long time_of_cycle(void) {
    static const char *const made[] = {"system", "system.work", "delta", "delta.work"};
    for (size_t i = 0; i < sizeof made / sizeof *made; i++) check(mkdirat(scratch, made[i], 0755), made[i]);
    struct timespec start, end;
    clock_gettime(CLOCK_MONOTONIC, &start);
    cycle();
    clock_gettime(CLOCK_MONOTONIC, &end);
    remove_work("system.work");
    remove_work("delta.work");
    check(unlinkat(scratch, "delta", AT_REMOVEDIR), "delta");
    check(unlinkat(scratch, "committed", AT_REMOVEDIR), "committed");
    return (end.tv_sec - start.tv_sec) * 1000000000LL + end.tv_nsec - start.tv_nsec;
}

int main(int argc, char **argv) {
    if (argc != 3 || (lower_count = atoi(argv[2])) < 1 || lower_count > MOST_LOWERS) {
        fprintf(stderr, "usage: lease DIR LOWERS\n");
        return 2;
    }
    scratch = open_directory(AT_FDCWD, argv[1]);
    for (int i = 0; i < lower_count; i++) {
        char name[32];
        snprintf(name, sizeof name, "lower%d", i + 1);
        check(mkdirat(scratch, name, 0755), name);
        lowers[i] = open_directory(scratch, name);
    }
    check(mkdirat(lowers[0], "workspace", 0755), "workspace");
    check(mkdirat(scratch, "root", 0755), "root");
    snprintf(root, sizeof root, "%s/root", argv[1]);
    snprintf(workspace, sizeof workspace, "%s/workspace", root);
    char catalog[4096 + sizeof "/catalog"];
    snprintf(catalog, sizeof catalog, "%s/catalog", argv[1]);
    if (sqlite3_open(catalog, &database) != SQLITE_OK) check(-1, catalog);
    // As the daemon's.
    execute("PRAGMA journal_mode = WAL; PRAGMA synchronous = NORMAL;"
            "CREATE TABLE snapshot (id INTEGER PRIMARY KEY, content TEXT)");
    setvbuf(stdout, NULL, _IOLBF, 0);
    puts("ready");
    char line[256];
    while (fgets(line, sizeof line, stdin)) printf("%lld\n", time_of_cycle());
    return 0;
}
