# SPDX-License-Identifier: Apache-2.0
# Copies the library's sources, and changes the copies: each has places where a
# fault of plant.h can be switched on.
#
#     cmake -D sources=.../src -D planted=FOLDER -P planted.cmake
file(REMOVE_RECURSE ${planted})
file(COPY ${sources}/registry ${sources}/client DESTINATION ${planted})

# Changes all places in a file; there must be one.
function(plant file old new)
    file(READ ${planted}/${file} text)
    string(REPLACE "${old}" "${new}" changed "${text}")
    if(changed STREQUAL text)
        message(FATAL_ERROR "${file} has no place for a fault any more: ${old}")
    endif()
    file(WRITE ${planted}/${file} "${changed}")
endfunction()

# ---- time -------------------------------------------------------------------

plant(registry/clock.h "    clock->extended_ms = clock->now_ms;\n}\n\n/** Time"
    "    if (planted != PLANT_OFFICE)
        clock->extended_ms = clock->now_ms;
    if (planted == PLANT_ACROSS)
        clock->now_ms += 2000;
}\n\n/** Time")
plant(registry/clock.h "if (step_ms <= ELECTION_STEP_MS_MAX)"
    "if (planted == PLANT_STALL || step_ms <= ELECTION_STEP_MS_MAX)")
plant(registry/apply.c "election__entry_renew(entry);"
    "if (planted == PLANT_EXPIRY &&
            entry->command.which.number == ELECTION_REGISTRY_KEEP_ALIVE)
            expire(entry);
        election__entry_renew(entry);")
plant(registry/command.c "entry->sequence == ELECTION__SEQUENCE_NEW)"
    "(planted == PLANT_REPEAT || entry->sequence == ELECTION__SEQUENCE_NEW))")

# ---- elections and sessions -------------------------------------------------

plant(registry/elections.c "if (state->index_floor < index)"
    "if (planted != PLANT_FLOOR && state->index_floor < index)")
plant(registry/changes.c "is_vacant ||"
    "(is_vacant && planted != PLANT_DROP) ||")
plant(registry/snapshot.c "session->window.highest"
    "(planted == PLANT_WINDOW ? 0 : session->window.highest)")
plant(registry/snapshot.c "session->window.seen"
    "(planted == PLANT_WINDOW ? 0 : session->window.seen)")

# ---- the client -------------------------------------------------------------

plant(client/answers.c "election__client_renew(client, sent_ms)"
    "election__client_renew(client, planted == PLANT_ANSWER ? client->now_ms
                                                           : sent_ms)")
plant(client/belief.c "election__lease_left(client, now_ms) > 0"
    "(planted == PLANT_LEASE || election__lease_left(client, now_ms) > 0)")
plant(client/belief.c "stand->wants_in &&\n           stand->withdrawals == 0"
    "(planted == PLANT_WITHDRAW ||
            (stand->wants_in && stand->withdrawals == 0))")
plant(client/belief.c "if (applied < cared->applied)"
    "if (planted != PLANT_OLDER && applied < cared->applied)")
plant(client/sendings.c "cared->is_watched = false;"
    "cared->is_watched = cared->is_watched && planted == PLANT_WATCH;")
plant(client/requests.c "command = command_of(client, &due)"
    "if (planted == PLANT_RETRY && due.proposal != NULL &&
        due.proposal->is_sent)
        due.proposal->sequence = ++client->last_sequence;
    command = command_of(client, &due)")
