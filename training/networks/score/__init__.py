"""Networks that make one number of a patient: a risk, or an HPV score."""

from training.networks.score.net import ScoreNet

__all__ = ["ScoreNet"]
