"""GRUTextClassifier in scikit-learn's tools, and TextClassifier.fit as its users know `fit`."""

import sys
from io import StringIO
from typing import get_type_hints

import numpy as np
import pandas as pd
import pytest
import torch
from sklearn.base import clone
from sklearn.metrics import accuracy_score
from sklearn.model_selection import GridSearchCV
from sklearn.utils import compute_sample_weight, estimator_checks

from examples.plates import plates
from model import InputError, TextClassifier
from model.sklearn import GRUTextClassifier
from model.tasks.recipe import Options, Recipe

TEXTS, COUNTRIES = map(list, zip(*plates(64), strict=True))
YEARS = [10 if country < "G" else 2 for country in COUNTRIES]  # "10" < "2", but 2 < 10
OPTIONS = {
    "epochs": 1,
    "hidden_size": 4,
    "linear_buckets": 99,
    "ngram_buckets": 99,
    "refit": False,
    "use_gpu": False,
}
TINY = GRUTextClassifier(options=OPTIONS)
FEWER = {name: OPTIONS[name] for name in OPTIONS if name != "hidden_size"}
# Those of scikit-learn's checks that a classifier of texts can pass
CHECKS = """do_not_raise_errors_in_init_or_set_params estimator_cloneable estimator_repr
estimator_tags_renamed estimators_unfitted get_params_invariance mixin_order
no_attributes_set_in_init parameters_default_constructible set_params valid_tag_types"""
TRAINED = """all_zero_sample_weights_error class_weight_classifiers classifier_data_not_an_array
classifiers_classes classifiers_one_label_sample_weights classifiers_regression_target
dict_unchanged dont_overwrite_parameters estimators_fit_returns_self
estimators_overwrite_params estimators_pickle fit_check_is_fitted fit_idempotent
fit_score_takes_y methods_sample_order_invariance methods_subset_invariance
pipeline_consistency requires_y_none sample_weights_list sample_weights_not_an_array
sample_weights_pandas_series supervised_y_2d supervised_y_no_nan"""


class OfNumbers(GRUTextClassifier):
    """Reads the rows of the matrices that the checks make as texts, such as "0.5 1.25"."""

    def fit(self, X, y, sample_weight=None):
        return super().fit(as_texts(X), y, sample_weight)

    def predict_proba(self, X):
        return super().predict_proba(as_texts(X))

    def __sklearn_tags__(self):
        tags = super().__sklearn_tags__()
        tags.input_tags.string = tags.input_tags.one_d_array = False
        tags.input_tags.two_d_array = True
        return tags


def as_texts(matrix):
    rows = np.asarray(matrix)
    return (
        [" ".join(map(str, row)) for row in rows.tolist()] if rows.ndim == 2 else matrix
    )


@pytest.mark.parametrize("check", CHECKS.split())
def test_scikit_learn_s_own_checks_pass(check):
    getattr(estimator_checks, f"check_{check}")("GRUTextClassifier", clone(TINY))


@pytest.mark.slow
@pytest.mark.filterwarnings("ignore:invalid value:RuntimeWarning")  # of a label inf
@pytest.mark.parametrize("check", TRAINED.split())
def test_scikit_learn_s_own_checks_pass_with_rows_as_texts(check):
    tiny = OfNumbers(options=OPTIONS)
    getattr(estimator_checks, f"check_{check}")("GRUTextClassifier", tiny)


@pytest.fixture(scope="module")
def fitted():
    return clone(TINY).fit(pd.Series(TEXTS), pd.Series(YEARS))


def test_probabilities_are_in_the_order_of_the_classes_and_the_likeliest_is_predicted(
    fitted,
):
    assert fitted.classes_.tolist() == [2, 10]
    assert fitted.classifier_.labels == ["10", "2"]
    probabilities = fitted.predict_proba(np.array(TEXTS))
    of_labels = fitted.classifier_.predict_batch(TEXTS)
    assert np.array_equal(probabilities[:, ::-1], of_labels)
    predicted = fitted.predict(TEXTS)
    expected = np.where(probabilities[:, 0] > 0.5, 2, 10)
    assert predicted.tolist() == expected.tolist()
    assert repr(fitted.classifier_) == "TextClassifier(2 labels; letters; not scored)"
    with pytest.raises(InputError, match=r"^texts\[1\]: The text is missing"):
        fitted.predict(["Kobe", None])
    assert fitted.score(TEXTS, YEARS) == accuracy_score(YEARS, predicted)


@pytest.mark.parametrize("kind", ["float32", "datetime64[s]"])
def test_labels_of_other_types_of_numpy_are_classes(kind):
    labels = np.array(YEARS).astype(kind)
    fitted = clone(TINY).fit(TEXTS, labels)
    assert fitted.classes_.tolist() == np.unique(labels).tolist()
    assert set(fitted.predict(TEXTS)) <= set(labels)


def seeds(random_state):
    """Return the seeds of two trainings of an estimator with this parameter."""
    estimator = clone(TINY).set_params(random_state=random_state)
    fits = [estimator.fit(TEXTS, YEARS).classifier_ for _ in range(2)]
    return [classifier.model.training["seed"] for classifier in fits]


@pytest.mark.slow
def test_each_training_draws_a_seed_of_its_own():
    first, second = seeds(None)
    assert first != second
    first, second = seeds(np.random.RandomState(5))
    assert first != second
    assert seeds(np.random.RandomState(5)) == [first, second]


def test_an_int_is_the_seed():
    fitted = clone(TINY).set_params(random_state=np.int64(7)).fit(TEXTS, YEARS)
    same = TextClassifier.fit(TEXTS, YEARS, seed=7, **OPTIONS)
    probabilities = fitted.classifier_.predict_batch(TEXTS)
    assert np.array_equal(probabilities, same.predict_batch(TEXTS))


def test_a_search_finds_sizes_and_rates():
    estimator = GRUTextClassifier(options=FEWER)
    grid = {"hidden_size": [3, 5], "learning_rate": [1e-3]}
    search = GridSearchCV(estimator, grid, cv=2).fit(TEXTS, YEARS)
    size = search.best_params_["hidden_size"]
    assert search.best_estimator_.classifier_.model.training["hidden_size"] == size


@pytest.mark.parametrize(
    ("parameters", "message"),
    [
        ({"epochs": 2}, "epochs is a parameter and in options"),
        ({"options": ["epochs"]}, "options: give a dict"),
    ],
)
def test_wrong_parameters_are_refused(parameters, message):
    with pytest.raises(InputError, match=f"^{message}"):
        clone(TINY).set_params(**parameters).fit(TEXTS, YEARS)


def test_a_table_of_one_column_is_read(fitted):
    table = pd.DataFrame({"text": TEXTS})
    expected = fitted.predict_proba(TEXTS)
    for column in (table, table.to_numpy()):
        assert np.array_equal(fitted.predict_proba(column), expected)


def weighted(weights, **parameters):
    estimator = clone(TINY).set_params(**parameters)
    return estimator.fit(TEXTS, YEARS, sample_weight=weights)


def test_a_class_of_heavier_rows_is_likelier():
    is_ten = np.array(YEARS) == 10
    heavy = weighted(np.where(is_ten, 5, 1))
    light = weighted(np.where(is_ten, 1, 5))
    of_heavy, of_light = (each.predict_proba(TEXTS)[:, 1] for each in (heavy, light))
    assert of_heavy.mean() > of_light.mean() + 0.1
    # Not only the calibration learns from weights.
    first, second = (
        each.classifier_.model.network.embedding.weight for each in (heavy, light)
    )
    assert not torch.equal(first, second)


def test_class_weight_multiplies_the_weights_of_rows():
    weights = compute_sample_weight("balanced", YEARS)
    own = [1.0, 3.0] * 32
    expected = weighted(own * weights).predict_proba(TEXTS)
    balanced = weighted(own, class_weight="balanced")
    assert np.array_equal(balanced.predict_proba(TEXTS), expected)


@pytest.mark.parametrize(
    ("wrong", "message"),
    [
        ([-1.0] * 64, "give each text a number"),
        ([1.0, 2.0], r"give 64 numbers, not 2\.$"),
    ],
)
def test_wrong_weights_are_refused(wrong, message):
    with pytest.raises(InputError, match=f"^sample_weight: {message}"):
        weighted(wrong, class_weight="balanced")


def test_missing_texts_are_refused_or_left_out_and_have_nan():
    with pytest.raises(InputError, match=r"^train, index 64: the text is missing\.$"):
        clone(TINY).fit([*TEXTS, pd.NaT], [*YEARS, 2])
    estimator = clone(TINY).set_params(unreadable="nan")
    with pytest.warns(UserWarning, match="2 rows not read"):
        estimator.fit([None, *TEXTS, "Kobe"], [2, *YEARS, np.nan])
    texts = pd.Series(["Kobe", None, np.nan, "Kobe"], dtype=object)
    assert np.isnan(estimator.predict_proba(texts)).all(axis=1).tolist() == [0, 1, 1, 0]
    first, *others, last = estimator.predict(texts)
    assert first == last
    assert np.isnan(others).all()


def test_the_options_for_type_checkers_are_those_of_a_recipe():
    assert get_type_hints(Options).items() < get_type_hints(Recipe).items()


LEFT_OUT = r"^train: 1 row not read: index 0: the text is missing\."


def test_missing_values_are_left_out_by_fit_with_a_warning_of_the_caller_s_line():
    with pytest.warns(UserWarning, match=LEFT_OUT) as caught:
        TextClassifier.fit([None, *TEXTS], [2, *YEARS], **OPTIONS)
    assert [caution.filename for caution in caught] == [__file__]


@pytest.mark.parametrize(
    ("is_terminal", "verbose", "is_drawn"),
    [
        (True, True, True),
        (True, False, False),
        (False, True, False),
    ],
)
def test_fit_draws_a_bar_on_a_terminal_alone(
    monkeypatch, is_terminal, verbose, is_drawn
):
    errors = StringIO()
    errors.isatty = lambda: is_terminal
    monkeypatch.setattr(sys, "stderr", errors)
    TextClassifier.fit(TEXTS, YEARS, verbose=verbose, **OPTIONS)
    assert ("%|" in errors.getvalue()) == is_drawn


def test_a_table_is_refused_with_what_to_pass():
    table = pd.DataFrame({"text": TEXTS, "label": YEARS})
    columns = r"pass frame\['text'\] and frame\['label'\]"
    with pytest.raises(InputError, match=columns):
        TextClassifier.fit(table, table["label"])


@pytest.mark.parametrize(
    ("option", "message"),
    [
        ({"epoch": 1}, r"^epoch: there is no such option\.$"),
        ({"units": "chars"}, r"^units: it should be 'letters' or 'words'\.$"),
        ({"unknown_share": 5}, "^unknown_share: it should be less than or equal to 1"),
    ],
)
def test_a_wrong_option_is_refused_in_our_words(option, message):
    with pytest.raises(InputError, match=message):
        TextClassifier.fit(TEXTS, YEARS, **option)
