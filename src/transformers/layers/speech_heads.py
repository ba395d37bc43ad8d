"""Maths of the task heads of speech encoders: pooling, CTC loss, speaker vectors."""

from __future__ import annotations

import torch
import torch.nn.functional as F
from torch import nn

from .host import host_check
from .losses import cross_entropy
from .speech_features import frame_mask


def mean_frames(hidden_states, visible=None):
    """(B, frames, C) -> (B, C), over the frames that `visible` (B, frames) bool shows, all if None."""
    if visible is None:
        return hidden_states.mean(dim=1)
    counted = visible[:, :, None].to(hidden_states.dtype)
    return hidden_states.masked_fill(~visible[:, :, None], 0.0).sum(dim=1) / counted.sum(dim=1)


def mean_and_deviation(hidden_states, lengths=None):
    """(B, frames, C) -> (B, 2 C): mean and deviation (of n - 1) over the first `lengths` (B,) frames."""
    frames = hidden_states.shape[1]
    visible = torch.ones_like(hidden_states[:, :, :1])  # (B, frames, 1)
    if lengths is not None:
        visible = frame_mask(lengths, frames, hidden_states.device)[:, :, None].to(hidden_states.dtype)
    count = visible.sum(dim=1)  # (B, 1)
    mean = (hidden_states * visible).sum(dim=1) / count
    spread = ((hidden_states - mean[:, None]) * visible).pow(2).sum(dim=1) / (count - 1)
    still = spread == 0  # where the root has no gradient
    deviation = torch.sqrt(spread.masked_fill(still, 1.0)).masked_fill(still, 0.0)
    return torch.cat([mean, deviation], dim=-1)


def ctc_loss(logits, labels, lengths, config):
    """Connectionist temporal classification, in float32.

    logits: (B, frames, V).  labels: (B, S), those below 0 are left out.  lengths: (B,) frames that count.

    Raises:
        ValueError: a label is not in the vocabulary (told outside of compiled code).
    """
    V = config.vocab_size

    def check(values):
        if values.size and values.max() >= V:
            raise ValueError(f"labels must be below vocab_size ({V}), got {values.max()}")

    host_check(check, labels)
    real = labels >= 0
    order = torch.argsort((~real).to(torch.long), dim=-1, stable=True)  # what is left out goes to the end
    return F.ctc_loss(
        F.log_softmax(logits, dim=-1, dtype=torch.float32).transpose(0, 1),  # (frames, B, V)
        torch.gather(labels.clamp(min=0), 1, order),
        lengths,
        real.to(torch.long).sum(dim=-1),
        blank=config.pad_token_id,
        reduction=config.ctc_loss_reduction,
        zero_infinity=config.ctc_zero_infinity,
    )


class SpeechTDNN(nn.Module):
    """A dilated convolution over time whose weight is stored as a dense layer's, then ReLU."""

    def __init__(self, config, layer_id=0):
        super().__init__()
        widths = [config.tdnn_dim[0], *config.tdnn_dim]
        self.in_conv_dim, self.out_conv_dim = widths[layer_id : layer_id + 2]
        self.kernel_size, self.dilation = config.tdnn_kernel[layer_id], config.tdnn_dilation[layer_id]
        self.kernel = nn.Linear(self.kernel_size * self.in_conv_dim, self.out_conv_dim)

    def forward(self, hidden_states):
        dense = self.kernel.weight.unflatten(1, (self.kernel_size, self.in_conv_dim))
        x = F.conv1d(
            hidden_states.transpose(1, 2),
            dense.transpose(1, 2),  # (out, in, kernel)
            self.kernel.bias,
            dilation=self.dilation,
        )
        return F.relu(x).transpose(1, 2)


class AMSoftmax(nn.Module):
    """Cross entropy over scaled cosines, with a margin taken off the right class (arXiv:1801.05599)."""

    def __init__(self, input_dim, num_labels, scale=30.0, margin=0.4):
        super().__init__()
        self.scale, self.margin, self.num_labels = scale, margin, num_labels
        self.weight = nn.Parameter(torch.randn(input_dim, num_labels))

    def reset_parameters(self):
        nn.init.normal_(self.weight)

    def forward(self, hidden_states, labels):
        """hidden_states: (B, D).  labels: (B,)."""
        labels = labels.reshape(-1)
        cosine = torch.matmul(F.normalize(hidden_states, dim=1), F.normalize(self.weight, dim=0))
        right = F.one_hot(labels, self.num_labels).to(cosine.dtype)
        return cross_entropy(self.scale * (cosine - self.margin * right), labels)


__all__ = [
    "AMSoftmax",
    "SpeechTDNN",
    "ctc_loss",
    "mean_and_deviation",
    "mean_frames",
]
