# `cpack` in a build folder: a Debian package of the program and what it needs at run time. It is carried to other
# processors, so only a build with TANDEM_NATIVE=OFF becomes one (preset `package`).
set(CPACK_GENERATOR DEB)
set(CPACK_PACKAGE_NAME tandem)
set(CPACK_PACKAGE_VENDOR "The Tandem authors")
set(CPACK_PACKAGE_CONTACT "The Tandem authors")
set(CPACK_PACKAGE_DESCRIPTION_SUMMARY "testbed for distributed-training strategies, run for real and simulated")
set(CPACK_PACKAGE_DESCRIPTION
    "A strategy is written once and runs in threads, over TCP, under MPI and on a simulated cluster of any size.")
set(CPACK_PACKAGING_INSTALL_PREFIX /usr)
set(CPACK_COMPONENTS_ALL program)
set(CPACK_DEB_COMPONENT_INSTALL ON)
set(CPACK_STRIP_FILES ON)
set(CPACK_DEBIAN_FILE_NAME DEB-DEFAULT)
set(CPACK_DEBIAN_PROGRAM_PACKAGE_NAME tandem)
set(CPACK_DEBIAN_PROGRAM_PACKAGE_SECTION science)
# Libraries with their versions, as the program is linked to them.
set(CPACK_DEBIAN_PACKAGE_SHLIBDEPS ON)
# Figures, ranks under MPI, links that are emulated, data sets; and what a task of the lab is compiled with.
set(CPACK_DEBIAN_PACKAGE_RECOMMENDS "gnuplot-nox | gnuplot, openmpi-bin, iproute2, dataset-fashion-mnist")
set(CPACK_DEBIAN_PACKAGE_SUGGESTS "g++, make, libeigen3-dev, libfmt-dev, parallel")
set(CPACK_TANDEM_NATIVE ${TANDEM_NATIVE})
set(CPACK_PROJECT_CONFIG_FILE ${PROJECT_SOURCE_DIR}/cmake/no_native_package.cmake)
include(CPack)
