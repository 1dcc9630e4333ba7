#!/usr/bin/env bash
# SimGrid's library defines MPI_Init and the other functions of MPI.
#
# Debian's libsimgrid contains SMPI, SimGrid's own MPI, and exports its functions under MPI's names. A program that is
# linked with SimGrid and with Open MPI therefore gets its MPI from whichever library comes first on the link line, without
# a warning from the compiler, the linker or the loader. Build systems reorder libraries as they like, so that a program that
# simulates and also talks MPI may run on the simulator's MPI by accident. Naming the MPI library first, before the linker
# sees -lsimgrid, settles it.
#
# Shown: how many MPI functions libsimgrid exports, and a program of four lines, linked in both orders, that asks MPI which
# library it is. Seen with libsimgrid 3.32 and Open MPI 4.1.4 (Debian 12).
set -eu -o pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
if ! dpkg-query -W libsimgrid-dev libopenmpi-dev g++ binutils >/dev/null 2>&1; then
  apt-get install -y --no-install-recommends libsimgrid-dev libopenmpi-dev g++ binutils >"$folder/apt.log" 2>&1 ||
    { echo "needs the packages libsimgrid-dev, libopenmpi-dev, g++ and binutils" >&2; exit 2; }
fi
dpkg-query -W -f='${Package} ${Version}\n' libsimgrid-dev libopenmpi-dev

library=$(echo 'int main() {}' | g++ -x c++ - -o "$folder/empty" -Wl,--no-as-needed -lsimgrid && ldd "$folder/empty" |
  sed -n 's/.*libsimgrid[^ ]* => \([^ ]*\).*/\1/p')
exported=$(nm -D --defined-only "$library" | grep -cE ' [TW] MPI_')
echo "functions named MPI_* that $(basename "$library") exports: $exported"

cat >"$folder/which.cpp" <<'CODE'
#include <mpi.h>
#include <cstdio>
int main() {
  char text[MPI_MAX_LIBRARY_VERSION_STRING];
  int length = 0;
  MPI_Get_library_version(text, &length);
  std::printf("%.16s\n", text);
}
CODE
read -ra flags <<<"$(mpicxx.openmpi --showme:compile)"
build_and_ask() {
  g++ -DOMPI_SKIP_MPICXX "${flags[@]}" "$folder/which.cpp" -o "$folder/which" -Wl,--no-as-needed "$@"
  "$folder/which"
}
mpi_first=$(build_and_ask -lmpi -lsimgrid)
simgrid_first=$(build_and_ask -lsimgrid -lmpi)
echo "linked with -lmpi -lsimgrid, the program runs on: $mpi_first"
echo "linked with -lsimgrid -lmpi, the program runs on: $simgrid_first"
[[ $exported -gt 100 && $mpi_first == "Open MPI"* && $simgrid_first == "SMPI"* ]]
