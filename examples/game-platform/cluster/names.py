"""Names, identities and times as functions of texts, and what every object begins with."""
import hashlib
from datetime import datetime, timedelta, timezone

ACCOUNT, REGION = "123456789012", "ap-northeast-1"


def digest(text, length=64):
    return hashlib.sha256(text.encode()).hexdigest()[:length]


def uid(text):
    d = digest("uid " + text)
    return "-".join((d[:8], d[8:12], "4" + d[13:16], "a" + d[17:20], d[20:32]))


def suffix(text, length):
    """As generated names end: letters and digits that spell no words."""
    letters = "bcdfghjklmnpqrstvwxz2456789"
    return "".join(letters[b % len(letters)] for b in hashlib.sha256(text.encode()).digest()[:length])


def at(text, seconds=0):
    when = datetime.strptime(text, "%Y-%m-%dT%H:%M:%SZ").replace(tzinfo=timezone.utc)
    return (when + timedelta(seconds=seconds)).strftime("%Y-%m-%dT%H:%M:%SZ")


version_counter = [48120031]


def metadata(kind, ns, name, created, labels=None, annotations=None, owner=None, generation=None):
    version_counter[0] += 7
    meta = {}
    if annotations:
        meta["annotations"] = annotations
    meta["creationTimestamp"] = created
    if generation:
        meta["generation"] = generation
    if labels:
        meta["labels"] = labels
    meta["name"] = name
    if ns:
        meta["namespace"] = ns
    if owner:
        api, owner_kind, owner_name = owner
        meta["ownerReferences"] = [
            {
                "apiVersion": api,
                "blockOwnerDeletion": True,
                "controller": True,
                "kind": owner_kind,
                "name": owner_name,
                "uid": uid("%s/%s/%s" % (owner_kind, ns, owner_name)),
            }
        ]
    meta["resourceVersion"] = str(version_counter[0])
    meta["uid"] = uid("%s/%s" % (kind, name) if ns is None else "%s/%s/%s" % (kind, ns, name))
    return meta


def repository(image):
    if "/" in image and "." in image.split("/")[0]:
        return image
    return "%s.dkr.ecr.%s.amazonaws.com/%s" % (ACCOUNT, REGION, image)
