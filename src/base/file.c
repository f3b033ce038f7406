#include "base/file.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

rgpt_status rg_file_open(const char *path, int *fd, size_t *size, rgpt_error *err) {
    /* O_NONBLOCK: opening a FIFO must not wait for its other end before we can refuse it. */
    *fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
    if (*fd < 0) return rg_fail_errno(err, "cannot open", path);

    struct stat info;
    rgpt_status status = RGPT_OK;
    if (fstat(*fd, &info) != 0) {
        status = rg_fail_errno(err, "cannot stat", path);
    } else if (!S_ISREG(info.st_mode)) {
        status = rg_fail(err, RGPT_IO, "cannot read: %s: found a %s, wanted a regular file", path,
                         S_ISDIR(info.st_mode) ? "directory" : "special file");
    }
    if (status != RGPT_OK) {
        close(*fd);
        *fd = -1;
        return status;
    }
    *size = (size_t)info.st_size;
    return RGPT_OK;
}

/* Reads exactly `size` bytes; short reads and signals are not errors, a file that shrank is. */
static rgpt_status read_fully(int fd, const char *path, char *out, size_t size, rgpt_error *err) {
    for (size_t done = 0; done < size;) {
        ssize_t n = read(fd, out + done, size - done);
        if (n < 0 && errno == EINTR) continue;
        if (n < 0) return rg_fail_errno(err, "cannot read", path);
        if (n == 0)
            return rg_fail(err, RGPT_IO, "cannot read: %s: ended after %zu bytes, wanted %zu", path, done, size);
        done += (size_t)n;
    }
    return RGPT_OK;
}

rgpt_status rg_file_read(const char *path, size_t limit, char **out, size_t *size, rgpt_error *err) {
    *out = NULL;
    *size = 0;
    int fd;
    size_t found = 0;
    rgpt_status status = rg_file_open(path, &fd, &found, err);
    if (status != RGPT_OK) return status;

    char *data = NULL;
    if (found > limit) {
        status = rg_fail(err, RGPT_LIMIT, "cannot read: %s: found %zu bytes, at most %zu are read", path, found, limit);
    } else if (!(data = malloc(found + 1))) {
        status = rg_fail_memory(err, path, found + 1);
    } else {
        status = read_fully(fd, path, data, found, err);
    }
    close(fd);
    if (status != RGPT_OK) {
        free(data);
        return status;
    }
    data[found] = '\0';
    *out = data;
    *size = found;
    return RGPT_OK;
}

rgpt_status rg_map_open(const char *path, rg_map *out, rgpt_error *err) {
    *out = (rg_map){.data = (const uint8_t *)""};
    int fd;
    size_t size = 0;
    rgpt_status status = rg_file_open(path, &fd, &size, err);
    if (status != RGPT_OK) return status;
    if (size > 0) {
        void *data = mmap(NULL, size, PROT_READ, MAP_PRIVATE, fd, 0);
        if (data == MAP_FAILED) {
            status = rg_fail_errno(err, "cannot map", path);
        } else {
            *out = (rg_map){.data = data, .size = size, .is_mapped = true};
        }
    }
    close(fd);
    return status;
}

void rg_map_close(rg_map *map) {
    if (map->is_mapped) munmap((void *)(uintptr_t)map->data, map->size);
    *map = (rg_map){.data = (const uint8_t *)""};
}

struct rg_writer {
    int fd;
    char *path;
    char *temporary;
    bool exists; /* the temporary is on disk, to be removed unless renamed */
};

rgpt_status rg_writer_open(const char *path, rg_writer **out, rgpt_error *err) {
    *out = NULL;
    rg_writer *w = calloc(1, sizeof *w);
    if (!w) return rg_fail_memory(err, path, sizeof *w);
    w->fd = -1;
    w->path = strdup(path);
    if (!w->path || asprintf(&w->temporary, "%s.XXXXXX", path) < 0) {
        w->temporary = NULL; /* asprintf leaves it undefined */
        rg_writer_cancel(w);
        return rg_fail_memory(err, path, 2 * strlen(path));
    }
    w->fd = mkstemp(w->temporary);
    if (w->fd < 0) {
        rgpt_status status = rg_fail_errno(err, "cannot create a file beside", path);
        rg_writer_cancel(w);
        return status;
    }
    w->exists = true;
    mode_t mask = umask(0); /* mkstemp makes 0600; a saved file should be as readable as any other */
    umask(mask);
    if (fchmod(w->fd, 0666 & ~mask) != 0) {
        rgpt_status status = rg_fail_errno(err, "cannot set the mode of", w->temporary);
        rg_writer_cancel(w);
        return status;
    }
    *out = w;
    return RGPT_OK;
}

rgpt_status rg_writer_write(rg_writer *w, const void *bytes, size_t size, rgpt_error *err) {
    const char *from = bytes;
    for (size_t done = 0; done < size;) {
        ssize_t n = write(w->fd, from + done, size - done);
        if (n < 0 && errno == EINTR) continue;
        if (n < 0) return rg_fail_errno(err, "cannot write", w->path);
        done += (size_t)n;
    }
    return RGPT_OK;
}

/* A rename survives a power cut only when the folder is synced too. */
static rgpt_status sync_folder(const char *path, rgpt_error *err) {
    const char *slash = strrchr(path, '/');
    char *folder = slash ? strndup(path, (size_t)(slash - path) + 1) : strdup(".");
    if (!folder) return rg_fail_memory(err, path, strlen(path));
    int fd = open(folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    rgpt_status status = RGPT_OK;
    if (fd < 0 || (fsync(fd) != 0 && errno != EINVAL)) status = rg_fail_errno(err, "cannot sync the folder", folder);
    if (fd >= 0) close(fd);
    free(folder);
    return status;
}

rgpt_status rg_writer_commit(rg_writer *w, rgpt_error *err) {
    rgpt_status status = RGPT_OK;
    int fd = w->fd;
    if (fsync(fd) != 0) status = rg_fail_errno(err, "cannot sync", w->path);
    w->fd = -1;
    if (close(fd) != 0 && status == RGPT_OK) status = rg_fail_errno(err, "cannot close", w->path);
    if (status == RGPT_OK && rename(w->temporary, w->path) != 0) status = rg_fail_errno(err, "cannot replace", w->path);
    if (status == RGPT_OK) {
        w->exists = false;
        status = sync_folder(w->path, err);
    }
    rg_writer_cancel(w);
    return status;
}

void rg_writer_cancel(rg_writer *w) {
    if (!w) return;
    if (w->fd >= 0) close(w->fd);
    if (w->exists) unlink(w->temporary);
    free(w->path);
    free(w->temporary);
    free(w);
}

rgpt_status rg_file_write(const char *path, const void *bytes, size_t size, rgpt_error *err) {
    rg_writer *w = NULL;
    rgpt_status status = rg_writer_open(path, &w, err);
    if (status != RGPT_OK) return status;
    status = rg_writer_write(w, bytes, size, err);
    if (status == RGPT_OK) return rg_writer_commit(w, err);
    rg_writer_cancel(w);
    return status;
}
