/* Copyright (c) 2026 The nDirector Authors.
 * SPDX-License-Identifier: Apache-2.0 */

#include <config.h>
#include "ovs-ext/tnved-config.h"

#include <stdlib.h>
#include <string.h>

#include "lib/nvo3-addr.h"
#include "ovs-ext/nved-keys.h"
#include "smap.h"
#include "svec.h"
#include "util.h"

static char *read_access_port(const struct smap *, char **);

char *
tnved_config_parse(const struct smap *ids, const char *hostname,
                   struct tnved_config *config)
{
    struct svec targets = SVEC_EMPTY_INITIALIZER;
    char *error;

    memset(config, 0, sizeof *config);
    error = nved_keys_read_remote(ids, "nvo3-nve-remote",
                                  "set it to the database of the external "
                                  "NVE, for example tcp:10.0.0.1:6640",
                                  &config->remote, &targets);
    if (!error) {
        error = nved_keys_read_device(ids, "nvo3-uplink", NULL,
                                      &config->uplink);
    }
    if (!error) {
        error = read_access_port(ids, &config->access_port);
    }
    if (!error) {
        error = nved_keys_read_self(ids, "nvo3-end-device", hostname,
                                    "an end device", &config->end_device);
    }
    if (!error) {
        error = nved_keys_read_device(ids, "nvo3-bridge", "br-int",
                                      &config->bridge);
    }
    if (!error && !strcmp(config->bridge, config->uplink)) {
        error = xasprintf("external_ids:nvo3-uplink is \"%s\", the name of "
                          "the bridge; choose one of its other ports",
                          config->uplink);
    }

    svec_destroy(&targets);
    if (error) {
        tnved_config_uninit(config);
    }
    return error;
}

void
tnved_config_uninit(struct tnved_config *config)
{
    free(config->remote);
    free(config->end_device);
    free(config->access_port);
    free(config->bridge);
    free(config->uplink);
    memset(config, 0, sizeof *config);
}

bool
tnved_config_equals(const struct tnved_config *a,
                    const struct tnved_config *b)
{
    return (tnved_config_same_identity(a, b)
            && !strcmp(a->access_port, b->access_port)
            && !strcmp(a->bridge, b->bridge)
            && !strcmp(a->uplink, b->uplink));
}

bool
tnved_config_same_identity(const struct tnved_config *a,
                           const struct tnved_config *b)
{
    return (!strcmp(a->end_device, b->end_device)
            && !strcmp(a->remote, b->remote));
}

static char *
read_access_port(const struct smap *ids, char **port)
{
    const char *value = nved_keys_get(ids, "nvo3-access-port");

    if (!value) {
        return xstrdup("external_ids:nvo3-access-port is not set: set it to "
                       "the NVE's name for the port that the uplink leads "
                       "to");
    }
    if (!nvo3_name_is_valid(value)) {
        return nved_keys_bad("nvo3-access-port", value, "the name of a port "
                             "is 1 to 255 printable characters");
    }
    *port = xstrdup(value);
    return NULL;
}
