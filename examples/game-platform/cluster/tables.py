"""The example platform as it ran on 2024-06-11: what generate makes the cluster of.

A game company's cluster two years after the manifests in apps/: on 1.28, its game servers on one
node group made in 2023 that has to be replaced. It has grown the traps that such clusters have; each
is named where it is.
"""

CLUSTER = "prod-apne1"
NOW = "2024-06-11T05:00:00Z"
TEMPLATE = "lt-0a61c7d2f95b3e804"

# Subnets of /22 that the load-test fleet, which is no part of the cluster, lives in too: few addresses are
# left, and the VPC CNI takes 30 for each m5.xlarge.
ZONES = {
    "ap-northeast-1a": {"net": "10.40.16", "subnet": "subnet-0a4f1c92be7d30651", "free": 19, "next": 10, "pods": 0},
    "ap-northeast-1c": {"net": "10.40.20", "subnet": "subnet-0c81e5a3906fd27b4", "free": 24, "next": 10, "pods": 0},
    "ap-northeast-1d": {"net": "10.40.24", "subnet": "subnet-0d27b96e41c8a05f3", "free": 21, "next": 10, "pods": 0},
}

POOL = "platform.example.com/pool"
INFRA_TAINT = {"effect": "NoSchedule", "key": POOL, "value": "infra"}

GROUPS = {
    "game-2023": {
        "count": 18,
        "min": 6,
        "max": 30,
        "type": "m5.xlarge",
        "cpu": "4",
        "cpu_left": "3920m",
        # 16 GiB less 868 MiB of kernel and hypervisor; then less 255 + 11 x 58 + 100 MiB
        "memory": "15888384Ki",
        "memory_left": "14871552Ki",
        "pods": 58,
        "labels": {POOL: "games"},
        "image": "ami-0b5c74e235ed808b9",
        "release": "1.28.5-20240110",
        "version": "v1.28.5-eks-5e0fdde",
        "kernel": "5.10.205-195.804.amzn2.x86_64",
        "created": "2024-01-18T02:10:05Z",
    },
    "infra": {
        "count": 6,
        "min": 3,
        "max": 9,
        "type": "m6i.large",
        "cpu": "2",
        "cpu_left": "1930m",
        "memory": "7973888Ki",
        "memory_left": "7283712Ki",
        "pods": 29,
        "taints": [INFRA_TAINT],
        "labels": {POOL: "infra"},
        "image": "ami-0f9d3e6a1b7c52840",
        "release": "1.28.8-20240506",
        "version": "v1.28.8-eks-ae9a62a",
        "kernel": "5.10.215-203.850.amzn2.x86_64",
        "created": "2024-05-14T01:31:44Z",
    },
}

NAMESPACES = {
    "data": {},
    "games": {"elbv2.k8s.aws/pod-readiness-gate-inject": "enabled", "platform.example.com/team": "games"},
    "kube-system": {},
    "logging": {},
    "matchmaking": {"platform.example.com/team": "games"},
    "monitoring": {},
    "payments": {"platform.example.com/pci": "true", "platform.example.com/team": "payments"},
    "social": {"platform.example.com/team": "social"},
}

PRIORITIES = {
    "batch-filler": (-10, "Never"),
    "game-session": (100000, "PreemptLowerPriority"),
    "system-cluster-critical": (2000000000, "PreemptLowerPriority"),
    "system-node-critical": (2000001000, "PreemptLowerPriority"),
}
PRIORITY_TEXTS = {
    "batch-filler": "Recounts and the like: only where there is room.",
    "game-session": "Players are connected.",
    "system-cluster-critical": "Used for system critical pods that must run in the cluster, but can be moved to another node if necessary.",
    "system-node-critical": "Used for system critical pods that must not be moved from their current node.",
}

EVERYWHERE = [{"operator": "Exists"}]
INFRA = {
    "group": "infra",
    "selector": {POOL: "infra"},
    "tolerations": [{"effect": "NoSchedule", "key": POOL, "operator": "Equal", "value": "infra"}],
}
EKS = "602401143452.dkr.ecr.ap-northeast-1.amazonaws.com/"


def app(name, **more):
    return {"app": name, **more}


def apart(name, key):
    """Pods of one app never share a node or zone."""
    term = {"labelSelector": {"matchLabels": {"app": name}}, "topologyKey": key}
    return {"podAntiAffinity": {"requiredDuringSchedulingIgnoredDuringExecution": [term]}}


DAEMON_SETS = [
    {
        "ns": "kube-system",
        "name": "aws-node",
        "labels": app("aws-node"),
        "host_network": True,
        "tolerations": EVERYWHERE,
        "priority": "system-node-critical",
        "account": "aws-node",
        "grace": 10,
        "containers": [
            {
                "name": "aws-node",
                "image": EKS + "amazon-k8s-cni:v1.13.4",
                "cpu": "25m",
                "size": 45,
                "mounts": [("cni-bin-dir", "/host/opt/cni/bin")],
            }
        ],
        "volumes": [("cni-bin-dir", ("host", "/opt/cni/bin"))],
    },
    {
        "ns": "kube-system",
        "name": "kube-proxy",
        "labels": app("kube-proxy"),
        "host_network": True,
        "tolerations": EVERYWHERE,
        "priority": "system-node-critical",
        "account": "kube-proxy",
        "containers": [
            {
                "name": "kube-proxy",
                "image": EKS + "eks/kube-proxy:v1.28.4-minimal-eksbuild.1",
                "cpu": "100m",
                "size": 32,
            }
        ],
    },
    {
        "ns": "kube-system",
        "name": "ebs-csi-node",
        "labels": app("ebs-csi-node"),
        "tolerations": EVERYWHERE,
        "priority": "system-node-critical",
        "account": "ebs-csi-node-sa",
        "containers": [
            {
                "name": "ebs-plugin",
                "image": EKS + "eks/aws-ebs-csi-driver:v1.28.0",
                "cpu": "10m",
                "mem": "40Mi",
                "limit": "256Mi",
                "size": 31,
                "privileged": True,
                "prestop": ["/bin/aws-ebs-csi-driver", "pre-stop-hook"],
                "mounts": [("kubelet-dir", "/var/lib/kubelet")],
            },
            {
                "name": "node-driver-registrar",
                "image": EKS + "eks/csi-node-driver-registrar:v2.10.0-eks-1-29-5",
                "cpu": "10m",
                "mem": "40Mi",
                "size": 11,
            },
        ],
        "volumes": [("kubelet-dir", ("host", "/var/lib/kubelet"))],
    },
    {
        "ns": "logging",
        "name": "fluent-bit",
        "labels": app("fluent-bit"),
        "tolerations": EVERYWHERE,
        "account": "fluent-bit",
        "containers": [
            {
                "name": "fluent-bit",
                "image": "public.ecr.aws/aws-observability/aws-for-fluent-bit:2.32.0",
                "cpu": "100m",
                "mem": "100Mi",
                "limit": "200Mi",
                "size": 118,
                "mounts": [("varlog", "/var/log")],
            }
        ],
        "volumes": [("varlog", ("host", "/var/log"))],
    },
]

ZONE_NAMES = list(ZONES)

STATEFUL_SETS = [
    {
        "ns": "data",
        "name": "kafka",
        "labels": app("kafka"),
        "replicas": 3,
        "zones": ZONE_NAMES,
        "grace": 120,
        "affinity": apart("kafka", "topology.kubernetes.io/zone"),
        "made": "2023-11-02T02:40:00Z",
        "created": "2024-01-18T03:22:10Z",
        "start": 22,
        # kafka-2 came back this morning: its events tell how long an attachment takes here
        "recent": 2,
        "recent_at": "2024-06-11T04:12:31Z",
        "containers": [
            {
                "name": "kafka",
                "image": "data/kafka:3.6.1-4",
                "cpu": "1500m",
                "mem": "6Gi",
                "limit": "8Gi",
                "port": 9092,
                "size": 410,
                "ready": ("/opt/kafka/bin/ready.sh", 30, 10),
                "mounts": [("data", "/var/lib/kafka")],
            }
        ],
        "claims": [("data", "500Gi", False)],
    },
    {
        "ns": "data",
        "name": "redis",
        "labels": app("redis"),
        "replicas": 3,
        "zones": ZONE_NAMES,
        "affinity": apart("redis", "kubernetes.io/hostname"),
        "made": "2023-11-02T02:41:00Z",
        "created": "2024-01-18T03:25:40Z",
        "containers": [
            {
                "name": "redis",
                "image": "data/redis:7.2.4",
                "cpu": "500m",
                "mem": "3Gi",
                "limit": "4Gi",
                "port": 6379,
                "size": 52,
                "ready": ("/usr/local/bin/ready.sh", 5, 5),
                "mounts": [("data", "/data")],
            }
        ],
        "claims": [("data", "20Gi", False)],
    },
    {
        # Made before the CSI driver: its volumes are of the in-tree kind.
        "ns": "payments",
        "name": "postgres",
        "labels": app("postgres"),
        "replicas": 2,
        "zones": ZONE_NAMES[:2],
        "grace": 90,
        "priority": "game-session",
        "made": "2023-11-02T02:42:00Z",
        "created": "2024-01-18T03:31:00Z",
        "start": 18,
        "containers": [
            {
                "name": "postgres",
                "image": "data/postgres:15.6-2",
                "cpu": "1500m",
                "mem": "4Gi",
                "limit": "6Gi",
                "port": 5432,
                "size": 160,
                "ready": ("pg_isready -U postgres", 15, 10),
                "mounts": [("data", "/var/lib/postgresql/data")],
            }
        ],
        "claims": [("data", "100Gi", True)],
    },
    {
        "ns": "games",
        "name": "citadel-world",
        "labels": app("citadel-world", tier="game"),
        "replicas": 3,
        "zones": ZONE_NAMES,
        "management": "Parallel",
        # A siege is not interrupted: half an hour of grace, used up by a hook that toban cannot read.
        "grace": 1800,
        "priority": "game-session",
        "made": "2023-11-02T02:43:00Z",
        "created": "2024-01-18T03:40:12Z",
        "containers": [
            {
                "name": "world",
                "image": "games/citadel:2024.5.1",
                "cpu": "1500m",
                "mem": "6Gi",
                "limit": "8Gi",
                "port": 8080,
                "size": 890,
                "prestop": ["/app/hand-over", "--wait"],
                "ready": ("/ready", 20, 5),
                "mounts": [("world", "/world")],
            }
        ],
        "claims": [("world", "50Gi", False)],
    },
    {
        "ns": "monitoring",
        "name": "prometheus",
        "labels": app("prometheus"),
        "replicas": 1,
        "zones": ZONE_NAMES[2:],
        "grace": 600,
        **INFRA,
        "made": "2023-11-02T02:44:00Z",
        "created": "2024-05-14T02:02:09Z",
        "containers": [
            {
                "name": "prometheus",
                "image": "quay.io/prometheus/prometheus:v2.51.1",
                "cpu": "500m",
                "mem": "2Gi",
                "limit": "3Gi",
                "port": 9090,
                "size": 104,
                "ready": ("/-/ready", 0, 5),
                "mounts": [("tsdb", "/prometheus")],
            }
        ],
        "claims": [("tsdb", "200Gi", False)],
    },
]

DEPLOYMENTS = [
    {
        # Behind a network load balancer with IP targets, without preStop: connections break.
        "ns": "games",
        "name": "lobby",
        "labels": app("lobby", tier="edge"),
        "replicas": 6,
        "created": "2024-06-11T04:33:02Z",
        "recent": True,
        "start": 9,
        "priority": "game-session",
        "gate": "k8s-games-lobby-9d1b0c6f2e",
        "containers": [
            {
                "name": "lobby",
                "image": "games/lobby:2024.6.2",
                "cpu": "500m",
                "mem": "1Gi",
                "limit": "1536Mi",
                "port": 8080,
                "size": 210,
                "ready": ("/ready", 5, 5),
            }
        ],
    },
    {
        # The same with preStop, as it should be.
        "ns": "games",
        "name": "match-gateway",
        "labels": app("match-gateway", tier="edge"),
        "replicas": 4,
        "created": "2024-05-28T06:00:40Z",
        "grace": 120,
        "priority": "game-session",
        "gate": "k8s-games-matchgat-41a7e3d850",
        "containers": [
            {
                "name": "gateway",
                "image": "games/match-gateway:2024.5.4",
                "cpu": "500m",
                "mem": "768Mi",
                "limit": "1Gi",
                "port": 7000,
                "size": 180,
                "prestop": ["/bin/sleep", "75"],
                "ready": ("/ready", 3, 5),
            }
        ],
    },
    {
        # Rooms play to their end: long grace, and never moved for a scale-down.
        "ns": "games",
        "name": "match",
        "labels": app("match", tier="game"),
        "replicas": 10,
        "created": "2024-06-04T05:30:00Z",
        "grace": 900,
        "start": 11,
        "priority": "game-session",
        "annotations": {"cluster-autoscaler.kubernetes.io/safe-to-evict": "false"},
        "containers": [
            {
                "name": "match",
                "image": "games/match:2024.6.0",
                "cpu": "1",
                "mem": "2Gi",
                "limit": "3Gi",
                "port": 7777,
                "size": 640,
                "prestop": ["/bin/sh", "-c", "sleep 300"],
                "ready": ("/ready", 10, 5),
            }
        ],
    },
    {
        # One replica and a budget of one: nothing may ever move it.
        "ns": "games",
        "name": "match-coordinator",
        "labels": app("match-coordinator"),
        "replicas": 1,
        "created": "2024-03-12T07:15:22Z",
        "strategy": {"type": "Recreate"},
        "containers": [
            {
                "name": "coordinator",
                "image": "games/coordinator:2024.3.0",
                "cpu": "250m",
                "mem": "512Mi",
                "port": 8080,
                "size": 150,
                "ready": ("/ready", 10, 5),
            }
        ],
    },
    {
        # A label value that only the old group's nodes have.
        "ns": "games",
        "name": "replay-encoder",
        "labels": app("replay-encoder"),
        "replicas": 2,
        "created": "2024-02-20T03:00:00Z",
        "selector": {"eks.amazonaws.com/nodegroup": "game-2023"},
        "containers": [
            {
                "name": "encoder",
                "image": "games/replay-encoder:2024.2.1",
                "cpu": "2",
                "mem": "3Gi",
                "limit": "4Gi",
                "size": 520,
                "mounts": [("scratch", "/scratch")],
            }
        ],
        "volumes": [("scratch", ("empty", None))],
    },
    {
        # The licence is for one machine.
        "ns": "games",
        "name": "anti-cheat",
        "labels": app("anti-cheat"),
        "replicas": 1,
        "created": "2024-01-18T04:02:00Z",
        "on": 4,
        "affinity": {
            "nodeAffinity": {
                "requiredDuringSchedulingIgnoredDuringExecution": {
                    "nodeSelectorTerms": [
                        {
                            "matchExpressions": [
                                {
                                    "key": "kubernetes.io/hostname",
                                    "operator": "In",
                                    "values": ["ip-10-40-20-16.ap-northeast-1.compute.internal"],
                                }
                            ]
                        }
                    ]
                }
            }
        },
        "containers": [
            {
                "name": "anti-cheat",
                "image": "games/anti-cheat:5.2",
                "cpu": "500m",
                "mem": "1Gi",
                "port": 9443,
                "size": 330,
            }
        ],
    },
    {
        # Hard spread by hostname: emptied old nodes count until they are deleted, so a new node takes one each,
        # and there are more of these pods than nodes.
        "ns": "matchmaking",
        "name": "matchmaker",
        "labels": app("matchmaker"),
        "replicas": 20,
        "created": "2024-05-30T02:20:18Z",
        "apart": True,
        "selector": {POOL: "games"},
        "grace": 60,
        "spread": [
            {
                "labelSelector": {"matchLabels": {"app": "matchmaker"}},
                "maxSkew": 1,
                "topologyKey": "kubernetes.io/hostname",
                "whenUnsatisfiable": "DoNotSchedule",
            }
        ],
        "containers": [
            {
                "name": "matchmaker",
                "image": "games/matchmaker:2024.5.2",
                "cpu": "150m",
                "mem": "512Mi",
                "limit": "768Mi",
                "port": 8080,
                "size": 240,
                "ready": ("/ready", 15, 5),
            }
        ],
    },
    {
        "ns": "social",
        "name": "leaderboard",
        "labels": app("leaderboard"),
        "replicas": 4,
        "created": "2024-06-11T04:21:45Z",
        "recent": True,
        "start": 7,
        "spread": [
            {
                "labelSelector": {"matchLabels": {"app": "leaderboard"}},
                "maxSkew": 1,
                "topologyKey": "topology.kubernetes.io/zone",
                "whenUnsatisfiable": "ScheduleAnyway",
            }
        ],
        "containers": [
            {
                "name": "leaderboard",
                "image": "social/leaderboard:4.2.0",
                "cpu": "500m",
                "mem": "512Mi",
                "port": 8080,
                "size": 130,
                "ready": ("/healthz", 5, 10),
            }
        ],
    },
    {
        # Two budgets on the same pods: every eviction is refused with an internal error.
        "ns": "social",
        "name": "chat",
        "labels": app("chat", tier="realtime"),
        "replicas": 3,
        "created": "2024-04-16T08:44:10Z",
        "grace": 60,
        "containers": [
            {
                "name": "chat",
                "image": "social/chat:3.0.7",
                "cpu": "250m",
                "mem": "512Mi",
                "port": 8080,
                "size": 140,
                "prestop": ["/bin/sleep", "20"],
                "ready": ("/ready", 5, 5),
            }
        ],
    },
    {
        # One of two is broken for weeks, so the budget allows nothing.
        "ns": "social",
        "name": "translator",
        "labels": app("translator"),
        "replicas": 2,
        "created": "2024-05-21T09:09:09Z",
        "crash": True,
        "containers": [
            {
                "name": "translator",
                "image": "social/translator:0.9.3",
                "cpu": "250m",
                "mem": "1Gi",
                "limit": "1Gi",
                "port": 8080,
                "size": 700,
                "ready": ("/ready", 5, 10),
            }
        ],
    },
    {
        # Its preStop hook sleeps as long as its whole grace: it is killed while requests still end.
        "ns": "payments",
        "name": "payments",
        "labels": app("payments"),
        "replicas": 3,
        "created": "2024-05-07T01:30:00Z",
        "apart": True,
        "min_ready": 10,
        "priority": "game-session",
        "affinity": apart("payments", "kubernetes.io/hostname"),
        "containers": [
            {
                "name": "payments",
                "image": "payments/payments:1.44.1",
                "cpu": "500m",
                "mem": "768Mi",
                "limit": "1Gi",
                "port": 8443,
                "size": 260,
                "prestop": ["/bin/sleep", "30"],
                "ready": ("/ready", 10, 5),
            }
        ],
    },
    {
        "ns": "games",
        "name": "content-sync",
        "labels": app("content-sync"),
        "replicas": 2,
        "created": "2024-03-05T04:00:00Z",
        "init": [{"name": "seed", "image": "games/content-sync:1.8.0", "size": 90, "mounts": [("cache", "/cache")]}],
        "containers": [
            {
                "name": "sync",
                "image": "games/content-sync:1.8.0",
                "cpu": "250m",
                "mem": "256Mi",
                "size": 90,
                "mounts": [("cache", "/cache")],
            }
        ],
        "volumes": [("cache", ("empty", None))],
    },
    {
        "ns": "kube-system",
        "name": "coredns",
        "labels": app("coredns"),
        "replicas": 2,
        "created": "2024-05-14T01:58:00Z",
        **INFRA,
        "priority": "system-cluster-critical",
        "apart": True,
        "account": "coredns",
        "containers": [
            {
                "name": "coredns",
                "image": EKS + "eks/coredns:v1.10.1-eksbuild.7",
                "cpu": "100m",
                "mem": "70Mi",
                "limit": "170Mi",
                "port": 8181,
                "size": 16,
                "ready": ("/ready", 0, 10),
            }
        ],
    },
    {
        "ns": "kube-system",
        "name": "ebs-csi-controller",
        "labels": app("ebs-csi-controller"),
        "replicas": 2,
        "created": "2024-05-14T01:59:00Z",
        **INFRA,
        "priority": "system-cluster-critical",
        "apart": True,
        "account": "ebs-csi-controller-sa",
        "containers": [
            {
                "name": "ebs-plugin",
                "image": EKS + "eks/aws-ebs-csi-driver:v1.28.0",
                "cpu": "60m",
                "mem": "240Mi",
                "limit": "512Mi",
                "port": 9808,
                "size": 31,
                "ready": ("/healthz", 10, 10),
            }
        ],
    },
    {
        "ns": "kube-system",
        "name": "aws-load-balancer-controller",
        "labels": app("aws-load-balancer-controller"),
        "replicas": 2,
        "created": "2024-05-14T02:00:00Z",
        **INFRA,
        "priority": "system-cluster-critical",
        "grace": 10,
        "account": "aws-load-balancer-controller",
        "containers": [
            {
                "name": "controller",
                "image": EKS + "amazon/aws-load-balancer-controller:v2.7.2",
                "cpu": "100m",
                "mem": "128Mi",
                "port": 61779,
                "size": 28,
                "ready": ("/readyz", 10, 10),
            }
        ],
    },
    {
        "ns": "kube-system",
        "name": "cluster-autoscaler",
        "labels": app("cluster-autoscaler"),
        "replicas": 1,
        "created": "2024-05-14T02:01:00Z",
        **INFRA,
        "priority": "system-cluster-critical",
        "account": "cluster-autoscaler",
        "annotations": {"cluster-autoscaler.kubernetes.io/safe-to-evict": "false"},
        "containers": [
            {
                "name": "cluster-autoscaler",
                "image": "registry.k8s.io/autoscaling/cluster-autoscaler:v1.28.2",
                "cpu": "100m",
                "mem": "600Mi",
                "limit": "600Mi",
                "size": 30,
            }
        ],
    },
    {
        "ns": "kube-system",
        "name": "metrics-server",
        "labels": app("metrics-server"),
        "replicas": 1,
        "created": "2024-05-14T02:01:30Z",
        **INFRA,
        "priority": "system-cluster-critical",
        "account": "metrics-server",
        "containers": [
            {
                "name": "metrics-server",
                "image": "registry.k8s.io/metrics-server/metrics-server:v0.7.1",
                "cpu": "100m",
                "mem": "200Mi",
                "port": 10250,
                "size": 20,
                "ready": ("/readyz", 20, 10),
            }
        ],
    },
]

# Minutes since 1970 in the Jobs' names, as the CronJob controller counts: 04:40 has ended, 04:50 still runs.
CRON_JOBS = [
    {
        "ns": "social",
        "name": "rank-recount",
        "labels": app("rank-recount"),
        "schedule": "*/10 * * * *",
        "restart": "Never",
        "priority": "batch-filler",
        "runs": [(28634680, False), (28634690, True)],
        "containers": [
            {"name": "recount", "image": "social/leaderboard:4.2.0", "cpu": "500m", "mem": "512Mi", "size": 130}
        ],
    },
    {
        "ns": "social",
        "name": "season-rollover",
        "labels": app("season-rollover"),
        "schedule": "0 19 1 */3 *",
        "restart": "Never",
        "runs": [],
        "containers": [
            {"name": "rollover", "image": "social/leaderboard:4.2.0", "cpu": "1", "mem": "1Gi", "size": 130}
        ],
    },
]

# Started by hand one evening, and nobody dares to stop it: nobody would start it again either.
BARE_PODS = [
    {
        "ns": "games",
        "name": "map-import",
        "labels": {"run": "map-import"},
        "restart": "Never",
        "created": "2024-06-07T10:48:31Z",
        "containers": [
            {"name": "map-import", "image": "games/map-tools:0.3", "cpu": "500m", "mem": "1Gi", "size": 300}
        ],
    }
]

AUTOSCALERS = [("social", "leaderboard", 4, 20, 4)]

BUDGETS = [
    ("data", "kafka", app("kafka"), "maxUnavailable", 1),
    ("data", "redis", app("redis"), "maxUnavailable", 1),
    ("games", "citadel-world", app("citadel-world"), "maxUnavailable", 1),
    ("games", "lobby", app("lobby"), "maxUnavailable", "20%"),
    ("games", "match", app("match"), "maxUnavailable", 2),
    ("games", "match-coordinator", app("match-coordinator"), "minAvailable", 1),
    ("games", "match-gateway", app("match-gateway"), "minAvailable", "75%"),
    ("games", "skirmish", app("skirmish"), "maxUnavailable", 1),  # its workload went away in 2023
    ("kube-system", "coredns", app("coredns"), "maxUnavailable", 1),
    ("kube-system", "ebs-csi-controller", app("ebs-csi-controller"), "maxUnavailable", 1),
    ("matchmaking", "matchmaker", app("matchmaker"), "maxUnavailable", "25%"),
    ("payments", "payments", app("payments"), "minAvailable", 2),
    ("payments", "postgres", app("postgres"), "maxUnavailable", 1),
    ("social", "chat", app("chat"), "maxUnavailable", 1),
    ("social", "leaderboard", app("leaderboard"), "minAvailable", "50%"),
    ("social", "realtime", {"tier": "realtime"}, "minAvailable", "50%"),
    ("social", "translator", app("translator"), "minAvailable", 1),
]

NLB = {
    "service.beta.kubernetes.io/aws-load-balancer-nlb-target-type": "ip",
    "service.beta.kubernetes.io/aws-load-balancer-scheme": "internet-facing",
    "service.beta.kubernetes.io/aws-load-balancer-type": "external",
}
SERVICES = [
    ("games", "lobby", app("lobby"), 443, 8080, {"kind": "LoadBalancer", "annotations": NLB}),
    ("games", "match-gateway", app("match-gateway"), 7000, 7000, {"kind": "LoadBalancer", "annotations": NLB}),
    ("games", "citadel-world", app("citadel-world"), 8080, 8080, {"headless": True}),
    ("games", "match-coordinator", app("match-coordinator"), 80, 8080, {}),
    ("matchmaking", "matchmaker", app("matchmaker"), 80, 8080, {}),
    ("social", "leaderboard", app("leaderboard"), 80, 8080, {}),
    ("social", "chat", app("chat"), 80, 8080, {}),
    ("social", "translator", app("translator"), 80, 8080, {}),
    ("payments", "payments", app("payments"), 443, 8443, {}),
    ("payments", "postgres", app("postgres"), 5432, 5432, {"headless": True}),
    ("data", "kafka", app("kafka"), 9092, 9092, {"headless": True}),
    ("data", "redis", app("redis"), 6379, 6379, {"headless": True}),
]
INGRESSES = [("payments", "payments", "pay.games.example.com", "payments")]

# name, namespace, app, port, deregistration delay, health check interval, healthy threshold
TARGET_GROUPS = [
    ("k8s-games-lobby-9d1b0c6f2e", "games", "lobby", 8080, 300, 10, 3),
    ("k8s-games-matchgat-41a7e3d850", "games", "match-gateway", 7000, 60, 10, 3),
    ("k8s-payments-payments-7c20f19ab4", "payments", "payments", 8443, 30, 15, 2),
]


def mend():
    """Takes the traps out that stop the replacement: what the team does after the first rehearsal."""
    BARE_PODS.clear()
    BUDGETS[:] = [b for b in BUDGETS if b[1] not in ("match-coordinator", "realtime")]
    mended = {d["name"]: d for d in DEPLOYMENTS}
    mended["replay-encoder"]["selector"] = {POOL: "games"}
    del mended["anti-cheat"]["affinity"]
    del mended["translator"]["crash"]
    mended["matchmaker"]["spread"][0]["nodeTaintsPolicy"] = "Honor"
    mend_traffic(mended)
    for zone in ZONES.values():  # the fleet has moved
        zone["free"] += 600


def mend_traffic(mended):
    """No request is lost when a pod behind a load balancer goes: it stays until nobody sends to it."""
    mended["lobby"]["containers"][0]["prestop"] = ["/bin/sleep", "45"]
    mended["lobby"]["grace"] = 90
    mended["payments"]["grace"] = 60
    mended["payments"]["gate"] = TARGET_GROUPS[2][0]
    NAMESPACES["payments"]["elbv2.k8s.aws/pod-readiness-gate-inject"] = "enabled"
    TARGET_GROUPS[0] = TARGET_GROUPS[0][:4] + (30,) + TARGET_GROUPS[0][5:]
