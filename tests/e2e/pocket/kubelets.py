"""Fast kubelets that give pods addresses and name their containers, as what kubectl prints shows both."""
import itertools
import time

from differential.api import Refused
from draining import kubelets


class Kubelets(kubelets.Kubelets):
    def __init__(self, kubeconfig):
        super().__init__(kubeconfig)
        self.numbers = itertools.count(1)

    def say(self, pod, ready):
        meta, number = pod["metadata"], next(self.numbers)
        body = kubelets.running(ready, time.strftime(kubelets.STAMP, time.gmtime()))
        known = body["status"].pop("containerStatuses")[0]
        body["status"]["podIP"] = f"10.99.{number // 250}.{number % 250 + 1}"
        body["status"]["containerStatuses"] = [
            {**known, "name": c["name"], "image": c["image"], "imageID": c["image"]} for c in pod["spec"]["containers"]]
        body["metadata"] = {"uid": meta["uid"]}
        try:
            self.api.patch("Pod", meta["namespace"], meta["name"], body, "status")
        except Refused as refused:
            if refused.code not in (404, 409):
                raise
