#!/bin/bash
# SPDX-License-Identifier: BSD-3-Clause
# For clusters, without root: finds the libraries that volley needs, and builds those that are missing.
set -euo pipefail

usage() {
    cat <<'END'
usage: jobs/deps.sh PREFIX [SOURCES]
Looks for each library in PREFIX, in the modules that are loaded and in the system; builds those that are missing from
their release tarballs in the folder SOURCES (default: .), such as jansson-2.14.tar.gz, and installs them into PREFIX.
Load the compiler, MPI, CMake 3.22 or newer and pkg-config before; a parallel HDF5 too where the cluster has one.
It can be started again: what is in PREFIX is not built again. In the end it prints how to configure volley.
environment:
  JOBS    processes of a build (default: the cores of this machine)
  FORCE   names of libraries that are built even when the system has them, such as "jansson sleef", or all
Exit code: 0 all libraries are there, 1 one is missing or cannot be built, 2 wrong usage.
END
}

case "${1-}" in
-h | --help)
    usage
    exit 0
    ;;
"" | -*)
    usage >&2
    exit 2
    ;;
esac
mkdir -p "$1"
prefix=$(cd "$1" && pwd)
sources=$(cd "${2-.}" && pwd)
jobs=${JOBS:-$(nproc)}
export PATH="$prefix/bin:$PATH"
export PKG_CONFIG_PATH="$prefix/lib/pkgconfig:$prefix/lib64/pkgconfig${PKG_CONFIG_PATH:+:$PKG_CONFIG_PATH}"

# Name, also that of the tarball | how to tell that it is there | what it is for | where its releases are
needs=(
    "hdf5|hdf5|result files|https://www.hdfgroup.org/download-hdf5"
    "libfyaml|module libfyaml|reads configs|https://github.com/pantoniou/libfyaml/releases"
    "jansson|module jansson|reads and writes JSON|https://github.com/akheron/jansson/releases"
    "random123|header Random123/philox.h|random numbers|https://github.com/DEShawResearch/random123/releases"
    "sleef|module sleef|vectorised exp, log and pow|https://github.com/shibatch/sleef/releases"
    "xxhash|module libxxhash|hashes of results|https://github.com/Cyan4973/xxHash/releases"
    "hwloc|module hwloc|optional: cores and caches of the machine|https://www.open-mpi.org/software/hwloc"
    "scotch|header ptscotch.h|optional: partitions by connectivity|https://gitlab.inria.fr/scotch/scotch/-/releases"
)

has_module() { pkg-config --exists "$1" 2>/dev/null; }
has_header() { echo "#include <$1>" | mpicc -I"$prefix/include" -I/usr/include/scotch -E -x c - >/dev/null 2>&1; }
# Debian names it after the MPI; elsewhere it is the one that h5pcc, the wrapper of a parallel build, belongs to.
has_hdf5() { has_module hdf5-openmpi || has_module hdf5-mpich || command -v h5pcc >/dev/null; }

in_prefix() {
    case "$1" in
    hdf5) [ -x "$prefix/bin/h5pcc" ] ;;
    module) compgen -G "$prefix/lib*/pkgconfig/$2.pc" >/dev/null ;;
    header) [ -e "$prefix/include/$2" ] ;;
    esac
}

# The newest tarball of a library; names differ in case, prefix v and _ or -.
tarball() {
    find "$sources" -maxdepth 1 \( -iname "$1[-_]*.tar.*" -o -iname "lib$1[-_]*.tar.*" -o -iname "$1[-_]*.tgz" \) \
        ! -name '*.debian.tar.*' | sort -V | tail -n 1
}

with_cmake() {
    cmake -S . -B build -DCMAKE_BUILD_TYPE=Release -DCMAKE_INSTALL_PREFIX="$prefix" -DCMAKE_INSTALL_LIBDIR=lib \
        -DBUILD_SHARED_LIBS=ON "$@"
    cmake --build build --parallel "$jobs"
    cmake --install build
}

with_configure() {
    # A tarball of a tag has no configure yet; making it needs autoconf, automake and libtool.
    if [ ! -x configure ]; then if [ -x bootstrap.sh ]; then ./bootstrap.sh; else autoreconf -fi; fi; fi
    ./configure --prefix="$prefix" --libdir="$prefix/lib" "$@"
    make -j "$jobs"
    make install
}

build() {
    case "$1" in
    hdf5) CC=mpicc with_configure --enable-parallel --disable-tests ;;
    libfyaml) with_configure --disable-network ;;
    jansson)
        with_cmake -DJANSSON_BUILD_SHARED_LIBS=ON -DJANSSON_BUILD_DOCS=OFF -DJANSSON_EXAMPLES=OFF \
            -DJANSSON_WITHOUT_TESTS=ON
        ;;
    random123) mkdir -p "$prefix/include" && cp -R include/Random123 "$prefix/include/" ;;
    # CMake 4 refuses what old releases say they need.
    sleef) with_cmake -DSLEEF_BUILD_TESTS=OFF -DBUILD_TESTS=OFF -DBUILD_DFT=OFF -DCMAKE_POLICY_VERSION_MINIMUM=3.5 ;;
    xxhash) make -j "$jobs" prefix="$prefix" PREFIX="$prefix" install ;;
    hwloc) with_configure --disable-cairo --disable-libxml2 ;;
    scotch) with_cmake -DBUILD_PTSCOTCH=ON -DENABLE_TESTS=OFF ;;
    esac
}

# Unpacks, builds and installs one library; what the build says goes to a log, of which the end is shown on failure.
install_one() {
    local name=$1 archive=$2 folder log="$prefix/log/$1.log"
    mkdir -p "$prefix/log"
    folder=$(mktemp -d)
    echo "deps: building $name from $archive"
    # set -e does not work inside a condition, so the build is a shell of its own.
    local code=0
    (
        set -e
        tar -xf "$archive" -C "$folder" --strip-components=1
        cd "$folder"
        build "$name"
    ) >"$log" 2>&1 &
    wait $! || code=$?
    rm -rf "$folder"
    if [ "$code" -ne 0 ]; then
        tail -n 20 "$log" >&2
        echo "deps: $name could not be built; all of it: $log" >&2
        return 1
    fi
}

for program in mpicc cmake pkg-config make; do
    command -v "$program" >/dev/null || {
        echo "deps: $program is missing; on a cluster it comes with a module (module avail)" >&2
        exit 1
    }
done

missing=()
for need in "${needs[@]}"; do
    IFS='|' read -r name probe purpose where <<<"$need"
    read -r kind what <<<"$probe"
    forced=
    case " ${FORCE-} " in *" $name "* | *" all "*) forced=yes ;; esac
    if in_prefix "$kind" "${what-}"; then
        echo "deps: $name is in $prefix"
        continue
    fi
    if [ -z "$forced" ] && "has_$kind" "${what-}"; then
        echo "deps: $name is there already"
        continue
    fi
    archive=$(tarball "$name")
    if [ -n "$archive" ]; then
        install_one "$name" "$archive" || missing+=("$name ($purpose): the build failed")
    elif [[ $purpose == optional* ]]; then
        echo "deps: $name is left out ($purpose)"
    else
        missing+=("$name ($purpose): no module, and no tarball in $sources; its releases: $where")
    fi
done
if [ ${#missing[@]} -gt 0 ]; then
    printf 'deps: missing: %s\n' "${missing[@]}" >&2
    exit 1
fi
cat <<END

All is there. Now, in volley's folder, with the same modules loaded:
  export PKG_CONFIG_PATH=$prefix/lib/pkgconfig:\$PKG_CONFIG_PATH CMAKE_PREFIX_PATH=$prefix HDF5_ROOT=$prefix
  cmake --preset release -DCMAKE_INSTALL_RPATH_USE_LINK_PATH=ON && cmake --build --preset release --parallel
  cmake --install build/release --prefix $prefix
END
