"""A fixed encoder: pretrained where its weights are on this machine, else a convolutional network as it is drawn."""

from __future__ import annotations

from importlib import import_module
from importlib.util import find_spec
from pathlib import Path

import torch

from dann.core.errors import UserError
from dann.networks.backbone import Backbone
from dann.networks.convnets import ConvNet

PRETRAINED = 'resnet18'
TIMM = 'resnet18.a1_in1k'
CHANNELS = (32, 64, 64)


def fixed_encoder(image_shape: tuple[int, ...], seed: int = 0) -> tuple[str, Backbone]:
    """Return the name of an encoder and the encoder, which has not been trained on the data to measure.

    It is torchvision's ResNet-18 with ImageNet weights, else timm's, else a random convolutional network of 3x3
    kernels. Only weights that are already on this machine are used: nothing is downloaded.

    Args:
        image_shape: Channels, height and width of the images.
        seed: Of the random network.

    Raises:
        UserError: Images that are not square have no random encoder.
    """
    if image_shape[0] == 3:
        if _torchvision_weights():
            from dann.networks.vision import Torchvision

            return f'{PRETRAINED} (torchvision, ImageNet)', Torchvision(PRETRAINED, 'IMAGENET1K_V1').eval()
        if _timm_weights():
            from dann.networks.vision import Timm

            return f'{TIMM} (timm, ImageNet)', Timm(TIMM, pretrained=True).eval()
    channels, height, width = image_shape
    if height != width:
        raise UserError(f'expected square images for the random encoder, got {height} x {width}; set `size`')
    blocks = max(1, min(len(CHANNELS), height.bit_length() - 2))
    with torch.random.fork_rng(devices=[]):
        torch.default_generator.manual_seed(seed)
        network = ConvNet(
            height, CHANNELS[:blocks], (3,) * blocks, (2,) * blocks, in_channels=channels
        ).eval()
    return f'ConvNet {"-".join(map(str, CHANNELS[:blocks]))} (random weights, seed {seed})', network


def _torchvision_weights() -> bool:
    if find_spec('torchvision') is None:
        return False
    weights = import_module('torchvision.models').ResNet18_Weights.IMAGENET1K_V1
    return (Path(torch.hub.get_dir()) / 'checkpoints' / str(weights.url).rpartition('/')[2]).exists()


def _timm_weights() -> bool:
    if find_spec('timm') is None:
        return False
    cached = import_module('huggingface_hub').try_to_load_from_cache(f'timm/{TIMM}', 'model.safetensors')
    return isinstance(cached, str)
