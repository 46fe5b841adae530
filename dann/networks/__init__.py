"""Backbones, bottleneck, heads, critics, gradient reversal and batch norm policies."""

from dann.networks.backbone import Backbone
from dann.networks.convnets import ConvNet, GaninGTSRB, GaninMNIST, GaninSVHN, LeNet
from dann.networks.efficientnet_lite import EfficientNetLite
from dann.networks.reversal import reverse_gradient
from dann.networks.series import ConvNet1d
from dann.networks.vectors import MLP, Identity
from dann.networks.vision import Timm, Torchvision
from dann.networks.vit import ViT

__all__ = [
    'MLP',
    'Backbone',
    'ConvNet',
    'ConvNet1d',
    'EfficientNetLite',
    'GaninGTSRB',
    'GaninMNIST',
    'GaninSVHN',
    'Identity',
    'LeNet',
    'Timm',
    'Torchvision',
    'ViT',
    'reverse_gradient',
]
