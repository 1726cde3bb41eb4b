# SPDX-License-Identifier: Apache-2.0
# The core as one file to drop in: election/election.c and election.h in
# build/amalgamation, which need nothing but C.
add_custom_target(election_amalgamation
    COMMAND sh ${CMAKE_CURRENT_LIST_DIR}/amalgamate.sh
        ${PROJECT_SOURCE_DIR} ${PROJECT_BINARY_DIR}/amalgamation/election
    VERBATIM)
