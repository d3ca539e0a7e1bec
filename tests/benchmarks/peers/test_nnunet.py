from pathlib import Path

import pytest

from benchmarks.peers import nnunet
from benchmarks.peers.measure import left_out, run_peer


@pytest.mark.nnunet
def test_a_case_is_segmented_by_nnunet(input_dir: Path) -> None:
    assert left_out("nnunet") is None
    options = ("--spacing-mm", "6", "--window", "32", "--mirroring")
    run = run_peer("nnunet", input_dir, threads=1, options=options)
    steps = ["start", "model folder", "network", "read", "preprocess", "windows", "back", "write"]
    assert list(run.steps) == steps
    assert sum(run.steps.values()) <= run.seconds


def test_without_nnunet_the_program_says_how_to_install_it(
    monkeypatch: pytest.MonkeyPatch, input_dir: Path, output_dir: Path
) -> None:
    monkeypatch.setattr(nnunet, "find_spec", lambda _: None)
    with pytest.raises(SystemExit, match=r"nnunetv2 is not installed .* pip install torch"):
        nnunet.main(["--input", str(input_dir), "--output", str(output_dir)])
    assert not list(output_dir.iterdir())
