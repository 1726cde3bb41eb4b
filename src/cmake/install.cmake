# SPDX-License-Identifier: Apache-2.0
# Installation: libraries, headers, CMake and pkg-config files.
include(CMakePackageConfigHelpers)
set(election_config_dir ${CMAKE_INSTALL_LIBDIR}/cmake/election)
# Relative to its own folder, so that --prefix and DESTDIR may move it.
file(RELATIVE_PATH election_pkgconfig_prefix
    /${CMAKE_INSTALL_LIBDIR}/pkgconfig /)

# Installs one library: its kinds, their targets file, its pkg-config file.
function(election_install_library alias prefix name description needs)
    set(libraries ${alias})
    foreach(kind IN LISTS ELECTION_KINDS)
        list(APPEND libraries election_${prefix}${kind})
    endforeach()
    install(TARGETS ${libraries} EXPORT ${name}-targets
        LIBRARY COMPONENT Runtime NAMELINK_COMPONENT Development
        ARCHIVE COMPONENT Development)
    install(EXPORT ${name}-targets NAMESPACE election::
        DESTINATION ${election_config_dir} COMPONENT Development)
    list(JOIN needs ", " needs)
    configure_file(${PROJECT_SOURCE_DIR}/src/cmake/library.pc.in
        ${PROJECT_BINARY_DIR}/${name}.pc @ONLY)
    install(FILES ${PROJECT_BINARY_DIR}/${name}.pc
        DESTINATION ${CMAKE_INSTALL_LIBDIR}/pkgconfig COMPONENT Development)
endfunction()

if(ELECTION_INSTALL)
    configure_package_config_file(
        ${CMAKE_CURRENT_LIST_DIR}/election-config.cmake.in
        ${PROJECT_BINARY_DIR}/election-config.cmake
        INSTALL_DESTINATION ${election_config_dir})
    # Before version 1 this asks for the same minor version.
    write_basic_package_version_file(
        ${PROJECT_BINARY_DIR}/election-config-version.cmake
        COMPATIBILITY SameMinorVersion)
    install(FILES
        ${PROJECT_BINARY_DIR}/election-config.cmake
        ${PROJECT_BINARY_DIR}/election-config-version.cmake
        DESTINATION ${election_config_dir} COMPONENT Development)
    install(FILES ${PROJECT_SOURCE_DIR}/include/election/election.h
        DESTINATION ${CMAKE_INSTALL_INCLUDEDIR}/election
        COMPONENT Development)
    install(FILES ${PROJECT_SOURCE_DIR}/include/election/election.3
        DESTINATION ${CMAKE_INSTALL_MANDIR}/man3 COMPONENT Development)
    install(FILES
        ${PROJECT_SOURCE_DIR}/proto/atomix/multiraft/election/v1/fsm.proto
        DESTINATION
        ${CMAKE_INSTALL_DATADIR}/election/atomix/multiraft/election/v1
        COMPONENT Development)
    install(FILES
        ${PROJECT_SOURCE_DIR}/LICENSE
        ${PROJECT_SOURCE_DIR}/README.md
        ${PROJECT_SOURCE_DIR}/proto/SEMANTICS.md
        DESTINATION ${CMAKE_INSTALL_DOCDIR} COMPONENT Development)
endif()
