# Programs that load the simulator when it is wanted, instead of being linked to it: SimGrid's library, and the network
# simulator that Debian links it to, take longer to start than most programs run.
add_library(tandem_loaded_simulator OBJECT ${PROJECT_SOURCE_DIR}/app/loaded_simulator.cpp)
target_link_libraries(tandem_loaded_simulator PRIVATE tandem_core)
target_compile_definitions(tandem_loaded_simulator PRIVATE
  TANDEM_SIMULATOR_LIBRARY="$<TARGET_FILE_NAME:tandem_simulator_library>" "TANDEM_VERSION=\"${PROJECT_VERSION}\"")

function(tandem_load_simulator target)
  target_sources(${target} PRIVATE $<TARGET_OBJECTS:tandem_loaded_simulator>)
  add_dependencies(${target} tandem_simulator_library)
  # The library calls functions of core and of clusters, which are the program's, whether it calls them itself or not.
  # Libraries that the program itself does not use are left out: SimGrid's.
  target_link_options(${target} PRIVATE -Wl,--as-needed
    "LINKER:--whole-archive,$<TARGET_FILE:tandem_core>,$<TARGET_FILE:tandem_sim>,--no-whole-archive")
  add_dependencies(${target} tandem_core tandem_sim)
  # (A student's file calls the program's functions, too.)
  set_target_properties(${target} PROPERTIES ENABLE_EXPORTS ON BUILD_RPATH ${PROJECT_BINARY_DIR})
  set_property(TARGET ${target} APPEND PROPERTY LINK_DEPENDS $<TARGET_FILE:tandem_core> $<TARGET_FILE:tandem_sim>)
endfunction()
