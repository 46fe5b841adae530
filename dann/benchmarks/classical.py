"""Classical adaptation of features beside the rows of ``dann benchmark``, on the same splits.

Each seed draws splits of its own. What is trained sees the source's training split with labels and the target's
without; accuracy is on the target's test split. Without a file the handwritten digits of scikit-learn stand in: half of
them as they are, the other half turned in feature space and noisy.
"""

from __future__ import annotations

import argparse
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from importlib import import_module
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from dann.benchmarks.api import read_table
from dann.benchmarks.plan import own_data
from dann.benchmarks.plan.grid import benchmark
from dann.benchmarks.running.run import run
from dann.core.errors import UserError, check
from dann.reporting.notation import points, spread
from dann.stats.intervals import estimate

Array = NDArray[np.float64]
Classes = NDArray[np.int64]
SKADA = {
    'CORAL, skada': 'CORAL',
    'subspace alignment, skada': 'SubspaceAlignment',
    'optimal transport, skada': 'OTMapping',
}
NO_SKADA = 'skada is not installed, so its rows are left out; pip install skada adds them'


@dataclass(frozen=True, slots=True)
class Features:
    """What the classical methods see, both domains standardised by the source's training split.

    Args:
        source: Training features of the source, shape ``(Ns, D)``.
        labels: Their classes, shape ``(Ns,)``.
        target: Training features of the target, shape ``(Nt, D)``.
        test: Test features of the target, shape ``(M, D)``.
    """

    source: Array
    labels: Classes
    target: Array
    test: Array


def digits_pair(path: Path, seed: int = 0, turn: float = 0.4, noise: float = 2.0) -> Path:
    """Write the digits of scikit-learn as two domains of pixels, those at the edge left out.

    The target's features are ``x R + e``: ``R`` is the Cayley transform of a random skew-symmetric matrix, a turn in
    as many dimensions as there are pixels, and ``e`` is Gaussian.

    Args:
        path: The ``.npz`` to write.
        seed: Of the halves, the turn and the noise.
        turn: Size of the skew-symmetric matrix; 0 for no turn.
        noise: Standard deviation of the noise; pixels are 0 to 16.
    """
    from sklearn.datasets import load_digits

    x, y = load_digits(return_X_y=True)
    x = x[:, x.std(axis=0) > 1]  # pixels at the edge are 0 in almost every digit
    rng = np.random.default_rng(seed)
    target = rng.permutation(len(x)) % 2 == 1
    random = rng.normal(0, turn / np.sqrt(x.shape[1]), (x.shape[1],) * 2)
    skew, one = (random - random.T) / 2, np.eye(x.shape[1])
    moved = x @ np.linalg.solve(one + skew, one - skew) + rng.normal(0, noise, x.shape)
    path.parent.mkdir(parents=True, exist_ok=True)
    domain = np.where(target, 'target', 'source')
    np.savez(path, x=np.where(target[:, None], moved, x).astype(np.float32), y=y, domain=domain)
    return path


def root(covariance: Array, power: float) -> Array:
    """Return a power of a symmetric positive definite matrix, from its eigenvalues."""
    values, vectors = np.linalg.eigh(covariance)
    found: Array = (vectors * values**power) @ vectors.T
    return found


def whiten_recolour(source: Array, target: Array, ridge: float = 1.0) -> Array:
    r"""Return source features whose covariance is the target's.

    .. math:: D_S^* = D_S \, (\mathrm{cov}(D_S) + \lambda I)^{-1/2} \, (\mathrm{cov}(D_T) + \lambda I)^{1/2}

    Args:
        source: Features of mean 0, shape ``(Ns, D)``.
        target: The same, shape ``(Nt, D)``.
        ridge: The paper's regularisation, 1.

    Reference:
        `Return of Frustratingly Easy Domain Adaptation <https://arxiv.org/abs/1511.05547>`_ (Sun, Feng and Saenko, AAAI
        2016), Algorithm 1, where ``ridge`` is 1.
    """
    check(ridge > 0, f'expected `ridge` above 0, got {ridge}')
    identity = ridge * np.eye(source.shape[1])
    whitened = source @ root(np.cov(source, rowvar=False) + identity, -0.5)
    return whitened @ root(np.cov(target, rowvar=False) + identity, 0.5)


def regression() -> Any:
    """Return the classifier of every row but the nearest neighbour's."""
    from sklearn.linear_model import LogisticRegression

    return LogisticRegression(max_iter=5000)


def source_only(seen: Features) -> Classes:
    """Predict the test features by logistic regression on the source."""
    return _classes(regression().fit(seen.source, seen.labels).predict(seen.test))


def nearest_neighbour(seen: Features) -> Classes:
    """Predict the test features by their nearest source sample."""
    from sklearn.neighbors import KNeighborsClassifier

    return _classes(KNeighborsClassifier(1).fit(seen.source, seen.labels).predict(seen.test))


def coral_regression(seen: Features) -> Classes:
    """Predict by logistic regression on recoloured features, each domain standardised by itself as in the paper."""
    (source,), (target, test) = (
        _normal(seen.source, seen.source),
        _normal(seen.target, seen.target, seen.test),
    )
    moved = whiten_recolour(source, target)
    return _classes(regression().fit(moved, seen.labels).predict(test))


def from_skada(seen: Features, name: str) -> Classes:
    """Predict with an adapter of skada before logistic regression.

    Args:
        seen: The features.
        name: ``CORAL``, ``SubspaceAlignment`` or ``OTMapping``.
    """
    pipeline = getattr(import_module('skada'), name)(base_estimator=regression())
    x = np.concatenate([seen.source, seen.target])
    y = np.concatenate([seen.labels, np.full(len(seen.target), -1)])  # no label of the target
    domain = np.concatenate([np.full(len(seen.source), 1), np.full(len(seen.target), -2)])
    pipeline.fit(x, y, sample_domain=domain)
    return _classes(pipeline.predict(seen.test, sample_domain=np.full(len(seen.test), -2)))


def _classes(values: Any) -> Classes:
    return np.asarray(values, np.int64)


def _normal(like: Array, *parts: Array) -> list[Array]:
    mean, std = like.mean(axis=0), like.std(axis=0)
    return [(part - mean) / np.where(std > 1e-6, std, 1) for part in parts]


def classical(seen: Features, truth: Classes) -> dict[str, float]:
    """Return the accuracy of each classical method.

    Args:
        seen: The features.
        truth: Classes of the test features, shape ``(M,)``.
    """
    own = {
        'logistic regression, source only': source_only,
        '1-NN, source only': nearest_neighbour,
        'CORAL + logistic regression': coral_regression,
    }
    predicted = {name: predict(seen) for name, predict in own.items()}
    if find_spec('skada'):
        predicted |= {name: from_skada(seen, kind) for name, kind in SKADA.items()}
    return {name: float((classes == truth).mean()) for name, classes in predicted.items()}


def features_of(source: Any, target: Any) -> Features:
    """Return what the classical methods see of two domains; series are flattened, and no target label is read."""
    parts = (source.images('train'), target.images('train'), target.images('test'))
    flat = [part[:].flatten(1).double().numpy() for part in parts]
    like, *others = _normal(flat[0], *flat)
    return Features(like, _classes(source.labels('train').numpy()), *others)


def measured(
    file: Path, domains: tuple[str, str], seed: int, *, out: Path, methods: Sequence[str], steps: int | None
) -> dict[str, float]:
    """Return the target test accuracy of every row under one seed: of the split, and of each network.

    Args:
        file: The user's own features.
        domains: Source and target.
        seed: Of both.
        out: Where the networks' runs are kept.
        methods: Rows of ``own-features``; none for the classical methods alone.
        steps: Of training; those of the configuration for ``None``.
    """
    from dann.datasets.own.layouts import class_for, holds_features

    if not holds_features(file):
        raise UserError(
            f'{file} holds images; extract features from them first, or run `dann benchmark {file}`'
        )
    kind: Any = class_for(file)[0]
    source, target = (kind(str(file), domain, seed=seed) for domain in domains)
    found = classical(features_of(source, target), _truth(target))
    if methods:
        config = own_data.configuration(str(file), *domains)
        for end in ('source', 'target'):
            config['data'][end]['init_args']['seed'] = seed
        grid = benchmark(
            f'{file.stem}-split-{seed}', config | {'seeds': [seed]}, methods=methods, steps=steps
        )
        failed = run(grid, out / grid.name, workers=1, loggers=(), command='classical')
        found |= _networks(out / grid.name, failed, seed)
    return found


def _truth(domain: Any) -> Classes:
    """The labels of a test split, which accuracies alone are made from."""
    return _classes(domain.labels('test').numpy())


def _networks(folder: Path, failed: Mapping[str, str], seed: int) -> dict[str, float]:
    for job, why in failed.items():
        raise UserError(f'{job} failed: {why}')
    table = read_table(folder)
    cells = {row.method: table.main(row) for row in table.rows if seed in row.seeds}
    return {f'dann: {name}': cell.accuracy.mean for name, cell in cells.items() if cell.accuracy}


def lines(found: Sequence[Mapping[str, float]]) -> list[str]:
    """Return one line for each row that every seed has: mean, 95 % interval and number of seeds, in percent.

    Args:
        found: Accuracies by row, one mapping a seed.
    """
    written = []
    for name in found[0]:
        about = estimate([each[name] for each in found])
        written.append(f'{name:34} {points(about.mean):>5}{spread(about, points)} ({about.n})')
    return written


def main(argv: Sequence[str] | None = None) -> None:
    """Print one line for each method."""
    parser = argparse.ArgumentParser(description=(__doc__ or '').partition('\n')[0])
    parser.add_argument(
        'file', nargs='?', type=Path, help='.npz, .npy or .csv of features; digits without one'
    )
    parser.add_argument('--source', default='source', metavar='DOMAIN')
    parser.add_argument('--target', default='target', metavar='DOMAIN')
    parser.add_argument(
        '--seeds', type=int, default=5, metavar='N', help='seeds 0 to N-1, of splits and networks'
    )
    parser.add_argument('--steps', type=int, metavar='N', help='training steps of every network')
    default = ['source_only', 'dann', 'coral', 'mmd']
    parser.add_argument('--methods', nargs='*', default=default, metavar='ROW', help='rows of own-features')
    parser.add_argument('--out', type=Path, default=Path('runs/classical'), metavar='DIR')
    options = parser.parse_args(argv)
    file = options.file or digits_pair(options.out / 'digits.npz')
    chosen = {'out': options.out, 'methods': options.methods, 'steps': options.steps}
    domains = (options.source, options.target)
    found = [measured(file, domains, seed, **chosen) for seed in range(options.seeds)]
    print(
        f'{file.stem}: {domains[0]} to {domains[1]}, accuracy on the target test split in %, '
        '± 95 % over seeds (of two, both)'
    )
    print('\n'.join(lines(found)))
    if not find_spec('skada'):
        print(NO_SKADA)


if __name__ == '__main__':
    main()
