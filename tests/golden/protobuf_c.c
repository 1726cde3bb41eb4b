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

typedef Atomix__Multiraft__Election__V1__LeaderElectionInput input_message;

enum { LINE_MAX_SIZE = 16384, BYTES_MAX = 4096 };

static const char *const op_names[] = {
    "none",  "enter",    "withdraw", "anoint", "promote",
    "evict", "get_term", "watch",    "demote",
};

static size_t unhex(const char *word, uint8_t *bytes)
{
    size_t size = 0;
    unsigned byte;

    for (; strcmp(word, "-") != 0 && *word != '\0'; word += 2)
        if (size < BYTES_MAX && sscanf(word, "%2x", &byte) == 1)
            bytes[size++] = (uint8_t)byte;
    return size;
}

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
    length = sprintf(verdict, "%s ", op_names[input->input_case]);
    hex(input->input_case == 0 ? "" : name_of(input), verdict + length);
    atomix__multiraft__election__v1__leader_election_input__free_unpacked(input,
                                                                          NULL);
}

int main(int argc, char **argv)
{
    static char line[LINE_MAX_SIZE], verdict[LINE_MAX_SIZE];
    static uint8_t bytes[BYTES_MAX];
    FILE *file = argc == 2 ? fopen(argv[1], "r") : NULL;

    if (file == NULL)
        return EXIT_FAILURE;
    while (fgets(line, sizeof line, file) != NULL) {
        char *what = strstr(line, " # ");
        char *expected = strchr(line, ' ');

        if (line[0] == '#' || what == NULL)
            continue;
        *what = '\0';
        *expected++ = '\0';
        judge(bytes, unhex(line, bytes), verdict);
        if (strcmp(verdict, expected) != 0)
            printf("%s %s # %s", line, verdict, what + 3);
    }
    (void)fclose(file);
    return EXIT_SUCCESS;
}
