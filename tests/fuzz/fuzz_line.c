/*
 * Lines of any bytes to the shell's parser. A line that it takes, written out
 * again, means the same.
 */
#include <stdio.h>
#include <string.h>

#include "fuzz.h"
#include "line.h"
#include "text.h"

static bool parse(const char *bytes, size_t size, struct line *line,
                  char **copy)
{
    char error[LINE_ERROR_SIZE] = "";
    bool is_read;

    *copy = malloc(size + 1);
    require(*copy != NULL);
    memcpy(*copy, bytes, size);
    is_read = line_parse(*copy, size, line, error);
    /* Whoever refuses says why. */
    require(is_read == (error[0] == '\0'));
    return is_read;
}

static void check_again(const struct line *line)
{
    struct line again;
    char *text = NULL;
    char *copy;
    size_t size;
    FILE *stream = open_memstream(&text, &size);

    require(stream != NULL);
    fprintf(stream, "enter %llu ", (unsigned long long)line->session_id);
    text_print_name(stream, line->text, line->text_size);
    require(fclose(stream) == 0);
    require(parse(text, size, &again, &copy));
    require(again.verb == LINE_APPLY && again.op == ELECTION_OP_ENTER);
    require(again.session_id == line->session_id);
    require(again.text_size == line->text_size);
    require(memcmp(again.text, line->text, again.text_size) == 0);
    free(copy);
    free(text);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct line line;
    char *copy;

    if (parse((const char *)data, size, &line, &copy) && line.text != NULL)
        check_again(&line);
    free(copy);
    return 0;
}
