"""Functions that programs import from `transformers.modeling_utils`."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

torch = pytest.importorskip("torch")
from torch import nn  # noqa: E402

from transformers import BertConfig, BertModel, modeling_utils  # noqa: E402
from transformers.layers.conv1d import Conv1D  # noqa: E402
from transformers.modeling_utils import (  # noqa: E402
    dtype_byte_size,
    get_first_parameter_dtype,
    get_parameter_device,
    get_parameter_dtype,
    get_state_dict_dtype,
    load_sharded_checkpoint,
    load_state_dict,
    no_init_weights,
    unwrap_model,
)


def bert() -> Any:
    torch.manual_seed(0)
    sizes = {"hidden_size": 16, "intermediate_size": 20, "num_hidden_layers": 2, "num_attention_heads": 2}
    return BertModel(BertConfig(vocab_size=50, **sizes)).eval()


@pytest.mark.parametrize("safe", [True, False])
def test_one_file_is_read_by_name(safe: bool, tmp_path: Path) -> None:
    model = bert()
    model.save_pretrained(tmp_path, safe_serialization=safe)
    file = tmp_path / ("model.safetensors" if safe else "pytorch_model.bin")
    found, shapes = load_state_dict(file), load_state_dict(file, map_location="meta")
    assert found.keys() == shapes.keys() == model.state_dict().keys()
    for name, value in model.state_dict().items():
        assert torch.equal(found[name], value)
        assert shapes[name].is_meta and shapes[name].shape == value.shape
    (tmp_path / "other").write_text("no weights")
    with pytest.raises(ValueError, match="other"):
        load_state_dict(tmp_path / "other")


def test_shards_fill_a_module(tmp_path: Path) -> None:
    model, other = bert(), bert()
    nn.init.zeros_(other.pooler.dense.weight)
    with pytest.raises(ValueError, match="holds no index of shards"):
        load_sharded_checkpoint(other, tmp_path)
    model.save_pretrained(tmp_path, max_shard_size="2KB", safe_serialization=False)
    assert not any(load_sharded_checkpoint(other, tmp_path))
    assert all(torch.equal(value, other.state_dict()[name]) for name, value in model.state_dict().items())
    plain = nn.Linear(2, 3)
    with pytest.raises(RuntimeError, match="Unexpected"):
        load_sharded_checkpoint(plain, tmp_path)
    result = load_sharded_checkpoint(plain, tmp_path, strict=False)
    assert result.missing_keys == ["weight", "bias"] and len(result.unexpected_keys) == len(
        model.state_dict()
    )


def test_safetensors_come_first(tmp_path: Path) -> None:
    model = bert()
    model.save_pretrained(tmp_path, max_shard_size="2KB")
    (tmp_path / "pytorch_model.bin.index.json").write_text(json.dumps({"weight_map": {"x": "none.bin"}}))
    assert not any(load_sharded_checkpoint(bert(), tmp_path))
    with pytest.raises(ValueError, match=r"none\.bin"):
        load_sharded_checkpoint(bert(), tmp_path, prefer_safe=False)


def test_dtypes_and_devices() -> None:
    module = nn.Module()
    for function in (get_parameter_device, get_parameter_dtype, get_first_parameter_dtype):
        with pytest.raises(ValueError, match="neither parameters nor buffers"):
            function(module)
    module.register_buffer("count", torch.zeros(2, dtype=torch.int64))
    assert get_parameter_dtype(module) == get_first_parameter_dtype(module) == torch.int64
    module.register_buffer("scale", torch.zeros(2, dtype=torch.float16))
    assert get_parameter_dtype(module) == torch.float16
    assert get_first_parameter_dtype(module) == torch.int64
    module.steps = nn.Parameter(torch.zeros(2, dtype=torch.int8, device="meta"), requires_grad=False)
    assert get_first_parameter_dtype(module) == torch.int8
    assert get_parameter_device(module).type == "meta"
    state = {"a": torch.zeros(1, dtype=torch.int32), "b": torch.zeros(1, dtype=torch.bfloat16)}
    assert get_state_dict_dtype(state) == torch.bfloat16
    assert get_state_dict_dtype({"a": state["a"]}) == torch.int32
    with pytest.raises(ValueError, match="empty state_dict"):
        get_state_dict_dtype({})
    sizes = [dtype_byte_size(dtype) for dtype in (torch.float32, torch.bfloat16, torch.int8, torch.bool)]
    assert sizes == [4, 2, 1, 0.125]


def test_wrappers_are_taken_off() -> None:
    inner = nn.Linear(2, 2)
    wrapped = nn.DataParallel(nn.DataParallel(inner))
    assert unwrap_model(wrapped) is inner and unwrap_model(inner) is inner
    outer = nn.Sequential(wrapped)
    assert unwrap_model(outer)[0] is wrapped
    assert unwrap_model(outer, recursive=True)[0] is inner


def test_weights_stay_as_they_are_without_initialisers() -> None:
    before = nn.init.normal_
    with no_init_weights():
        linear = nn.Linear(3, 3)
        linear.weight.data.fill_(7)
        linear.reset_parameters()
        assert torch.all(linear.weight == 7)
    assert nn.init.normal_ is before
    with no_init_weights(_enable=False):
        linear.reset_parameters()
    assert not torch.any(linear.weight == 7)


def test_further_names_are_found_and_others_are_not() -> None:
    assert modeling_utils.Conv1D is Conv1D
    for name in ("PretrainedConfig", "SequenceSummary", "prune_linear_layer", "apply_chunking_to_forward"):
        assert getattr(modeling_utils, name).__name__ == name
    with pytest.raises(AttributeError, match=r"'transformers\.modeling_utils' has no attribute 'nothing'"):
        _ = modeling_utils.nothing
