"""File names of saved models, and other fixed values."""

from __future__ import annotations

# Weights, and the index of weights cut into shards
SAFE_WEIGHTS_NAME = "model.safetensors"
FLAX_WEIGHTS_NAME = "flax_model.msgpack"
TF2_WEIGHTS_NAME = "tf_model.h5"
TF_WEIGHTS_NAME = "model.ckpt"
WEIGHTS_NAME = "pytorch_model.bin"
SAFE_WEIGHTS_INDEX_NAME = "model.safetensors.index.json"
FLAX_WEIGHTS_INDEX_NAME = "flax_model.msgpack.index.json"
TF2_WEIGHTS_INDEX_NAME = "tf_model.h5.index.json"
WEIGHTS_INDEX_NAME = "pytorch_model.bin.index.json"
ADAPTER_SAFE_WEIGHTS_NAME = "adapter_model.safetensors"
ADAPTER_WEIGHTS_NAME = "adapter_model.bin"

# Beside them
ADAPTER_CONFIG_NAME = "adapter_config.json"
AUDIO_TOKENIZER_NAME = "audio_tokenizer_config.json"
CHAT_TEMPLATE_DIR = "additional_chat_templates"
CHAT_TEMPLATE_FILE = "chat_template.jinja"
CONFIG_NAME = "config.json"
FEATURE_EXTRACTOR_NAME = "preprocessor_config.json"
GENERATION_CONFIG_NAME = "generation_config.json"
IMAGE_PROCESSOR_NAME = FEATURE_EXTRACTOR_NAME
LEGACY_PROCESSOR_CHAT_TEMPLATE_FILE = "chat_template.json"
MODEL_CARD_NAME = "modelcard.json"
PROCESSOR_NAME = "processor_config.json"
VIDEO_PROCESSOR_NAME = "video_preprocessor_config.json"

# Pixel statistics per channel (red, green, blue), for values in [0, 1]
OPENAI_CLIP_STD = [0.26862954, 0.26130258, 0.27577711]
OPENAI_CLIP_MEAN = [0.48145466, 0.4578275, 0.40821073]
IMAGENET_STANDARD_STD = [0.5, 0.5, 0.5]
IMAGENET_STANDARD_MEAN = [0.5, 0.5, 0.5]
IMAGENET_DEFAULT_STD = [0.229, 0.224, 0.225]
IMAGENET_DEFAULT_MEAN = [0.485, 0.456, 0.406]

# SentencePiece writes a space as this character
SENTENCEPIECE_UNDERLINE = "▁"
SPIECE_UNDERLINE = SENTENCEPIECE_UNDERLINE

__all__ = [
    "ADAPTER_CONFIG_NAME",
    "ADAPTER_SAFE_WEIGHTS_NAME",
    "ADAPTER_WEIGHTS_NAME",
    "AUDIO_TOKENIZER_NAME",
    "CHAT_TEMPLATE_DIR",
    "CHAT_TEMPLATE_FILE",
    "CONFIG_NAME",
    "FEATURE_EXTRACTOR_NAME",
    "FLAX_WEIGHTS_INDEX_NAME",
    "FLAX_WEIGHTS_NAME",
    "GENERATION_CONFIG_NAME",
    "IMAGENET_DEFAULT_MEAN",
    "IMAGENET_DEFAULT_STD",
    "IMAGENET_STANDARD_MEAN",
    "IMAGENET_STANDARD_STD",
    "IMAGE_PROCESSOR_NAME",
    "LEGACY_PROCESSOR_CHAT_TEMPLATE_FILE",
    "MODEL_CARD_NAME",
    "OPENAI_CLIP_MEAN",
    "OPENAI_CLIP_STD",
    "PROCESSOR_NAME",
    "SAFE_WEIGHTS_INDEX_NAME",
    "SAFE_WEIGHTS_NAME",
    "SENTENCEPIECE_UNDERLINE",
    "SPIECE_UNDERLINE",
    "TF2_WEIGHTS_INDEX_NAME",
    "TF2_WEIGHTS_NAME",
    "TF_WEIGHTS_NAME",
    "VIDEO_PROCESSOR_NAME",
    "WEIGHTS_INDEX_NAME",
    "WEIGHTS_NAME",
]
