"""What the platform's own program does inside a container, made again from its description.

Grand Challenge puts a program of its own into every image: it runs as root, lays the inputs out,
runs the image's command as the image's user under the limits, reads its output, and takes what it
wrote. This one is copied into images and runs beside local programs. It stands on the standard
library alone.
"""
