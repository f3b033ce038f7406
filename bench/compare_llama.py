#!/usr/bin/env python3
"""Our decoder against llama.cpp's on the same GGUF file, in turn, in one run.

    python3 -m venv /tmp/peer && /tmp/peer/bin/pip install llama-cpp-python   # builds it for this machine
    /tmp/peer/bin/python bench/compare_llama.py MODEL.gguf [THREADS [PROMPT [ANSWER [ROUNDS]]]]

Prints each round's tokens a second and the ratios' medians (ours / theirs; above 1: ours is faster).
"""
import re
import statistics
import subprocess
import sys
import time
from pathlib import Path

from llama_cpp import Llama

path = sys.argv[1]
threads, prompt, answer, rounds = (int(a) for a in (sys.argv[2:] + ["2", "512", "64", "3"][len(sys.argv) - 2 :])[:4])
program = Path(__file__).resolve().parent.parent / "build/bench/bench_decoder"


def ours():
    text = subprocess.run([program, path, str(threads), str(prompt), str(answer)], check=True, text=True,
                          stdout=subprocess.PIPE).stdout
    return [float(x) for x in re.findall(r"([0-9.]+) tok/s", text)]


def theirs():
    llm = Llama(path, n_ctx=prompt + answer + 8, n_batch=prompt, n_ubatch=prompt, n_threads=threads,
                n_threads_batch=threads, verbose=False)
    tokens = [i * 7919 % llm.n_vocab() for i in range(prompt + answer)]
    best = [1e9, 1e9]
    for lap in range(4):  # the first warms up
        llm.reset()
        start = time.perf_counter()
        llm.eval(tokens[:prompt])
        filled = time.perf_counter()
        for token in tokens[prompt:]:
            llm.eval([token])
        done = time.perf_counter()
        if lap:
            best = [min(best[0], filled - start), min(best[1], done - filled)]
    return [prompt / best[0], answer / best[1]]


ratios = ([], [])
for lap in range(rounds):
    a, b = ours(), theirs()
    for i, what in enumerate(("prefill", "decode")):
        ratios[i].append(a[i] / b[i])
        print(f"round {lap + 1}  {what:8} ours {a[i]:8.1f}  llama.cpp {b[i]:8.1f} tok/s  ratio {a[i] / b[i]:.2f}")
for i, what in enumerate(("prefill", "decode")):
    print(f"median ratio {what}: {statistics.median(ratios[i]):.2f}")
