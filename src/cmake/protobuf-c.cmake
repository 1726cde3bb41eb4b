# SPDX-License-Identifier: Apache-2.0
# protobuf-c and its compiler, and the code that it makes of a .proto in the
# build tree, which is never committed.
find_package(PkgConfig)
if(PkgConfig_FOUND)
    pkg_check_modules(ELECTION_PROTOBUF_C IMPORTED_TARGET libprotobuf-c)
endif()
find_program(ELECTION_PROTOC_C protoc-c)
find_program(ELECTION_PROTOC protoc)
find_program(ELECTION_PROTOC_GEN_C protoc-gen-c)
mark_as_advanced(ELECTION_PROTOC_C ELECTION_PROTOC ELECTION_PROTOC_GEN_C)
# protobuf-c 1.5, built by its own CMake, has a plugin of protoc alone.
if(ELECTION_PROTOC_C)
    set(election_protoc ${ELECTION_PROTOC_C})
elseif(ELECTION_PROTOC AND ELECTION_PROTOC_GEN_C)
    set(election_protoc ${ELECTION_PROTOC}
        --plugin=protoc-gen-c=${ELECTION_PROTOC_GEN_C})
endif()
if(NOT ELECTION_PROTOBUF_C_FOUND OR NOT election_protoc)
    message(FATAL_ERROR "election-message needs pkg-config, protobuf-c and its "
        "compiler. Install them (Debian: pkg-config libprotobuf-c-dev "
        "protobuf-c-compiler; elsewhere protoc-c, or protoc and protoc-gen-c)"
        ", or configure with -DELECTION_MESSAGES=OFF to build without.")
endif()

# Makes the object library election_room_NAME of FILE, named without .proto.
function(election_generate name file)
    set(generated_dir ${CMAKE_CURRENT_BINARY_DIR}/generated)
    set(proto_dir ${PROJECT_SOURCE_DIR}/proto)
    set(made ${generated_dir}/${file}.pb-c.c ${generated_dir}/${file}.pb-c.h)
    file(MAKE_DIRECTORY ${generated_dir})
    add_custom_command(OUTPUT ${made}
        COMMAND ${election_protoc} -I ${proto_dir} --c_out=${generated_dir}
            ${file}.proto
        DEPENDS ${proto_dir}/${file}.proto
        VERBATIM)
    add_library(election_room_${name} OBJECT ${made})
    set_target_properties(election_room_${name} PROPERTIES
        POSITION_INDEPENDENT_CODE ON)
    target_include_directories(election_room_${name}
        PUBLIC $<BUILD_INTERFACE:${generated_dir}>)
    target_link_libraries(election_room_${name}
        PUBLIC PkgConfig::ELECTION_PROTOBUF_C)
endfunction()
