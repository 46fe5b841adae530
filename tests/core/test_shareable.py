"""What a person passes on says nothing of whose machine it came from."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from dann.core.shareable import shareable, shareable_command


@pytest.mark.parametrize(
    ('given', 'kept'),
    [
        ('/home/ann/photos', '…/photos'),
        ('/home/ann lee/my photos', '…/my photos'),
        ('C:\\Users\\ann\\photos', '…/photos'),
        ('/home/ann', '…'),
        ('C:/Users/ann', '…'),
        ('/data', '/data'),
        ('photos/day', 'photos/day'),
        ('../photos', '../photos'),
        ('cannot read /home/ann/photos/1.png; mend it', 'cannot read …/1.png; mend it'),
        ("no file 'C:\\Users\\ann\\1.png' there", "no file '…/1.png' there"),
        ('see file:///home/ann/photos/1.png', 'see file://…/1.png'),
        ('https://example.org/a/b/c', 'https://example.org/a/b/c'),
        ('SVHN / MNIST / USPS', 'SVHN / MNIST / USPS'),
        ('accuracy in %, and/or a/b/c', 'accuracy in %, and/or a/b/c'),
    ],
)
def test_of_an_absolute_path_the_last_name_is_kept(given: str, kept: str) -> None:
    assert shareable(given) == kept
    assert shareable(kept) == kept  # as often as a file is written anew


def test_a_home_with_a_space_is_no_name_in_a_sentence(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Path, 'home', lambda: Path('/home/ann lee'))
    assert shareable('cannot read /home/ann lee/a/photos/1.png; mend it') == 'cannot read …/1.png; mend it'
    assert shareable('cannot list /home/ann lee; mend it') == 'cannot list …; mend it'


def test_a_message_that_begins_with_a_path_keeps_its_cause() -> None:
    given = '/home/ann/jobs/x/records.jsonl has changed since its job was done; delete /home/ann/jobs/x and run again'
    assert shareable(given) == '…/records.jsonl has changed since its job was done; delete …/x and run again'


def test_folders_below_the_home_of_this_machine_are_cut_too() -> None:
    assert shareable(f'cannot read {Path.home()}/clients/acme/1.png') == 'cannot read …/1.png'


def test_values_at_any_depth_are_cut() -> None:
    given: dict[str, Any] = {'data': [{'root': '/home/ann/photos', 'size': 16}, ('/home/ann/a', None)]}
    assert shareable(given) == {'data': [{'root': '…/photos', 'size': 16}, ['…/a', None]]}


@pytest.mark.parametrize(
    ('given', 'kept'),
    [
        ('dann benchmark sim-to-real --seeds 2', 'dann benchmark sim-to-real --seeds 2'),
        ("dann benchmark '/home/ann lee/photos' --out /home/ann/y", 'dann benchmark …/photos --out …/y'),
        ("dann benchmark '/home/ann/my photos'", "dann benchmark '…/my photos'"),
        ('dann fit --data.root=/home/ann/photos --a=b', 'dann fit --data.root=…/photos --a=b'),
        ("dann 'an open quote of /home/ann/photos", "dann 'an open quote of …/photos"),
    ],
)
def test_a_command_keeps_its_words(given: str, kept: str) -> None:
    assert shareable_command(given) == kept
