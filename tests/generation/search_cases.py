"""How each search of release 4.35 is called by its name: the same calls for this library and for that."""

from __future__ import annotations

from typing import Any

K = 4
ENDS = [2, 9, 17, 30, 41]


class Calls:
    """The calls, with the objects of a library, for one model.

    ids, mask: (B, T) of the prompt. pair: whether an encoder reads it.
    """

    def __init__(
        self, library: Any, torch: Any, model: Any, assistant: Any, ids: Any, mask: Any, pair: bool
    ) -> None:
        self.library, self.torch, self.model, self.assistant = library, torch, model, assistant
        self.ids, self.mask, self.pair = ids, mask, pair

    def list_of(self, *parts: tuple[str, dict[str, Any]]) -> Any:
        made = [getattr(self.library, name)(**arguments) for name, arguments in parts]
        return self.library.LogitsProcessorList(made)

    def common(self, length: int, ends: list[int] | None = None) -> dict[str, Any]:
        criteria = self.library.StoppingCriteriaList([self.library.MaxLengthCriteria(max_length=length)])
        return {
            "stopping_criteria": criteria,
            "pad_token_id": 3,
            "eos_token_id": ENDS if ends is None else ends,
            "output_scores": True,
            "return_dict_in_generate": True,
        }

    def inputs(self, beams: int = 1, rows: int | None = None) -> tuple[Any, dict[str, Any]]:
        """The first ids, and the keywords of the model, with each row `beams` times."""
        ids, mask = (x[:rows].repeat_interleave(beams, dim=0) for x in (self.ids, self.mask))
        if not self.pair:
            return ids, {"attention_mask": mask, "use_cache": True}
        with self.torch.no_grad():
            encoded = self.model.get_encoder()(input_ids=ids, attention_mask=mask, return_dict=True)
        start = self.torch.full((ids.shape[0], 1), 3)
        return start, {"encoder_outputs": encoded, "attention_mask": mask, "use_cache": True}

    def scorer(self, groups: int = 1, **more: Any) -> Any:
        given = {"num_beams": K, "device": "cpu", "num_beam_groups": groups, **more}
        return self.library.BeamSearchScorer(batch_size=self.ids.shape[0], **given)

    def greedy_search(self) -> Any:
        ids, kwargs = self.inputs()
        processors = self.list_of(("RepetitionPenaltyLogitsProcessor", {"penalty": 1.3}))
        return self.model.greedy_search(ids, logits_processor=processors, **self.common(14), **kwargs)

    def sample(self) -> Any:
        ids, kwargs = self.inputs()
        warper = self.list_of(
            ("TemperatureLogitsWarper", {"temperature": 0.8}), ("TopKLogitsWarper", {"top_k": 9})
        )
        return self.model.sample(ids, logits_warper=warper, **self.common(13), **kwargs)

    def beam_search(self) -> Any:
        ids, kwargs = self.inputs(K)
        processors = self.list_of(("MinLengthLogitsProcessor", {"min_length": 9, "eos_token_id": ENDS}))
        scorer = self.scorer(num_beam_hyps_to_keep=2, length_penalty=1.5)
        return self.model.beam_search(ids, scorer, logits_processor=processors, **self.common(13), **kwargs)

    def beam_sample(self) -> Any:
        ids, kwargs = self.inputs(K)
        warper = self.list_of(
            ("TopKLogitsWarper", {"top_k": 12, "min_tokens_to_keep": 2}),
            ("TemperatureLogitsWarper", {"temperature": 1.3}),
        )
        scorer = self.scorer(do_early_stopping=True)
        return self.model.beam_sample(ids, scorer, logits_warper=warper, **self.common(11), **kwargs)

    def group_beam_search(self) -> Any:
        ids, kwargs = self.inputs(K)
        arguments = {"diversity_penalty": 0.9, "num_beams": K, "num_beam_groups": 2}
        processors = self.list_of(("HammingDiversityLogitsProcessor", arguments))
        scorer = self.scorer(groups=2, num_beam_hyps_to_keep=3)
        return self.model.group_beam_search(
            ids, scorer, logits_processor=processors, **self.common(12), **kwargs
        )

    def constrained_beam_search(self) -> Any:
        ids, kwargs = self.inputs(K)
        phrases = [
            self.library.PhrasalConstraint([20, 21]),
            self.library.DisjunctiveConstraint([[36], [37, 38]]),
        ]
        scorer = self.library.ConstrainedBeamSearchScorer(
            batch_size=self.ids.shape[0], num_beams=K, constraints=phrases, device="cpu"
        )
        common = self.common(14, [2])
        return self.model.constrained_beam_search(ids, constrained_beam_scorer=scorer, **common, **kwargs)

    def contrastive_search(self) -> Any:
        ids, kwargs = self.inputs()
        warper = self.list_of(("TopPLogitsWarper", {"top_p": 0.95}))
        common = self.common(14)
        return self.model.contrastive_search(
            ids, top_k=4, penalty_alpha=0.6, logits_warper=warper, **common, **kwargs
        )

    def assisted_decoding(self) -> Any:
        ids, kwargs = self.inputs(rows=1)
        if self.pair:
            with self.torch.no_grad():
                kwargs["assistant_encoder_outputs"] = self.assistant.get_encoder()(
                    input_ids=self.ids[:1], attention_mask=self.mask[:1], return_dict=True
                )
        common = self.common(15, [2])
        return self.model.assisted_decoding(ids, assistant_model=self.assistant, **common, **kwargs)


SEARCHES: tuple[str, ...] = (
    "greedy_search",
    "sample",
    "beam_search",
    "beam_sample",
    "group_beam_search",
    "constrained_beam_search",
    "contrastive_search",
    "assisted_decoding",
)


def numbers(found: Any) -> dict[str, Any]:
    """What is compared of an output: tokens, the score of each text, and a sum of each step's scores."""
    steps = [float(step.clamp(min=-1e4, max=1e4).double().mean()) for step in found.scores]
    result = {"sequences": found.sequences.tolist(), "steps": [float(f"{step:.6g}") for step in steps]}
    total = getattr(found, "sequences_scores", None)
    if total is not None:
        result["totals"] = [float(f"{score:.6g}") for score in total.tolist()]
    return result


__all__ = ["SEARCHES", "Calls", "numbers"]
