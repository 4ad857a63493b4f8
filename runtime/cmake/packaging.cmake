# SPDX-License-Identifier: Apache-2.0
# What `cmake --install` puts where: the headers, libraddle.so with its soname, libraddle.a, the
# command line, and what other builds need to find them: a pkg-config file and a CMake package, both
# relocatable.
include(CMakePackageConfigHelpers)

set(RADDLE_CMAKE_DIR ${CMAKE_INSTALL_LIBDIR}/cmake/raddle)
set(RADDLE_PACKAGE_DIR ${PROJECT_BINARY_DIR}/package)

install(TARGETS raddle EXPORT raddleTargets
  LIBRARY DESTINATION ${CMAKE_INSTALL_LIBDIR}
  INCLUDES DESTINATION ${CMAKE_INSTALL_INCLUDEDIR})
if(TARGET raddle_static)
  install(FILES ${PROJECT_BINARY_DIR}/static/libraddle.a DESTINATION ${CMAKE_INSTALL_LIBDIR})
endif()
install(DIRECTORY ${PROJECT_SOURCE_DIR}/include/raddle DESTINATION ${CMAKE_INSTALL_INCLUDEDIR}
  FILES_MATCHING PATTERN "*.h")
install(EXPORT raddleTargets NAMESPACE raddle:: DESTINATION ${RADDLE_CMAKE_DIR})

configure_package_config_file(${CMAKE_CURRENT_LIST_DIR}/raddleConfig.cmake.in
  ${RADDLE_PACKAGE_DIR}/raddleConfig.cmake INSTALL_DESTINATION ${RADDLE_CMAKE_DIR}
  NO_SET_AND_CHECK_MACRO NO_CHECK_REQUIRED_COMPONENTS_MACRO)
# Before 1.0 a minor version may break what it likes; from then on only a major version may.
if(PROJECT_VERSION_MAJOR EQUAL 0)
  set(compatibility SameMinorVersion)
else()
  set(compatibility SameMajorVersion)
endif()
write_basic_package_version_file(${RADDLE_PACKAGE_DIR}/raddleConfigVersion.cmake
  VERSION ${PROJECT_VERSION} COMPATIBILITY ${compatibility})

# The prefix is found from where raddle.pc lies, so that an installed tree may be moved.
file(RELATIVE_PATH RADDLE_PC_TO_PREFIX
  ${CMAKE_INSTALL_FULL_LIBDIR}/pkgconfig ${CMAKE_INSTALL_PREFIX})
string(REGEX REPLACE "/$" "" RADDLE_PC_TO_PREFIX "${RADDLE_PC_TO_PREFIX}")
configure_file(${CMAKE_CURRENT_LIST_DIR}/raddle.pc.in ${RADDLE_PACKAGE_DIR}/raddle.pc @ONLY)

install(FILES ${RADDLE_PACKAGE_DIR}/raddleConfig.cmake
  ${RADDLE_PACKAGE_DIR}/raddleConfigVersion.cmake DESTINATION ${RADDLE_CMAKE_DIR})
install(FILES ${RADDLE_PACKAGE_DIR}/raddle.pc DESTINATION ${CMAKE_INSTALL_LIBDIR}/pkgconfig)

if(TARGET raddle_cli)
  file(RELATIVE_PATH bin_to_lib ${CMAKE_INSTALL_FULL_BINDIR} ${CMAKE_INSTALL_FULL_LIBDIR})
  set_target_properties(raddle_cli PROPERTIES INSTALL_RPATH "$ORIGIN/${bin_to_lib}")
  install(TARGETS raddle_cli RUNTIME DESTINATION ${CMAKE_INSTALL_BINDIR})
  install(DIRECTORY ${PROJECT_SOURCE_DIR}/cli/recipes ${PROJECT_SOURCE_DIR}/cli/gpus
    DESTINATION ${CMAKE_INSTALL_DATADIR}/raddle FILES_MATCHING PATTERN "*.toml" PATTERN "*.json")
endif()
