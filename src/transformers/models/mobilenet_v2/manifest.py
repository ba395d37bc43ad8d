"""Facts about MobileNetV2 from which tables, exports and the docs page are generated."""

MANIFEST = {
    "model_types": {"mobilenet_v2": "MobileNetV2Config"},
    "heads": {
        "AutoModel": {"mobilenet_v2": ["MobileNetV2Model"]},
        "AutoModelForImageClassification": {"mobilenet_v2": ["MobileNetV2ForImageClassification"]},
        "AutoModelForSemanticSegmentation": {"mobilenet_v2": ["MobileNetV2ForSemanticSegmentation"]},
    },
    "tokenizer": {},
    "processors": {},
    "aliases": {},
    "docs": {
        "title": "MobileNetV2",
        "paper": "arXiv:1801.04381",
        "summary": "Small convolutional image encoder of inverted residual blocks, for telephones.",
    },
}
