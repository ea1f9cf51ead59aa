"""The recurrent network: embedding -> GRU -> last hidden states -> linear -> logits.

Works on ids and lengths only: it knows nothing of letters, languages or files.
"""

from dataclasses import dataclass

import torch
from torch import Tensor, nn
from torch.nn.utils.rnn import pack_padded_sequence


@dataclass(frozen=True)
class NetworkConfig:
    """Sizes of the network; the defaults are the lecture's.

    `dropout` acts on the embeddings, between the GRU's layers and on the last hidden states.
    """

    vocabulary_size: int
    n_labels: int
    embedding_size: int = 100
    hidden_size: int = 100
    n_layers: int = 2
    bidirectional: bool = True
    dropout: float = 0.0


class RNNClassifier(nn.Module):
    """A GRU over a sequence of ids that ends in one logit per label.

    B texts, T ids, E embedding size, H hidden size, L layers, D directions (1 or 2), C labels.
    """

    def __init__(self, config: NetworkConfig):
        super().__init__()
        self.config = config
        self.embedding = nn.Embedding(config.vocabulary_size, config.embedding_size, padding_idx=0)
        self.gru = nn.GRU(
            config.embedding_size,
            config.hidden_size,
            config.n_layers,
            batch_first=True,
            dropout=config.dropout if config.n_layers > 1 else 0.0,
            bidirectional=config.bidirectional,
        )
        self.dropout = nn.Dropout(config.dropout)
        n_directions = 2 if config.bidirectional else 1
        self.linear = nn.Linear(n_directions * config.hidden_size, config.n_labels)

    def forward(self, ids: Tensor, lengths: Tensor) -> Tensor:
        """Return logits (B, C) for ids (B, T), padded with 0, and their lengths (B,), all >= 1."""
        embedded = self.dropout(self.embedding(ids))  # (B, T) -> (B, T, E)
        hidden = self.dropout(self._last_hidden_states(embedded, lengths))  # -> (B, D * H)
        return self.linear(hidden)  # -> (B, C)

    def _last_hidden_states(self, embedded: Tensor, lengths: Tensor) -> Tensor:
        if int(lengths.min()) < embedded.shape[1]:
            # Packed, the backward direction starts at each text's own last id, not at its padding.
            embedded = pack_padded_sequence(
                embedded, lengths.cpu(), batch_first=True, enforce_sorted=False
            )
        _, states = self.gru(embedded)  # (B, T, E) -> (L * D, B, H), the last layer last
        if not self.config.bidirectional:
            return states[-1]  # (B, H)
        return torch.cat([states[-2], states[-1]], dim=1)  # forward and backward: (B, 2 * H)
