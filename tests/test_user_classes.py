"""Classes that users derive from ours in the classic style, as published code does."""

from __future__ import annotations

import copy
import pickle
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import torch
from torch import nn

from transformers import (
    AutoConfig,
    AutoModel,
    AutoModelForSequenceClassification,
    BertConfig,
    BertModel,
    PretrainedConfig,
    PreTrainedModel,
)
from transformers.loading.matching import CheckpointMismatchError
from transformers.modeling_outputs import SequenceClassifierOutput


class OwnConfig(PretrainedConfig):
    model_type = "own-model"

    def __init__(self, width: int = 8, depth: int = 2, **kwargs: Any) -> None:
        self.width = width
        self.depth = depth
        super().__init__(**kwargs)


class OwnModel(PreTrainedModel):
    config_class = OwnConfig

    def __init__(self, config: OwnConfig) -> None:
        super().__init__(config)
        self.layers = nn.ModuleList([nn.Linear(config.width, config.width) for _ in range(config.depth)])
        self.register_buffer("scale", torch.arange(config.width).float(), persistent=False)
        self.classifier = nn.Linear(config.width, config.num_labels)

    def forward(self, x: torch.Tensor, labels: torch.Tensor | None = None) -> SequenceClassifierOutput:
        for layer in self.layers:
            x = torch.relu(layer(x)) * self.scale
        return SequenceClassifierOutput(logits=self.classifier(x))


class BertWithExtra(BertModel):
    """One of our models with a part more."""

    def __init__(self, config: BertConfig) -> None:
        super().__init__(config)
        self.extra = nn.Linear(config.hidden_size, 3)
        self.post_init()


@pytest.fixture
def registered() -> Iterator[None]:
    from transformers.models.auto import configuration_auto

    AutoConfig.register("own-model", OwnConfig)
    AutoModel.register(OwnConfig, OwnModel)
    AutoModelForSequenceClassification.register(OwnConfig, OwnModel)
    yield
    configuration_auto.CONFIG_MAPPING._extra_content.pop("own-model", None)
    AutoModel._model_mapping._extra_content.pop(OwnConfig, None)
    AutoModelForSequenceClassification._model_mapping._extra_content.pop(OwnConfig, None)


def tiny(**values: Any) -> BertConfig:
    sizes = {
        "hidden_size": 8,
        "num_hidden_layers": 2,
        "num_attention_heads": 2,
        "intermediate_size": 12,
        "vocab_size": 20,
    }
    return BertConfig(**{**sizes, **values})


def test_own_model_saves_and_loads(tmp_path: Path) -> None:
    model = OwnModel(OwnConfig(width=4, num_labels=3)).eval()
    model.save_pretrained(tmp_path)
    again, info = OwnModel.from_pretrained(tmp_path, output_loading_info=True)
    assert not any(info.values())
    x = torch.randn(2, 4)
    assert torch.equal(again(x).logits, model(x).logits)
    assert again.config.width == 4
    assert again.config.architectures == ["OwnModel"]
    for other in (copy.deepcopy(model), pickle.loads(pickle.dumps(model))):
        assert torch.equal(other(x).logits, model(x).logits)


def test_own_model_through_auto_classes(registered: None, tmp_path: Path) -> None:
    OwnModel(OwnConfig(width=4)).save_pretrained(tmp_path)
    assert isinstance(AutoConfig.from_pretrained(tmp_path), OwnConfig)
    assert AutoConfig.for_model("own-model", width=5).width == 5
    for auto in (AutoModel, AutoModelForSequenceClassification):
        assert isinstance(auto.from_pretrained(tmp_path), OwnModel)
        assert isinstance(auto.from_config(OwnConfig(width=3)), OwnModel)


def test_own_part_of_our_model_starts_anew(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    BertModel(tiny()).save_pretrained(tmp_path)
    model, info = BertWithExtra.from_pretrained(tmp_path, output_loading_info=True)
    assert sorted(info["missing_keys"]) == ["extra.bias", "extra.weight"]
    assert torch.isfinite(model.extra.weight).all()
    assert model.extra.weight.std() > 0
    model.save_pretrained(tmp_path / "more")
    with pytest.raises(CheckpointMismatchError, match=r"unexpected.*extra"):
        BertModel.from_pretrained(tmp_path / "more")


def test_own_models_weights_must_be_there(tmp_path: Path) -> None:
    model = OwnModel(OwnConfig(width=4))
    state = {name: value for name, value in model.state_dict().items() if name != "layers.1.weight"}
    with pytest.raises(CheckpointMismatchError, match=r"missing: layers\.1\.weight"):
        OwnModel.from_pretrained(None, config=model.config, state_dict=state)


def test_wrong_config_is_refused() -> None:
    with pytest.raises(TypeError, match=r"BertModel needs a BertConfig, got OwnConfig"):
        BertModel(OwnConfig())


def test_patched_inner_class_is_built(monkeypatch: pytest.MonkeyPatch) -> None:
    """Client libraries replace published inner classes: blocks look them up when they are built."""
    from transformers.models.bert import modeling_bert

    class Patched(modeling_bert.BertSelfAttention):
        pass

    monkeypatch.setattr(modeling_bert, "BertSelfAttention", Patched)
    assert isinstance(BertModel(tiny()).encoder.layer[0].attention.self, Patched)


def test_kwargs_reach_config_and_constructor(tmp_path: Path) -> None:
    BertModel(tiny()).save_pretrained(tmp_path)
    model = BertModel.from_pretrained(tmp_path, add_pooling_layer=False, output_attentions=True)
    assert model.pooler is None
    assert model.config.output_attentions
    with pytest.raises(TypeError, match="no_such_thing"):
        BertModel.from_pretrained(tmp_path, no_such_thing=1)
    with pytest.raises(ValueError, match="one thing"):
        BertModel.from_pretrained(tmp_path, dtype="float16", torch_dtype="float32")
    with pytest.raises(ValueError, match="quantization_config"):
        BertModel.from_pretrained(tmp_path, quantization_config={})
    with pytest.raises(ValueError, match="without a device"):
        BertModel.from_pretrained(tmp_path, device_map={"embeddings": "cpu", "encoder": "meta"})
    with pytest.raises(ValueError, match="needs a name"):
        BertModel.from_pretrained(None, config=tiny())
    with pytest.raises(ValueError, match="needs a config"):
        BertModel.from_pretrained(None, state_dict={})
    assert BertModel.from_pretrained(tmp_path, device_map="auto").device.type in ("cpu", "cuda")
    assert (
        BertModel.from_pretrained(tmp_path, attn_implementation="eager").config._attn_implementation
        == "eager"
    )
    with pytest.raises(
        ValueError, match='"none_such"` is not supported: the name is unknown; there are eager'
    ):
        BertModel.from_pretrained(tmp_path, attn_implementation="none_such")
    with pytest.raises(ValueError, match="AutoModel class"):
        BertModel.register_for_auto_class("Automobile")


def test_sharded_and_pickled_files_load(tmp_path: Path) -> None:
    model = BertModel(tiny()).eval()
    ids = torch.tensor([[1, 2, 3]])
    for name, options in (
        ("shards", {"max_shard_size": "2KB"}),
        ("bin", {"safe_serialization": False}),
        ("variant", {"variant": "fp16"}),
    ):
        model.save_pretrained(tmp_path / name, **options)
        load = {"variant": "fp16"} if name == "variant" else {}
        again = BertModel.from_pretrained(tmp_path / name, **load)
        assert torch.equal(again(ids)[0], model(ids)[0])
    assert (tmp_path / "shards" / "model.safetensors.index.json").is_file()
    assert (tmp_path / "bin" / "pytorch_model.bin").is_file()
    by_file = BertModel.from_pretrained(tmp_path / "bin" / "pytorch_model.bin")
    assert torch.equal(by_file(ids)[0], model(ids)[0])
    (tmp_path / "file").write_text("")
    with pytest.raises(ValueError, match="must be a folder"):
        model.save_pretrained(tmp_path / "file")
    model.save_pretrained(tmp_path / "nothing", is_main_process=False)
    assert not (tmp_path / "nothing").exists()


def test_loaded_weights_can_be_trained(tmp_path: Path) -> None:
    BertModel(tiny()).save_pretrained(tmp_path)
    before = (tmp_path / "model.safetensors").read_bytes()
    model = BertModel.from_pretrained(tmp_path).train()
    optimizer = torch.optim.SGD(model.parameters(), lr=0.1)
    model(torch.tensor([[1, 2, 3]]))[0].square().sum().backward()
    optimizer.step()
    assert (tmp_path / "model.safetensors").read_bytes() == before  # the file is mapped, and stays as it is


def test_mismatched_sizes_start_anew_when_asked(tmp_path: Path) -> None:
    from transformers import BertForSequenceClassification

    BertForSequenceClassification(tiny(num_labels=2)).save_pretrained(tmp_path)
    with pytest.raises(CheckpointMismatchError, match="ignore_mismatched_sizes"):
        BertForSequenceClassification.from_pretrained(tmp_path, num_labels=5)
    model, info = BertForSequenceClassification.from_pretrained(
        tmp_path, num_labels=5, ignore_mismatched_sizes=True, output_loading_info=True
    )
    assert model.classifier.weight.shape == (5, 8)
    assert torch.isfinite(model.classifier.weight).all()
    assert sorted(info["mismatched_keys"]) == ["classifier.bias", "classifier.weight"]


def test_input_gradients_for_adapters() -> None:
    model = BertModel(tiny()).requires_grad_(False)
    model.enable_input_require_grads()
    assert model(torch.tensor([[1, 2]]))[0].requires_grad
    model.disable_input_require_grads()
    assert not model(torch.tensor([[1, 2]]))[0].requires_grad


def test_embeddings_can_be_replaced() -> None:
    model = BertModel(tiny())
    table = nn.Embedding(30, 8)
    model.set_input_embeddings(table)
    assert model.embeddings.word_embeddings is table
    assert model.get_output_embeddings() is None
    with pytest.raises(NotImplementedError, match="no output embedding"):
        model.set_output_embeddings(nn.Linear(8, 30))
    own = OwnModel(OwnConfig())
    with pytest.raises(NotImplementedError, match="no single input embedding"):
        own.get_input_embeddings()
    with pytest.raises(ValueError, match="does not support gradient checkpointing"):
        own.gradient_checkpointing_enable()


def test_fresh_models_take_dtype_and_kernel() -> None:
    model = BertModel._from_config(tiny(), dtype=torch.bfloat16, attn_implementation="eager")
    assert model.dtype == torch.bfloat16
    assert model.config._attn_implementation == "eager"
    assert not model.training
    assert torch.get_default_dtype() == torch.float32
