/* SPDX-License-Identifier: Apache-2.0 */
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "service.h"

const char *service_token_read(struct service_token *token, const char *path)
{
    FILE *file = fopen(path, "rb");
    int end;

    if (file == NULL)
        return strerror(errno);
    token->size = fread(token->bytes, 1, sizeof token->bytes, file);
    end = fgetc(file);
    if (end == '\n') /* behind the longest one */
        end = fgetc(file);
    else if (token->size > 0 && token->bytes[token->size - 1] == '\n')
        token->size--;
    (void)fclose(file);
    if (end != EOF)
        token->size = 0;
    return token->size > 0 ? NULL : "a token has 1 to 1024 bytes";
}
