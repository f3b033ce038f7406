#!/usr/bin/env python3
"""Writes metric cases of COCO detection and region classification, scored by pycocotools.

    python3 oracle/coco_metrics.py synthetic SEED OUT      invented boxes and masks, full of ties
    python3 oracle/coco_metrics.py subset FOLDER N OUT     the first N images of an existing case
    python3 oracle/coco_metrics.py classify FOLDER OUT     answers to the ground truth of an existing case

A synthetic case aims at every decision of the evaluator: equal scores and equal overlaps, crowds, areas on
the borders of the size ranges, more detections than the limit, an annotation with id 0, empty categories and
images. `classify` invents texts and probabilities for each annotation; scores come from the three ways in
which the literature makes detections of them.

Wants pycocotools 2.0 and numpy below 2.3 (from 2.3 on its mean differs in the sixteenth digit).
"""
import contextlib
import gzip
import io
import json
import random
import sys
from pathlib import Path

import numpy as np
from pycocotools import mask as mask_api
from pycocotools.coco import COCO
from pycocotools.cocoeval import COCOeval

NAMES = ["AP", "AP50", "AP75", "AP_s", "AP_m", "AP_l", "AR1", "AR10", "AR100", "AR_s", "AR_m", "AR_l"]
SIZES = ["all", "small", "medium", "large"]


def write(path, value, compact=False):
    text = json.dumps(value, separators=(",", ":") if compact else None, indent=None if compact else 0,
                      default=lambda scalar: scalar.item())
    if path.suffix == ".gz":
        path.write_bytes(gzip.compress(text.encode(), mtime=0))
    else:
        path.write_text(text + "\n")


def evaluate(truth, results, kind, use_cats=1, image_ids=None):
    with contextlib.redirect_stdout(io.StringIO()):
        gt = COCO()
        gt.dataset = json.loads(json.dumps(truth))
        gt.createIndex()
        run = COCOeval(gt, gt.loadRes(json.loads(json.dumps(results))), kind)
        run.params.useCats = use_cats
        if image_ids is not None:
            run.params.imgIds = image_ids
        run.evaluate()
        run.accumulate()
        run.summarize()
    return run


def numbers(run):
    return dict(zip(NAMES, map(float, run.stats)))


def per_category(run):
    out = {}
    for k, category in enumerate(run.params.catIds):
        out[str(category)] = {}
        for a, size in enumerate(SIZES):
            s = run.eval["precision"][:, :, k, a, -1]
            out[str(category)][size] = float(np.mean(s[s > -1])) if (s > -1).any() else None
    return out


def matches(run):
    rows = []
    for e in run.evalImgs:
        if e is None or e["aRng"] != run.params.areaRng[0]:
            continue
        rows.append({
            "image_id": e["image_id"], "category_id": e["category_id"], "dtIds": e["dtIds"], "gtIds": e["gtIds"],
            "dtMatches": e["dtMatches"].astype(int).tolist(), "dtIgnore": e["dtIgnore"].astype(int).tolist(),
            "gtIgnore": [int(i) for i in e["gtIgnore"]], "dtScores": e["dtScores"],
        })
    return rows


def write_detection_case(out, truth, boxes, masks):
    out.mkdir(parents=True, exist_ok=True)
    expected = {}
    first = sorted(i["id"] for i in truth["images"])[: max(1, len(truth["images"]) // 3)]
    for kind, results in [("bbox", boxes), ("segm", masks)]:
        run = evaluate(truth, results, kind)
        recall = run.eval["recall"]
        expected[kind] = numbers(run)
        expected[kind]["per_category"] = per_category(run)
        expected[kind]["recall_T_K_A_M"] = [recall.ravel().tolist(), list(recall.shape)]
        expected[kind + "_useCats0"] = numbers(evaluate(truth, results, kind, use_cats=0))
        expected[f"{kind}_first{len(first)}images"] = numbers(evaluate(truth, results, kind, image_ids=first))
        precision = {"order": "[T][R][K][A][M]", "precision": run.eval["precision"].ravel().tolist()}
        write(out / f"expected_{kind}_precision.json.gz", precision, True)
        write(out / f"expected_{kind}_matches_area_all.json.gz", matches(run), True)
        write(out / f"{kind}_results.json", results, True)
    write(out / "instances.json", truth, True)
    write(out / "expected.json", expected, True)


# ------------------------------------------------------------------ invented detections

def rle_of(box, height, width):
    x, y, w, h = (round(v) for v in box)
    pixels = np.zeros((height, width), np.uint8, order="F")
    pixels[max(y, 0) : y + h, max(x, 0) : x + w] = 1
    code = mask_api.encode(pixels)
    return {"size": [height, width], "counts": code["counts"].decode()}


def synthetic(seed):
    rng = random.Random(seed)
    image_count, category_ids, size = rng.randint(1, 12), sorted(rng.sample(range(1, 91), rng.randint(1, 6))), 160
    images = [{"id": i * 7 % 97 + 1, "width": size, "height": size} for i in range(image_count)]
    categories = [{"id": c, "name": f"c{c}"} for c in category_ids]
    rng.shuffle(categories)

    def box():  # on a coarse grid, so that overlaps tie; sides of 32 and 96 stand on the borders
        w, h = (rng.choice([0, 8, 16, 32, 32, 48, 96, 96, 120]) for _ in range(2))
        return [rng.randrange(0, 5) * 8, rng.randrange(0, 5) * 8, w, h]

    annotations = []
    for i in range(rng.randint(0, 60)):
        b = box()
        segmentation = rle_of(b, size, size)
        area = rng.choice([b[2] * b[3], int(mask_api.area(segmentation)), 1024, 9216])
        annotations.append({
            "id": i + (seed % 3 != 0), "image_id": rng.choice(images)["id"], "category_id": rng.choice(category_ids),
            "bbox": b, "area": area, "iscrowd": int(rng.random() < 0.15), "segmentation": segmentation,
        })
    rng.shuffle(annotations)
    crowding = rng.random() < 0.3  # more than 100 in one image and category
    boxes = []
    for _ in range(rng.randint(150, 400) if crowding else rng.randint(1, 120)):
        like = rng.choice(annotations) if annotations and rng.random() < 0.7 else None
        boxes.append({
            "image_id": images[0]["id"] if crowding else like["image_id"] if like else rng.choice(images)["id"],
            "category_id": category_ids[0] if crowding else
            like["category_id"] if like and rng.random() < 0.9 else rng.choice(category_ids),
            "bbox": [v + rng.choice([0, 0, 0, 4]) for v in like["bbox"]] if like else box(),
            "score": rng.choice([0.1, 0.25, 0.5, 0.5, 0.75, 0.9, round(rng.random(), 2)]),
        })
    masks = [{k: v for k, v in b.items() if k != "bbox"} | {"segmentation": rle_of(b["bbox"], size, size)} for b in boxes]
    if rng.random() < 0.3:  # a box beside the mask: the area is then the box's
        masks = [dict(m, bbox=b["bbox"]) for m, b in zip(masks, boxes)]
    truth = {"images": images, "categories": categories, "annotations": annotations}
    return truth, boxes, masks


# ------------------------------------------------------------------ existing cases

def read_case(folder):
    truth = json.loads(next(folder.glob("instances*[0-9].json")).read_text())
    return truth, *(json.loads(next(folder.glob(f"*{kind}*results.json")).read_text()) for kind in ["bbox", "segm"])


def subset(folder, count):
    truth, boxes, masks = read_case(folder)
    kept = set(sorted(i["id"] for i in truth["images"])[:count])
    images = [{k: i[k] for k in ["id", "width", "height", "file_name"]} for i in truth["images"] if i["id"] in kept]
    annotations = [a for a in truth["annotations"] if a["image_id"] in kept]
    boxes, masks = ([r for r in results if r["image_id"] in kept] for results in [boxes, masks])
    used = {r["category_id"] for r in annotations + boxes}
    categories = [{"id": c["id"], "name": c["name"]} for c in truth["categories"] if c["id"] in used | {90}]
    return {"annotations": annotations, "images": images, "categories": categories}, boxes, masks


# ------------------------------------------------------------------ classification

def classify(folder, out):
    """Texts (two in three right) and probabilities (peaked at the truth) for every annotation that is no crowd."""
    truth = json.loads((folder / "instances.json").read_text())
    rng = random.Random(1)
    ids = sorted(c["id"] for c in truth["categories"])
    names = {c["id"]: c["name"] for c in truth["categories"]}
    order = sorted((a for a in truth["annotations"] if not a["iscrowd"]), key=lambda a: a["image_id"])
    texts, scores, kept, every, top = [], [], [], [], []
    right_text = right_top = 0
    for a in order:
        name = names[a["category_id"]]
        text = rng.choice([name, name, name, name.capitalize(), name + ", on the left", name + ".", " " + name,
                           names[rng.choice(ids)], "unknown", ""])
        row = {"ann_id": a["id"], "image_id": a["image_id"]}
        texts.append(dict(row, text=text))
        right_text += text == name.lower()
        base = {"image_id": a["image_id"], "bbox": a["bbox"]}
        said = [c for c in ids if names[c] == text.split(",")[0].lower()]
        kept += [dict(base, category_id=c, score=1.0) for c in said]

        logits = np.round([rng.gauss(0, 1) for _ in ids], 2)
        logits[ids.index(a["category_id"])] += rng.choice([0, 1, 2, 4])
        p = [float(f"{v:.3g}") for v in np.exp(logits) / np.exp(logits).sum()]
        scores.append(dict(row, probabilities=p))
        best = int(np.argmax(p))
        right_top += ids[best] == a["category_id"]
        every += [dict(base, category_id=c, score=v) for c, v in zip(ids, p)]
        top.append(dict(base, category_id=ids[best], score=p[best]))
    total = len(order)
    expected = {
        "text": {"acc_percent": 100 * right_text / total, "correct": right_text, "total": total,
                 "discarded": total - len(kept), "kept": len(kept), **numbers(evaluate(truth, kept, "bbox"))},
        "probabilities": {"acc_percent": 100 * right_top / total, "correct": right_top, "total": total,
                          "softmax_all_labels": numbers(evaluate(truth, every, "bbox")),
                          "softmax_top1": numbers(evaluate(truth, top, "bbox"))},
    }
    out.mkdir(parents=True, exist_ok=True)
    for name, rows in [("text", texts), ("probabilities", scores)]:
        (out / f"{name}.jsonl").write_text("".join(json.dumps(r, separators=(",", ":")) + "\n" for r in rows))
    write(out / "expected.json", expected)
    write(out / "instances.json", {**truth, "annotations": [
        {k: v for k, v in a.items() if k != "segmentation"} for a in truth["annotations"]]}, True)


def main():
    kind, *rest = sys.argv[1:]
    if kind == "synthetic":
        write_detection_case(Path(rest[1]), *synthetic(int(rest[0])))
    elif kind == "subset":
        write_detection_case(Path(rest[2]), *subset(Path(rest[0]), int(rest[1])))
    elif kind == "classify":
        classify(Path(rest[0]), Path(rest[1]))
    else:
        sys.exit(__doc__)


if __name__ == "__main__":
    main()
