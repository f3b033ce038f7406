#!/usr/bin/env python3
"""COCO detection evaluation of 5,000 images: bench_coco_ap against pycocotools, on the same files, in turn.

    python3 bench/compare_pycocotools.py build/bench/bench_coco_ap FOLDER

FOLDER is filled once with invented files of the real size: 5,000 images, 36,781 annotations with polygons, 80
categories; 500,000 boxes (100 an image, as detectors hand in) and 150,000 masks. Prints seconds from files to
the twelve numbers, the ratio, and the largest difference of a number.

Wants pycocotools 2.0.
"""
import contextlib
import io
import json
import random
import subprocess
import sys
import time
from pathlib import Path

import numpy as np
from pycocotools import mask as mask_api
from pycocotools.coco import COCO
from pycocotools.cocoeval import COCOeval

NAMES = ["AP", "AP50", "AP75", "AP_s", "AP_m", "AP_l", "AR1", "AR10", "AR100", "AR_s", "AR_m", "AR_l"]
IMAGES, ANNOTATIONS, DETECTIONS_AN_IMAGE, MASK_SHARE = 5000, 36781, 100, 0.3
WIDTH, HEIGHT = 640, 480
numbers, choices = np.random.default_rng(0), random.Random(0)


def polygon(box, points):
    """A star around the box's centre."""
    x, y, w, h = box
    angle = np.sort(numbers.random(points)) * 2 * np.pi
    radius = 0.35 + 0.15 * numbers.random(points)
    px = np.clip(x + w * (0.5 + radius * np.cos(angle)), 0, WIDTH)
    py = np.clip(y + h * (0.5 + radius * np.sin(angle)), 0, HEIGHT)
    return [round(float(v), 2) for p in zip(px, py) for v in p]


def random_box(most):
    w, h = np.exp(numbers.normal(4, 1, 2)).clip(4, most)
    w, h = min(w, WIDTH), min(h, HEIGHT)
    return [round(float(v), 2) for v in (choices.random() * (WIDTH - w), choices.random() * (HEIGHT - h), w, h)]


def make_truth():
    ids = sorted(choices.sample(range(1, 91), 80))
    share = 1 / np.arange(1, 81)
    share[0] = 2  # people: a third of everything
    share /= share.sum()
    images = [{"id": i, "width": WIDTH, "height": HEIGHT} for i in sorted(choices.sample(range(1, 581781), IMAGES))]
    counts = numbers.multinomial(ANNOTATIONS - IMAGES, np.ones(IMAGES) / IMAGES) + 1
    annotations = []
    for image, count in zip(images, counts):
        for _ in range(count):
            box = random_box(600)
            annotations.append({
                "id": len(annotations) + 1, "image_id": image["id"], "bbox": box, "area": box[2] * box[3] * 0.6,
                "category_id": ids[int(numbers.choice(80, p=share))], "iscrowd": int(choices.random() < 0.012),
                "segmentation": [polygon(box, int(numbers.integers(8, 60)))]})
    return {"images": images, "categories": [{"id": i, "name": f"c{i}"} for i in ids], "annotations": annotations}


def make_results(truth):
    ids = [c["id"] for c in truth["categories"]]
    by_image, boxes = {}, []
    for a in truth["annotations"]:
        by_image.setdefault(a["image_id"], []).append(a)
    for image in truth["images"]:
        for _ in range(DETECTIONS_AN_IMAGE):
            like = choices.choice(by_image[image["id"]])
            box, category = random_box(300), choices.choice(ids)
            if choices.random() < 0.6:
                near = np.array(like["bbox"]) + numbers.normal(0, 0.08, 4) * np.array(like["bbox"][2:] * 2)
                box = [round(float(v), 3) for v in [*near[:2], *near[2:].clip(2, None)]]
                category = like["category_id"] if choices.random() < 0.7 else category
            boxes.append({"image_id": image["id"], "category_id": category, "bbox": box,
                          "score": round(choices.random(), 5)})
    masks = []
    for d in boxes:
        if choices.random() < MASK_SHARE:
            code = mask_api.frPyObjects([polygon(d["bbox"], 24)], HEIGHT, WIDTH)[0]
            mask = {"size": [HEIGHT, WIDTH], "counts": code["counts"].decode()}
            masks.append({k: d[k] for k in ["image_id", "category_id", "score"]} | {"segmentation": mask})
    return boxes, masks


def make(folder):
    folder.mkdir(parents=True, exist_ok=True)
    truth = make_truth()
    boxes, masks = make_results(truth)
    for name, value in [("bbox", boxes), ("segm", masks), ("truth", truth)]:
        (folder / f"{name}.json").write_text(json.dumps(value))


def run_reference(folder, kind):
    start = time.monotonic()
    with contextlib.redirect_stdout(io.StringIO()):
        truth = COCO(folder / "truth.json")
        run = COCOeval(truth, truth.loadRes(str(folder / f"{kind}.json")), kind)
        run.evaluate()
        run.accumulate()
        run.summarize()
    return time.monotonic() - start, dict(zip(NAMES, run.stats))


def main():
    program, folder = sys.argv[1], Path(sys.argv[2])
    if not (folder / "truth.json").exists():
        make(folder)
    for kind in ["bbox", "segm"]:
        start = time.monotonic()
        output = subprocess.run([program, folder / "truth.json", folder / f"{kind}.json", kind],
                                capture_output=True, check=True, text=True).stdout
        ours, found = time.monotonic() - start, json.loads(output)
        reference, wanted = run_reference(folder, kind)
        worst = max(abs(found[n] - wanted[n]) for n in NAMES)
        print(f"{kind}: {found['detections']} detections: {ours:.2f} s, pycocotools {reference:.2f} s: "
              f"{reference / ours:.1f} times; largest difference {worst:.1e}; {output.strip()}", flush=True)


if __name__ == "__main__":
    main()
