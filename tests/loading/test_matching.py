"""Names and shapes of a checkpoint against those of a model: what is allowed, said and refused."""

from __future__ import annotations

from typing import Any

import pytest

from transformers.loading.matching import CheckpointMismatchError, Plan, Policy, match

BASE = {"embeddings.weight": (7, 4), "layer.0.LayerNorm.weight": (4,), "layer.0.LayerNorm.bias": (4,)}
POOLER = {"pooler.dense.weight": (4, 4)}
HEAD = {"cls.bias": (7,), "cls.decoder.weight": (7, 4)}
IN_HEAD = {f"bert.{name}": shape for name, shape in BASE.items()}
MASKED_LM = {**IN_HEAD, **HEAD}
POLICY = Policy(
    base_model_prefix="bert",
    ties={"cls.decoder.weight": "bert.embeddings.weight"},
    optional_prefixes=("pooler.",),
    silent_prefixes=("cls.", "classifier."),
    ignored_unexpected=(r"position_ids$",),
)
BARE = Policy("bert", optional_prefixes=("pooler.",), silent_prefixes=("cls.", "classifier."))


def plan(expected: dict[str, Any], available: dict[str, Any], policy: Policy = POLICY) -> Plan:
    return match(expected, available, policy)


def test_match_same_names() -> None:
    found = plan(MASKED_LM, MASKED_LM)
    assert found.errors == found.missing == found.unexpected == []
    assert found.sources["bert.embeddings.weight"] == "bert.embeddings.weight"
    assert found.notice("Model", "file") is None
    assert found.loading_info() == {
        "missing_keys": [],
        "unexpected_keys": [],
        "mismatched_keys": [],
        "error_msgs": [],
    }


def test_match_bare_model_from_file_with_head() -> None:
    found = plan(BASE, MASKED_LM, BARE)
    assert found.errors == []
    assert found.sources == {name: f"bert.{name}" for name in BASE}
    assert found.unexpected == ["cls.bias", "cls.decoder.weight"]  # the heads' own: no error


def test_match_head_from_bare_file() -> None:
    found = plan(MASKED_LM, BASE)
    assert found.errors == []
    assert found.sources["bert.layer.0.LayerNorm.bias"] == "layer.0.LayerNorm.bias"
    assert found.sources["cls.decoder.weight"] == "embeddings.weight"  # tied
    assert found.missing == ["cls.bias"]
    said = found.notice("BertForMaskedLM", "folder")
    assert said is not None
    assert "1 weights are not in folder" in said
    assert "cls.bias" in said


def test_match_head_without_a_tie_misses_both() -> None:
    found = plan(MASKED_LM, IN_HEAD, Policy("bert"))
    assert found.missing == ["cls.bias", "cls.decoder.weight"]


def test_match_missing_trunk_weight_is_an_error() -> None:
    part = {name: shape for name, shape in MASKED_LM.items() if "LayerNorm.bias" not in name}
    with pytest.raises(
        CheckpointMismatchError, match=r"1 weights missing: bert.layer.0.LayerNorm.bias"
    ) as caught:
        plan(MASKED_LM, part).check("BertForMaskedLM", "folder")
    assert "folder does not fit BertForMaskedLM" in str(caught.value)


def test_match_nothing_fits() -> None:
    found = plan(BASE, {"other": (1,)}, BARE)
    assert found.errors == [
        "every weight missing: embeddings.weight, layer.0.LayerNorm.weight, layer.0.LayerNorm.bias",
        "1 unexpected: other",
    ]


def test_match_unexpected_weight_is_an_error_with_a_hint() -> None:
    more = {**MASKED_LM, "bert.layer.1.LayerNorm.weight": (4,), "bert.layer.1.LayerNorm.bias": (4,)}
    found = plan(MASKED_LM, more)
    assert len(found.errors) == 1
    assert "2 unexpected: bert.layer.1.LayerNorm.weight" in found.errors[0]
    assert "does the number of layers fit?" in found.errors[0]


def test_match_lists_ten_names_and_a_count() -> None:
    found = plan(BASE, {**BASE, **{f"x{i}": (1,) for i in range(14)}}, BARE)
    assert found.errors[0].startswith("14 unexpected: x0, x1,")
    assert found.errors[0].endswith("x9 and 4 more")


def test_match_heads_of_others_and_ignored_names_are_silent() -> None:
    found = plan(
        MASKED_LM, {**MASKED_LM, "classifier.weight": (2, 4), "bert.embeddings.position_ids": (1, 9)}
    )
    assert found.errors == []
    assert found.unexpected == ["classifier.weight"]


def test_match_optional_part_may_be_absent_or_left_over() -> None:
    with_pooler = {**BASE, **POOLER}
    found = plan(with_pooler, BASE, BARE)
    assert (found.errors, found.missing) == ([], ["pooler.dense.weight"])
    assert plan(BASE, with_pooler, BARE).errors == []
    assert plan(MASKED_LM, {**MASKED_LM, "bert.pooler.dense.weight": (4, 4)}).errors == []


def test_match_users_parts_may_be_absent() -> None:
    policy = Policy("bert", user_prefixes=("extra.",))
    found = plan({**BASE, "extra.weight": (3,)}, BASE, policy)
    assert (found.errors, found.missing) == ([], ["extra.weight"])


def test_match_ignored_missing() -> None:
    policy = Policy(ignored_missing=(r"\.rotary\.",))
    found = plan({**BASE, "a.rotary.freq": (3,)}, BASE, policy)
    assert (found.errors, found.missing) == ([], [])


def test_match_wrong_shape_is_an_error_or_starts_anew() -> None:
    file = {**MASKED_LM, "cls.bias": (9,)}
    found = plan(MASKED_LM, file)
    assert "cls.bias has shape [9] in the file and [7] in the model" in found.errors[0]
    assert "ignore_mismatched_sizes=True" in found.errors[0]
    lenient = plan(MASKED_LM, file, Policy("bert", ignore_mismatched_sizes=True))
    assert lenient.errors == []
    assert lenient.mismatched == [("cls.bias", (9,), (7,))]
    assert "cls.bias" not in lenient.sources
    assert "cls.bias" in str(lenient.notice("M", "file"))


@pytest.mark.parametrize("prefix", ["", "bert."])
def test_match_old_spellings_of_layer_norm(prefix: str) -> None:
    old = {
        f"{prefix}{name}".replace("LayerNorm.weight", "LayerNorm.gamma").replace(
            "LayerNorm.bias", "LayerNorm.beta"
        ): s
        for name, s in BASE.items()
    }
    found = plan(BASE, old, BARE)
    assert found.errors == []
    assert found.sources["layer.0.LayerNorm.weight"] == f"{prefix}layer.0.LayerNorm.gamma"


def test_match_gamma_of_a_model_that_has_one_stays() -> None:
    shapes = {"layer_norm.gamma": (4,), "layer_norm.weight": (4,)}
    assert match(shapes, shapes).sources == {name: name for name in shapes}


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("conv.weight_g", "conv.parametrizations.weight.original0"),
        ("conv.weight_v", "conv.parametrizations.weight.original1"),
    ],
)
def test_match_both_spellings_of_weight_norm(one: str, other: str) -> None:
    assert match({one: (3,)}, {other: (3,)}).sources == {one: other}
    assert match({other: (3,)}, {one: (3,)}).sources == {other: one}


def test_match_renames_in_order() -> None:
    policy = Policy(
        "bert", renames=((r"^transformer\.", ""), (r"^emb\.", "embeddings."), (r"ln", "LayerNorm"))
    )
    file = {"transformer.emb.weight": (7, 4), "layer.0.ln.weight": (4,), "layer.0.ln.bias": (4,)}
    found = plan(BASE, file, policy)
    assert found.errors == []
    assert found.sources["embeddings.weight"] == "transformer.emb.weight"
    assert plan(MASKED_LM, {**file, **HEAD}, policy).errors == []
    assert plan(BASE, BASE, policy).errors == []  # our own files need none


def test_match_alias_gives_the_source_its_value() -> None:
    file = {name: shape for name, shape in MASKED_LM.items() if name != "bert.embeddings.weight"}
    found = plan(MASKED_LM, file)
    assert found.errors == []
    assert found.sources["bert.embeddings.weight"] == "cls.decoder.weight"
    assert found.sources["cls.decoder.weight"] == "cls.decoder.weight"


def test_match_alias_in_the_file_but_not_in_the_model() -> None:
    model = {name: shape for name, shape in MASKED_LM.items() if name != "cls.decoder.weight"}
    found = plan(model, MASKED_LM)
    assert found.errors == found.unexpected == []
    assert set(found.sources) == set(model)


def test_match_two_tensors_for_one_weight() -> None:
    file = {**BASE, "layer.0.LayerNorm.gamma": (4,)}
    found = plan(BASE, file, BARE)
    assert found.errors == [
        "two tensors for one weight: layer.0.LayerNorm.weight and layer.0.LayerNorm.gamma"
    ]
    turned = plan(BASE, dict(reversed(file.items())), BARE)
    assert "two tensors for one weight" in turned.errors[0]


def test_match_without_policy_is_strict() -> None:
    assert match({"a": (1,)}, {"b": (1,)}).errors == ["every weight missing: a", "1 unexpected: b"]
