# SPDX-License-Identifier: Apache-2.0
# One room, one object. Optimised builds compile a room as one file, so that
# calls between its files cost nothing; so a static name must be unique in its
# room, and only there. Debug builds compile each file alone, which shows that
# it stands alone.
#
#     election_room(NAME FILE...)
#
# makes the object library election_room_NAME of the files in this folder.
function(election_room name)
    list(TRANSFORM ARGN PREPEND ${CMAKE_CURRENT_SOURCE_DIR}/
        OUTPUT_VARIABLE files)
    list(TRANSFORM files REPLACE "(.+)" "#include \"\\1\"\n"
        OUTPUT_VARIABLE lines)
    set(unity ${CMAKE_CURRENT_BINARY_DIR}/election_${name}.c)
    list(JOIN lines "" text)
    file(CONFIGURE OUTPUT ${unity} CONTENT "${text}" @ONLY)

    set(is_apart "$<OR:$<CONFIG:Debug>,$<NOT:$<BOOL:${ELECTION_UNITY}>>>")
    add_library(election_room_${name} OBJECT
        "$<IF:${is_apart},${files},${unity}>")
    set_target_properties(election_room_${name} PROPERTIES
        POSITION_INDEPENDENT_CODE ON
        UNITY_BUILD OFF
        C_VISIBILITY_PRESET hidden)
    target_include_directories(election_room_${name}
        PUBLIC $<BUILD_INTERFACE:${PROJECT_SOURCE_DIR}/include>
        PRIVATE ${PROJECT_SOURCE_DIR}/src)
    # What one library exports to the other is still called directly in it.
    target_compile_options(election_room_${name} PRIVATE
        $<$<C_COMPILER_ID:GNU>:-fno-semantic-interposition>)
    target_compile_definitions(election_room_${name} PRIVATE
        $<$<BOOL:${ELECTION_CHECKS}>:ELECTION_CHECKS>)
    target_link_libraries(election_room_${name}
        PRIVATE $<BUILD_INTERFACE:election_warnings>)
endfunction()
