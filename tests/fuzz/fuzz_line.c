/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Lines of any bytes to the shell's parser. A line that it takes, written out
 * again, means the same.
 */
#include <stdio.h>
#include <string.h>

#include "fuzz.h"
#include "testing/text.h"
#include "testing/line.h"

static bool parse(const char *bytes, size_t size, struct election__line *line,
                  char **copy)
{
    char error[ELECTION__LINE_ERROR_SIZE] = "";
    bool is_read;

    *copy = malloc(size + 1);
    require(*copy != NULL);
    memcpy(*copy, bytes, size);
    is_read = election__line_parse(*copy, size, line, error);
    /* Whoever refuses says why. */
    require(is_read == (error[0] == '\0'));
    return is_read;
}

static void put_to_stream(void *context, const char *bytes, size_t size)
{
    require(fwrite(bytes, 1, size, context) == size);
}

static void check_again(const struct election__line *line)
{
    struct election__line again;
    char *text = NULL;
    char *copy;
    size_t size;
    FILE *stream = open_memstream(&text, &size);
    struct election__text out = {put_to_stream, stream, line->session_id % 2};

    require(stream != NULL);
    fprintf(stream, "enter %llu ", (unsigned long long)line->session_id);
    election__text_name(&out, line->text, line->text_size);
    require(fclose(stream) == 0);
    require(parse(text, size, &again, &copy));
    require(again.verb == ELECTION__LINE_APPLY &&
            again.op == ELECTION_OP_ENTER);
    require(again.session_id == line->session_id);
    require(again.text_size == line->text_size);
    require(memcmp(again.text, line->text, again.text_size) == 0);
    free(copy);
    free(text);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct election__line line;
    char *copy;

    if (parse((const char *)data, size, &line, &copy) && line.text != NULL)
        check_again(&line);
    free(copy);
    return 0;
}
