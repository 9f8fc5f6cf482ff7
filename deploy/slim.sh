#!/usr/bin/env bash
# Removes from an installed virtual environment what the page does not need:  slim.sh VENV
# The rehearsal that follows (rehearse.py) proves that nothing needed was removed.
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
# Of imagecodecs' many codecs those of TIFF, JPEG 2000 and PNG, and the libraries that these name:
# 17 MB instead of 80.
if [ -d imagecodecs.libs ]; then
  find imagecodecs -name '_*.so' | grep -Ev '/_(shared|imcd|zlib|deflate|lzma|zstd|lerc|webp|jpeg8|jpeg2k|png)\.|/_shared' \
    | xargs -r rm
  for _ in 1 2 3; do # a library may be there only for one that has gone
    for lib in imagecodecs.libs/*; do
      others=$(find imagecodecs imagecodecs.libs -name '*.so*' ! -path "$lib")
      # shellcheck disable=SC2086 # several paths
      grep -qlF "$(basename "$lib")" $others || rm "$lib"
    done
  done
fi
# Symbol tables, which only debuggers read: a quarter of TensorFlow. Not those of libraries that
# were repaired for their wheels, which `strip` breaks.
[ ! -d tensorflow ] || find tensorflow -type f -name '*.so*' -size +1M -exec strip --strip-unneeded {} +
