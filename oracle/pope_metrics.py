#!/usr/bin/env python3
"""Writes a small case of yes/no questions from an existing one, scored anew by the published rule.

    python3 oracle/pope_metrics.py FOLDER N OUT     the first N questions of each setting
"""
import json
import sys
from pathlib import Path


def read_lines(path):
    return [json.loads(line) for line in path.read_text().splitlines()]


def is_yes(text):
    words = text.split(".")[0].replace(",", "").split(" ")
    return not {"No", "not", "no"} & set(words)


def score(questions, answers):
    pairs = [(q["label"] == "yes", is_yes(a["text"])) for q, a in zip(questions, answers)]
    tp, fp, tn, fn = (pairs.count(p) for p in [(True, True), (False, True), (False, False), (True, False)])
    precision, recall = tp / (tp + fp), tp / (tp + fn)
    return {"n": len(pairs), "n_yes": tp + fn, "TP": tp, "FP": fp, "TN": tn, "FN": fn,
            "accuracy": (tp + tn) / len(pairs), "precision": precision, "recall": recall,
            "f1": 2 * precision * recall / (precision + recall), "yes_ratio": (tp + fp) / len(pairs)}


def main():
    folder, count, out = Path(sys.argv[1]), int(sys.argv[2]), Path(sys.argv[3])
    out.mkdir(parents=True, exist_ok=True)
    scores = {}
    for setting in ["random", "popular", "adversarial"]:
        answers = read_lines(next(folder.glob(f"*_{setting}.jsonl")))
        versions = [read_lines(path) for path in sorted(folder.glob(f"*/*_{setting}.json"))]
        questions = next(v for v in versions if [q["text"] for q in v] == [a["question"] for a in answers])
        questions, answers = questions[:count], answers[:count]
        scores[setting] = score(questions, answers)
        for name, rows in [(f"questions_{setting}.json", questions), (f"answers_{setting}.jsonl", answers)]:
            (out / name).write_text("".join(json.dumps(r) + "\n" for r in rows))
    (out / "expected.json").write_text(json.dumps({"expected_on_synthetic_answers": scores}, indent=0) + "\n")
    edges = (folder / "answer_parsing_edge.json").read_text()
    (out / "answer_parsing_edge.json").write_text(edges)


if __name__ == "__main__":
    main()
