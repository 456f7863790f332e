#!/usr/bin/env python3
"""A replacement in rounds, since AWS has no room for all new nodes at once: killed at each boundary and at random moments it is
resumed until it is done, killed at some boundaries it goes back, and going back is killed at every sync. What was rehearsed is
printed beside how long it took."""
import os
import sys
import time

from replacing.cases import side_by_side
from replacing.kills import Kills
from replacing.yard import Yard, expect

# 84 vCPUs are in use: there is room for 6 machines of 4, the group has 18.
LITTLE_ROOM = ("--fault", "quota=L-1216C47A:108")
MODERATE = 30


def as_foretold():
    """The clock of the pocket runs by its speed, that of the program does not: the faster, the more it seems to dawdle."""
    with Yard(os.environ["E2E_TMP"], *LITTLE_ROOM, speed=MODERATE) as yard:
        begin = time.monotonic()
        run = yard.replace()
        expect(run.wait(600) == 0, "replaced in rounds", str(run))
        took = (time.monotonic() - begin) * MODERATE
        forecast = yard.forecast()
        return "rehearsed %.0f min, took %.0f min at %d times the speed" % (forecast / 60000, took / 60, MODERATE)


def main():
    kills = Kills(os.environ["E2E_TMP"], *LITTLE_ROOM)
    side_by_side({
        "as_foretold": as_foretold,
        "killed_at_every_boundary": kills.at_every_boundary,
        "killed_at_random_moments": kills.at_random_moments,
        "goes_back_from_some_boundaries": lambda: kills.goes_back_from_boundaries(7),
        "going_back_is_killed": kills.going_back,
    }, sys.argv[1:])


main()
