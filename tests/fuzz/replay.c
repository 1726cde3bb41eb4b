/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Runs the committed corpus through a fuzz target, without libFuzzer:
 *
 *     replay_TARGET FILE...
 */
#include <stdio.h>
#include <stdlib.h>

#include "fuzz.h"

static void replay(const char *path)
{
    static uint8_t bytes[1 << 20];
    FILE *file = fopen(path, "rb");
    uint8_t *data;
    size_t size;

    if (file == NULL) {
        perror(path);
        exit(EXIT_FAILURE);
    }
    size = fread(bytes, 1, sizeof bytes, file);
    (void)fclose(file);
    /* Of this very size, so that reading on is caught. */
    data = malloc(size > 0 ? size : 1);
    require(data != NULL);
    for (size_t i = 0; i < size; i++)
        data[i] = bytes[i];
    (void)LLVMFuzzerTestOneInput(data, size);
    free(data);
}

int main(int argc, char **argv)
{
    for (int i = 1; i < argc; i++)
        replay(argv[i]);
    printf("%d cases\n", argc - 1);
    return argc > 1 ? EXIT_SUCCESS : EXIT_FAILURE;
}
