/* Copyright (c) 2026 The nDirector Authors.
 * SPDX-License-Identifier: Apache-2.0 */

/* The suites of unit tests, in the order in which they run: innermost module
 * first, so that the first failure is the nearest to its cause.
 *
 * SUITE(FUNCTION) names a function void FUNCTION(void) that registers a CUnit
 * suite and its tests.  There is no include guard: run-tests.c includes this
 * file once for the prototypes and once for the table. */

SUITE(suite_loop)
SUITE(suite_loop_fd)
SUITE(suite_loop_poll)
SUITE(suite_nvo3_addr)
SUITE(suite_nved_config)
SUITE(suite_nved_trunk)
SUITE(suite_nved_claims)
SUITE(suite_nved_report)
SUITE(suite_nved_wants)
SUITE(suite_tsi)
SUITE(suite_nved_wish)
SUITE(suite_tnved_config)
SUITE(suite_tnved_answer)
SUITE(suite_tnved_vlan)
SUITE(suite_vap)
SUITE(suite_tag_book)
SUITE(suite_split)
SUITE(suite_split_moves)
SUITE(suite_split_random)
SUITE(suite_model)
SUITE(suite_model_claim)
SUITE(suite_model_binding)
SUITE(suite_model_glean)
SUITE(suite_sender)
SUITE(suite_compile)
SUITE(suite_items)
SUITE(suite_image)
SUITE(suite_session)
SUITE(suite_session_faults)
SUITE(suite_session_audit)
SUITE(suite_session_random)
SUITE(suite_core)
SUITE(suite_core_ports)
SUITE(suite_core_tags)
SUITE(suite_core_glean)
SUITE(suite_core_faults)
SUITE(suite_core_cost)
SUITE(suite_random)
SUITE(suite_wire)
