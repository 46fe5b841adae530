"""The policies by which two domains pass through batch norm, which methods declare and networks follow."""

from __future__ import annotations

from typing import Literal

BatchNormPolicy = Literal['joint', 'separate', 'domain_specific']
