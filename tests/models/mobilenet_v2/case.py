"""MobileNetV2's test case: a tiny config, its variants, and the runs whose outputs are recorded."""

_IMAGES = {"pixel_values": ["normal", [2, 3, 32, 32]]}
# No multiple of any stride, and higher than wide: shows on which side a border is padded.
_ODD = {"pixel_values": ["normal", [2, 3, 45, 38]]}
_CLASSES = {"labels": ["values", [2, 0]]}
_PIXELS = {"labels": ["int", [2, 45, 38], 0, 3]}
_STATES = {"output_hidden_states": True}

CASE = {
    "module": "models.mobilenet_v2.modeling_mobilenet_v2",
    "config_class": "MobileNetV2Config",
    "main": "pixel_values",
    "attends": False,
    "recomputes": False,
    "deep": True,
    "trunk": "MobileNetV2Model",
    "head": "MobileNetV2ForImageClassification",
    "config": {
        "image_size": 32,
        "depth_multiplier": 0.03,  # 4 channels almost everywhere: few shapes for JAX to compile
        "depth_divisible_by": 4,
        "min_depth": 4,
        "expand_ratio": 2.0,
        "finegrained_output": False,
        "classifier_dropout_prob": 0.0,
        "num_labels": 3,
    },
    "variants": {
        "stride_8": {"output_stride": 8, "depth_multiplier": 0.1, "depth_divisible_by": 2},
        "stride_16": {"output_stride": 16, "tf_padding": False},
        "torch_padding": {"tf_padding": False, "layer_norm_eps": 0.1},
        "own_expansion": {"first_layer_is_expansion": False, "hidden_act": "gelu"},
        "finegrained": {"finegrained_output": True, "num_channels": 1, "depth_multiplier": 0.1},
        "wide": {"depth_multiplier": 0.2, "depth_divisible_by": 8, "min_depth": 6, "expand_ratio": 1.5},
        "regression": {"num_labels": 1},
        "multi_label": {"problem_type": "multi_label_classification"},
        "ignoring": {"semantic_loss_ignore_index": 1, "output_stride": 16},
    },
    "runs": {
        "model": {"class": "MobileNetV2Model", "inputs": _IMAGES, "flags": _STATES},
        "model_odd": {"class": "MobileNetV2Model", "inputs": _ODD, "flags": _STATES},
        "model_stride_8": {"class": "MobileNetV2Model", "variant": "stride_8", "inputs": _ODD},
        "model_stride_16": {"class": "MobileNetV2Model", "variant": "stride_16", "inputs": _ODD},
        "model_torch_padding": {"class": "MobileNetV2Model", "variant": "torch_padding", "inputs": _ODD},
        "model_own_expansion": {"class": "MobileNetV2Model", "variant": "own_expansion", "inputs": _IMAGES},
        "model_finegrained": {
            "class": "MobileNetV2Model",
            "variant": "finegrained",
            "inputs": {"pixel_values": ["normal", [2, 1, 32, 32]]},
        },
        "model_wide": {"class": "MobileNetV2Model", "variant": "wide", "inputs": _IMAGES},
        "image": {
            "class": "MobileNetV2ForImageClassification",
            "inputs": {**_IMAGES, **_CLASSES},
        },
        "image_regression": {
            "class": "MobileNetV2ForImageClassification",
            "variant": "regression",
            "inputs": {**_IMAGES, "labels": ["floats", [0.5, -1.25]]},
        },
        "image_multi_label": {
            "class": "MobileNetV2ForImageClassification",
            "variant": "multi_label",
            "inputs": {**_IMAGES, "labels": ["floats", [[0, 1, 1], [1, 0, 0]]]},
        },
        "pixels": {
            "class": "MobileNetV2ForSemanticSegmentation",
            "variant": "ignoring",
            "inputs": {**_ODD, **_PIXELS},
            "flags": _STATES,
        },
    },
}
