/* service: what the load balancers read from the object of a Service, and write into it. */
#ifndef TOBAN_POCKET_FRONT_SERVICE_H
#define TOBAN_POCKET_FRONT_SERVICE_H

#include "pocket/api.h"
#include "pocket/plane/ports.h"

/* For plane_options.ports; ctx is a struct pocket_api. A target port that is a name counts as the
 * service's own. */
void front_service_ports(void *ctx, struct sv ns, struct sv service, struct plane_ports *out);

/* Writes the host name of its load balancer into the status of a service of type LoadBalancer that
 * has none yet, as the load balancer controller does. ctx as above. */
void front_service_publish(void *ctx, struct sv ns, struct sv service, const char *host);

#endif
