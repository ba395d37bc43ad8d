"""Which generator makes the drafts of a call, and whether its assistant fits the model."""

from __future__ import annotations

from typing import Any

from .candidates import AssistedCandidateGenerator, EarlyExitCandidateGenerator
from .candidates_lookup import CandidateGenerator, PromptLookupCandidateGenerator
from .task import Task


def generator_of(task: Task) -> CandidateGenerator:
    """The generator that the settings and the assistant ask for.

    Raises:
        ValueError: the assistant has other tokens and a tokenizer is missing, or another encoder.
    """
    config, call, vocabulary = task.config, task.extra["call"], vocabulary_of(task.model)
    shared, encoded = task.driver.kwargs, task.extra.get("assistant_encoded")
    if encoded is not None:
        shared = {**shared, "assistant_encoder_outputs": encoded}
    inputs = (
        task.ids,
        task.model if call.assistant_model is None else call.assistant_model,
        config,
        shared,
        task.extra["encoder_ids"],
        drafting_processors(task),
    )
    if config.assistant_early_exit is not None:
        return EarlyExitCandidateGenerator(*inputs)
    if config.prompt_lookup_num_tokens is not None:
        return PromptLookupCandidateGenerator(
            eos_token_id=config.eos_token_id,
            num_output_tokens=config.prompt_lookup_num_tokens,
            max_matching_ngram_size=config.max_matching_ngram_size,
            max_length=config.max_length or 0,
            logits_processor=drafting_processors(task),
            vocab_size=vocabulary,
        )
    check_assistant(task.model, call)
    if call.tokenizer is None or call.assistant_tokenizer is None:
        return AssistedCandidateGenerator(*inputs)
    from . import candidate_generator as kinds

    tokenizers = {"target_tokenizer": call.tokenizer, "assistant_tokenizer": call.assistant_tokenizer}
    names = ("input_ids", "assistant_model", "generation_config", "model_kwargs", "inputs_tensor")
    given = {**dict(zip(names, inputs, strict=False)), **tokenizers}
    if not config.do_sample:
        return kinds.AssistedCandidateGeneratorDifferentTokenizers(**given)
    translator = kinds.AssistantVocabTranslatorCache.get_translator(
        call.tokenizer, call.assistant_tokenizer, vocabulary, call.assistant_model
    )
    return kinds.UniversalSpeculativeDecodingGenerator(**given, atm_translator=translator)


def drafting_processors(task: Task) -> Any:
    """The processors that drafts pass too: all but those that run the model itself."""
    found = task.runtime.part("generation.logits")
    kept = [
        part
        for part in task.processors
        if not isinstance(part, found.UnbatchedClassifierFreeGuidanceLogitsProcessor)
    ]
    return found.LogitsProcessorList(kept)


def check_assistant(model: Any, call: Any) -> None:
    """Raise ValueError for an assistant that cannot draft for the model."""
    assistant = call.assistant_model
    if model.config.is_encoder_decoder and not assistant.config.is_encoder_decoder:
        names = ("encoder_attention_heads", "encoder_ffn_dim", "encoder_layers", "hidden_size")
        mine, other = (
            [config.to_dict().get(name) for name in names] for config in (model.config, assistant.config)
        )
        if mine != other:
            raise ValueError(
                "the assistant has no encoder, and the model's encoder has other sizes: "
                f"{', '.join(names)} are {mine} in the model, {other} in the assistant. "
                "Use an assistant with an encoder"
            )
    same = vocabulary_of(model) == vocabulary_of(assistant)
    if same and call.assistant_tokenizer is not None:
        raise ValueError(
            "assistant_tokenizer must not be given: model and assistant predict as many tokens, so their "
            "tokenizer is taken to be the same one"
        )
    if not same and (call.tokenizer is None or call.assistant_tokenizer is None):
        raise ValueError(
            f"the assistant predicts {vocabulary_of(assistant)} tokens, the model "
            f"{vocabulary_of(model)}: pass tokenizer= and assistant_tokenizer= to generate, "
            "so that drafts can be carried over"
        )


def vocabulary_of(model: Any) -> int:
    """How many tokens a model predicts."""
    return int(model.config.get_text_config(decoder=True).vocab_size)


__all__ = ["check_assistant", "generator_of"]
