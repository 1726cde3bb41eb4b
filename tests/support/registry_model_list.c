/* SPDX-License-Identifier: Apache-2.0 */
#include "registry_model_parts.h"

#include <stdlib.h>
#include <string.h>

static void make_room(struct registry_model_list *list, size_t count,
                      size_t size)
{
    if (count <= list->capacity)
        return;
    list->capacity = 2 * count;
    list->items = realloc(list->items, list->capacity * size);
    if (list->items == NULL)
        abort();
}

void *registry_model__add(struct registry_model_list *list, size_t size)
{
    char *item;

    make_room(list, list->count + 1, size);
    item = (char *)list->items + list->count++ * size;
    memset(item, 0, size);
    return item;
}

void registry_model__remove(struct registry_model_list *list, size_t number,
                            size_t size)
{
    char *item = (char *)list->items + number * size;

    list->count--;
    memmove(item, item + size, (list->count - number) * size);
}

void registry_model__copy_list(struct registry_model_list *list,
                               const struct registry_model_list *other,
                               size_t size)
{
    make_room(list, other->count, size);
    if (other->count > 0)
        memcpy(list->items, other->items, other->count * size);
    list->count = other->count;
}

void registry_model__remove_election(struct registry_model_list *list,
                                     size_t number)
{
    struct registry_model_election *elections = list->items;

    model_free(&elections[number].model);
    registry_model__remove(list, number, sizeof *elections);
}

void registry_model__clear_elections(struct registry_model_list *list)
{
    while (list->count > 0)
        registry_model__remove_election(list, list->count - 1);
}

void registry_model__copy_elections(struct registry_model_list *list,
                                    const struct registry_model_list *other)
{
    registry_model__clear_elections(list);
    REGISTRY_MODEL_EACH(struct registry_model_election, from, *other)
    {
        struct registry_model_election *to =
            registry_model__add(list, sizeof *to);

        to->id = from->id;
        to->name = from->name;
        model_init(&to->model, from->model.queue_count);
        model_copy(&to->model, &from->model);
    }
}

struct registry_model_name registry_model__name(const void *text, size_t size)
{
    struct registry_model_name name = {.size = size};

    memcpy(name.text, text, size);
    return name;
}

bool registry_model__is_name(const struct registry_model_name *name,
                             const void *text, size_t size)
{
    return name->size == size &&
           (size == 0 || memcmp(name->text, text, size) == 0);
}
