"""Several domains as one source."""

from __future__ import annotations

from collections import Counter

import pytest
import torch
from many_sources import sources
from toy import Toy
from training import fit, module, pair

from dann.core.errors import UserError
from dann.datasets.regrouped import transductive
from dann.datasets.sources import Sources, summed
from dann.datasets.wrapped import WrappedDomain
from dann.tasks.group_dro import GroupDRO


def joined() -> Sources:
    made = Sources([Toy('a'), Toy('d', train=30)])
    made.prepare()
    return made


def test_every_split_is_that_of_all_domains_one_behind_the_other() -> None:
    union, parts = joined(), [Toy('a'), Toy('d', train=30)]
    for split in ('train', 'val', 'test'):
        assert torch.equal(union.images(split)[:], torch.cat([part.images(split)[:] for part in parts]))
        assert torch.equal(union.labels(split), torch.cat([part.labels(split) for part in parts]))
        assert union.ids(split) == [name for part in parts for name in part.ids(split)]
        assert union.origins(split).tolist() == [0] * len(parts[0].ids(split)) + [1] * len(
            parts[1].ids(split)
        )
    assert union.name == 'toy/a + toy/d'
    assert union.origin_names == ('toy/a', 'toy/d')


def test_the_manifest_counts_all_and_keeps_that_of_each() -> None:
    manifest = joined().manifest()
    assert manifest['domains']['toy/a'] == Toy('a').manifest()
    assert sum(manifest['counts']['train'].values()) == 48 + 30
    assert summed([{'a': 1, 'b': {'c': 2}}, {'b': {'c': 3}, 'd': 4}]) == {'a': 1, 'b': {'c': 5}, 'd': 4}


def test_wrappers_know_where_samples_are_from() -> None:
    wrapped = WrappedDomain(joined())
    assert wrapped.origin_names == ('toy/a', 'toy/d')
    assert torch.equal(wrapped.origins('val'), joined().origins('val'))  # type: ignore[arg-type]
    source, target = transductive(joined(), Toy('b'))
    assert Counter(source.origins('train').tolist()) == {0: 48 + 12, 1: 30 + 12}  # type: ignore[union-attr]
    assert target.origins('train') is None


def test_a_batch_has_as_many_samples_of_each_source_and_says_which() -> None:
    data = sources()
    data.setup()
    origins, labels = data.source.origins('train'), data.source.labels('train')
    seen: Counter[int] = Counter()
    for batch in data.train_dataloader():
        assert batch['source_domain'].tolist() == [0, 0, 0, 1, 1, 1, 2, 2, 2]
        seen.update(batch['source_domain'].tolist())
    assert len(set(seen.values())) == 1
    assert origins is not None
    assert len(labels) == len(origins)


def test_every_sample_of_a_source_comes_once_before_any_comes_again() -> None:
    data = sources()
    data.setup()
    loader = data.train_dataloader().dataset
    index = torch.cat([loader._source_index(step) for step in range(10)])  # type: ignore[attr-defined]
    origins = data.source.origins('train')
    assert origins is not None
    last = index[origins[index] == 2]  # 18 samples, of which 30 were drawn
    assert sorted(last[:18].tolist()) == torch.nonzero(origins == 2).flatten().tolist()


def test_a_batch_that_is_no_multiple_gives_the_first_sources_one_more() -> None:
    data = sources(batch_size=8)
    data.setup()
    [batch, *_] = data.train_dataloader()
    assert batch['source_domain'].tolist() == [0, 0, 0, 1, 1, 1, 2, 2]


def test_one_source_has_no_number_and_the_batches_it_always_had() -> None:
    data = pair()
    data.setup()
    [batch, *_] = data.train_dataloader()
    assert 'source_domain' not in batch
    assert data.num_sources == 1
    assert data.source.origin_names == ('toy/a',)


@pytest.mark.parametrize(
    ('domains', 'message'),
    [
        ([Toy('a'), Toy('a')], 'different source domains.*toy/a, toy/a'),
        ([Toy('a')], 'at least two'),
    ],
)
def test_domains_that_are_none_or_one(domains: list[Toy], message: str) -> None:
    with pytest.raises((UserError, ValueError), match=message):
        Sources(domains)  # type: ignore[arg-type]


def test_classes_and_shapes_that_differ_are_named() -> None:
    other = Toy('d')
    other.classes = ('red', 'green', 'violet')
    with pytest.raises(UserError, match=r'toy/a and toy/d have different classes.*blue.*violet'):
        Sources([Toy('a'), other])


def test_a_batch_too_small_for_two_samples_of_each_source_is_refused() -> None:
    with pytest.raises(UserError, match='`batch_size` of at least 6 for 3 sources, got 5'):
        sources(batch_size=5)


def test_the_sources_are_the_groups_where_they_have_none_of_their_own() -> None:
    union = joined()
    assert union.group_names == ('toy/a', 'toy/d')
    assert torch.equal(union.groups('val'), union.origins('val'))
    with pytest.raises(UserError, match='leave `sampling` out'):
        sources(sampling='class')


def test_groups_of_the_sources_are_those_of_all_by_their_names() -> None:
    union = Sources([Toy('a', groups=('new', 'old')), Toy('d', groups=('old', 'worn'))])
    union.prepare()
    assert union.group_names == ('new', 'old', 'worn')
    named = [each.group_names[int(place)] for each in union.inner for place in each.groups('val')]
    assert [union.group_names[int(place)] for place in union.groups('val')] == named


def test_sources_of_which_some_have_groups_are_refused() -> None:
    union = Sources([Toy('a', groups=('new', 'old')), Toy('d')])
    with pytest.raises(UserError, match=r'toy/d has no groups; set `groups`.*as the other sources have it'):
        union.group_names  # noqa: B018


def test_group_dro_holds_over_the_sources() -> None:
    model = module(num_sources=3, fairness=GroupDRO())
    fit(model, sources(), epochs=1)
    assert all(value.isfinite().all() for value in model.state_dict().values())


def test_a_target_that_is_also_a_source_is_refused() -> None:
    data = pair([Toy('a'), Toy('b')], Toy('b'))  # type: ignore[arg-type]
    with pytest.raises(UserError, match=r'is in toy/a \+ toy/b with its label and in toy/b'):
        data.setup()
