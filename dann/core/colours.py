"""Colours that stay apart for every kind of colour vision."""

from __future__ import annotations

# Okabe and Ito's palette, https://jfly.uni-koeln.de/color/, then hues of Tol's muted scheme
BLUE, ORANGE, GREEN, PINK = '#0072B2', '#E69F00', '#009E73', '#CC79A7'
VERMILION, SKY, YELLOW = '#D55E00', '#56B4E9', '#F0E442'
GREY, CHARCOAL, SLATE = '#6b6b6b', '#333333', '#7f7f7f'
WINE, OLIVE, INDIGO, TEAL, BROWN, PURPLE = '#882255', '#999933', '#332288', '#44AA99', '#8c6d31', '#9a6fd0'
LIME, MAGENTA, SEA, RUST = '#7fbc41', '#c51b7d', '#35978f', '#b35806'
