"""Where the pocket (1.31) answers otherwise than a real control plane of 1.20.2, and why. Each is told in docs/sim.md too."""
import collections

Difference = collections.namedtuple("Difference", "why steps parts versions")
ALL = ("code", "output", "error")


def row(why, steps, parts=ALL, versions=None):
    return Difference(why, steps.split(), parts, versions.split() if versions else None)


LIST = [
    row("The nodes of the real cluster have no kubelet that serves logs and commands; what the pocket answers is EXPECTED.",
        "logs logs-tail logs-deploy exec exec-code exec-missing attach"),
    row("Bindings and ComponentStatuses are no objects that are kept.", "resources-core", ("output",)),
    row("1.20 has no OpenAPI v3, from which newer clients explain; the pocket knows fields of 1.31, and describes none.",
        "explain-field explain-deep explain-none custom-explain", ("output",)),
    row("Since 1.25 the server checks fields and warns of unknown ones; before, kubectl did, in words of its own.",
        "unknown-field custom-missing custom-unknown", ("error",)),
    row("Since 1.23 a patch that cannot be read is a bad request.", "patch-bad-json", ("error",)),
    row("The message quotes the whole object, whose fields have another order.", "patch-bad-type", ("error",)),
    row("Which containers a quota misses something of is told since 1.24.", "quota-silent", ("error",)),
    row("The list of fields that may change grew; the real one adds a dump of the object in Go's syntax.", "run-immutable", ("error",)),
    row("The roles that a cluster is born with are rules of the program here, told once and not three times.", "can-i-list", ("output",)),
    row("ControllerRevisions are not made.", "daemon-history", ("output",)),
    row("1.20 does not note who changed a custom object's scale.", "custom-managers", ("output",)),
    row("kubectl 1.35 wants autoscaling/v2, which came with 1.23.", "autoscaler autoscaler-get", versions="1.35"),
]

# What steps print on the pocket that the real cluster cannot answer: the code, and patterns of both streams.
_PROMPT = r"(All commands and output .*\n)?If you don't see a command prompt, try pressing enter\.\n"
EXPECTED = {
    "logs": ("0\n", r"single: started with registry\.example/single:2\n(single: up for \d+ min\n)*", ""),
    "logs-tail": ("0\n", r"single: (started with registry\.example/single:2|up for \d+ min)\n", ""),
    "logs-deploy": ("0\n", r"cart-HASH-RANDOM: (started with registry\.example/cart:3|up for \d+ min)\n", ""),
    "exec": ("0\n", "hello from inside\n", ""),
    "exec-code": ("1\n", "", "command terminated with exit code 1\n"),
    "exec-missing": ("127\n", "", "/no/such/program: not found: nothing runs in a simulated container but echo, hostname, true "
                                  "and false\ncommand terminated with exit code 127\n"),
    # It goes on until the container ends, or somebody has seen enough.
    "attach": ("124\n", r"(single: up for \d+ min\n)*", _PROMPT),
}

_met = set()


def reason_of(step, version, what):
    """Why this part of a step may differ, or None."""
    for number, listed in enumerate(LIST):
        if step in listed.steps and what in listed.parts and version in (listed.versions or [version]):
            _met.add((number, step))
            return listed.why
    return None


def unused():
    """Listed steps that differed in no version."""
    return [step for number, listed in enumerate(LIST) for step in listed.steps if (number, step) not in _met]
