"""Answers of the pocket and of moto side by side."""


class Differences:
    """on_purpose: path of a member ("DescribeCluster.cluster.endpoint", lists without numbers): why the two differ there."""

    def __init__(self, on_purpose):
        self.on_purpose, self.met = on_purpose, set()

    def between(self, path, ours, theirs):
        """Each difference that has no reason, in words."""
        if path in self.on_purpose:
            if ours != theirs:
                self.met.add(path)
        elif isinstance(ours, dict) and isinstance(theirs, dict):
            for name in sorted(set(ours) | set(theirs)):
                yield from self.between(path + "." + name, ours.get(name), theirs.get(name))
        elif isinstance(ours, list) and isinstance(theirs, list) and len(ours) == len(theirs):
            for a, b in zip(ours, theirs):
                yield from self.between(path, a, b)
        elif ours != theirs:
            yield "%s: the pocket %r, moto %r" % (path, ours, theirs)

    def unmet(self):
        """What is listed and alike all the same, in words."""
        return ["%s is alike, and DIFFER says it is not" % path for path in sorted(set(self.on_purpose) - self.met)]
