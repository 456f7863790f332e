#!/usr/bin/env python3
"""A replacement is killed: at every sync of the journal (so that every record, the boundaries of steps among them, is once
the last one), when a step begins and when it ends, and at random moments. It is resumed until it is done, and it is always
the same in the end. Then it is killed at each boundary and goes back, and going back is killed at every sync."""
import os
import sys

from replacing.cases import side_by_side
from replacing.kills import Kills


def main():
    kills = Kills(os.environ["E2E_TMP"])
    side_by_side({
        "killed_at_every_sync": kills.at_every_sync,
        "killed_at_every_boundary": kills.at_every_boundary,
        "killed_at_random_moments": kills.at_random_moments,
        "goes_back_from_every_boundary": kills.goes_back_from_boundaries,
        "going_back_is_killed": kills.going_back,
    }, sys.argv[1:])


main()
