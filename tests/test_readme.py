"""README's figures are those of the shipped model."""

import json

from conftest import ROOT

README = (ROOT / "README.md").read_text()


def test_the_results_are_those_in_metrics_json():
    test = json.loads((ROOT / "model/weights/names/metrics.json").read_text())["test"]
    row = (
        f"| {test['rows']:,} | {test['accuracy']:.1%} | {test['accuracy_any']:.1%} "
        f"| {test['macro_f1']:.3f} | {test['top3_accuracy']:.1%} | {test['ece']:.3f} |"
    )
    assert row in README


def test_the_results_of_reviews_are_those_in_metrics_json():
    test = json.loads((ROOT / "model/weights/reviews/metrics.json").read_text())["test"]
    said = " ".join(README.split())
    assert f"right on {test['accuracy']:.1%} of the phrases" in said
    assert f"and on {test['wholes']['accuracy']:.1%} of the whole sentences" in said
    assert f"with a calibration error of {test['ece']:.3f}" in said


def test_the_space_s_front_matter_names_the_gradio_that_is_tested():
    from importlib.metadata import version

    front = README.split("---")[1]
    assert f'sdk_version: "{version("gradio")}"' in front
    for key in ("title", "emoji", "sdk: gradio", "app_file: app.py", "license: mit"):
        assert key in front
