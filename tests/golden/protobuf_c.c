/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Prints where protobuf-c's decoder judges otherwise than Google's, of the
 * inputs in edges.txt: the input, its case and its name, then what it is. That
 * is why the bytes path has a codec of its own; protobuf-c.txt holds the list.
 *
 *     protobuf_c edges.txt
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "election/message.h"
#include "row.h"

typedef Atomix__Multiraft__Election__V1__LeaderElectionInput input_message;

static void hex(const char *name, char *word)
{
    if (*name == '\0')
        strcpy(word, "-");
    for (; *name != '\0'; name++, word += 2)
        snprintf(word, 3, "%02x", (unsigned)(unsigned char)*name);
}

/** All cases but the two reads have their name where Enter has it. */
static const char *name_of(const input_message *input)
{
    const ProtobufCMessage *message = (const ProtobufCMessage *)input->enter;
    const char *name = "";

    if (message->descriptor->n_fields > 0)
        memcpy(&name,
               (const char *)message + message->descriptor->fields[0].offset,
               sizeof name);
    return name;
}

/** Writes the case and the name that protobuf-c finds. */
static void judge(const uint8_t *bytes, size_t size, char *verdict)
{
    input_message *input =
        atomix__multiraft__election__v1__leader_election_input__unpack(
            NULL, size, bytes);
    int length;

    if (input == NULL) {
        strcpy(verdict, "malformed -");
        return;
    }
    length = sprintf(verdict, "%s ", row_cases[input->input_case]);
    hex(input->input_case == 0 ? "" : name_of(input), verdict + length);
    atomix__multiraft__election__v1__leader_election_input__free_unpacked(input,
                                                                          NULL);
}

int main(int argc, char **argv)
{
    static char line[ROW_SIZE_MAX], verdict[ROW_SIZE_MAX];
    static uint8_t bytes[ROW_BYTES_MAX];
    FILE *file = argc == 2 ? fopen(argv[1], "r") : NULL;
    size_t size;

    if (file == NULL)
        return EXIT_FAILURE;
    while (fgets(line, sizeof line, file) != NULL) {
        char *what = strstr(line, " # ");
        char *expected = strchr(line, ' ');

        if (line[0] == '#' || what == NULL)
            continue;
        *what = '\0';
        *expected++ = '\0';
        size = row_unhex(line, bytes);
        if (size == SIZE_MAX)
            return EXIT_FAILURE;
        judge(bytes, size, verdict);
        if (strcmp(verdict, expected) != 0)
            printf("%s %s # %s", line, verdict, what + 3);
    }
    (void)fclose(file);
    return EXIT_SUCCESS;
}
