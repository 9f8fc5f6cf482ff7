#!/usr/bin/env bash
# Takes from an installed virtual environment what no page needs:  slim.sh VENV
# The rehearsal after it (rehearse.py) shows that nothing was taken that is.
set -euo pipefail
cd "$1"/lib/python3*/site-packages

# C++ headers, for building on top of the packages.
rm -rf tensorflow/include pyarrow/include numpy/_core/include numpy/_core/lib
# Their own tests, and sources that were compiled.
find . -depth -type d -name tests -exec rm -rf {} +
find . -type f \( -name '*.pyx' -o -name '*.pxd' -o -name '*.pyi' -o -name '*.a' \) -delete
# For notebooks, and for those who debug minified scripts.
rm -rf "$1/share/jupyter"
find . -type f -name '*.js.map' -delete
# libclang: TensorFlow names it, for its code generators.
rm -rf clang
# Would report every start of OpenVINO to a statistics service; without it, OpenVINO does not.
rm -rf openvino_telemetry
# Symbol tables, which only debuggers read: a quarter of TensorFlow. Not those of libraries that
# were repaired for their wheels, which `strip` breaks.
[ ! -d tensorflow ] || find tensorflow -type f -name '*.so*' -size +1M -exec strip --strip-unneeded {} +
