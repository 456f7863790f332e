/*
 * furnish: what controllers put into every namespace as soon as it is there: its default account
 * and the certificate of the API's authority.
 */
#ifndef TOBAN_POCKET_FRONT_FURNISH_H
#define TOBAN_POCKET_FRONT_FURNISH_H

#include "pocket/api.h"

/* Makes in a namespace what is missing of it. ca: PEM. */
void front_furnish(struct pocket_api *api, struct sv ns, struct sv ca);
/* As above, in all namespaces. */
void front_furnish_all(struct pocket_api *api, struct sv ca);

#endif
