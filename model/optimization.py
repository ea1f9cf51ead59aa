"""What training minimises and how: the loss, the optimizer and the schedule of its learning rates.

It sees one batch at a time and knows nothing of epochs, data or processes but their number.
"""

import math

import torch
from torch.nn.functional import cross_entropy, pad

from .network import RNNClassifier
from .recipe import Recipe

IGNORED = -100  # as target: torch's own default


def mean_loss(
    outputs: list[torch.Tensor], targets: torch.Tensor, log_prior: torch.Tensor, smoothing: float
) -> torch.Tensor:
    """Return the mean of the losses of the network's parts, each of which learns by itself.

    `outputs` are the GRU's logits (B, C) and the linear classifier's (B, K), if there is one, which
    learns nothing from rows of no label. `targets` are (B,), or probabilities (B, C). Apart, the
    parts make other mistakes than together, and their mean is better than either.
    """
    losses = []
    for logits in outputs:
        n_outputs = logits.shape[1]
        adjusted = logits + pad(log_prior, (0, n_outputs - len(log_prior)))
        if targets.is_floating_point():
            known = targets[:, :n_outputs]
        else:
            known = targets.where(targets < n_outputs, IGNORED)
        losses.append(
            cross_entropy(
                adjusted, known, ignore_index=IGNORED, label_smoothing=smoothing, reduction="sum"
            )
            / len(targets)
        )
    return torch.stack(losses).mean()


def make_optimizer(
    network: RNNClassifier, recipe: Recipe, n_processes: int
) -> torch.optim.Optimizer:
    """Return AdamW; the linear classifier learns at a rate of its own.

    Several processes take fewer steps, on more rows each, at rates that are higher by the square
    root of their number (Malladi et al. 2022, "On the SDEs and scaling rules for adaptive gradient
    algorithms"). Most rows of the linear classifier's table are of n-grams so rare that a step is
    made of one name or none, however many processes there are: its rate grows with their number.
    """
    rate = math.sqrt(n_processes) * recipe.learning_rate
    groups: list[dict] = [{"params": network.gru_parameters(), "lr": rate}]
    if linear := network.linear_parameters():
        groups.append({"params": linear, "lr": n_processes * recipe.linear_learning_rate})
    # Fused: one pass over all weights, of which the tables of n-grams have most.
    return torch.optim.AdamW(groups, weight_decay=recipe.weight_decay, fused=True)


def make_schedule(
    optimizer: torch.optim.Optimizer, recipe: Recipe, steps: int
) -> torch.optim.lr_scheduler.LRScheduler:
    """Return the schedule of the learning rates over `steps` an epoch: one cycle, or constant."""
    if recipe.one_cycle:
        total = max(10, steps * recipe.epochs)  # with fewer the rising part has no step at all
        rates = [group["lr"] for group in optimizer.param_groups]
        return torch.optim.lr_scheduler.OneCycleLR(
            optimizer, rates, total_steps=total, pct_start=0.2
        )
    return torch.optim.lr_scheduler.ConstantLR(optimizer, factor=1.0)
