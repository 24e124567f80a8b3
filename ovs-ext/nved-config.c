/* Copyright (c) 2026 The nDirector Authors.
 * SPDX-License-Identifier: Apache-2.0 */

#include <config.h>
#include "ovs-ext/nved-config.h"

#include <stdlib.h>
#include <string.h>

#include "lib/nvo3-addr.h"
#include "openvswitch/dynamic-string.h"
#include "ovs-ext/nved-keys.h"
#include "packets.h"
#include "smap.h"
#include "util.h"

/* The port on which ndirectord listens unless told otherwise (IANA). */
#define OPENFLOW_PORT "6653"

static char *read_controllers(const struct smap *, const struct svec *remotes,
                              struct svec *);
static char *read_encap_ip(const struct smap *, char **);
static char *read_datapath_type(const struct smap *, char **);
static char *read_hypervisor_db(const struct smap *, char **);

char *
nved_config_parse(const struct smap *ids, const char *hostname,
                  struct nved_config *config)
{
    struct svec remotes = SVEC_EMPTY_INITIALIZER;
    char *error;

    memset(config, 0, sizeof *config);
    error = nved_keys_read_remote(ids, "nvo3-remote",
                                  "set it to the NVO3 database, for example "
                                  "tcp:10.0.0.1:6641",
                                  &config->remote, &remotes);
    if (!error) {
        error = read_encap_ip(ids, &config->encap_ip);
    }
    if (!error) {
        error = read_controllers(ids, &remotes, &config->controllers);
    }
    if (!error) {
        error = nved_keys_read_self(ids, "nvo3-nve-name", hostname, "an NVE",
                                    &config->nve);
    }
    if (!error) {
        error = nved_keys_read_device(ids, "nvo3-bridge", "br-int",
                                      &config->bridge);
    }
    if (!error) {
        error = nved_keys_read_device(ids, "nvo3-tunnel-port",
                                      "nvo3-vxlan0", &config->tunnel_port);
    }
    if (!error) {
        error = read_datapath_type(ids, &config->datapath_type);
    }
    if (!error) {
        error = read_hypervisor_db(ids, &config->hypervisor_db);
    }
    if (!error && !strcmp(config->bridge, config->tunnel_port)) {
        error = xasprintf("external_ids:nvo3-tunnel-port is \"%s\", the name "
                          "of the bridge; choose another",
                          config->tunnel_port);
    }

    svec_destroy(&remotes);
    if (error) {
        nved_config_uninit(config);
    }
    return error;
}

void
nved_config_uninit(struct nved_config *config)
{
    free(config->nve);
    free(config->remote);
    svec_destroy(&config->controllers);
    free(config->bridge);
    free(config->tunnel_port);
    free(config->encap_ip);
    free(config->datapath_type);
    free(config->hypervisor_db);
    memset(config, 0, sizeof *config);
}

bool
nved_config_equals(const struct nved_config *a, const struct nved_config *b)
{
    return (nved_config_same_identity(a, b)
            && svec_equal(&a->controllers, &b->controllers)
            && !strcmp(a->bridge, b->bridge)
            && !strcmp(a->tunnel_port, b->tunnel_port)
            && !strcmp(a->encap_ip, b->encap_ip)
            && nullable_string_is_equal(a->datapath_type, b->datapath_type)
            && nullable_string_is_equal(a->hypervisor_db, b->hypervisor_db));
}

bool
nved_config_same_identity(const struct nved_config *a,
                          const struct nved_config *b)
{
    return !strcmp(a->nve, b->nve) && !strcmp(a->remote, b->remote);
}

static char *
read_controllers(const struct smap *ids, const struct svec *remotes,
                 struct svec *controllers)
{
    const char *remote = remotes->names[0];
    size_t n;

    if (nved_keys_get(ids, "nvo3-controller")) {
        return nved_keys_read_targets(ids, "nvo3-controller", controllers);
    }
    if (remotes->n > 1 || !strncmp(remote, "unix:", 5)) {
        return xstrdup("external_ids:nvo3-controller is not set, and "
                       "nvo3-remote does not name one host to take it from: "
                       "set it to ndirectord, for example "
                       "tcp:10.0.0.1:" OPENFLOW_PORT);
    }
    n = 4 + nved_keys_host_length(remote + 4);
    svec_add_nocopy(controllers,
                    xasprintf("%.*s:" OPENFLOW_PORT, (int) n, remote));
    return NULL;
}

static char *
read_encap_ip(const struct smap *ids, char **encap_ip)
{
    const char *value = nved_keys_get(ids, "nvo3-encap-ip");
    char text[INET6_ADDRSTRLEN];
    struct in6_addr ip;
    char *problem;

    if (!value) {
        return xstrdup("external_ids:nvo3-encap-ip is not set: set it to "
                       "this host's address in the underlay, for example "
                       "192.0.2.1");
    }
    problem = nvo3_endpoint_parse(value, &ip);
    if (problem) {
        char *error = xasprintf("external_ids:nvo3-encap-ip: %s", problem);

        free(problem);
        return error;
    }
    if (!IN6_IS_ADDR_V4MAPPED(&ip)) {
        return nved_keys_bad("nvo3-encap-ip", value,
                             "only IPv4 tunnel endpoints are supported");
    }
    ipv6_string_mapped(text, &ip);
    *encap_ip = xstrdup(text);
    return NULL;
}

static char *
read_datapath_type(const struct smap *ids, char **type)
{
    const char *value = nved_keys_get(ids, "nvo3-datapath-type");

    /* The dummy datapath is Open vSwitch's own, for tests. */
    if (value && strcmp(value, "system") && strcmp(value, "netdev")
        && strcmp(value, "dummy")) {
        return nved_keys_bad("nvo3-datapath-type", value,
                             "write system or netdev");
    }
    *type = nullable_xstrdup(value);
    return NULL;
}

static char *
read_hypervisor_db(const struct smap *ids, char **remote)
{
    struct svec targets = SVEC_EMPTY_INITIALIZER;
    char *error = NULL;

    if (nved_keys_get(ids, "nvo3-hypervisor-db")) {
        error = nved_keys_read_remote(ids, "nvo3-hypervisor-db", NULL, remote,
                                      &targets);
    }
    svec_destroy(&targets);
    return error;
}
