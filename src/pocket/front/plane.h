/*
 * plane: a real HTTP port for each listener of the pocket's load balancers, answered as the targets
 * behind it would at this virtual moment, and one more port that tells what was answered. What is
 * answered is decided by pocket/plane/plane.h; here are sockets and waiting.
 */
#ifndef TOBAN_POCKET_FRONT_PLANE_H
#define TOBAN_POCKET_FRONT_PLANE_H

#include "net/http_server.h"
#include "pocket/address.h"
#include "pocket/front/files.h"
#include "pocket/plane/ports.h"
#include "world/change.h"
#include "world/cloud.h"

struct plane;
struct front_plane;

struct front_plane_options {
    struct http_server *server;
    const struct world *world; /* the simulator's */
    const struct cloud *cloud;
    const char *region, *account;
    const char *host; /* to listen at: "127.0.0.1" */
    uint64_t seed;
    double speed; /* virtual time that passes in a unit of real time */
    /* Brings the pocket up to now and says which virtual millisecond that is. */
    int64_t (*clock)(void *ctx);
    void *clock_ctx;
    /* As in pocket/plane/plane.h. */
    void (*ports)(void *ctx, struct sv ns, struct sv service, struct plane_ports *out);
    void *ports_ctx;
    /* A load balancer of a service has this host name. */
    void (*publish)(void *ctx, struct sv ns, struct sv service, const char *host);
    void *publish_ctx;
    const char *(*address)(const void *ctx, uint32_t pod, char out[static ADDRESS_TEXT_MAX]);
    const void *address_ctx;
};

/* All in the options but the server, which is freed before it, must outlive it. -1: no port is to
 * be had. */
int front_plane_new(const struct front_plane_options *o, struct front_plane **out, struct err *err);
/* NULL-safe. */
void front_plane_free(struct front_plane *f);
/* The load balancers behind the ports. */
struct plane *front_plane_of(struct front_plane *f);

/* A change of the world (for pocket_life_listen; ctx is a struct front_plane). */
void front_plane_changed(void *ctx, const struct world_change *c, int64_t now_ms);
/* Opens ports for load balancers that came since. Cheap when there are none. */
void front_plane_look(struct front_plane *f, int64_t now_ms);

/* In the order in which they were opened. They and their texts are good until the next port is
 * opened. */
const struct front_port *front_plane_ports(const struct front_plane *f, size_t *count);
/* Where GET tells, as JSON, of each load balancer what it answered and how its targets are. */
const char *front_plane_stats_url(const struct front_plane *f);

#endif
