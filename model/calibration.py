"""What follows training: priors put right, rare labels kept, probabilities that mean what they say.

All of it is fitted on the validation rows, and moves nothing but the biases of the last layer, the
temperature and the threshold of unsure answers.
"""

import math

import torch
from torch import Tensor
from torch.nn.functional import pad

from .classifier import TextClassifier, share_out
from .dataset import Dataset, EncodedRows
from .evaluation import fit_temperature, unsure_threshold

EXPECTED_OUTSIDERS = 0.02  # for each text of the labels' own, as people ask
UNSURE_SHARE = 0.08  # of the right answers on validation: so many may be called unsure
PRIOR_POWERS = [power / 10 for power in range(-10, 11)]
MIN_ROWS = 15  # the recall over fewer rows says nothing
BIAS_STEP, MAX_STEPS = 0.05, 100


def calibrate(
    classifier: TextClassifier, dataset: Dataset, refitted: TextClassifier | None = None
) -> None:
    """Put priors right and make probabilities mean what they say; call it once, after training.

    A `refitted` classifier, which was trained on the validation rows too, takes everything over.
    """
    device = next(classifier.network.parameters()).device
    rows = EncodedRows.from_rows(dataset.validation, classifier.encoder, classifier.labels, device)
    outputs = classifier.outputs(rows.ids, rows.lengths).cpu()
    targets = rows.targets.cpu()
    bias = _outsider_bias(classifier)
    if (floor := classifier.training["recall_floor"]) is not None:
        bias = bias + fit_label_bias(
            outputs + bias, targets, _log_prior(classifier, dataset), floor
        )
    logits = share_out(outputs + bias, len(classifier.labels))
    temperature = fit_temperature(logits, targets)
    probabilities = (logits / temperature).softmax(dim=1).numpy()
    for each in filter(None, (classifier, refitted)):
        with torch.no_grad():
            each.network.linear.bias += bias.to(device)
        each.temperature = temperature
        each.unsure_below = unsure_threshold(probabilities, targets.numpy(), UNSURE_SHARE)


def _outsider_bias(classifier: TextClassifier) -> Tensor:
    """Return the bias (outputs,) that makes outsiders as rare as they are among what people ask.

    They were a larger share of the training rows.
    """
    bias = torch.zeros(len(classifier.labels) + len(classifier.other_labels))
    trained = classifier.training["outsiders"] if classifier.other_labels else 0
    if trained:
        bias[len(classifier.labels) :] = math.log(EXPECTED_OUTSIDERS / trained)
    return bias


def _log_prior(classifier: TextClassifier, dataset: Dataset) -> Tensor:
    """Return the log frequency (labels,) of each label among the training rows."""
    counts = torch.tensor([dataset.train.labels.count(label) for label in classifier.labels])
    return (counts.clamp(min=1) / counts.sum()).log()


def fit_label_bias(
    outputs: Tensor, targets: Tensor, log_prior: Tensor, recall_floor: float
) -> Tensor:
    """Return the bias (outputs,) of the labels for `outputs` (n, outputs) and `targets` (n,).

    First the power of the prior that is best in accuracy: training may have weakened or changed it
    (Menon et al. 2021, "Long-tail learning via logit adjustment"). Then labels whose recall is
    below `recall_floor` are raised step by step until it is not. Further outputs get 0.
    """
    n_labels = len(log_prior)
    counts = targets.bincount(minlength=n_labels)

    def right(label_bias: Tensor) -> Tensor:
        shifted = outputs + pad(label_bias, (0, outputs.shape[1] - n_labels))
        return share_out(shifted, n_labels).argmax(dim=1) == targets

    by_accuracy = max(PRIOR_POWERS, key=lambda p: (int(right(p * log_prior).sum()), -abs(p)))
    bias = by_accuracy * log_prior
    for _ in range(MAX_STEPS):
        recall = targets[right(bias)].bincount(minlength=n_labels) / counts
        low = (recall < recall_floor) & (counts >= MIN_ROWS)
        if not low.any():
            break
        bias = bias + BIAS_STEP * low
    return pad(bias, (0, outputs.shape[1] - n_labels))
