# The package, as the build tree offers it: find_package(tidegate 0.9) with CMAKE_PREFIX_PATH or tidegate_DIR set to it.
include(CMakePackageConfigHelpers)

set_target_properties(tidegate_abi PROPERTIES EXPORT_NAME abi)
set_target_properties(tidegate_cpp PROPERTIES EXPORT_NAME cpp)
export(TARGETS tidegate tidegate_abi tidegate_cpp NAMESPACE tidegate:: FILE ${CMAKE_BINARY_DIR}/tidegate-targets.cmake)
configure_file(${CMAKE_CURRENT_LIST_DIR}/tidegate-config.cmake.in ${CMAKE_BINARY_DIR}/tidegate-config.cmake @ONLY)
write_basic_package_version_file(${CMAKE_BINARY_DIR}/tidegate-config-version.cmake COMPATIBILITY SameMinorVersion)
