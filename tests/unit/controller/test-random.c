/* Copyright (c) 2026 The nDirector Authors.
 * SPDX-License-Identifier: Apache-2.0 */

/* Random: edits of rows and accidents of switches, picked at random.  After
 * each step, when all is at rest, every switch must have exactly what the
 * images say, and the images and verdicts must be those of a director that
 * begins with the same rows (world_complaints()).  Now and then the director
 * is restarted, which must send nothing.
 *
 * Each step is a line of text, so that a run that fails can be replayed and is
 * printed, shortened to those lines that it takes.
 *
 *     ND_RANDOM_SEED=N    begin with seed N instead of 1
 *     ND_RANDOM_SEEDS=N   run N seeds, one after another
 *     ND_RANDOM_STEPS=N   steps per seed
 *     ND_RANDOM_FORK=1    find what it takes for a crash, too */

#include <config.h>

#include <CUnit/CUnit.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "controller/core.h"
#include "openvswitch/dynamic-string.h"
#include "svec.h"
#include "tests/unit/controller/fake-switch.h"
#include "tests/unit/controller/rows.h"
#include "tests/unit/controller/world.h"
#include "util.h"

void suite_random(void);

/* Time in which all must have come to rest. */
#define CALM_MS 200000

#define N_NVES 4
#define N_VNS 4
#define N_VNICS 8
#define N_MACS 8
#define N_TRUNKS 2

/* Random numbers.  Not OVS's random.h: a run must not depend on who else draws
 * from it. */

static uint64_t state;

static uint32_t
draw(uint32_t n)
{
    state ^= state << 13;
    state ^= state >> 7;
    state ^= state << 17;
    return (state >> 16) % n;
}

static bool
chance(int percent)
{
    return draw(100) < (uint32_t) percent;
}

/* Steps: each appends the rest of a line. */

/* Addresses of VNIC 'owner': its own or, if 'shared', those that all want, in
 * which case some are wrong, too.  Two ranges have all prefixes in common or
 * none: of a range that is refused in part a restart does not know which part
 * that was. */
static void
put_addresses(struct ds *s, int owner, bool shared)
{
    static const char *const ips[] = {
        "10.0.0.1", "10.0.0.2", "10.0.0.3", "10.0.0.0/30", "10.0.0.0/24",
        "10.0.0.2-10.0.0.5", "fd00::1", "fd00::/64", "fd00::2-fd00::5",
        "banana",
    };
    int n = 1 + draw(3);

    for (int i = 0; i < n; i++) {
        int n_ips = draw(4);

        shared = shared && chance(80);
        if (shared && chance(2)) {
            ds_put_cstr(s, i ? "+apple" : "apple");
        } else {
            ds_put_format(s, "%sm%x", i ? "+" : "",
                          1 + draw(N_MACS) + (shared ? 0 : owner << 4));
        }
        for (int j = 0; j < n_ips; j++) {
            if (shared) {
                ds_put_format(s, ",%s", ips[draw(ARRAY_SIZE(ips))]);
            } else {
                ds_put_format(s, ",10.0.%d.%d", owner, draw(4));
            }
        }
    }
}

static void
step_vn(struct ds *s)
{
    ds_put_format(s, "vn n%d", 1 + draw(N_VNS));
    if (chance(40)) {
        ds_put_format(s, " id=%d", 1 + draw(4));
    } else if (chance(5)) {
        ds_put_cstr(s, " id=16777216");
    }
    ds_put_cstr(s, chance(60) ? " open" : "");
    ds_put_cstr(s, chance(15) ? " tenant=t1" : "");
    ds_put_cstr(s, chance(3) ? " l3" : "");
    ds_put_cstr(s, chance(30) ? " tags" : "");
    if (chance(60)) {
        ds_put_format(s, " glean=%d", draw(6));
    }
    ds_put_cstr(s, chance(20) ? " age=10" : "");
}

static void
step_vnic(struct ds *s)
{
    int vnic = 1 + draw(N_VNICS);
    int n = draw(3);

    ds_put_format(s, "vnic v%d", vnic);
    ds_put_cstr(s, chance(15) ? " tenant=t1" : "");
    if (chance(10)) {
        ds_put_format(s, " nves=h%d", 1 + draw(N_NVES));
    }
    for (int i = 0; i < 1 + n / 2; i++) {
        ds_put_format(s, " n%d=", 1 + draw(N_VNS));
        if (!chance(20)) {
            put_addresses(s, vnic, true);
        }
    }
}

/* In the database NVE, VNIC and VN tell claims apart; a VN of 0 is none. */
static void
put_claim_name(struct ds *s, int vnic, int vn)
{
    ds_put_format(s, "claim h%d/v%d", 1 + draw(N_NVES), vnic);
    if (vn) {
        ds_put_format(s, "/n%d", vn);
    }
}

static void
step_claim(struct ds *s)
{
    int vn = chance(60) ? 1 + draw(N_VNS) : 0;
    int vnic = 1 + draw(N_VNICS);

    put_claim_name(s, vnic, vn);
    if (vn) {
        ds_put_format(s, " vn=n%d", vn);
    }
    if (chance(40)) {
        ds_put_format(s, " port=t%d tag=%d", 1 + draw(N_TRUNKS),
                      chance(95) ? 1 + draw(3) : 4095);
    } else if (chance(20)) {
        ds_put_format(s, " port=v%d", 1 + draw(N_VNICS));
    }
    ds_put_cstr(s, chance(20) ? " assoc" : "");
    ds_put_format(s, " seq=%d", draw(3));
    if (chance(60)) {
        ds_put_cstr(s, " addr=");
        put_addresses(s, vnic, false);
    }
}

static void
step_nve(struct ds *s)
{
    ds_put_format(s, "nve h%d", 1 + draw(N_NVES));
    ds_put_cstr(s, chance(20) ? " off" : "");
    if (chance(10)) {
        ds_put_format(s, " ep=192.0.2.%d", 1 + draw(N_NVES));
    }
    if (chance(5)) {
        ds_put_format(s, " dpid=%016x", 1 + draw(N_NVES));
    }
    if (chance(10)) {
        ds_put_format(s, " quota=%d", draw(4));
    }
}

static void
step_registration(struct ds *s)
{
    ds_put_format(s, "reg h%d", 1 + draw(N_NVES));
    if (chance(10)) {
        ds_put_format(s, " ep=192.0.2.%d,192.0.2.%d/5", 1 + draw(N_NVES),
                      11 + draw(N_NVES));
    } else if (chance(5)) {
        ds_put_format(s, " dpid=%016x", 1 + draw(N_NVES));
    } else if (chance(5)) {
        ds_put_cstr(s, " ep=banana");
    }
    ds_put_cstr(s, chance(5) ? " tunnel=v1" : chance(5) ? " tunnel=t1" : "");
}

static void
step_del(struct ds *s)
{
    switch (draw(10)) {
    case 0:
        ds_put_format(s, "del vn n%d", 1 + draw(N_VNS));
        break;
    case 1:
        ds_put_format(s, "del nve h%d", 1 + draw(N_NVES));
        break;
    case 2:
        ds_put_format(s, "del reg h%d", 1 + draw(N_NVES));
        break;
    case 3:
    case 4:
        ds_put_format(s, "del vnic v%d", 1 + draw(N_VNICS));
        break;
    case 5:
        ds_put_cstr(s, "del tenant t1");
        break;
    default:
        ds_put_cstr(s, "del ");
        put_claim_name(s, 1 + draw(N_VNICS), draw(1 + N_VNS));
    }
}

/* Ports come, go and change their numbers. */
static void
step_port(struct ds *s)
{
    int number = 10 + draw(N_VNICS + N_TRUNKS);

    if (chance(20)) {
        ds_put_format(s, "port h%d t%d %d", 1 + draw(N_NVES),
                      1 + draw(N_TRUNKS), number);
    } else if (chance(50)) {
        ds_put_format(s, "port h%d v%d %d", 1 + draw(N_NVES),
                      1 + draw(N_VNICS), number);
    } else {
        ds_put_format(s, "unport h%d %d", 1 + draw(N_NVES), number);
    }
}

/* A guest sends as somebody; of the addresses that all want, too. */
static void
step_frame(struct ds *s)
{
    static const char *const ips[] = {
        "10.0.0.1", "10.0.0.2", "10.0.0.3", "10.0.0.9", "10.0.1.1",
        "0.0.0.0",
    };
    int mac = 1 + draw(N_MACS + 4) + (chance(30) ? draw(N_VNICS) << 4 : 0);

    ds_put_format(s, "send h%d %d ", 1 + draw(N_NVES),
                  10 + draw(N_VNICS + N_TRUNKS));
    for (int n = draw(3); n; n--) {
        ds_put_format(s, "tag=%d ", draw(4));
    }
    if (chance(20)) {
        ds_put_format(s, "na m%x fd00::%d", mac, 1 + draw(6));
    } else if (chance(20)) {
        ds_put_format(s, "raw m%x", mac);
    } else {
        ds_put_format(s, "arp m%x %s", mac, ips[draw(ARRAY_SIZE(ips))]);
    }
}

static void
step_accident(struct ds *s)
{
    static const char *const verbs[] = {
        "break", "crash", "disconnect", "connect", "connect",
    };
    int nve = 1 + draw(N_NVES);

    switch (draw(8)) {
    case 0:
        ds_put_format(s, "rate h%d %d", nve, 1 + draw(200));
        break;
    case 1:
        ds_put_format(s, "rate h%d -1", nve);
        break;
    case 2:
        ds_put_format(s, "fault h%d %d", nve, draw(5));
        break;
    default:
        ds_put_format(s, "%s h%d", verbs[draw(ARRAY_SIZE(verbs))], nve);
    }
}

static void
step_other(struct ds *s)
{
    switch (draw(4)) {
    case 0:
        ds_put_cstr(s, "tenant t1");
        break;
    case 1:
        ds_put_format(s, "admission %s", chance(50) ? "open" : "registered");
        break;
    case 2:
        ds_put_format(s, "wait %d", 1 + draw(chance(50) ? 3000 : 30000));
        break;
    default:
        ds_put_cstr(s, "restart -");
    }
}

static const struct {
    int weight;
    void (*step)(struct ds *);
} steps[] = {
    { 8, step_vn }, { 20, step_vnic }, { 30, step_claim }, { 5, step_nve },
    { 4, step_registration }, { 14, step_del }, { 6, step_port },
    { 8, step_accident }, { 5, step_other }, { 30, step_frame },
};

/* Returns a new line with a step. */
static char *
make_step(void)
{
    struct ds s = DS_EMPTY_INITIALIZER;
    int total = 0;
    int pick;

    for (size_t i = 0; i < ARRAY_SIZE(steps); i++) {
        total += steps[i].weight;
    }
    pick = draw(total);
    for (size_t i = 0; i < ARRAY_SIZE(steps); i++) {
        pick -= steps[i].weight;
        if (pick < 0) {
            steps[i].step(&s);
            break;
        }
    }
    return ds_steal_cstr(&s);
}

/* Running. */

static void
set_fault(struct world *w, const char *nve, int number)
{
    struct fake_switch_faults *faults
        = fake_switch_faults(world_switch(w, nve));

    switch (number) {
    case 0:
        faults->refuse_commits = 1;
        break;
    case 1:
        faults->lose_messages = 1;
        break;
    case 2:
        faults->mute_commits = 1;
        break;
    default:
        faults->cut_after = 3 * number;
    }
}

/* Has all switches audited. */
static void
audit(struct world *w)
{
    core_audit(world_core(w), NULL, world_now(w));
    world_calm(w, CALM_MS);
}

/* Restarts the director.  Returns what is wrong with that, to be freed. */
static char *
restart(struct world *w)
{
    uint64_t before, after;

    if (!world_calm(w, CALM_MS)) {
        return xstrdup("not at rest before a restart");
    }
    before = world_n_mods(w);
    world_restart(w);
    if (!world_calm(w, CALM_MS)) {
        return xstrdup("not at rest after a restart");
    }
    after = world_n_mods(w);
    return (after == before ? xstrdup("")
            : xasprintf("a restart sent %"PRIu64" messages", after - before));
}

/* Returns what is wrong when all is at rest, "" if nothing, to be freed.
 * Where a switch has done wrong ('faulty') it may take an audit to notice. */
static char *
look(struct world *w, bool faulty)
{
    char *complaints;

    if (!world_calm(w, CALM_MS)) {
        return xstrdup("not at rest");
    }
    complaints = world_complaints(w);
    if (*complaints && faulty) {
        free(complaints);
        audit(w);
        complaints = world_complaints(w);
    }
    return complaints;
}

/* Does one step.  Returns what is wrong afterwards, "" if nothing, to be
 * freed. */
static char *
do_step(struct world *w, const char *line, bool faulty)
{
    char verb[16], name[16];
    int number = 0;
    char *problem = NULL;

    if (sscanf(line, "%15s %15s %d", verb, name, &number) < 2) {
        return xstrdup(line);
    }
    if (!strcmp(verb, "restart")) {
        if (faulty) {
            audit(w);
        }
        problem = restart(w);
    } else if (!strcmp(verb, "wait")) {
        world_advance(w, atoi(name));
    } else if (!strcmp(verb, "fault")) {
        set_fault(w, name, number);
    } else {
        world_do(w, line);
    }
    free(world_take_trace(w));
    if (problem && *problem) {
        return problem;
    }
    free(problem);
    return look(w, faulty);
}

/* The world before the first step. */
static struct world *
begin(void)
{
    struct world *w = world_create();

    world_do(w, "admission open\nvn n1 open glean=4\nvn n2 id=2");
    for (int i = 1; i <= N_NVES; i++) {
        world_do_format(w, "host h%d", i);
        for (int j = 1; j <= N_VNICS; j++) {
            world_do_format(w, "port h%d v%d %d", i, j, 9 + j);
        }
        for (int j = 1; j <= N_TRUNKS; j++) {
            world_do_format(w, "port h%d t%d %d", i, j, 9 + N_VNICS + j);
        }
    }
    return w;
}

/* Does all of 'lines' but those from 'from' up to 'to'.  Returns the number of
 * the first that ends badly, and stores what is wrong, to be freed, in
 * '*problem' unless that is NULL; or returns the number of lines. */
static size_t
replay_here(const struct svec *lines, size_t from, size_t to, char **problem)
{
    struct world *w = begin();
    bool faulty = false;
    size_t i;

    for (i = 0; i < lines->n; i++) {
        char *complaints;

        if (i >= from && i < to) {
            continue;
        }
        faulty |= !strncmp(lines->names[i], "fault", 5);
        complaints = do_step(w, lines->names[i], faulty);
        if (*complaints) {
            if (problem) {
                *problem = complaints;
            } else {
                free(complaints);
            }
            break;
        }
        free(complaints);
    }
    world_destroy(w);
    return i;
}

/* The same in a process of its own, so that it may crash: then it is not known
 * at which line. */
static size_t
replay_there(const struct svec *lines, size_t from, size_t to)
{
    size_t result = lines->n - 1;
    int fds[2];
    pid_t pid;

    ovs_assert(!pipe(fds));
    fflush(NULL);
    pid = fork();
    if (!pid) {
        result = replay_here(lines, from, to, NULL);
        _exit(write(fds[1], &result, sizeof result) != sizeof result);
    }
    close(fds[1]);
    if (read(fds[0], &result, sizeof result) != sizeof result) {
        result = lines->n - 1;
    }
    close(fds[0]);
    waitpid(pid, NULL, 0);
    return result;
}

static size_t
replay(const struct svec *lines, size_t from, size_t to)
{
    return (getenv("ND_RANDOM_FORK") ? replay_there(lines, from, to)
            : replay_here(lines, from, to, NULL));
}

/* Takes out of 'lines', which end badly, what is not needed for that. */
static void
shorten(struct svec *lines)
{
    for (size_t size = lines->n / 2; size; size /= 2) {
        for (size_t i = 0; i + size <= lines->n; ) {
            size_t last = replay(lines, i, i + size);

            if (last >= lines->n) {
                i += size;
                continue;
            }
            for (size_t j = lines->n; j-- > 0; ) {
                if (j > last || (j >= i && j < i + size)) {
                    free(lines->names[j]);
                    memmove(&lines->names[j], &lines->names[j + 1],
                            (lines->n - j - 1) * sizeof *lines->names);
                    lines->n--;
                }
            }
        }
    }
}

static void
report(uint64_t seed, struct svec *lines)
{
    char *problem = NULL;
    const char *line;
    size_t i;

    printf("\nseed %"PRIu64" ends badly, shortened to:\n", seed);
    shorten(lines);
    SVEC_FOR_EACH (i, line, lines) {
        printf("    %s\n", line);
    }
    fflush(NULL);
    replay_here(lines, 0, 0, &problem);
    printf("%s\n", problem ? problem : "(not again)");
    free(problem);
}

static bool
run_seed(uint64_t seed, int n_steps)
{
    struct svec lines = SVEC_EMPTY_INITIALIZER;
    bool ok;

    state = seed * UINT64_C(0x9e3779b97f4a7c15);
    for (int i = 0; i < n_steps; i++) {
        svec_add_nocopy(&lines, make_step());
    }
    ok = replay(&lines, 0, 0) >= lines.n;
    if (!ok) {
        report(seed, &lines);
    }
    svec_destroy(&lines);
    return ok;
}

static int
number_from_env(const char *name, int default_value)
{
    const char *s = getenv(name);

    return s ? atoi(s) : default_value;
}

static void
test_random(void)
{
    int first = number_from_env("ND_RANDOM_SEED", 1);
    int n_seeds = number_from_env("ND_RANDOM_SEEDS", 4);
    int n_steps = number_from_env("ND_RANDOM_STEPS", 250);

    for (int seed = first; seed < first + n_seeds; seed++) {
        bool ok = run_seed(seed, n_steps);

        CU_ASSERT(ok);
        if (!ok) {
            return;
        }
    }
}

void
suite_random(void)
{
    CU_pSuite suite = CU_add_suite("controller/random", NULL, NULL);

    CU_add_test(suite, "random", test_random);
}
