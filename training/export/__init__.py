"""From a finished fit to ONNX files in a weights folder, checked against torch."""
