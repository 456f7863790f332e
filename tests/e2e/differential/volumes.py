"""Scenarios of volumes: zones, binding, claims that are missing, limits of attachments, disks in use."""
from differential.filters import scenario
from differential.objects import HOST, claim, csi_node, node, nodes, pod, storage_class, volume, zoned


def zones():
    bound = [volume("pa", on=["a"], claim="one/ca"), claim("ca", volume_name="pa"),
             volume("pl", zone="b", claim="one/cl"), claim("cl", volume_name="pl"),
             volume("pm", zone="a__c", claim="one/cm"), claim("cm", volume_name="pm")]
    yield scenario("volume-zones", "bound volumes keep pods in their zone: by affinity, by label, by several zones",
                   zoned(1) + [node("x0")] + bound,
                   pod("affinity", claims=["ca"]), pod("label", claims=["cl"]), pod("labels", claims=["cm"]),
                   pod("two", claims=["ca", "cm"]), pod("apart", claims=["ca", "cl"]),
                   pod("selector", claims=["ca"], nodeSelector={HOST: "b0"}))
    yield scenario("volume-zone-full", "the zone of the volume has no room, the others cannot help",
                   zoned(1, cpu="1") + bound + [pod("used", "800m", on="a0")],
                   pod("a", "500m", claims=["ca"]), pod("b", "500m", claims=["cl"]))


def binding():
    yield scenario("claims-unusable", "claims that are missing, unbound with immediate binding, or of no class",
                   zoned(1) + [storage_class("now", late=False), claim("waits", "now"), claim("classless")],
                   pod("missing", claims=["nowhere"]), pod("unbound", claims=["waits"]),
                   pod("no-class", claims=["classless"]), pod("mixed", claims=["nowhere", "waits"]))
    late = [storage_class("local"), storage_class("other"),
            volume("l1", on=["a"], cls="local", size="10Gi"), volume("l2", on=["b"], cls="local", size="1Gi"),
            volume("o1", on=["c"], cls="other", size="1Gi")]
    yield scenario("claims-late", "the first consumer decides: volumes by class, size, mode and zone",
                   zoned(1) + late + [claim("big", "local", "5Gi"), claim("small", "local", "1Gi"),
                                      claim("many", "local", mode="ReadWriteMany"), claim("other", "other"),
                                      claim("huge", "local", "50Gi"), claim("left", "local", "1Gi")],
                   pod("huge", claims=["huge"]), pod("many", claims=["many"]), pod("apart", claims=["big", "other"]),
                   pod("big", claims=["big"]), pod("small", claims=["small"]), pod("left", claims=["left"]))
    ebs = "ebs.csi.aws.com"
    yield scenario("claims-provisioned", "a class with a provisioner, and where its topologies allow volumes",
                   zoned(1) + [storage_class("gp3", ebs), storage_class("gp3-ab", ebs, zones=["a", "b"]),
                               storage_class("gp3-x", ebs, zones=["x"]), claim("x", "gp3-x")] +
                   [claim(f"g{i}", "gp3") for i in range(2)] + [claim("ab", "gp3-ab")],
                   pod("nowhere", claims=["x"]), pod("anywhere", claims=["g0"]), pod("ab", claims=["ab"]),
                   pod("again", claims=["ab"]), pod("two", claims=["g0", "g1"]))


def in_use():
    disk = {"awsElasticBlockStore": {"volumeID": "vol-1"}}

    def mounts(name, source, **more):
        return pod(name, volumes=[{"name": "v", **source}], **more)
    yield scenario("volume-in-use", "the same in-tree disk twice on one node",
                   nodes(2) + [mounts("first", disk, on="n0")],
                   mounts("second", disk), mounts("third", disk),
                   mounts("other", {"awsElasticBlockStore": {"volumeID": "vol-2"}}))


def limits():
    made = [csi_node("n0", 1), csi_node("n1", 2), csi_node("n2", None)]
    made[2]["spec"]["drivers"][0].pop("allocatable")
    objects = nodes(3)[:2] + made[:2] + [o for i in range(6) for o in (
        volume(f"p{i}", claim=f"one/c{i}"), claim(f"c{i}", volume_name=f"p{i}"))]
    objects += [pod("u0", on="n0", claims=["c0"])]
    yield scenario("volume-limits", "unique volumes of the pods on a node against the driver's count", objects,
                   pod("second", claims=["c1"]), pod("same", claims=["c0"]), pod("third", claims=["c2"]),
                   pod("fourth", claims=["c3"]), pod("shared", claims=["c1", "c2"]), pod("none"))
    free = nodes(3)[:2] + [made[0]] + objects[4:]
    yield scenario("volume-unlimited", "a node whose driver has not registered takes any number", free,
                   pod("a", claims=["c1"]), pod("b", claims=["c2", "c3"]), pod("c", claims=["c4", "c5"], nodeSelector={
                       HOST: "n0"}))


def all_scenarios():
    for part in (zones, binding, in_use, limits):
        yield from part()
