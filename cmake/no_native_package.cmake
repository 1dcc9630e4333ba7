# Read by cpack before it packs anything.
if(CPACK_TANDEM_NATIVE)
  message(FATAL_ERROR "this build is for this machine's processor only, and a package is carried to others: "
                      "configure with --preset package, or with -DTANDEM_NATIVE=OFF")
endif()
