/* SPDX-License-Identifier: Apache-2.0 */
/**
 * Messages of any type, drawn by their descriptors: at every level known and
 * unknown fields of every wire type, repeated, reordered and merged.
 */
#ifndef PROOF_REGISTRY_DRAWING_H
#define PROOF_REGISTRY_DRAWING_H

#include <memory>

#include "drawing.h"
#include "election/registry/v1/registry.pb.h"

extern "C" {
#include "../support/rich.h"
}

namespace wire = registry_wire;
using google::protobuf::Descriptor;
using google::protobuf::FieldDescriptor;

/** A string, or one that the registry of rich.h knows. */
inline string any_text()
{
    static const char *const known[] = {"many", "even", "odd", "lone"};

    return below(4) == 0 ? known[below(4)] : any_string();
}

inline string fixed64()
{
    string bytes;

    for (int i = 0; i < 8; i++)
        bytes += static_cast<char>(below(3) == 0 ? 0 : below(256));
    return bytes;
}

/** A repeated number: packed, not packed, and seldom cut within a number. */
inline string numbers(uint32_t number)
{
    string body;

    if (below(2) == 0)
        return tag(number, 0) + varint(any_number(), 10);
    for (uint32_t i = below(5); i > 0; i--)
        body += varint(any_number(), 10);
    if (below(20) == 0 && !body.empty())
        body.pop_back();
    return bytes_field(number, body);
}

inline string draw(const Descriptor *descriptor);

/** Tells whether a field's content is left to others, and not drawn. */
inline bool is_left_out(const FieldDescriptor *field)
{
    return field->full_name() == "registry_wire.ProposeResult.output";
}

inline string known_field(const FieldDescriptor *field)
{
    uint32_t number = static_cast<uint32_t>(field->number());

    if (is_left_out(field))
        return "";
    switch (field->type()) {
    case FieldDescriptor::TYPE_MESSAGE:
        return bytes_field(number, draw(field->message_type()));
    case FieldDescriptor::TYPE_STRING:
    case FieldDescriptor::TYPE_BYTES:
        return bytes_field(number, any_text());
    case FieldDescriptor::TYPE_FIXED64:
        return tag(number, 1) + fixed64();
    default:
        if (field->is_repeated())
            return numbers(number);
        return tag(number, 0) + varint(any_number(), 10);
    }
}

/** An unknown field, or a known one of any wire type. */
inline string strange_field()
{
    switch (below(12)) {
    case 0:
        return any_field(1 + below(0x1fffffff), 0);
    case 1: /* more bytes than there are */
        return tag(1 + below(12), 2) + varint(any_number(), 10);
    default:
        return any_field(below(14), 0);
    }
}

inline string draw(const Descriptor *descriptor)
{
    string bytes;

    for (uint32_t i = below(6); i > 0; i--) {
        if (below(12) == 0)
            bytes += strange_field();
        if (descriptor->field_count() > 0)
            bytes += known_field(descriptor->field(static_cast<int>(
                below(static_cast<uint32_t>(descriptor->field_count())))));
    }
    return bytes;
}

/** The bytes of a message as Google writes them, without unknown fields. */
inline string canonical(const Message &message)
{
    std::unique_ptr<Message> copy(message.New());

    copy->CopyFrom(message);
    copy->DiscardUnknownFields();
    return copy->SerializeAsString();
}

/** A span as a string; without bytes it has no size. */
inline string span(const void *bytes, size_t size)
{
    require(bytes != nullptr || size == 0, "a span of nothing", "");
    if (size == 0)
        return "";
    return string(static_cast<const char *>(bytes), size);
}

inline string bytes_of(const struct election_buffer &buffer)
{
    return span(buffer.data, buffer.size);
}

/** One value behind the other, in a form that tells them apart. */
class Text
{
  public:
    Text &operator<<(uint64_t number)
    {
        text += std::to_string(number) + " ";
        return *this;
    }
    Text &operator<<(const string &bytes)
    {
        text += std::to_string(bytes.size()) + ":" + bytes + " ";
        return *this;
    }
    string text;
};

#endif
