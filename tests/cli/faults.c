/* Lets one call to the C library fail, in the program that loads this before it: the N-th of those that a kind of fault
   can come from.

     FAULT_KIND   ENOSPC, EIO, EMFILE, EINTR, or SHORT: half of what was asked for is read or written
     FAULT_AT     N, from 1; 0 to count the calls and let none fail
     FAULT_LOG    a file that gets a line with the call that failed, or with the number of calls at the end

   Standard error is left alone, so that the program can say what happened. What calls the kernel itself goes unseen. */
#define _GNU_SOURCE
#include <dirent.h>
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <unistd.h>

enum { ENDED = 1, FULL = 2, HANDLES = 4, AGAIN = 8, SHORT = 16 };

static int kind;
static int number;
static long at;
static const char *log_path;
static atomic_long calls;

/* By system calls, which nothing here counts. */
static void note(const char *line) {
    if (!log_path) return;
    long file = syscall(SYS_openat, AT_FDCWD, log_path, O_WRONLY | O_CREAT | O_APPEND, 0666);
    if (file < 0) return;
    syscall(SYS_write, file, line, strlen(line));
    syscall(SYS_close, file);
}

__attribute__((constructor)) static void begin(void) {
    static const struct { const char *name; int kind, number; } kinds[] = {
        {"EIO", ENDED, EIO}, {"ENOSPC", FULL, ENOSPC}, {"EMFILE", HANDLES, EMFILE},
        {"EINTR", AGAIN, EINTR}, {"SHORT", SHORT, 0},
    };
    const char *name = getenv("FAULT_KIND"), *count = getenv("FAULT_AT");
    for (unsigned row = 0; name && row < sizeof kinds / sizeof *kinds; row++)
        if (!strcmp(name, kinds[row].name)) {
            kind = kinds[row].kind;
            number = kinds[row].number;
        }
    at = count ? atol(count) : 0;
    log_path = getenv("FAULT_LOG");
}

__attribute__((destructor)) static void end(void) {
    char line[64];
    if (at == 0 && kind) {
        snprintf(line, sizeof line, "%ld\n", atomic_load(&calls));
        note(line);
    }
}

/* Whether this call is the one; kinds are those that it can fail with. */
static int fails(int kinds, const char *call, const char *path, int file) {
    char target[256] = "", link[32], line[512];
    if (!(kinds & kind) || atomic_fetch_add(&calls, 1) + 1 != at) return 0;
    if (!path) {
        snprintf(link, sizeof link, "/proc/self/fd/%d", file);
        long length = syscall(SYS_readlinkat, AT_FDCWD, link, target, sizeof target - 1);
        target[length > 0 ? length : 0] = 0;
        path = target;
    }
    snprintf(line, sizeof line, "%s %s\n", call, path);
    note(line);
    errno = number;
    return 1;
}

#define NEXT(type, name, ...) \
    static type (*next)(__VA_ARGS__); \
    if (!next) next = (type (*)(__VA_ARGS__))dlsym(RTLD_NEXT, name)

static int opening(int flags) { return ENDED | HANDLES | AGAIN | (flags & O_CREAT ? FULL : 0); }

#define OPEN(name) \
    int name(const char *path, int flags, ...) { \
        NEXT(int, #name, const char *, int, ...); \
        va_list rest; \
        va_start(rest, flags); \
        mode_t mode = flags & (O_CREAT | O_TMPFILE) ? va_arg(rest, mode_t) : 0; \
        va_end(rest); \
        return fails(opening(flags), "open", path, -1) ? -1 : next(path, flags, mode); \
    }
OPEN(open)
OPEN(open64)

#define OPENAT(name) \
    int name(int folder, const char *path, int flags, ...) { \
        NEXT(int, #name, int, const char *, int, ...); \
        va_list rest; \
        va_start(rest, flags); \
        mode_t mode = flags & (O_CREAT | O_TMPFILE) ? va_arg(rest, mode_t) : 0; \
        va_end(rest); \
        return fails(opening(flags), "openat", path, -1) ? -1 : next(folder, path, flags, mode); \
    }
OPENAT(openat)
OPENAT(openat64)

/* The faults of a read or write of this length; or half the length, if that is the fault. */
static int moves(int kinds, const char *call, int file, size_t *length) {
    if (*length > 1 && fails(SHORT, call, NULL, file)) {
        *length /= 2;
        return 0;
    }
    return fails(kinds, call, NULL, file);
}

ssize_t read(int file, void *bytes, size_t length) {
    NEXT(ssize_t, "read", int, void *, size_t);
    return moves(ENDED | AGAIN, "read", file, &length) ? -1 : next(file, bytes, length);
}

#define PREAD(name, offset) \
    ssize_t name(int file, void *bytes, size_t length, offset from) { \
        NEXT(ssize_t, #name, int, void *, size_t, offset); \
        return moves(ENDED | AGAIN, "pread", file, &length) ? -1 : next(file, bytes, length, from); \
    }
PREAD(pread, off_t)
PREAD(pread64, off64_t)

ssize_t readv(int file, const struct iovec *parts, int count) {
    NEXT(ssize_t, "readv", int, const struct iovec *, int);
    if (count > 1 && fails(SHORT, "readv", NULL, file)) count = 1;
    return fails(ENDED | AGAIN, "readv", NULL, file) ? -1 : next(file, parts, count);
}

ssize_t write(int file, const void *bytes, size_t length) {
    NEXT(ssize_t, "write", int, const void *, size_t);
    if (file != 2 && moves(ENDED | FULL | AGAIN, "write", file, &length)) return -1;
    return next(file, bytes, length);
}

ssize_t writev(int file, const struct iovec *parts, int count) {
    NEXT(ssize_t, "writev", int, const struct iovec *, int);
    if (file != 2) {
        if (count > 1 && fails(SHORT, "writev", NULL, file)) count = 1;
        if (fails(ENDED | FULL | AGAIN, "writev", NULL, file)) return -1;
    }
    return next(file, parts, count);
}

#define PWRITE(name, offset) \
    ssize_t name(int file, const void *bytes, size_t length, offset from) { \
        NEXT(ssize_t, #name, int, const void *, size_t, offset); \
        return moves(ENDED | FULL | AGAIN, "pwrite", file, &length) ? -1 : next(file, bytes, length, from); \
    }
PWRITE(pwrite, off_t)
PWRITE(pwrite64, off64_t)

/* Calls on a file that is open. */
#define ON_FILE(type, name, kinds, parameters, types, arguments) \
    type name parameters { \
        NEXT(type, #name, types); \
        return fails(kinds, #name, NULL, file) ? (type)-1 : next arguments; \
    }
#define TYPES(...) __VA_ARGS__
ON_FILE(int, fsync, ENDED | FULL | AGAIN, (int file), TYPES(int), (file))
ON_FILE(int, fdatasync, ENDED | FULL | AGAIN, (int file), TYPES(int), (file))
ON_FILE(int, ftruncate, ENDED | FULL | AGAIN, (int file, off_t length), TYPES(int, off_t), (file, length))
ON_FILE(int, ftruncate64, ENDED | FULL | AGAIN, (int file, off64_t length), TYPES(int, off64_t), (file, length))
ON_FILE(int, fallocate64, ENDED | FULL | AGAIN, (int file, int mode, off64_t from, off64_t length),
        TYPES(int, int, off64_t, off64_t), (file, mode, from, length))
ON_FILE(int, sync_file_range, ENDED | FULL, (int file, off64_t from, off64_t length, unsigned flags),
        TYPES(int, off64_t, off64_t, unsigned), (file, from, length, flags))
ON_FILE(ssize_t, copy_file_range,
        ENDED | FULL, (int file, off64_t *from, int to, off64_t *where, size_t length, unsigned flags),
        TYPES(int, off64_t *, int, off64_t *, size_t, unsigned), (file, from, to, where, length, flags))

/* Calls on a name. */
#define ON_PATH(type, failed, name, kinds, parameters, types, arguments) \
    type name parameters { \
        NEXT(type, #name, types); \
        return fails(kinds, #name, path, -1) ? failed : next arguments; \
    }
ON_PATH(int, -1, rename, ENDED | FULL, (const char *path, const char *to), TYPES(const char *, const char *), (path, to))
ON_PATH(int, -1, mkdir, ENDED | FULL, (const char *path, mode_t mode), TYPES(const char *, mode_t), (path, mode))
ON_PATH(int, -1, rmdir, ENDED, (const char *path), TYPES(const char *), (path))
ON_PATH(int, -1, unlink, ENDED, (const char *path), TYPES(const char *), (path))
ON_PATH(int, -1, unlinkat, ENDED, (int folder, const char *path, int flags), TYPES(int, const char *, int),
        (folder, path, flags))
ON_PATH(int, -1, symlink, ENDED | FULL, (const char *to, const char *path), TYPES(const char *, const char *), (to, path))
ON_PATH(int, -1, chmod, ENDED, (const char *path, mode_t mode), TYPES(const char *, mode_t), (path, mode))
ON_PATH(ssize_t, -1, readlink, ENDED, (const char *path, char *to, size_t length), TYPES(const char *, char *, size_t),
        (path, to, length))
ON_PATH(char *, NULL, realpath, ENDED, (const char *path, char *to), TYPES(const char *, char *), (path, to))
ON_PATH(DIR *, NULL, opendir, ENDED | HANDLES, (const char *path), TYPES(const char *), (path))

int statx(int folder, const char *path, int flags, unsigned mask, struct statx *to) {
    NEXT(int, "statx", int, const char *, int, unsigned, struct statx *);
    /* Rust's library asks without a path whether there is such a call. An empty path is that of the open file. */
    const char *volatile given = path;
    const char *name = given;
    if (!name) return next(folder, path, flags, mask, to);
    return fails(ENDED, "statx", *name ? name : NULL, folder) ? -1 : next(folder, path, flags, mask, to);
}

struct dirent64 *readdir64(DIR *folder) {
    NEXT(struct dirent64 *, "readdir64", DIR *);
    return fails(ENDED, "readdir64", NULL, dirfd(folder)) ? NULL : next(folder);
}

int fcntl64(int file, int what, ...) {
    NEXT(int, "fcntl64", int, int, ...);
    va_list rest;
    va_start(rest, what);
    long value = va_arg(rest, long);
    va_end(rest);
    int copies = what == F_DUPFD || what == F_DUPFD_CLOEXEC;
    return copies && fails(HANDLES, "fcntl", NULL, file) ? -1 : next(file, what, value);
}

int fcntl(int file, int what, ...) {
    va_list rest;
    va_start(rest, what);
    long value = va_arg(rest, long);
    va_end(rest);
    return fcntl64(file, what, value);
}

/* Only files: for memory, a program has no answer but to end. */
#define MMAP(name, offset) \
    void *name(void *where, size_t length, int protection, int flags, int file, offset from) { \
        NEXT(void *, #name, void *, size_t, int, int, int, offset); \
        if (file >= 0 && fails(ENDED | HANDLES, "mmap", NULL, file)) return MAP_FAILED; \
        return next(where, length, protection, flags, file, from); \
    }
MMAP(mmap, off_t)
MMAP(mmap64, off64_t)
