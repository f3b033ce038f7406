/* The wrappers: __wrap_NAME is what our objects call as NAME, __real_NAME is libc's. */
#include "fault.h"

#include <errno.h>
#include <fcntl.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/types.h>
#include <unistd.h>

static fault_plan plan;
static atomic_int calls; /* OpenMP threads allocate too */
static atomic_int duty;

void fault_arm(fault_plan wanted) {
    plan = (fault_plan){0};
    atomic_store(&calls, 0);
    atomic_store(&duty, FAULT_NOT_STRUCK);
    plan = wanted;
}

void fault_disarm(void) {
    plan.kind = FAULT_NONE;
}

int fault_count(void) {
    return atomic_load(&calls);
}

fault_duty fault_get_duty(void) {
    return (fault_duty)atomic_load(&duty);
}

static bool strikes(fault_kind kind, fault_duty wanted) {
    if (plan.kind != kind) return false;
    int number = atomic_fetch_add(&calls, 1) + 1;
    if (plan.first == 0 || (plan.is_for_good ? number < plan.first : number != plan.first)) return false;
    int none = FAULT_NOT_STRUCK;
    if (!atomic_compare_exchange_strong(&duty, &none, wanted) && wanted == FAULT_TO_BLUR) atomic_store(&duty, wanted);
    errno = kind == FAULT_MEMORY ? ENOMEM : plan.error;
    return true;
}

static bool memory_fails(void) {
    return strikes(FAULT_MEMORY, FAULT_TO_REPORT);
}

/* Linux interrupts only transfers on regular files. */
static bool call_fails(void) {
    return plan.error != EINTR && strikes(FAULT_CALL, FAULT_TO_REPORT);
}

static bool transfer_fails(void) {
    return strikes(FAULT_CALL, FAULT_TO_REPORT);
}

static bool transfer_is_cut(size_t size) {
    return size > 1 && strikes(FAULT_SHORT, FAULT_TO_REPORT);
}

/* --- allocations ------------------------------------------------------------------------------ */

void *__real_malloc(size_t size);
void *__wrap_malloc(size_t size);
void *__wrap_malloc(size_t size) {
    return memory_fails() ? NULL : __real_malloc(size);
}

void *fault_jansson_malloc(size_t size) {
    return strikes(FAULT_MEMORY, FAULT_TO_BLUR) ? NULL : __real_malloc(size);
}

void *__real_calloc(size_t count, size_t size);
void *__wrap_calloc(size_t count, size_t size);
void *__wrap_calloc(size_t count, size_t size) {
    return memory_fails() ? NULL : __real_calloc(count, size);
}

void *__real_realloc(void *block, size_t size);
void *__wrap_realloc(void *block, size_t size);
void *__wrap_realloc(void *block, size_t size) {
    return memory_fails() ? NULL : __real_realloc(block, size);
}

void *__real_aligned_alloc(size_t alignment, size_t size);
void *__wrap_aligned_alloc(size_t alignment, size_t size);
void *__wrap_aligned_alloc(size_t alignment, size_t size) {
    return memory_fails() ? NULL : __real_aligned_alloc(alignment, size);
}

int __real_posix_memalign(void **out, size_t alignment, size_t size);
int __wrap_posix_memalign(void **out, size_t alignment, size_t size);
int __wrap_posix_memalign(void **out, size_t alignment, size_t size) {
    return memory_fails() ? ENOMEM : __real_posix_memalign(out, alignment, size);
}

char *__real_strdup(const char *text);
char *__wrap_strdup(const char *text);
char *__wrap_strdup(const char *text) {
    return memory_fails() ? NULL : __real_strdup(text);
}

char *__real_strndup(const char *text, size_t size);
char *__wrap_strndup(const char *text, size_t size);
char *__wrap_strndup(const char *text, size_t size) {
    return memory_fails() ? NULL : __real_strndup(text, size);
}

int __wrap_asprintf(char **out, const char *format, ...) __attribute__((format(printf, 2, 3)));
int __wrap_asprintf(char **out, const char *format, ...) {
    if (memory_fails()) return -1;
    va_list args;
    va_start(args, format);
    int length = vasprintf(out, format, args);
    va_end(args);
    return length;
}

/* --- system calls on files -------------------------------------------------------------------- */

int __real_open64(const char *path, int flags, mode_t mode);
int __wrap_open64(const char *path, int flags, ...);
int __wrap_open64(const char *path, int flags, ...) {
    if (call_fails()) return -1;
    va_list args;
    va_start(args, flags);
    mode_t mode = flags & O_CREAT ? va_arg(args, mode_t) : 0;
    va_end(args);
    return __real_open64(path, flags, mode);
}

int __real_mkstemp64(char *template);
int __wrap_mkstemp64(char *template);
int __wrap_mkstemp64(char *template) {
    return call_fails() ? -1 : __real_mkstemp64(template);
}

int __real_fstat64(int fd, void *out);
int __wrap_fstat64(int fd, void *out);
int __wrap_fstat64(int fd, void *out) {
    return call_fails() ? -1 : __real_fstat64(fd, out);
}

int __real_fchmod(int fd, mode_t mode);
int __wrap_fchmod(int fd, mode_t mode);
int __wrap_fchmod(int fd, mode_t mode) {
    return call_fails() ? -1 : __real_fchmod(fd, mode);
}

void *__real_mmap64(void *at, size_t size, int protection, int flags, int fd, off_t offset);
void *__wrap_mmap64(void *at, size_t size, int protection, int flags, int fd, off_t offset);
void *__wrap_mmap64(void *at, size_t size, int protection, int flags, int fd, off_t offset) {
    return call_fails() ? MAP_FAILED : __real_mmap64(at, size, protection, flags, fd, offset);
}

int __real_fsync(int fd);
int __wrap_fsync(int fd);
int __wrap_fsync(int fd) {
    return call_fails() ? -1 : __real_fsync(fd);
}

/* Linux closes the descriptor even when it reports an error. */
int __real_close(int fd);
int __wrap_close(int fd);
int __wrap_close(int fd) {
    int result = __real_close(fd);
    return plan.error != EINTR && strikes(FAULT_CALL, FAULT_TO_IGNORE) ? -1 : result;
}

int __real_rename(const char *from, const char *to);
int __wrap_rename(const char *from, const char *to);
int __wrap_rename(const char *from, const char *to) {
    return call_fails() ? -1 : __real_rename(from, to);
}

ssize_t __real_read(int fd, void *out, size_t size);
ssize_t __wrap_read(int fd, void *out, size_t size);
ssize_t __wrap_read(int fd, void *out, size_t size) {
    if (transfer_fails()) return -1;
    return __real_read(fd, out, transfer_is_cut(size) ? 1 : size);
}

ssize_t __real_write(int fd, const void *bytes, size_t size);
ssize_t __wrap_write(int fd, const void *bytes, size_t size);
ssize_t __wrap_write(int fd, const void *bytes, size_t size) {
    if (transfer_fails()) return -1;
    return __real_write(fd, bytes, transfer_is_cut(size) ? 1 : size);
}
