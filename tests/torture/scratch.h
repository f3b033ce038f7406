/* scratch.h - a folder for one test, with one file in it: setup and teardown functions for cmocka.
 *
 * The state is the file's path; it does not exist yet. Tearing down removes it, and fails if anything
 * else was left in the folder (a temporary that an error path forgot).
 */
#ifndef RG_TESTS_SCRATCH_H
#define RG_TESTS_SCRATCH_H

int scratch_make(void **state);
int scratch_remove(void **state);

#define unit_test_with_scratch(test) cmocka_unit_test_setup_teardown(test, scratch_make, scratch_remove)

#endif
