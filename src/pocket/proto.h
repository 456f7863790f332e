/*
 * proto: objects in Kubernetes' protobuf form ("k8s\0" and a runtime.Unknown), which new clients
 * send, read into the same trees as JSON gives.
 *
 * Numbers of fields come from the table of fields; what the table does not know is left out, as a
 * server of an older version does. Only reading: answers go out as JSON, which every client takes.
 */
#ifndef TOBAN_POCKET_PROTO_H
#define TOBAN_POCKET_PROTO_H

#include "base/err.h"
#include "pocket/value.h"

/* True when the bytes begin as such an object does. */
bool proto_is(struct sv body);
/* The object with its apiVersion and kind; NULL with ERR_INPUT when the bytes are cut off or wrong,
 * ERR_NOT_FOUND when its kind is in no table. */
struct doc_node *proto_parse(struct arena *a, struct sv body, struct err *err);

#endif
