#!/usr/bin/env python3
"""What a user waits for, and what it takes: the time to a first answer, model loading included, the time of
each further region, and the peak memory against what `rgpt info` says.

    python3 bench/first_answer.py [MODEL.gguf [PHOTO [ROUNDS]]]

Whole processes, medians of ROUNDS (5); one warm-up run brings the model file into the page cache.
"""
import json
import os
import resource
import statistics
import subprocess
import sys
import time

arguments = sys.argv[1:] + ["models/rgpt-tiny.gguf", "examples/photo.jpg", "5"][len(sys.argv) - 1 :]
model, photo, rounds = arguments[0], arguments[1], int(arguments[2])
rgpt = "build/tools/rgpt/rgpt"
boxes = ["118,84,84,108", "73,93,20,40", "200,90,136,100", "42,130,80,85", "130,90,20,40", "10,70,50,60",
         "160,60,50,50", "60,100,40,60", "220,60,60,60"]


def describe(count):
    """Wall seconds, tokens and peak resident bytes of one process."""
    command = [rgpt, "describe", photo, "-m", model, "--json"]
    for box in boxes[:count]:
        command += ["--box", box]
    start = time.perf_counter()
    with subprocess.Popen(command, stdout=subprocess.PIPE) as process:
        answer = json.load(process.stdout)
        _, status, usage = os.wait4(process.pid, 0)
        process.returncode = os.waitstatus_to_exitcode(status)
    return time.perf_counter() - start, answer["tokens"]["generated"], usage.ru_maxrss * 1024


describe(1)
first, all_of_them, tokens, peak = [], [], 0, 0
for _ in range(rounds):
    seconds, _, resident = describe(1)
    first.append(seconds)
    peak = max(peak, resident)
    seconds, tokens, _ = describe(len(boxes))
    all_of_them.append(seconds)
further = (statistics.median(all_of_them) - statistics.median(first)) / (len(boxes) - 1)
info = json.loads(subprocess.run([rgpt, "info", model, "--json"], check=True, stdout=subprocess.PIPE).stdout)
said = info["memory"]["peak"]
print(f"first answer   {statistics.median(first):.3f} s (min {min(first):.3f}, max {max(first):.3f}), loading included")
print(f"further region {further:.3f} s each ({tokens / len(boxes):.1f} tokens a region)")
print(f"peak memory    {peak / 1e6:.1f} MB, info says {said / 1e6:.1f} MB: {100 * (said / peak - 1):+.1f} %")
