#include "text.h"

#include <assert.h>
#include <ctype.h>
#include <inttypes.h>
#include <string.h>

bool text_is_plain(char byte)
{
    return byte != '\0' &&
           strchr("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
                  "0123456789._:/@+-",
                  byte) != NULL;
}

static bool is_plain_name(const char *name, size_t size)
{
    if (size == 0 || (size == 1 && name[0] == '-'))
        return false;
    for (size_t i = 0; i < size; i++)
        if (!text_is_plain(name[i]))
            return false;
    return true;
}

static void print_quoted(FILE *out, const char *name, size_t size)
{
    fputc('"', out);
    for (size_t i = 0; i < size; i++) {
        unsigned byte = (unsigned char)name[i];

        if (byte == '"' || byte == '\\')
            fprintf(out, "\\%c", (int)byte);
        else if (byte < ' ' || byte > '~')
            fprintf(out, "\\x%02X", byte);
        else
            fputc((int)byte, out);
    }
    fputc('"', out);
}

void text_print_name(FILE *out, const char *name, size_t size)
{
    if (is_plain_name(name, size))
        fwrite(name, 1, size, out);
    else
        print_quoted(out, name, size);
}

/** The queue, as far as it is printed. */
struct queue {
    FILE *out;
    bool is_begun;
};

static bool print_waiting(void *context, const char *name, size_t size)
{
    struct queue *queue = context;

    if (queue->is_begun)
        fputc(' ', queue->out);
    queue->is_begun = true;
    text_print_name(queue->out, name, size);
    return true;
}

void text_print_term(FILE *out, const uint8_t *output, size_t output_size)
{
    struct election_term term;
    struct queue queue = {out, false};
    enum election_status status =
        election_output_decode(output, output_size, &term, NULL, NULL);

    assert(status == ELECTION_OK);
    fprintf(out, "index=%" PRIu64 " leader=", term.index);
    if (term.leader == NULL)
        fputc('-', out);
    else
        text_print_name(out, term.leader, term.leader_size);
    fputs(" queue=[", out);
    status = election_output_decode(output, output_size, &term, print_waiting,
                                    &queue);
    fputc(']', out);
    (void)status;
}

void text_print_status(FILE *out, enum election_status status)
{
    for (const char *at = election_status_name(status); *at != '\0'; at++)
        fputc(tolower((unsigned char)*at), out);
}
