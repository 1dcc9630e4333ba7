# `cmake --install`: the program with what it needs at run time (component program), and what another project builds
# against (component development).
include(CMakePackageConfigHelpers)

# Every library of these folders, so that a new one needs no list.
function(tandem_libraries_below folder result)
  get_property(targets DIRECTORY ${folder} PROPERTY BUILDSYSTEM_TARGETS)
  set(libraries "")
  foreach(target ${targets})
    get_target_property(type ${target} TYPE)
    if(type STREQUAL STATIC_LIBRARY OR type STREQUAL SHARED_LIBRARY)
      list(APPEND libraries ${target})
    endif()
  endforeach()
  get_property(folders DIRECTORY ${folder} PROPERTY SUBDIRECTORIES)
  foreach(below ${folders})
    tandem_libraries_below(${below} found)
    list(APPEND libraries ${found})
  endforeach()
  set(${result} ${libraries} PARENT_SCOPE)
endfunction()

set(libraries tandem_options)
foreach(folder core algorithms real sim app)
  tandem_libraries_below(${PROJECT_SOURCE_DIR}/${folder} found)
  list(APPEND libraries ${found})
endforeach()

set(package_folder ${CMAKE_INSTALL_LIBDIR}/cmake/tandem)
install(TARGETS ${libraries} EXPORT tandem ARCHIVE DESTINATION ${CMAKE_INSTALL_LIBDIR}/tandem COMPONENT development)
install(EXPORT tandem NAMESPACE tandem:: DESTINATION ${package_folder} COMPONENT development)
set(TANDEM_NEEDS_MPI OFF)
if(TARGET MPI::MPI_CXX)
  set(TANDEM_NEEDS_MPI ON)
endif()
configure_package_config_file(cmake/tandem-config.cmake.in ${PROJECT_BINARY_DIR}/tandem-config.cmake
  INSTALL_DESTINATION ${package_folder})
write_basic_package_version_file(${PROJECT_BINARY_DIR}/tandem-config-version.cmake COMPATIBILITY ExactVersion)
install(FILES ${PROJECT_BINARY_DIR}/tandem-config.cmake ${PROJECT_BINARY_DIR}/tandem-config-version.cmake
  DESTINATION ${package_folder} COMPONENT development)

# The headers belong to the program: `tandem lab check` compiles a student's file with them.
install(DIRECTORY core algorithms real sim app DESTINATION ${CMAKE_INSTALL_INCLUDEDIR}/tandem COMPONENT program
  FILES_MATCHING PATTERN "*.h" PATTERN "handouts" EXCLUDE PATTERN "solutions" EXCLUDE)
install(TARGETS tandem DESTINATION ${CMAKE_INSTALL_BINDIR} COMPONENT program)
install(TARGETS tandem_simulator_library LIBRARY DESTINATION ${CMAKE_INSTALL_LIBDIR}/tandem COMPONENT program)
install(DIRECTORY scenarios DESTINATION ${CMAKE_INSTALL_DATADIR}/tandem COMPONENT program)
install(DIRECTORY app/lab/handouts DESTINATION ${CMAKE_INSTALL_DATADIR}/tandem/lab COMPONENT program)
install(DIRECTORY docs DESTINATION ${CMAKE_INSTALL_DOCDIR} COMPONENT program PATTERN "example" EXCLUDE)
install(FILES README.md CHANGELOG.md LICENSE THIRD_PARTY.md DESTINATION ${CMAKE_INSTALL_DOCDIR} COMPONENT program)
install(DIRECTORY docs/example DESTINATION ${CMAKE_INSTALL_DOCDIR} COMPONENT development)
