#!/usr/bin/env bash
# Has the Dockerfile's base image ready for podman: pulled, or, where Docker Hub cannot be reached,
# made of Debian's smallest system and the Python that this machine runs:  deploy/base.sh [PYTHON]
# The stand-in is for trying things out; what is shipped is built on the official image.
set -euo pipefail
cd "$(dirname "$0")/.."
version=$(sed -n 's/^ARG PYTHON=//p' Dockerfile)
image="docker.io/library/python:$version-slim"
podman image exists "$image" && exit
timeout 60 podman pull --quiet "$image" && exit

python=$(command -v "${1:-python$version}")
prefix=$("$python" -c 'import sys; print(sys.base_prefix)')
[ "$prefix" != /usr ] || { echo "A Python $version in a folder of its own is needed." >&2; exit 1; }
root=$(mktemp -d)
trap 'rm -rf "$root"' EXIT
. /etc/os-release # the interpreter needs the system that it was built on
libraries=libbz2-1.0,libexpat1,libffi8,liblzma5,libncursesw6,libreadline8,libsqlite3-0,libssl3,libuuid1,zlib1g
mmdebstrap --quiet --variant=minbase --include="ca-certificates,netbase,tzdata,$libraries" \
  --dpkgopt='path-exclude=/usr/share/doc/*' --dpkgopt='path-exclude=/usr/share/man/*' \
  --dpkgopt='path-exclude=/usr/share/locale/*' \
  --customize-hook='rm -rf "$1"/var/lib/apt/lists/* "$1"/var/cache/apt/*' \
  --format=tar "$VERSION_CODENAME" - | tar -x --exclude='./dev/*' -C "$root"
mkdir -p "$root/usr/local/bin" "$root/usr/local/lib"
cp -a "$prefix"/bin/python* "$root/usr/local/bin/"
cp -a "$prefix"/lib/*python* "$root/usr/local/lib/"
rm -rf "$root"/usr/local/lib/python3*/{test,site-packages/*,idlelib,tkinter} # as the official image
find "$root/usr/local" -depth -name __pycache__ -exec rm -rf {} +
chroot "$root" ldconfig
PIP_ROOT_USER_ACTION=ignore chroot "$root" "python$version" -m ensurepip >/dev/null
ln -sf "python$version" "$root/usr/local/bin/python"
ln -sf pip3 "$root/usr/local/bin/pip"
tar -C "$root" -c . | podman import --change 'ENV PATH=/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin' - "$image"
