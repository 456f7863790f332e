/* address: the addresses that nodes and pods of the pocket have, which follow from their places in
 * the world. One formula for the objects, the machines and the load balancers. */
#ifndef TOBAN_POCKET_ADDRESS_H
#define TOBAN_POCKET_ADDRESS_H

#include "base/sv.h"

#include <stdio.h>

#define ADDRESS_TEXT_MAX 16

/* Writes "10.0.1.7" for the node at this index; returns out. */
static inline const char *address_of_node(uint32_t node, char out[static ADDRESS_TEXT_MAX])
{
    snprintf(out, ADDRESS_TEXT_MAX, "10.0.%u.%u", node >> 8 & 255, node & 255);
    return out;
}

/* The same for a node with this name: one that is named after its address, as EC2 does by default
 * ("ip-10-0-1-7.eu-west-1.compute.internal"), has that address. */
static inline const char *address_of_node_named(struct sv name, uint32_t node,
                                                char out[static ADDRESS_TEXT_MAX])
{
    unsigned n[4];
    char head[20];
    snprintf(head, sizeof head, "%.*s", SV_ARG(name));
    if (sscanf(head, "ip-%3u-%3u-%3u-%3u", &n[0], &n[1], &n[2], &n[3]) != 4 || n[0] > 255 ||
        n[1] > 255 || n[2] > 255 || n[3] > 255)
        return address_of_node(node, out);
    snprintf(out, ADDRESS_TEXT_MAX, "%u.%u.%u.%u", n[0] & 255, n[1] & 255, n[2] & 255, n[3] & 255);
    return out;
}

/* Writes "10.64.1.7" for the pod at this index, when it is not in its host's network; returns
 * out. */
static inline const char *address_of_pod(uint32_t pod, char out[static ADDRESS_TEXT_MAX])
{
    snprintf(out, ADDRESS_TEXT_MAX, "10.%u.%u.%u", 64 + (pod >> 16 & 127), pod >> 8 & 255,
             pod & 255);
    return out;
}

#endif
