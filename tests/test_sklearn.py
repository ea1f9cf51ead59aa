"""GRUTextClassifier in scikit-learn's tools, and TextClassifier.fit as its users know `fit`."""

import pickle
import re
import sys
from io import StringIO

import numpy as np
import pandas as pd
import pytest
from sklearn.base import clone
from sklearn.metrics import accuracy_score
from sklearn.model_selection import cross_val_score
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import FunctionTransformer
from sklearn.utils import estimator_checks

from examples.plates import plates
from model import InputError, TextClassifier
from model.sklearn import GRUTextClassifier

TEXTS, COUNTRIES = map(list, zip(*plates(64), strict=True))
YEARS = [10 if country < "G" else 2 for country in COUNTRIES]  # "10" < "2", but 2 < 10
OPTIONS = {"epochs": 1, "hidden_size": 4, "linear_buckets": 99, "ngram_buckets": 99}
OPTIONS |= {"held_out_in_turn": 0, "refit": False, "use_gpu": False}
TINY = GRUTextClassifier(options=OPTIONS)
# Those of `check_estimator` that need no matrix of numbers to train on
CHECKS = """do_not_raise_errors_in_init_or_set_params estimator_cloneable estimator_repr
estimators_unfitted get_params_invariance mixin_order no_attributes_set_in_init
parameters_default_constructible set_params valid_tag_types"""


@pytest.mark.parametrize("check", CHECKS.split())
def test_scikit_learn_s_own_checks_pass(check):
    getattr(estimator_checks, f"check_{check}")("GRUTextClassifier", clone(TINY))


@pytest.fixture(scope="module")
def fitted():
    return clone(TINY).fit(pd.Series(TEXTS), pd.Series(YEARS))


def test_classes_keep_their_type(fitted):
    assert fitted.classes_.tolist() == [2, 10]
    assert fitted.classifier_.labels == ["10", "2"]


def test_probabilities_are_in_the_order_of_the_classes(fitted):
    probabilities = fitted.predict_proba(np.array(TEXTS))
    of_labels = fitted.classifier_.predict_batch(TEXTS)
    assert np.array_equal(probabilities[:, ::-1], of_labels)


def test_the_most_likely_class_is_predicted(fitted):
    probabilities = fitted.predict_proba(TEXTS)
    predicted = fitted.predict(TEXTS)
    assert predicted.tolist() == np.where(probabilities[:, 0] > 0.5, 2, 10).tolist()
    assert fitted.score(TEXTS, YEARS) == accuracy_score(YEARS, predicted)


def test_a_pickle_gives_the_same(fitted):
    other = pickle.loads(pickle.dumps(fitted))
    assert np.array_equal(other.predict_proba(TEXTS), fitted.predict_proba(TEXTS))


def test_a_second_training_gives_the_same(fitted):
    other = clone(fitted).fit(np.array(TEXTS), pd.Categorical(YEARS))
    assert np.array_equal(other.predict_proba(TEXTS), fitted.predict_proba(TEXTS))


def test_no_random_state_gives_each_training_another_seed():
    estimator = clone(TINY).set_params(random_state=None)
    first, second = (estimator.fit(TEXTS, YEARS).classifier_ for _ in range(2))
    assert first.training["seed"] != second.training["seed"]
    assert not np.array_equal(first.predict_batch(TEXTS), second.predict_batch(TEXTS))


def test_a_numpy_random_state_draws_the_seed():
    def seeds(state):
        estimator = clone(TINY).set_params(random_state=np.random.RandomState(state))
        fits = [estimator.fit(TEXTS, YEARS).classifier_ for _ in range(2)]
        return [fit.training["seed"] for fit in fits]

    first = seeds(5)
    assert len(set(first)) == 2  # each fit draws on
    assert seeds(5) == first


@pytest.mark.parametrize("number", [7, np.int64(7)])
def test_an_int_is_the_seed(number):
    fitted = clone(TINY).set_params(random_state=number).fit(TEXTS, YEARS)
    same = TextClassifier.fit(TEXTS, YEARS, seed=7, **OPTIONS)
    assert np.array_equal(
        fitted.classifier_.predict_batch(TEXTS), same.predict_batch(TEXTS)
    )


@pytest.mark.parametrize("wrong", [-1, "today"])
def test_what_is_not_a_random_state_is_refused(wrong):
    with pytest.raises(ValueError, match=r"[Ss]eed"):
        clone(TINY).set_params(random_state=wrong).fit(TEXTS, YEARS)


def test_it_cross_validates_in_a_pipeline():
    upper = FunctionTransformer(lambda texts: [text.upper() for text in texts])
    pipeline = make_pipeline(upper, clone(TINY))
    scores = cross_val_score(
        pipeline, TEXTS, np.array(YEARS) == 2, cv=2, scoring="roc_auc"
    )
    assert ((scores >= 0) & (scores <= 1)).all()


NOTHING = [None, float("nan"), np.float32("nan"), pd.NA, pd.NaT]


@pytest.mark.parametrize("nothing", NOTHING)
def test_a_missing_text_is_not_trained_on(nothing):
    with pytest.raises(InputError, match=r"^train, index 64: the text is missing\.$"):
        clone(TINY).fit([*TEXTS, nothing], [*YEARS, 2])


@pytest.mark.parametrize("nothing", NOTHING)
def test_a_missing_label_is_not_trained_on(nothing):
    labels = pd.Series([*YEARS, nothing], dtype=object)
    with pytest.raises(InputError, match=r"^train, index 64: the label is missing\.$"):
        clone(TINY).fit([*TEXTS, "Kobe"], labels)


@pytest.mark.parametrize("nothing", NOTHING)
def test_a_missing_text_is_not_predicted(fitted, nothing):
    texts = pd.Series(["Kobe", nothing], dtype=object)
    for predict in (fitted.predict, fitted.predict_proba):
        with pytest.raises(InputError, match=r"^texts\[1\]: The text is missing"):
            predict(texts)


def test_missing_values_are_left_out_by_fit():
    texts = [None, *TEXTS]
    with pytest.warns(
        UserWarning, match=r"^train: 1 row left out: index 0: the text is missing\."
    ) as caught:
        classifier = TextClassifier.fit(texts, [2, *YEARS], **OPTIONS)
    assert [caution.filename for caution in caught] == [__file__]
    assert re.fullmatch(
        r"TextClassifier\(2 labels: .*; letters; not scored\)", repr(classifier)
    )


def test_fit_draws_a_bar_on_a_terminal_alone(monkeypatch):
    for terminal, verbose in ((True, True), (True, False), (False, True)):
        monkeypatch.setattr(sys, "stderr", StringIO())
        monkeypatch.setattr(sys.stderr, "isatty", lambda answer=terminal: answer)
        TextClassifier.fit(TEXTS, YEARS, verbose=verbose, **OPTIONS)
        assert ("%|" in sys.stderr.getvalue()) == (terminal and verbose)


@pytest.mark.parametrize("kind", [pd.DataFrame, dict])
def test_a_table_is_refused_with_what_to_pass(kind):
    table = kind({"text": TEXTS, "label": YEARS})
    columns = r"pass frame\['text'\] and frame\['label'\]"
    with pytest.raises(InputError, match=columns):
        TextClassifier.fit(table, table["label"])


def test_an_unknown_option_is_refused():
    with pytest.raises(InputError, match=r"^epoch: Unexpected keyword argument\.$"):
        TextClassifier.fit(TEXTS, YEARS, epoch=1)
