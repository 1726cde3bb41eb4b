/* SPDX-License-Identifier: Apache-2.0 */
#include "sort.h"

#include <stdint.h>
#include <string.h>

/** Runs are of 1, 2, 4... items: so many are never at hand. */
enum { RUNS_MAX = 64 };

/** Where an item has what. */
struct layout {
    size_t next;
    size_t key;
};

static void *next_of(const struct layout *layout, const void *item)
{
    void *next;

    memcpy(&next, (const char *)item + layout->next, sizeof next);
    return next;
}

static void set_next(const struct layout *layout, void *item, void *next)
{
    memcpy((char *)item + layout->next, &next, sizeof next);
}

static uint64_t key_of(const struct layout *layout, const void *item)
{
    uint64_t key;

    memcpy(&key, (const char *)item + layout->key, sizeof key);
    return key;
}

/** Takes the first item off a list. */
static void *shift(const struct layout *layout, void **list)
{
    void *item = *list;

    *list = next_of(layout, item);
    return item;
}

/** Merges two sorted lists, of which `a` stood before `b`. */
static void *merge(const struct layout *layout, void *a, void *b)
{
    void *first = NULL;
    void *last = NULL;

    while (a != NULL && b != NULL) {
        void **lower = &a;

        if (key_of(layout, b) < key_of(layout, a))
            lower = &b;
        if (first == NULL)
            first = *lower;
        else
            set_next(layout, last, *lower);
        last = shift(layout, lower);
    }
    if (first == NULL)
        return a != NULL ? a : b;
    set_next(layout, last, a != NULL ? a : b);
    return first;
}

void *election__sort(void *first, size_t next, size_t key)
{
    struct layout layout = {next, key};
    void *runs[RUNS_MAX] = {NULL};
    void *sorted = NULL;

    while (first != NULL) {
        void *run = shift(&layout, &first);
        size_t i = 0;

        set_next(&layout, run, NULL);
        for (; runs[i] != NULL; i++) {
            run = merge(&layout, runs[i], run);
            runs[i] = NULL;
        }
        runs[i] = run;
    }
    for (size_t i = 0; i < RUNS_MAX; i++)
        sorted = merge(&layout, runs[i], sorted);
    return sorted;
}
