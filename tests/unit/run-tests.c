/* Copyright (c) 2026 The nDirector Authors.
 * SPDX-License-Identifier: Apache-2.0 */

/* Runs the unit tests: all, or the suites or tests that the command line
 * names.  Prints CUnit's summary and exits with 1 if anything failed. */

#include <config.h>

#include <CUnit/Basic.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "openvswitch/vlog.h"
#include "util.h"

#define SUITE(FUNCTION) void FUNCTION(void);
#include "tests/unit/suites.h"
#undef SUITE

static void (*const suites[])(void) = {
#define SUITE(FUNCTION) FUNCTION,
#include "tests/unit/suites.h"
#undef SUITE
};

static void
usage(void)
{
    printf("usage: run-tests [-l | SUITE [TEST]...]\n"
           "Runs all unit tests, or those of one suite, or some of these.\n"
           "  -l   list the suites and their tests instead\n"
           "Set TEST_LOG to a vlog level, e.g. dbg, to see log messages.\n");
}

static void
list_tests(void)
{
    CU_pSuite suite = CU_get_registry()->pSuite;

    for (; suite; suite = suite->pNext) {
        printf("%s\n", suite->pName);
        for (CU_pTest test = suite->pTest; test; test = test->pNext) {
            printf("    %s\n", test->pName);
        }
    }
}

/* Runs the tests of 'suite' called 'names', a null-terminated list.  Returns
 * the number of those that failed or do not exist. */
static unsigned int
run_tests(CU_pSuite suite, char *names[])
{
    unsigned int n_bad = 0;

    for (; *names; names++) {
        CU_pTest test = CU_get_test(suite, *names);
        if (!test) {
            fprintf(stderr, "run-tests: suite \"%s\" has no test \"%s\","
                    " see -l\n", suite->pName, *names);
            n_bad++;
            continue;
        }

        /* CUnit counts anew in each run. */
        CU_basic_run_test(suite, test);
        n_bad += CU_get_number_of_tests_failed();
    }
    return n_bad;
}

/* Runs the suite called 'name', or only those of its tests that 'tests' names
 * unless that list is empty.  Returns the number of failures. */
static unsigned int
run_suite(const char *name, char *tests[])
{
    CU_pSuite suite = CU_get_suite(name);

    if (!suite) {
        fprintf(stderr, "run-tests: there is no suite \"%s\", see -l\n",
                name);
        return 1;
    } else if (*tests) {
        return run_tests(suite, tests);
    }
    CU_basic_run_suite(suite);
    return (CU_get_number_of_tests_failed()
            + CU_get_number_of_suites_failed());
}

static void
set_log_level(void)
{
    const char *level = getenv("TEST_LOG");

    vlog_set_levels(NULL, VLF_ANY_DESTINATION, VLL_OFF);
    if (level) {
        vlog_set_levels(NULL, VLF_CONSOLE, vlog_get_level_val(level));
    }
}

int
main(int argc, char *argv[])
{
    if (argc > 1 && argv[1][0] == '-' && strcmp(argv[1], "-l")) {
        usage();
        return strcmp(argv[1], "-h") && strcmp(argv[1], "--help");
    }

    setvbuf(stdout, NULL, _IOLBF, 0);
    ovs_set_program_name(argv[0], PACKAGE_VERSION);
    set_log_level();
    signal(SIGPIPE, SIG_IGN);
    if (CU_initialize_registry() != CUE_SUCCESS) {
        ovs_fatal(0, "CUnit: %s", CU_get_error_msg());
    }
    for (size_t i = 0; i < ARRAY_SIZE(suites); i++) {
        suites[i]();
        if (CU_get_error() != CUE_SUCCESS) {
            ovs_fatal(0, "CUnit, suite %"PRIuSIZE": %s", i,
                      CU_get_error_msg());
        }
    }

    unsigned int n_bad = 0;
    CU_basic_set_mode(CU_BRM_NORMAL);
    if (argc > 1 && !strcmp(argv[1], "-l")) {
        list_tests();
    } else if (argc > 1) {
        n_bad = run_suite(argv[1], &argv[2]);
    } else {
        CU_basic_run_tests();
        n_bad = (CU_get_number_of_tests_failed()
                 + CU_get_number_of_suites_failed());
    }
    CU_cleanup_registry();
    return n_bad ? EXIT_FAILURE : EXIT_SUCCESS;
}
