/* ports: what a load balancer wants to know of a Service. Apart from plane.h for those who read the
 * Kubernetes API and know nothing of AWS. */
#ifndef TOBAN_POCKET_PLANE_PORTS_H
#define TOBAN_POCKET_PLANE_PORTS_H

#include <stdint.h>

/* Of its first port. */
struct plane_ports {
    int32_t port, target_port, node_port;
};

#endif
