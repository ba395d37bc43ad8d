"""What the variables of TensorFlow 1 checkpoints are called in our models, and how their axes lie there.

The names are those that the programs which wrote the checkpoints gave: google-research/bert, albert and
electra, openai/gpt-2, mesh-tensorflow (T5, GPT Neo), zihangdai/xlnet, and slim's MobileNet.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass

Replacement = str | Callable[[re.Match[str]], str]


@dataclass(frozen=True)
class Form:
    """How a variable becomes a parameter.

    dims: order of its axes, after those of length one in `drop` are gone; None keeps it.
    rows: only the first `vocab_size` rows count, the others fill up a shard.
    """

    dims: tuple[int, ...] | None = None
    drop: tuple[int, ...] = ()
    rows: bool = False


@dataclass(frozen=True)
class Family:
    """The checkpoints of one program.

    weights: matches the variables that belong to the model; others are the training's own.
    names: (pattern, replacement), all applied in their order; "/" becomes "." at the end, and "{layer}"
        stands for every layer's number.
    forms: (pattern, form); the first whose pattern is found in the variable's name holds.
    """

    weights: str
    names: tuple[tuple[str, Replacement], ...]
    forms: tuple[tuple[str, Form], ...] = ()


_TURNED = Form((1, 0))
# Moments, averages and counters that optimisers keep beside a weight.
SLOTS = re.compile(
    r"(^|/)(global_step|beta[12]_power|adam_[mv]|Adam(_1)?|AdamWeightDecayOptimizer(_1)?|Momentum|Adafactor\w*"
    r"|RMSProp(_1)?|ExponentialMovingAverage)$|_slot_\w+$|^(power_learning_rate|learning_rate)$"
)

_LEAVES: tuple[tuple[str, Replacement], ...] = (
    (r"/(kernel|gamma)$", "/weight"),
    (r"/beta$", "/bias"),
    (r"_embeddings$", "_embeddings/weight"),
    (r"/layer_(\d+)/", r"/layer/\1/"),
)
_KERNELS = ((r"/kernel$", _TURNED),)
# The linear layer that follows the trunk in the programs for classes and spans.
_FINE_TUNED: tuple[tuple[str, Replacement], ...] = (
    (r"^cls/squad/output_weights$", "qa_outputs/weight"),
    (r"^cls/squad/output_bias$", "qa_outputs/bias"),
    (r"^output_weights$", "classifier/weight"),
    (r"^output_bias$", "classifier/bias"),
)

_BERT = Family(
    r"^(module/)?(bert|cls)/|^output_(weights|bias)$",
    (
        (r"^module/", ""),
        *_FINE_TUNED,
        *_LEAVES,
        (r"/output_weights$", "/weight"),
        (r"/output_bias$", "/bias"),
    ),
    _KERNELS,
)
_ALBERT = Family(
    _BERT.weights,
    (
        (r"^module/", ""),
        *_FINE_TUNED,
        *_LEAVES,
        (r"^bert/", "albert/"),
        (r"/transformer/group_(\d+)/inner_group_(\d+)/", r"/albert_layer_groups/\1/albert_layers/\2/"),
        (r"/LayerNorm_1/", "/full_layer_layer_norm/"),
        (r"(albert_layers/\d+)/LayerNorm/", r"\1/attention/LayerNorm/"),
        (r"/attention_1/self/", "/attention/"),
        (r"/attention_1/output/(dense|LayerNorm)/", r"/attention/\1/"),
        (r"/ffn_1/intermediate/output/dense/", "/ffn_output/"),
        (r"/ffn_1/intermediate/dense/", "/ffn/"),
        (r"/pooler/dense/", "/pooler/"),
        (r"^cls/predictions/transform/", "predictions/"),
        (r"^cls/predictions/output_bias$", "predictions/bias"),
        (r"^cls/seq_relationship/output_weights$", "sop_classifier/classifier/weight"),
        (r"^cls/seq_relationship/output_bias$", "sop_classifier/classifier/bias"),
    ),
    _KERNELS,
)
_ELECTRA_NAMES: tuple[tuple[str, Replacement], ...] = (
    *_LEAVES,
    (r"^discriminator_predictions/dense_1/", "discriminator_predictions/dense_prediction/"),
    (r"^generator_predictions/output_bias$", "generator_lm_head/bias"),
)
_ELECTRA = Family(r"^(electra|discriminator_predictions)/", _ELECTRA_NAMES, _KERNELS)
# Its embeddings are the discriminator's, unless the file has them apart; the rest is its own.
_ELECTRA_GENERATOR = Family(
    r"^(generator|electra/embeddings|generator_predictions)/",
    ((r"^generator/", "electra/"), *_ELECTRA_NAMES),
    _KERNELS,
)
_GPT2 = Family(
    r"^model/",
    (
        (r"^model/", "transformer/"),
        (r"/(wte|wpe)$", r"/\1/weight"),
        (r"/h(\d+)/", r"/h/\1/"),
        (r"/[wg]$", "/weight"),
        (r"/b$", "/bias"),
    ),
    ((r"/w$", Form(drop=(0,))),),
)
_GPT_NEO = Family(
    r"^gpt2/",
    (
        (r"^gpt2/", "transformer/"),
        (r"/(wte|wpe)$", r"/\1/weight"),
        (r"/h(\d+)/", r"/h/\1/"),
        (r"/norm_([12])/", r"/ln_\1/"),
        (r"/attn/([qkv])$", r"/attn/attention/\1_proj/weight"),
        (r"/attn/o$", "/attn/attention/out_proj/weight"),
        (r"/attn/compute_output_bias/o_b$", "/attn/attention/out_proj/bias"),
        (r"/conv1d_main/", "/"),
        (r"/(kernel|g)$", "/weight"),
        (r"/b$", "/bias"),
    ),
    ((r"/attn/[qkvo]$|/kernel$", _TURNED), (r"/wte$", Form(rows=True))),
)
_T5 = Family(
    r"^(shared|encoder|decoder)/",
    (
        (r"/(block|layer)_0*(\d+)/", r"/\1/\2/"),
        (r"/(block|layer)_0*(\d+)/", r"/\1/\2/"),
        (r"^(encoder|decoder)/rms_norm/", r"\1/final_layer_norm/"),
        (r"/rms_norm/", "/layer_norm/"),
        (r"^decoder/logits/", "lm_head/"),
        (r"/(kernel|scale|embedding)$", "/weight"),
        (r"/([qkvo]|relative_attention_bias)$", r"/\1/weight"),
    ),
    ((r"/(kernel|[qkvo]|relative_attention_bias)$", _TURNED),),
)
_XLNET = Family(
    r"^model/",
    (
        (r"^model/transformer/(r_[wrs]_bias|seg_embed)$", r"transformer/layer/{layer}/rel_attn/\1"),
        (r"^model/transformer/word_embedding/lookup_table$", "transformer/word_embedding/weight"),
        (r"^model/transformer/mask_emb/mask_emb$", "transformer/mask_emb"),
        (r"^model/sequnece_summary/", "sequence_summary/"),  # misspelt in every file
        (r"^model/(classification|regression)_[^/]+/logit/", "logits_proj/"),
        (r"^model/", ""),
        (r"/layer_(\d+)/(rel_attn|ff)/", r"/layer/\1/\2/"),
        (r"/rel_attn/([qkvro])/kernel$", r"/rel_attn/\1"),
        (r"/LayerNorm/gamma$", "/layer_norm/weight"),
        (r"/LayerNorm/beta$", "/layer_norm/bias"),
        (r"/kernel$", "/weight"),
    ),
    ((r"/rel_attn/[qkvro]/kernel$", Form()), (r"/kernel$", _TURNED)),
)


def _block(match: re.Match[str]) -> str:
    """slim counts its blocks from the stem, which is none of ours."""
    return f"mobilenet_v2/layer/{int(match[1]) - 1}/"


_MOBILENET_V2 = Family(
    r"^(MobilenetV2|aspp0|image_pooling|concat_projection|logits)/",
    (
        (r"^MobilenetV2/Logits/Conv2d_1c_1x1/", "classifier/"),
        (r"^MobilenetV2/expanded_conv_(\d+)/", _block),
        (r"^MobilenetV2/expanded_conv/", "mobilenet_v2/conv_stem/"),
        (r"^MobilenetV2/Conv/", "mobilenet_v2/conv_stem/first_conv/"),
        (r"^MobilenetV2/Conv_1/", "mobilenet_v2/conv_1x1/"),
        (r"^aspp0/", "segmentation_head/conv_aspp/"),
        (r"^image_pooling/", "segmentation_head/conv_pool/"),
        (r"^concat_projection/", "segmentation_head/conv_projection/"),
        (r"^logits/semantic/", "segmentation_head/classifier/convolution/"),
        (r"/expand/", "/expand_1x1/"),
        (r"/depthwise/", "/conv_3x3/"),
        (r"/project/", "/reduce_1x1/"),
        (r"/BatchNorm/gamma$", "/normalization/weight"),
        (r"/BatchNorm/beta$", "/normalization/bias"),
        (r"/BatchNorm/moving_mean$", "/normalization/running_mean"),
        (r"/BatchNorm/moving_variance$", "/normalization/running_var"),
        (r"^(classifier|.*/convolution)/(weight|biase)s$", r"\1/\2"),
        (r"/biase$", "/bias"),
        (r"/(depthwise_)?weights$", "/convolution/weight"),
    ),
    (
        (r"/Logits/Conv2d_1c_1x1/weights$", Form((1, 0), drop=(0, 1))),
        (r"/depthwise_weights$", Form((2, 3, 0, 1))),
        (r"/weights$", Form((3, 2, 0, 1))),
    ),
)

FAMILIES: dict[str, Family] = {
    "albert": _ALBERT,
    "bert": _BERT,
    "electra": _ELECTRA,
    "electra_generator": _ELECTRA_GENERATOR,
    "gpt2": _GPT2,
    "gpt_neo": _GPT_NEO,
    "mobilenet_v2": _MOBILENET_V2,
    "t5": _T5,
    "xlnet": _XLNET,
}

__all__ = ["FAMILIES", "SLOTS", "Family", "Form"]
