from __future__ import annotations

import pytest

from app.view_models.past_histograms import round_stride


@pytest.mark.parametrize(
    ("count", "most", "stride"), [(0, 23, 1), (1, 23, 1), (23, 23, 1), (24, 23, 2), (100, 23, 5), (1000, 23, 50)]
)
def test_no_more_files_are_read_than_are_shown(count: int, most: int, stride: int) -> None:
    epochs = list(range(1, count + 1))
    assert round_stride(epochs, most) == stride
    assert len([epoch for epoch in epochs if epoch % stride == 0]) <= most
