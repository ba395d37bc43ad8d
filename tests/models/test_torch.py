"""What every architecture must do in PyTorch beside the common suite."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch

from transformers import PreTrainedModel

from . import cases
from .adapters import ADAPTERS
from .devices import DEVICE, placed
from .test_common import (
    close,
    each,
    each_attending,
    each_of_tokens,
    each_recomputing,
    fed,
    fed_head,
    head_run,
    ids,
    is_pair,
    light,
    main_input,
    sizes,
    sparingly,
    trunk,
)

PT = ADAPTERS["pt"]


def tensors(name: str, run: str) -> dict[str, torch.Tensor]:
    return {key: placed(value) for key, value in cases.inputs(name, run).items()}


def torch_fed(name: str, batch: torch.Tensor) -> dict[str, torch.Tensor]:
    """`fed` with tensors."""
    return {key: placed(value) for key, value in fed(name, batch).items()}


def torch_fed_head(name: str) -> dict[str, torch.Tensor]:
    """`fed_head` with tensors."""
    return {key: placed(value) for key, value in fed_head(name, torch.from_numpy(ids(name))).items()}


def head(name: str, **overrides: Any) -> Any:
    return PT.build(name, cases.case(name)["head"], head_run(name), **overrides)


def classes(name: str) -> dict[str, str]:
    """Every class of the case with its last run."""
    return {run["class"]: key for key, run in cases.case(name)["runs"].items()}


def check_one_graph(model: Any, inputs: dict[str, torch.Tensor]) -> None:
    """The compiled model is one graph and gives the model's output."""
    torch._dynamo.reset()  # models share code, and one piece of it is compiled eight times at most
    compiled = torch.compile(model, backend="eager", fullgraph=True)
    with torch.no_grad():
        expected, found = model(**inputs), compiled(**inputs)
    assert type(found) is type(expected)
    assert list(found) == list(expected)
    close(found[0], expected[0])


@each
def test_compiles_to_one_graph(name: str) -> None:
    """Tokens come without a mask here, with one where the model is exported."""
    run = head_run(name)
    inputs = torch_fed_head(name) if name in cases.TOKENS else tensors(name, run)
    check_one_graph(head(name, **light(name)), inputs)


@each
@pytest.mark.full
def test_recorded_inputs_compile_to_one_graph(name: str) -> None:
    check_one_graph(head(name), tensors(name, head_run(name)))
    if name in cases.TOKENS:
        check_one_graph(trunk(PT, name), torch_fed(name, torch.from_numpy(ids(name))))


@each_of_tokens
@pytest.mark.parametrize("depth", ["one layer", pytest.param("whole", marks=pytest.mark.full)])
def test_exports_with_free_batch_and_length(name: str, depth: str) -> None:
    model = head(name, **(cases.shallow(name) if depth == "one layer" else {}))
    batch = torch.from_numpy(ids(name))
    rows = torch.export.Dim("batch", min=2, max=64)
    free = {0: rows, 1: torch.export.Dim("tokens", min=2, max=12)}
    inputs = fed_head(name, batch, attention_mask=torch.ones_like(batch))
    other = {0: rows, 1: torch.export.Dim("written", min=2, max=12)}
    shapes = {key: other if key.startswith("decoder") else free for key in inputs}
    tensors = {key: placed(value) for key, value in inputs.items()}
    program = torch.export.export(model, (), tensors, dynamic_shapes=shapes)
    other = {key: placed(v) for key, v in fed_head(name, torch.from_numpy(ids(name, 3, 9))).items()}
    with torch.no_grad():
        found = program.module()(**other, attention_mask=torch.ones_like(other["input_ids"]))
        close(found["logits"], model(**other).logits)


@pytest.mark.parametrize("name", [n for n in sparingly if n.values[0] not in cases.TOKENS])
def test_exports_with_free_sizes(name: str) -> None:
    model, batch = head(name), placed(main_input(name))
    free = {0: torch.export.Dim("batch", min=2, max=64)}
    # Above the recorded size: deep inside, the features of that may be a single one, which is a case apart.
    free |= {axis: torch.export.Dim(what, min=batch.shape[axis] + 1) for axis, what in sizes(name).items()}
    one, other = (
        placed(
            torch.randn(
                [size * times + axis if axis in free else size for axis, size in enumerate(batch.shape)]
            )
        )
        for times in (2, 3)
    )
    program = torch.export.export(model, (one,), dynamic_shapes=(free,))
    with torch.no_grad():
        close(program.module()(other)["logits"], model(other).logits)


@each_recomputing
def test_gradient_checkpointing_changes_no_gradient(name: str) -> None:
    model, inputs = head(name), cases.inputs(name, head_run(name))
    expected = PT.gradients(model, inputs)
    model.gradient_checkpointing_enable()
    assert model.is_gradient_checkpointing
    model.train()
    found = PT.gradients(model, inputs)
    for key, gradient in expected.items():
        np.testing.assert_allclose(found[key], gradient, atol=1e-6, err_msg=key)
    model.gradient_checkpointing_disable()
    assert not model.is_gradient_checkpointing


@each
@pytest.mark.parametrize("dtype", [torch.float16, torch.bfloat16])
def test_half_precision_stays_near(name: str, dtype: torch.dtype) -> None:
    model, batch = trunk(PT, name), placed(main_input(name))
    with torch.no_grad():
        expected = model(**torch_fed(name, batch))[0]
        batch = batch.to(dtype) if batch.is_floating_point() else batch
        found = model.to(dtype)(**torch_fed(name, batch))[0]
    assert found.dtype == dtype
    assert (found.float() - expected).abs().max() < (0.02 if dtype == torch.float16 else 0.15)


@each
def test_loads_in_the_dtype_asked_for(name: str, tmp_path: Path) -> None:
    head(name).half().save_pretrained(tmp_path)
    load = PT.model_class(name, cases.case(name)["head"]).from_pretrained
    assert load(tmp_path).dtype == torch.float32
    assert load(tmp_path, dtype="auto").dtype == torch.float16
    assert load(tmp_path, torch_dtype=torch.bfloat16).dtype == torch.bfloat16
    assert load(tmp_path, dtype="float64").config.dtype == torch.float64


@each_attending
def test_eager_and_fused_attention_agree(name: str) -> None:
    inputs = torch_fed(name, torch.from_numpy(main_input(name)))
    model = trunk(PT, name)
    with torch.no_grad():
        fused = model(**inputs)[0]
        model.set_attn_implementation("eager")
        close(model(**inputs)[0], fused)
    with pytest.raises(ValueError, match="flash_misspelt"):
        model.set_attn_implementation("flash_misspelt")


@each_attending
def test_registered_kernel_is_called(name: str) -> None:
    from transformers.modeling_utils import ALL_ATTENTION_FUNCTIONS, AttentionInterface

    calls = []

    def kernel(module: Any, *args: Any, **kwargs: Any) -> Any:
        calls.append(type(module).__name__)
        return ALL_ATTENTION_FUNCTIONS["eager"](module, *args, **kwargs)

    AttentionInterface.register("counted", kernel)
    try:
        model = trunk(PT, name)
        inputs = torch_fed(name, torch.from_numpy(main_input(name)))
        with torch.no_grad():
            expected = model(**inputs)[0]
            model.set_attn_implementation("counted")
            close(model(**inputs)[0], expected)
        # In a pair each layer of the decoder attends twice.
        assert len(calls) == model.config.num_hidden_layers * (3 if is_pair(name) else 1)
    finally:
        del ALL_ATTENTION_FUNCTIONS["counted"]


@pytest.mark.parametrize("name", [n for n in cases.NAMES if "resized" in cases.case(n)])
def test_resizing_keeps_old_tokens_and_ties(name: str) -> None:
    model = PT.build(name, cases.case(name)["resized"])
    before, inputs = model.config.vocab_size, torch_fed(name, torch.from_numpy(ids(name)))
    with torch.no_grad():
        expected = model(**inputs).logits
    table = model.resize_token_embeddings(before + 5, pad_to_multiple_of=8)
    size = -(-(before + 5) // 8) * 8
    assert table is model.get_input_embeddings()
    assert (table.num_embeddings, model.config.vocab_size) == (size, size)
    with torch.no_grad():
        found = model(**inputs).logits
    assert found.shape[-1] == size
    close(found[..., :before], expected)
    for alias, source in model.active_ties().items():
        assert model.get_parameter(alias) is model.get_parameter(source)
    model.resize_token_embeddings(before)
    with torch.no_grad():
        close(model(**inputs).logits, expected)
    with pytest.raises(ValueError, match="positive"):
        model.resize_token_embeddings(0)
    with pytest.raises(ValueError, match="pad_to_multiple_of"):
        model.resize_token_embeddings(pad_to_multiple_of=0)


@each
def test_pruned_heads_equal_masked_heads(name: str, tmp_path: Path) -> None:
    model = trunk(PT, name)
    if type(model)._prune_heads is PreTrainedModel._prune_heads:
        with pytest.raises(NotImplementedError, match="pruned"):
            model.prune_heads({0: [0]})
        return
    inputs = torch_fed(name, torch.from_numpy(main_input(name)))
    keep = placed(torch.ones(model.config.num_hidden_layers, model.config.num_attention_heads))
    masks = {"decoder_head_mask": keep.clone()} if is_pair(name) else {}  # only the encoder's are pruned
    last = 0 if cases.case(name).get("shares_layers") else 1
    keep[0, 1] = keep[last, 0] = keep[last, 3] = 0
    with torch.no_grad():
        expected = model(**inputs, head_mask=keep, **masks)[0]
        model.prune_heads({0: [1]})
        model.prune_heads({last: [0]})
        model.prune_heads({last: [3]})
        close(model(**inputs)[0], expected)
        model.save_pretrained(tmp_path)
        again = type(model).from_pretrained(tmp_path)
        close(again(**inputs)[0], expected)
    assert again.config.pruned_heads == ({0: [1], 1: [0, 3]} if last else {0: [0, 1, 3]})


@each
def test_loss_options_reach_the_loss(name: str) -> None:
    model, inputs = head(name), tensors(name, head_run(name))
    labelled = int((inputs["labels"] != -100).sum())
    with torch.no_grad():
        mean = model(**inputs).loss
        close(model(**inputs, num_items_in_batch=2 * labelled).loss, mean / 2)
        smooth = model(**inputs, label_smoothing=0.5).loss
    assert abs(float(smooth - mean)) > 1e-4
    with pytest.raises(TypeError):
        model(**inputs, labels_smoothing=0.5)


@each
def test_own_loss_function_is_used(name: str) -> None:
    model = head(name)
    model.loss_function = lambda logits, labels, config, **options: logits.sum() * 0 + 42.0
    assert model(**tensors(name, head_run(name))).loss == 42.0


@each
def test_facts_about_the_model(name: str) -> None:
    model = head(name)
    total = sum(p.numel() for p in model.parameters())
    assert model.num_parameters() == total
    assert model.get_memory_footprint() == 4 * total + sum(buffer.nbytes for buffer in model.buffers())
    tables = sum(m.weight.numel() for m in model.modules() if isinstance(m, torch.nn.Embedding))
    assert model.num_parameters(exclude_embeddings=True) == total - tables
    assert model.base_model is getattr(model, model.base_model_prefix)
    assert model.device.type == DEVICE.partition(":")[0]
    assert not model.training
    assert set(model.dummy_inputs) == {cases.main(name)}
    assert model.to_bettertransformer() is model


@each
def test_all_missing_weights_get_initial_values(name: str) -> None:
    """Whatever a checkpoint may lack is initialised: nothing is left without a value."""
    for class_name, run in classes(name).items():
        cls = PT.model_class(name, class_name)
        config = PT.config(name, run)
        base = PT.build(name, cases.case(name)["trunk"], run)
        model = cls.from_pretrained(None, config=config, state_dict=base.state_dict())
        for key, tensor in model.state_dict().items():
            assert not tensor.is_meta, key
            assert torch.isfinite(tensor).all(), key


@each
def test_head_prefixes_are_complete(name: str) -> None:
    """`_head_modules` names what the heads add to the trunk, no more and no less."""
    found: set[str] = set()
    for class_name, run in classes(name).items():
        model = PT.model_class(name, class_name)(PT.config(name, run))
        if class_name != cases.case(name)["trunk"]:
            found |= {key.partition(".")[0] for key in model.state_dict()} - {model.base_model_prefix}
    base = PT.model_class(name, cases.case(name)["trunk"])
    without_prefix = {key.partition(".")[0] for key in base(PT.config(name)).state_dict()}
    assert set(base._head_modules) == found - without_prefix
