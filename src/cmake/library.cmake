# SPDX-License-Identifier: Apache-2.0
# A library of one or more rooms: static and shared, or of the one kind that
# BUILD_SHARED_LIBS asks for.
#
#     election_library(TARGET ROOMS ROOM... DESCRIPTION TEXT
#                      [NEEDS PKG_CONFIG_NAME...])
#
# makes election::TARGET for most users: the shared library where it was
# installed, the static one inside a larger build. Who wants one kind names
# election::TARGET_static or election::TARGET_shared; those of libelection,
# whose TARGET is election, are just election::static and election::shared.
function(election_library target)
    cmake_parse_arguments(PARSE_ARGV 1 library "" DESCRIPTION "ROOMS;NEEDS")
    list(TRANSFORM library_ROOMS
        REPLACE "(.+)" "$<TARGET_OBJECTS:election_room_\\1>"
        OUTPUT_VARIABLE objects)
    set(name election-${target})
    set(prefix ${target}_)
    if(target STREQUAL election)
        set(name election)
        set(prefix "")
    endif()
    # Before version 1 each minor version has an ABI of its own.
    set(soversion ${PROJECT_VERSION_MAJOR})
    if(soversion EQUAL 0)
        set(soversion 0.${PROJECT_VERSION_MINOR})
    endif()
    foreach(kind IN LISTS ELECTION_KINDS)
        string(TOUPPER ${kind} library_type)
        set(built election_${prefix}${kind})
        add_library(${built} ${library_type} ${objects})
        set_target_properties(${built} PROPERTIES
            OUTPUT_NAME ${name}
            EXPORT_NAME ${prefix}${kind}
            LINKER_LANGUAGE C
            # The libraries find one another in whatever folder they are in.
            INSTALL_RPATH "$ORIGIN"
            VERSION ${PROJECT_VERSION}
            SOVERSION ${soversion})
        target_include_directories(${built} PUBLIC
            $<BUILD_INTERFACE:${PROJECT_SOURCE_DIR}/include>
            $<INSTALL_INTERFACE:${CMAKE_INSTALL_INCLUDEDIR}>)
        add_library(election::${prefix}${kind} ALIAS ${built})
    endforeach()

    list(GET ELECTION_KINDS 0 inside)
    list(GET ELECTION_KINDS -1 installed)
    set(alias election_${target})
    if(target STREQUAL election)
        set(alias election)
    endif()
    add_library(${alias} INTERFACE)
    set_target_properties(${alias} PROPERTIES EXPORT_NAME ${target})
    target_link_libraries(${alias} INTERFACE
        $<BUILD_INTERFACE:election::${prefix}${inside}>
        $<INSTALL_INTERFACE:election::${prefix}${installed}>)
    add_library(election::${target} ALIAS ${alias})
    if(ELECTION_INSTALL)
        election_install_library(${alias} "${prefix}" ${name}
            "${library_DESCRIPTION}" "${library_NEEDS}")
    endif()
endfunction()
