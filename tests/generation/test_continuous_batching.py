"""Texts that are written together are those that are written alone, whatever waits for whatever."""

from __future__ import annotations

import copy
import functools
import importlib
from collections.abc import Callable
from typing import Any

import pytest

torch = pytest.importorskip("torch")

from transformers import AutoConfig, AutoModelForCausalLM  # noqa: E402
from transformers.generation.continuous_batching import RequestStatus  # noqa: E402

from ..models import seeding  # noqa: E402
from ..models.adapters import ADAPTERS  # noqa: E402
from . import golden_cases  # noqa: E402
from .test_golden_tokens import golden  # noqa: E402
from .writers import build, writer  # noqa: E402

_SIZES = {"vocab_size": 97, "hidden_size": 32, "num_hidden_layers": 2, "num_attention_heads": 4}
# What tells a decoder where a token stands: rotary angles, windows of keys, two kinds of bias, three tables.
KINDS: dict[str, dict[str, Any]] = {
    "llama": {"intermediate_size": 40, "num_key_value_heads": 2},
    "mistral": {"intermediate_size": 40, "num_key_value_heads": 2, "sliding_window": 5},
    "qwen2": {
        **{"intermediate_size": 40, "num_key_value_heads": 2},
        **{"use_sliding_window": True, "sliding_window": 5, "max_window_layers": 1},
    },
    "gpt2": {"n_positions": 64},
    "gpt_neo": {"attention_types": [[["global", "local"], 1]], "window_size": 4, "num_layers": 2},
    "opt": {"ffn_dim": 40, "max_position_embeddings": 64, "word_embed_proj_dim": 32},
    "bloom": {},
    "falcon": {"alibi": True},
    "gptj": {"rotary_dim": 4},
}
LENGTHS = (1, 7, 3, 12, 5, 20, 2, 9, 4, 16)
TIGHT = {"num_blocks": 17, "block_size": 4, "max_batch_tokens": 10}  # four or so texts at a time
WAYS: list[dict[str, Any]] = [
    {},
    {"do_sample": True, "top_k": 20, "temperature": 1.5, "scheduler": "prefill_first"},
    {"repetition_penalty": 1.5, "no_repeat_ngram_size": 2, "min_new_tokens": 4},
]


@functools.cache
def model_of(kind: str) -> Any:
    config = AutoConfig.for_model(kind, **{**_SIZES, "bos_token_id": 1, "eos_token_id": 2, **KINDS[kind]})
    model, adapter = AutoModelForCausalLM.from_config(config), ADAPTERS["pt"]
    adapter.assign(model, {n: seeding.weight(n, s) for n, s in adapter.shapes(model).items()})
    return model.eval()


def prompts() -> list[list[int]]:
    numbers = torch.Generator().manual_seed(3)
    return [torch.randint(3, 97, (length,), generator=numbers).tolist() for length in LENGTHS]


def alone(model: Any, ids: list[int], seed: int, **settings: Any) -> list[int]:
    torch.manual_seed(seed)
    return model.generate(torch.tensor([ids]), **settings)[0, len(ids) :].tolist()  # type: ignore[no-any-return]


def together(model: Any, texts: list[list[int]], count: int = 1, **settings: Any) -> list[list[int]]:
    found = model.generate_batch(texts, progress_bar=False, num_return_sequences=count, **settings)
    ends = ["", *(f"#{index}" for index in range(1, count))]
    assert list(found) == [f"req_{index}{end}" for index in range(len(texts)) for end in ends]
    assert [out.prompt_ids for out in found.values()] == [ids for ids in texts for _ in ends]
    assert all(out.status is RequestStatus.FINISHED and out.error is None for out in found.values())
    return [out.generated_tokens for out in found.values()]


@pytest.mark.parametrize("way", range(len(WAYS)))
@pytest.mark.parametrize("kind", KINDS)
def test_generate_batch_writes_what_generate_writes_alone(kind: str, way: int) -> None:
    model, settings = model_of(kind), {"max_new_tokens": 7, **WAYS[way]}
    own = {name: value for name, value in settings.items() if name != "scheduler"}
    expected = [alone(model, ids, seed, **own) for seed, ids in enumerate(prompts())]
    assert together(model, prompts(), seeds=list(range(10)), **TIGHT, **settings) == expected
    assert len(set(map(tuple, expected))) >= 8  # texts differ: rows that were mixed up would show


@pytest.mark.parametrize("key", ["greedy_padded", "greedy_ends", "penalties", "forced", "forbidden", "decay"])
@pytest.mark.parametrize("name", ["gpt2", "llama"])
def test_generate_batch_writes_the_published_tokens(name: str, key: str) -> None:
    call, expected = golden_cases.CALLS[key], golden()["runs"][name][key]["sequences"]
    width = len(golden_cases.PROMPT[0])
    padded = call.get("prompt") == "padded"
    lengths = golden_cases.LENGTHS if padded else [width] * len(golden_cases.PROMPT)
    texts = [row[width - n :] for row, n in zip(golden_cases.PROMPT, lengths, strict=True)]
    found = together(writer("pt", name), texts, **call["set"])
    filled = [new + [3] * (len(row) - width - len(new)) for new, row in zip(found, expected, strict=True)]
    assert filled == [row[width:] for row in expected]


def test_one_seed_for_all_settles_drawn_texts() -> None:
    model, settings = model_of("llama"), {"max_new_tokens": 6, "do_sample": True, "top_k": 0}
    found = []
    for more in ({}, TIGHT):
        torch.manual_seed(5)
        found.append(together(model, prompts(), **settings, **more))
    assert found[0] == found[1]


def test_log_probabilities_are_those_of_the_written_tokens() -> None:
    model, ids = model_of("gpt2"), prompts()[3]
    out = model.generate_batch([ids], progress_bar=False, max_new_tokens=5, log_prob_generation=True)["req_0"]
    with torch.no_grad():
        logits = model(torch.tensor([ids + out.generated_tokens])).logits[0, len(ids) - 1 : -1]
    expected = torch.log_softmax(logits, dim=-1)[torch.arange(5), out.generated_tokens]
    torch.testing.assert_close(torch.tensor(out.logprobs), expected, atol=1e-4, rtol=1e-4)


def test_failing_request_leaves_the_others_alone() -> None:
    model, texts = model_of("llama"), prompts()
    good = together(model, texts, max_new_tokens=5)
    texts[4] = [500, 3]
    texts[6] = list(range(3, 93))
    found = [*model.generate_batch(texts, progress_bar=False, max_new_tokens=5, **TIGHT).values()]
    assert [out.status is RequestStatus.FAILED for out in found] == [i in (4, 6) for i in range(10)]
    assert "token 500 of the prompt is none of the 97" in str(found[4].error)
    assert "num_blocks" in str(found[6].error)
    kept = [i for i in range(10) if i not in (4, 6)]
    assert [found[i].generated_tokens for i in kept] == [good[i] for i in kept]


def test_time_is_up_for_each_text() -> None:
    found = together(model_of("llama"), prompts()[:3], max_new_tokens=40, max_time=0.0)
    assert [len(new) for new in found] == [1, 1, 1]


def test_no_prompts_give_nothing() -> None:
    assert model_of("llama").generate_batch([], progress_bar=False) == {}


@pytest.mark.parametrize("weights", ["kept", "packed"])
def test_generate_batch_leaves_the_model_as_it_was(weights: str) -> None:
    model = build("pt", "llama")
    model.prepack_weights(weights == "packed")
    before = {name: vars(module).get("forward") for name, module in model.named_modules()}
    together(model, golden_cases.PROMPT, max_new_tokens=3)
    assert {name: vars(module).get("forward") for name, module in model.named_modules()} == before


REFUSED: list[tuple[str, Callable[[Any], Any]]] = [
    ("num_beams|beam search", lambda m: m.generate_batch([[5]], num_beams=2)),
    ("num_return_sequences", lambda m: m.generate_batch([[5]], num_return_sequences=2)),
    ("guidance_scale", lambda m: m.generate_batch([[5]], guidance_scale=2.0)),
    ("stop_strings", lambda m: m.generate_batch([[5]], stop_strings=["end"])),
    ("scheduler must be one of", lambda m: m.generate_batch([[5]], scheduler="lifo")),
    ("does not know colour", lambda m: m.generate_batch([[5]], colour=1)),
    ("has no tokens", lambda m: m.generate_batch([[5], []])),
    ("nothing can be written", lambda m: m.generate_batch([[5, 6, 7]], max_length=3)),
    ("token_healing needs generate", lambda m: m.generate_batch([[5]], token_healing=True)),
    ("is_assistant needs generate", lambda m: m.generate_batch([[5]], is_assistant=True)),
    ("dola_layers needs generate", lambda m: m.generate_batch([[5]], dola_layers="low")),
    ("prompt_lookup_num_tokens needs", lambda m: m.generate_batch([[5]], prompt_lookup_num_tokens=2)),
    ("assistant_early_exit needs", lambda m: m.generate_batch([[5]], assistant_early_exit=1)),
    ("contrastive search needs", lambda m: m.generate_batch([[5]], penalty_alpha=0.5, top_k=4)),
    (
        "output_scores, output_logits needs",
        lambda m: m.generate_batch(
            [[5]], return_dict_in_generate=True, output_scores=True, output_logits=True
        ),
    ),
    ("'quantized' needs generate", lambda m: m.generate_batch([[5]], cache_implementation="quantized")),
    ("2 prompts, 1 texts each, and 1 seeds", lambda m: m.generate_batch([[5], [6]], seeds=[1])),
    ("num_blocks must be", lambda m: m.generate_batch([[5]], num_blocks=0)),
    ("block_size must be", lambda m: m.generate_batch([[5]], block_size=2.5)),
    ("no memory for a single block", lambda m: m.generate_batch([[5]], max_memory=0.0)),
]


@pytest.mark.parametrize(("message", "call"), REFUSED, ids=[message for message, _ in REFUSED])
def test_impossible_settings_are_refused(message: str, call: Callable[[Any], Any]) -> None:
    with pytest.raises(ValueError, match=message):
        call(model_of("llama"))


@pytest.mark.parametrize(
    ("name", "message"), [("t5", "with an encoder"), ("xlnet", "keeps no keys"), ("own", "form of its own")]
)
def test_models_without_shared_keys_are_refused(name: str, message: str, monkeypatch: Any) -> None:
    if name == "xlnet":
        library = importlib.import_module("transformers")
        model = library.XLNetLMHeadModel(
            library.XLNetConfig(vocab_size=9, d_model=8, n_layer=1, n_head=2, d_inner=8)
        )
    else:
        model = build("pt", "t5" if name == "t5" else "llama")
    if name == "own":
        monkeypatch.setattr(model, "forward", lambda **kwargs: None)
    with pytest.raises(ValueError, match=message):
        model.generate_batch([[5]], progress_bar=False)


def test_models_are_known_by_the_published_mixin() -> None:
    from transformers.generation import ContinuousMixin

    assert isinstance(model_of("llama"), ContinuousMixin)


def test_long_prompt_lets_others_write_meanwhile() -> None:
    model, long = model_of("llama"), [*range(3, 53)]
    texts, seen = [prompts()[0], long], []
    expected = [alone(model, ids, 0, max_new_tokens=12) for ids in texts]

    def note(module: Any, args: Any, kwargs: Any) -> None:
        seen.append(tuple(kwargs["input_ids"].shape))

    handle = model.register_forward_pre_hook(note, with_kwargs=True)
    assert together(model, texts, max_new_tokens=12, max_batch_tokens=8) == expected
    handle.remove()
    assert seen[1:5] == [(1, 1), (1, 7), (1, 1), (1, 7)]  # the first asks for sizes; then both in every step


@pytest.mark.parametrize("name", ["sdpa_paged", "eager_paged"])
def test_published_names_of_paged_kernels_are_known(name: str) -> None:
    config = model_of("llama").config
    model = AutoModelForCausalLM.from_config(copy.deepcopy(config), attn_implementation=name).eval()
    model.load_state_dict(model_of("llama").state_dict())
    expected = [alone(model_of("llama"), ids, 0, max_new_tokens=4) for ids in prompts()]
    assert together(model, prompts(), max_new_tokens=4) == expected
    assert [alone(model, ids, 0, max_new_tokens=4) for ids in prompts()] == expected
    assert model.config._attn_implementation == name


def test_paged_flash_kernel_needs_its_package() -> None:
    config = copy.deepcopy(model_of("llama").config)
    with pytest.raises(ImportError, match="flash_attn"):
        AutoModelForCausalLM.from_config(config, attn_implementation="paged_attention")
