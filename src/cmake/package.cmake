# SPDX-License-Identifier: Apache-2.0
# Debian packages, by `cpack -G DEB` in the build folder: the libraries, what is
# needed to build with them, and the programs.
set(CPACK_PACKAGE_VENDOR "the libelection authors")
set(CPACK_PACKAGE_CONTACT "${CPACK_PACKAGE_VENDOR}")
set(CPACK_PACKAGE_DESCRIPTION_SUMMARY "${PROJECT_DESCRIPTION}")
set(CPACK_RESOURCE_FILE_LICENSE ${PROJECT_SOURCE_DIR}/LICENSE)
set(CPACK_PACKAGING_INSTALL_PREFIX /usr)
set(CPACK_COMPONENTS_ALL Runtime Development Tools)
set(CPACK_DEB_COMPONENT_INSTALL ON)
set(CPACK_DEBIAN_FILE_NAME DEB-DEFAULT)
set(CPACK_DEBIAN_PACKAGE_SECTION libs)
set(CPACK_DEBIAN_ENABLE_COMPONENT_DEPENDS ON)
set(CPACK_DEBIAN_PACKAGE_SHLIBDEPS ON)
set(CPACK_DEBIAN_PACKAGE_SHLIBDEPS_PRIVATE_DIRS
    ${PROJECT_BINARY_DIR}/src ${PROJECT_BINARY_DIR}/src/message
    ${PROJECT_BINARY_DIR}/src/registry ${PROJECT_BINARY_DIR}/src/client
    ${PROJECT_BINARY_DIR}/src/raft ${PROJECT_BINARY_DIR}/src/testing)
set(CPACK_DEBIAN_PACKAGE_GENERATE_SHLIBS ON)
set(CPACK_COMPONENT_DEVELOPMENT_DEPENDS Runtime)

set(abi ${PROJECT_VERSION_MAJOR}.${PROJECT_VERSION_MINOR})
set(CPACK_DEBIAN_RUNTIME_PACKAGE_NAME libelection${abi})
set(CPACK_COMPONENT_RUNTIME_DESCRIPTION "Leader election for any Raft host
 A deterministic state machine: log entries in, leaders out, with a fencing
 token for each tenure. This package has the shared libraries.")
set(CPACK_DEBIAN_DEVELOPMENT_PACKAGE_NAME libelection-dev)
set(CPACK_DEBIAN_DEVELOPMENT_PACKAGE_SECTION libdevel)
set(CPACK_DEBIAN_DEVELOPMENT_PACKAGE_SUGGESTS
    "libprotobuf-c-dev, libcmocka-dev, pkg-config")
set(CPACK_COMPONENT_DEVELOPMENT_DESCRIPTION "Building with libelection
 Headers, static libraries, CMake and pkg-config files, the .proto.")
set(CPACK_DEBIAN_TOOLS_PACKAGE_NAME election-tools)
set(CPACK_DEBIAN_TOOLS_PACKAGE_SECTION utils)
set(CPACK_COMPONENT_TOOLS_DESCRIPTION "Programs of libelection
 electiond is a node of an election service, electionctl lets shell commands be
 elected by it; election-shell plays an election by lines of text, and checks
 transcripts of one.")
include(CPack)
