"""`ModelOutput`: mapping, tuple and dataclass in one, in the ways client code uses it."""

from __future__ import annotations

import copy
import pickle
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import pytest

from transformers.modeling_outputs import BaseModelOutput, ModelOutput, SequenceClassifierOutput


@dataclass
class Own(ModelOutput):
    """A user's output."""

    first: Any = None
    second: Any = None
    third: Any = None


def test_fields_that_are_none_take_no_part() -> None:
    out = Own(first=1, third=3)
    assert list(out) == ["first", "third"]
    assert out.to_tuple() == (1, 3)
    assert out[1] == 3
    assert out[:1] == (1,)
    assert out["third"] == out.third == 3
    assert out.second is None
    assert "second" not in out
    assert dict(**out) == {"first": 1, "third": 3}
    assert out.get("second", "none") == "none"


def test_assignment_by_attribute_and_key() -> None:
    out = Own(first=1)
    out.second = 2
    out["third"] = 3
    assert out.to_tuple() == (1, 2, 3)
    assert out.third == 3
    out.second = None
    assert out.to_tuple() == (1, 3)
    out.update({"second": 5})
    assert out.second == 5


@pytest.mark.parametrize("given", [{"first": 1, "second": 2}, [("first", 1), ("second", 2)]])
def test_mapping_or_pairs_fill_the_fields(given: Any) -> None:
    assert Own(given).to_tuple() == (1, 2)
    assert Own(iter(given.items()) if isinstance(given, dict) else iter(given)).to_tuple() == (1, 2)
    with pytest.raises(KeyError, match=r"no field 'fourth'.*first, second, third"):
        Own({"first": 1, "fourth": 4})


def test_sequences_of_arrays_stay_values() -> None:
    assert Own(first=[(1, 2), (3, 4)]).first == [(1, 2), (3, 4)]
    assert Own(first=()).to_tuple() == ((),)


@pytest.mark.parametrize("call", ["del out['first']", "out.pop('first')", "out.setdefault('first', 2)"])
def test_fields_cannot_be_removed(call: str) -> None:
    with pytest.raises(TypeError, match=r"cannot be|fixed fields"):
        exec(call, {"out": Own(first=1)})


def test_class_without_fields_is_refused() -> None:
    @dataclass
    class Empty(ModelOutput):
        pass

    with pytest.raises(ValueError, match="has no fields"):
        Empty()


def test_copies_are_equal_and_independent() -> None:
    out = SequenceClassifierOutput(logits=[1, 2], hidden_states=([3],))
    for other in (pickle.loads(pickle.dumps(out)), copy.deepcopy(out), copy.copy(out)):
        assert type(other) is SequenceClassifierOutput
        assert other == out
        other.loss = 1
        assert out.loss is None


def test_own_class_is_a_tree_everywhere() -> None:
    torch = pytest.importorskip("torch")
    import transformers.modeling_utils

    @dataclass
    class Late(ModelOutput):
        first: Any = None
        second: Any = None

    leaves, spec = torch.utils._pytree.tree_flatten(Late(second=torch.ones(2)))
    assert len(leaves) == 1
    assert torch.utils._pytree.tree_unflatten([5], spec).second == 5
    jax = pytest.importorskip("jax")
    import transformers.frameworks.jax.trees  # noqa: F401  registers outputs with JAX

    doubled = jax.tree.map(lambda x: x * 2, Late(first=3))
    assert isinstance(doubled, Late)
    assert doubled.to_tuple() == (6,)


def test_published_names_of_other_frameworks_are_the_same_classes() -> None:
    from transformers import modeling_flax_outputs, modeling_tf_outputs

    assert modeling_tf_outputs.TFBaseModelOutput is BaseModelOutput
    assert modeling_flax_outputs.FlaxBaseModelOutput is BaseModelOutput
    assert "TFBaseModelOutput" in dir(modeling_tf_outputs)
    for module in (modeling_tf_outputs, modeling_flax_outputs):
        with pytest.raises(AttributeError, match="no attribute"):
            module.NoSuchOutput  # noqa: B018


def pairs() -> Iterator[tuple[str, int]]:
    yield "first", 1


def test_iterator_of_pairs_fills_the_fields() -> None:
    assert Own(pairs()).first == 1
