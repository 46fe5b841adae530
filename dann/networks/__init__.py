"""Backbones, bottleneck, heads, critics, gradient reversal and batch norm policies."""

from dann.networks.backbone import Backbone
from dann.networks.convnets import ConvNet, GaninGTSRB, GaninMNIST, GaninSVHN, LeNet
from dann.networks.efficientnet_lite import EfficientNetLite
from dann.networks.reversal import reverse_gradient
from dann.networks.vision import Timm, Torchvision

__all__ = [
    'Backbone',
    'ConvNet',
    'EfficientNetLite',
    'GaninGTSRB',
    'GaninMNIST',
    'GaninSVHN',
    'LeNet',
    'Timm',
    'Torchvision',
    'reverse_gradient',
]
