"""What the driver says, with a stand-in for its library."""

import sys
from types import SimpleNamespace

import pytest

from macros.errors import CannotRun
from macros.measure.nvml import Nvml, Peaks, Usage

MIB = 2**20


class Library:
    """A stand-in for pynvml with one card, which knows only the methods that are used."""

    class NVMLError(Exception):
        pass

    nvmlMemory_v2 = 2

    def __init__(self, old: bool = False, shy: bool = False, cards: int = 1) -> None:
        self.old, self.shy, self.cards = old, shy, cards

    def nvmlInit(self):
        if not self.cards:
            raise self.NVMLError("Driver Not Loaded")

    def nvmlDeviceGetHandleByIndex(self, index):
        if index >= self.cards:
            raise self.NVMLError("Invalid Argument")
        return f"card {index}"

    def nvmlDeviceGetHandleByUUID(self, uuid):
        return f"card {uuid[-1]}"

    def nvmlDeviceGetIndex(self, handle):
        return int(handle[-1])

    def nvmlDeviceGetName(self, handle):
        return f"NVIDIA {handle}".encode()

    def nvmlDeviceGetCudaComputeCapability(self, _):
        return 12, 1

    def nvmlSystemGetCudaDriverVersion_v2(self):
        return 13020

    def nvmlSystemGetDriverVersion(self):
        return "580.159.04"

    def nvmlDeviceGetEnforcedPowerLimit(self, _):
        if self.shy:
            raise self.NVMLError("Not Supported")
        return 350_500

    def nvmlDeviceGetMemoryInfo(self, _, version=1):
        if version == 2 and self.old:
            raise self.NVMLError("Function Not Found")
        reserve = 600 if version == 2 else 0
        return SimpleNamespace(
            total=32607 * MIB, reserved=reserve * MIB, used=(700 - reserve) * MIB
        )

    def nvmlDeviceGetComputeRunningProcesses(self, _):
        if self.shy:
            raise self.NVMLError("No Permission")
        return [
            SimpleNamespace(pid=7, usedGpuMemory=50 * MIB),
            SimpleNamespace(pid=8, usedGpuMemory=None),
        ]


@pytest.fixture
def use(monkeypatch):
    """Put a stand-in where pynvml is looked for."""
    monkeypatch.delenv("CUDA_VISIBLE_DEVICES", raising=False)

    def put(**given):
        monkeypatch.setitem(sys.modules, "pynvml", Library(**given))

    return put


def test_a_card_is_described_in_mib_and_w(use):
    use()
    card = Nvml().card()
    assert (card.name, card.compute_capability, card.cuda) == ("NVIDIA card 0", "12.1", "13.2")
    assert (card.memory_total_mib, card.memory_reserved_mib, card.power_limit_w) == (
        32607,
        600,
        350.5,
    )
    assert Nvml().usage() == Usage(100, {7: 50})


def test_an_old_driver_that_tells_no_reserve_counts_it_as_used(use):
    use(old=True)
    reader = Nvml()
    assert reader.usage().device == 700
    assert reader.card().memory_reserved_mib is None


def test_what_a_card_does_not_tell_is_left_out(use):
    use(shy=True)
    assert Nvml().card().power_limit_w is None
    assert Nvml().usage() == Usage(100, {})
    peaks = Peaks(Nvml())
    peaks.sample(lambda _: True)
    assert peaks.mib() == {"device": 100, "device_idle": 100}


@pytest.mark.parametrize(
    ("visible", "index", "found"), [("1", None, 1), ("GPU-2", None, 2), ("1", 0, 0), ("", None, 0)]
)
def test_the_card_is_the_one_that_the_program_will_see(use, monkeypatch, visible, index, found):
    use(cards=3)
    monkeypatch.setenv("CUDA_VISIBLE_DEVICES", visible)
    assert Nvml(index).card().index == found


def test_without_a_gpu_or_its_library_the_message_is_clear(use, monkeypatch):
    use(cards=0)
    with pytest.raises(CannotRun, match="no NVIDIA GPU to measure: Driver Not Loaded"):
        Nvml()
    use()
    with pytest.raises(CannotRun, match="no NVIDIA GPU to measure: Invalid Argument"):
        Nvml(5)
    monkeypatch.setitem(sys.modules, "pynvml", None)
    with pytest.raises(CannotRun, match="nvidia-ml-py"):
        Nvml()
