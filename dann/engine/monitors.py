"""The scores that callbacks go by: a misspelt one is refused before the first step."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from dann.core.errors import UserError, unknown

if TYPE_CHECKING:
    from dann.engine.module import AdaptationModule

KNOWN_CODE = (
    'dann',
    'pytorch_lightning',
)  # a callback or a module of the user's own may log scores of its own


def check_monitors(trainer: Any, module: AdaptationModule) -> None:
    """Raise ``UserError`` where a callback goes by a score that is not computed, or that reads target labels.

    Args:
        trainer: The trainer, with its callbacks.
        module: What is trained.
    """
    parts = [module, *trainer.callbacks]
    scores = [f'val/{rule.name}' for rule in module.computed]
    ours = all(type(each).__module__.partition('.')[0] in KNOWN_CODE for each in parts)
    for callback in trainer.callbacks:
        name = str(getattr(callback, 'monitor', None) or '')
        if name.startswith('oracle/'):
            raise UserError(
                f'{type(callback).__name__} cannot go by {name}, which reads target labels; go by a score of the '
                'validators, such as val/infomax'
            )
        if ours and name.startswith('val/') and name not in scores:
            raise unknown('score', name, scores)
