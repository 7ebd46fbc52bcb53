"""The maximum over neighbours against the same thing written with torch's own operations."""

from collections.abc import Iterator

import pytest
import torch

from typodont.geometry import native
from typodont.nets.edge_max import edge_max


@pytest.fixture(params=["native", "torch"])
def backend(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> Iterator[str]:
    """Both implementations; where there is no compiler both are torch."""
    if request.param == "torch":
        monkeypatch.setenv("TYPODONT_NATIVE", "0")
    native.load_native.cache_clear()
    yield request.param
    native.load_native.cache_clear()


@pytest.mark.parametrize("channels", [16, 48, 20])
def test_values_and_gradients(backend: str, channels: int) -> None:
    torch.manual_seed(0)
    index = torch.randint(0, 40, (30, 6), dtype=torch.int32)
    edge = torch.randn(30, 6, 8)
    features = torch.randn(40, channels, requires_grad=True)
    weight = torch.randn(8, channels, requires_grad=True)
    grad = torch.randn(30, channels)

    expected = (features[index.long()] + edge @ weight).amax(dim=1)
    expected.backward(grad)
    wanted = features.grad, weight.grad
    features.grad = weight.grad = None
    found = edge_max(features, index, edge, weight)
    found.backward(grad)

    torch.testing.assert_close(found, expected)
    torch.testing.assert_close((features.grad, weight.grad), wanted, rtol=1e-4, atol=1e-5)


def test_under_autocast_the_result_is_float32(backend: str) -> None:
    with torch.autocast("cpu", dtype=torch.bfloat16):
        features = torch.nn.Linear(16, 16)(torch.randn(5, 16))
        assert features.dtype == torch.bfloat16
        result = edge_max(features, torch.zeros(5, 2, dtype=torch.int32), torch.zeros(5, 2, 8), torch.zeros(8, 16))
    assert result.dtype == torch.float32
    torch.testing.assert_close(result, features[:1].float().expand(5, -1))
