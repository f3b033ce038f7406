/* torture.h - runs a piece of code again and again, failing another of its allocations or system calls
 * each time: number 1, then number 2, and so on until nothing is left to fail.
 *
 * The linker redirects malloc, open, read, ... (the lists are in meson.build) of our own objects and of the
 * test to the wrappers here, so other libraries' calls never fail; jansson's allocations do, since it takes
 * an allocator. Under ASan a leak after any failure fails the test, as does a bad access.
 *
 * Tests of this kind are ordinary cmocka tests; a row in meson.build makes one a program.
 */
#ifndef RG_TESTS_TORTURE_H
#define RG_TESTS_TORTURE_H

#include <rgpt/rgpt.h>

/* A whole story: makes what it needs, uses it, frees it, and returns the first failure (later calls on
 * what is still open are welcome: an object must be usable, and closable, after a failure). It is run some
 * times per allocation, so it should be small; with nothing failing it must return RGPT_OK. */
typedef rgpt_status (*torture_fn)(void *what, rgpt_error *err);

/* Fails each allocation, once alone and once with every later one. The story must then return
 * RGPT_NO_MEMORY with a message, or do without and return RGPT_OK. `most`: at most so many allocations,
 * spread evenly; 0: every one. */
void torture_memory(torture_fn story, void *what, int most);

/* Fails each system call on files with EIO, then ENOSPC: the story must return RGPT_IO with a message (a
 * failing close may be passed over: nothing is lost after reading). Then interrupts each read and write
 * (EINTR), and cuts each to one byte: the story must return RGPT_OK. */
void torture_calls(torture_fn story, void *what);

#endif
