/* Copyright (c) 2026 The nDirector Authors.
 * SPDX-License-Identifier: Apache-2.0 */

#include <config.h>
#include "ovs-ext/nved-config.h"

#include <ctype.h>
#include <errno.h>
#include <net/if.h>
#include <stdlib.h>
#include <string.h>

#include "lib/nvo3-addr.h"
#include "openvswitch/dynamic-string.h"
#include "packets.h"
#include "smap.h"
#include "util.h"

/* The port on which ndirectord listens unless told otherwise (IANA). */
#define OPENFLOW_PORT "6653"

/* What separates the members of a list in a value. */
#define SEPARATORS ", \t\n"

static char *read_name(const struct smap *, const char *hostname, char **);
static char *read_targets(const struct smap *, const char *key,
                          struct svec *);
static char *read_remote(const struct smap *, char **remote,
                         struct svec *targets);
static char *read_controllers(const struct smap *, const struct svec *remotes,
                              struct svec *);
static char *read_device(const struct smap *, const char *key,
                         const char *def, char **);
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
    error = read_remote(ids, &config->remote, &remotes);
    if (!error) {
        error = read_encap_ip(ids, &config->encap_ip);
    }
    if (!error) {
        error = read_controllers(ids, &remotes, &config->controllers);
    }
    if (!error) {
        error = read_name(ids, hostname, &config->nve);
    }
    if (!error) {
        error = read_device(ids, "nvo3-bridge", "br-int", &config->bridge);
    }
    if (!error) {
        error = read_device(ids, "nvo3-tunnel-port", "nvo3-vxlan0",
                            &config->tunnel_port);
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

/* Returns a message that 'key' of the Open_vSwitch row is 'value', which is
 * wrong, and that 'advice' should be done. */
static char *
bad_value(const char *key, const char *value, const char *advice)
{
    char *quoted = nvo3_quote(value);
    char *error = xasprintf("external_ids:%s is %s: %s", key, quoted, advice);

    free(quoted);
    return error;
}

/* Returns the value of 'key', or NULL if it is absent or empty. */
static const char *
get(const struct smap *ids, const char *key)
{
    const char *value = smap_get(ids, key);

    return value && *value ? value : NULL;
}

static char *
read_name(const struct smap *ids, const char *hostname, char **name)
{
    const char *key = "nvo3-nve-name";
    const char *value = get(ids, key);

    if (!value) {
        key = "system-id";
        value = get(ids, key);
    }
    if (!value) {
        key = "hostname";
        value = get(ids, key);
    }
    if (!value) {
        value = hostname;
    }
    if (!value || !nvo3_name_is_valid(value)) {
        return bad_value(key, value ? value : "",
                         "the name of an NVE is 1 to 255 printable "
                         "characters; set external_ids:nvo3-nve-name");
    }
    *name = xstrdup(value);
    return NULL;
}

/* Returns the length of the host part of 'address', "HOST" or "HOST:PORT"
 * where an IPv6 HOST is in brackets, or 0 if there is none. */
static size_t
host_length(const char *address)
{
    const char *end;

    if (*address != '[') {
        return strcspn(address, ":");
    }
    end = strchr(address, ']');
    return end && end > address + 1 ? (size_t) (end - address) + 1 : 0;
}

static bool
port_is_valid(const char *port)
{
    int value;

    return (isdigit((unsigned char) *port) && str_to_int(port, 10, &value)
            && value > 0 && value < 65536);
}

/* Returns true if 'target' is one that can be connected to. */
static bool
target_is_valid(const char *target)
{
    const char *address;
    size_t n;

    if (!strncmp(target, "unix:", 5)) {
        return target[5] != '\0';
    }
    if (strncmp(target, "tcp:", 4) && strncmp(target, "ssl:", 4)) {
        return false;
    }
    address = target + 4;
    n = host_length(address);
    return n && (!address[n]
                 || (address[n] == ':' && port_is_valid(address + n + 1)));
}

/* Appends the members of the list in 'key', which must be set, to
 * 'targets'. */
static char *
read_targets(const struct smap *ids, const char *key, struct svec *targets)
{
    char *copy = xstrdup(get(ids, key));
    char *error = NULL;
    char *rest = NULL;

    for (char *target = strtok_r(copy, SEPARATORS, &rest); target && !error;
         target = strtok_r(NULL, SEPARATORS, &rest)) {
        if (target_is_valid(target)) {
            svec_add(targets, target);
        } else {
            error = bad_value(key, target, "write tcp:HOST:PORT, "
                              "ssl:HOST:PORT or unix:PATH");
        }
    }
    if (!error && svec_is_empty(targets)) {
        error = bad_value(key, copy, "it names no target");
    }
    svec_sort_unique(targets);
    free(copy);
    return error;
}

static char *
read_remote(const struct smap *ids, char **remote, struct svec *targets)
{
    char *error;

    if (!get(ids, "nvo3-remote")) {
        return xstrdup("external_ids:nvo3-remote is not set: set it to the "
                       "NVO3 database, for example tcp:10.0.0.1:6641");
    }
    error = read_targets(ids, "nvo3-remote", targets);
    if (!error) {
        *remote = svec_join(targets, ",", "");
    }
    return error;
}

static char *
read_controllers(const struct smap *ids, const struct svec *remotes,
                 struct svec *controllers)
{
    const char *remote = remotes->names[0];

    if (get(ids, "nvo3-controller")) {
        return read_targets(ids, "nvo3-controller", controllers);
    }
    if (remotes->n > 1 || !strncmp(remote, "unix:", 5)) {
        return xstrdup("external_ids:nvo3-controller is not set, and "
                       "nvo3-remote does not name one host to take it from: "
                       "set it to ndirectord, for example "
                       "tcp:10.0.0.1:" OPENFLOW_PORT);
    }
    svec_add_nocopy(controllers,
                    xasprintf("%.*s:" OPENFLOW_PORT,
                              4 + (int) host_length(remote + 4), remote));
    return NULL;
}

/* Reads into '*namep' the name of a network device. */
static char *
read_device(const struct smap *ids, const char *key, const char *def,
            char **namep)
{
    const char *name = get(ids, key);

    name = name ? name : def;
    if (strlen(name) >= IFNAMSIZ || strpbrk(name, "/ \t\n")
        || !nvo3_name_is_valid(name)) {
        return bad_value(key, name, "the name of a device has at most 15 "
                         "characters, no space and no slash");
    }
    *namep = xstrdup(name);
    return NULL;
}

static char *
read_encap_ip(const struct smap *ids, char **encap_ip)
{
    const char *value = get(ids, "nvo3-encap-ip");
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
        return bad_value("nvo3-encap-ip", value,
                         "only IPv4 tunnel endpoints are supported");
    }
    ipv6_string_mapped(text, &ip);
    *encap_ip = xstrdup(text);
    return NULL;
}

static char *
read_datapath_type(const struct smap *ids, char **type)
{
    const char *value = get(ids, "nvo3-datapath-type");

    /* The dummy datapath is Open vSwitch's own, for tests. */
    if (value && strcmp(value, "system") && strcmp(value, "netdev")
        && strcmp(value, "dummy")) {
        return bad_value("nvo3-datapath-type", value,
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

    if (get(ids, "nvo3-hypervisor-db")) {
        error = read_targets(ids, "nvo3-hypervisor-db", &targets);
        if (!error) {
            *remote = svec_join(&targets, ",", "");
        }
    }
    svec_destroy(&targets);
    return error;
}
