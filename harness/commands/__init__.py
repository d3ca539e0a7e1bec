"""The harness's command line; build.sh, test.sh and export.sh stand on it."""
