"""What a score network is fitted with beside gradients: closed forms, scales and calibration."""
