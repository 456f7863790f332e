"""Cases that spend their time waiting, several at once."""
import concurrent.futures
import time

AT_ONCE = 4


def side_by_side(cases, chosen=()):
    """cases: name -> what to call; it returns a word about how it went. chosen: names; none means all."""
    def play(name):
        begin = time.monotonic()
        try:
            told = cases[name]()
        except BaseException as e:
            print("FAILED  %s (%.0f s)\n%s" % (name, time.monotonic() - begin, e), flush=True)
            raise
        print("ok  %s: %s (%.0f s)" % (name.replace("_", " "), told, time.monotonic() - begin), flush=True)

    with concurrent.futures.ThreadPoolExecutor(AT_ONCE) as pool:
        running = [pool.submit(play, name) for name in cases if not chosen or name in chosen]
        try:
            for one in concurrent.futures.as_completed(running):
                one.result()
        except BaseException:
            pool.shutdown(wait=False, cancel_futures=True)
            raise
