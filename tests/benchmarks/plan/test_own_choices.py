"""What the command line says about one's own data becomes a configuration, or one line of error."""

from __future__ import annotations

from typing import Any

import pytest

from dann.benchmarks.plan.own_choices import (
    FINE,
    NAMES,
    Choices,
    are_characters,
    configuration,
    mirror,
    refuse_for_features,
)
from dann.core.errors import UserError


def options(**chosen: Any) -> dict[str, Any]:
    model: dict[str, Any] = configuration(Choices(**chosen))['model']['init_args']
    return model


def test_by_default_imagenet_features_are_frozen() -> None:
    config = configuration(Choices())
    model = config['model']['init_args']
    assert model['backbone'] == {'class_path': 'EfficientNetLite'}
    assert (model['freeze'], model['standardised_by']) == ('all', 'both')
    assert 'standardised_by' not in options(freeze='2')
    assert config['data']['source']['init_args']['size'] == 160
    assert (config['seeds'], config['steps'], len(config['methods'])) == (5, 300, 10)


def test_a_random_network_is_trained_whole_on_small_images() -> None:
    config = configuration(Choices(backbone='ConvNet'))
    assert config['model']['init_args']['backbone']['class_path'] == 'ConvNet'
    assert config['model']['init_args'].get('freeze', 'none') == 'none'
    assert config['data']['source']['init_args']['size'] == 64
    assert options(backbone='LeNet')['backbone'] == {'class_path': 'LeNet'}
    assert options(backbone='ConvNet', freeze='2')['freeze'] == 2


def test_models_of_other_packages_come_with_their_weights() -> None:
    assert options(backbone='timm:resnet18') == options() | {
        'backbone': {'class_path': 'Timm', 'init_args': {'name': 'resnet18', 'pretrained': True}}
    }
    found = options(backbone='torchvision:resnet18')['backbone']
    assert found == {'class_path': 'Torchvision', 'init_args': {'name': 'resnet18', 'weights': 'DEFAULT'}}


def test_pretrained_weights_that_are_trained_on_are_trained_slowly() -> None:
    assert options(freeze='4')['freeze'] == 4
    assert options(freeze='4')['backbone_lr_scale'] == options(freeze='none')['backbone_lr_scale'] == FINE
    assert 'backbone_lr_scale' not in options(freeze='all')
    assert 'backbone_lr_scale' not in options(backbone='ConvNet', freeze='none')


@pytest.mark.parametrize(
    ('chosen', 'words'),
    [
        (
            {'backbone': 'EfficientNetLight'},
            "unknown backbone 'EfficientNetLight'; did you mean 'EfficientNetLite'",
        ),
        ({'backbone': 'timm:'}, "unknown backbone 'timm:'; did you mean 'timm:MODEL'"),
        ({'backbone': 'MLP'}, "unknown backbone 'MLP'"),
        ({'freeze': 'some'}, "expected `--freeze` to be all, none or a number of blocks, got 'some'"),
        ({'freeze': '-1'}, "got '-1'"),
    ],
)
def test_a_wrong_value_is_one_line(chosen: dict[str, str], words: str) -> None:
    with pytest.raises(UserError) as caught:
        configuration(Choices(**chosen))  # type: ignore[arg-type]
    assert words in str(caught.value)
    assert '\n' not in str(caught.value)


@pytest.mark.parametrize(
    ('classes', 'expected'),
    [(('0', '1', '10'), True), (('a', 'B'), True), (('a', 'bus'), False), (('bus', 'car'), False)],
)
def test_characters_are_told_from_words(classes: tuple[str, ...], expected: bool) -> None:
    assert are_characters(classes) is expected


def test_images_are_mirrored_unless_classes_are_characters_or_it_is_asked_otherwise() -> None:
    def flips(flip: bool | None, classes: tuple[str, ...], **before: Any) -> Any:
        data: dict[str, Any] = {'augment': {'class_path': 'Augment', 'init_args': {'flip': True} | before}}
        mirror(data, flip, classes)
        return data.get('augment', {}).get('init_args')

    words, digits = ('bus', 'car'), ('6', '9')
    assert flips(None, words) == {'flip': True}
    assert flips(None, digits) is None
    assert flips(True, digits) == {'flip': True}
    assert flips(False, words) is None
    assert flips(None, digits, shift=3) == {'flip': False, 'shift': 3}


@pytest.mark.parametrize('key', [name for name in NAMES if name not in ('protocol', 'groups')])
def test_features_take_no_option_of_images(key: str) -> None:
    asked: dict[str, Any] = {key: False}
    with pytest.raises(
        UserError, match=f'`--{key}` is for images, and feats.npz holds features; leave it out'
    ):
        refuse_for_features(Choices(**asked), 'feats.npz')
    refuse_for_features(Choices(protocol='transductive', groups='side'), 'feats.npz')
