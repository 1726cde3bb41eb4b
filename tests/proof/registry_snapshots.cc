/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Snapshots of a registry that were damaged, with the old digest and with one
 * that is right again:
 *
 *     proof_registry_snapshots [--seed SEED] [--cases CASES]
 *
 * Every turned bit and every prefix of a rich one is tried, and drawn changes
 * of its tree of fields, which keep lengths right. With the old digest all are
 * refused. With a right one exactly those are accepted that Google's parser
 * reads and writes as the same bytes, and that keep to the list of REGISTRY.md,
 * which stands here once more. What was refused leaves the old state; what was
 * accepted has the same bytes again.
 */
#include <functional>
#include <map>
#include <set>

#include "registry_drawing.h"

/* ---- the list of REGISTRY.md -------------------------------------------- */

static bool is_name(const string &name)
{
    return !name.empty() && name.size() <= 255 &&
           name.find('\0') == string::npos;
}

/** Two significant decimal digits, and zeros. */
static bool is_round(uint64_t number)
{
    while (number >= 100 && number % 10 == 0)
        number /= 10;
    return number < 100;
}

static uint64_t sum(uint64_t a, uint64_t b)
{
    return a > UINT64_MAX - b ? UINT64_MAX : a + b;
}

static bool is_window(const wire::SessionState &session)
{
    uint64_t highest = session.highest_sequence();
    const string &statuses = session.statuses();

    if (highest == 0)
        return session.seen() == 0 && statuses.empty();
    if (session.seen() % 2 == 0 || statuses.size() != 32)
        return false;
    for (uint64_t i = 0; i < 64; i++) {
        bool is_seen = session.seen() >> i & 1;
        int status = static_cast<unsigned char>(statuses[i / 2]) >>
                         (i % 2 == 0 ? 0 : 4) &
                     15;

        if ((is_seen && i >= highest) || (!is_seen && status != 0) ||
            (status > 7 && status != 11))
            return false;
    }
    return true;
}

static bool is_session(const wire::Snapshot &state,
                       const wire::SessionState &session)
{
    uint64_t timeout = session.timeout_ms();
    uint64_t since = std::max(session.renewed_ms(), state.extended_ms());

    return !session.client_id().empty() && session.client_id().size() <= 64 &&
           session.data().size() <= 1024 && timeout >= 1000 &&
           timeout <= 86000000 && is_round(timeout) &&
           session.renewed_ms() <= state.now_ms() &&
           sum(since, timeout) >= state.now_ms() && is_window(session);
}

static bool is_election(const wire::ElectionState &election,
                        const std::set<uint64_t> &owners)
{
    const auto &state = election.election();
    std::set<string> names{state.leader().name()};
    bool is_sound = state.has_leader() && state.term() != 0 &&
                    state.term() <= INT64_MAX && is_name(election.name()) &&
                    is_name(state.leader().name()) &&
                    owners.count(state.leader().session_id()) == 1;

    for (const auto &candidate : state.candidates())
        is_sound = is_sound && is_name(candidate.name()) &&
                   names.insert(candidate.name()).second &&
                   owners.count(candidate.session_id()) == 1;
    return is_sound;
}

/** Whether a version 1 that Google reads keeps to the list. */
static bool is_sound(const wire::Snapshot &state)
{
    std::set<uint64_t> ids;
    std::set<string> clients, names;
    uint64_t last_id = 0;
    bool is_sound = state.version() == 1 && state.epoch() <= state.applied() &&
                    state.extended_ms() <= state.now_ms() &&
                    state.index_floor() <= INT64_MAX;

    for (const auto &session : state.sessions()) {
        is_sound = is_sound && session.id() > last_id &&
                   session.id() <= state.id_floor() &&
                   clients.insert(session.client_id()).second &&
                   is_session(state, session);
        last_id = session.id();
        ids.insert(last_id);
    }
    last_id = 0;
    for (const auto &election : state.elections()) {
        is_sound = is_sound && election.id() > last_id &&
                   election.id() <= state.id_floor() &&
                   ids.count(election.id()) == 0 &&
                   names.insert(election.name()).second &&
                   is_election(election, ids);
        last_id = election.id();
    }
    return is_sound;
}

/** Whether a snapshot says at its very begin that it is of another version. */
static bool is_newer(const string &bytes)
{
    wire::Snapshot head;
    size_t size = 1;

    while (size < bytes.size() && size < 6 &&
           static_cast<unsigned char>(bytes[size]) >= 0x80)
        size++;
    return !bytes.empty() && bytes[0] == 8 &&
           head.ParseFromString(bytes.substr(0, size + 1)) &&
           head.version() > 1 &&
           head.SerializeAsString() == bytes.substr(0, size + 1);
}

/* ---- judging ------------------------------------------------------------ */

static struct election_registry *registry;
static string old_bytes, rich_bytes;
static std::map<int, unsigned long> statuses;

static string with_digest(const string &bytes)
{
    string room = bytes + string(9, '\0');
    size_t size =
        rich_add_digest(reinterpret_cast<uint8_t *>(&room[0]), bytes.size());

    room.resize(size);
    return room;
}

static enum election_status restore(const string &bytes)
{
    enum election_status status =
        election_registry_restore(registry, bytes.data(), bytes.size());

    statuses[status]++;
    return status;
}

static bool is_now(const string &bytes)
{
    return rich_has_snapshot(registry, bytes.data(), bytes.size());
}

/** Bytes that are not those of a state, for which the digest was made. */
static void judge_refused(const string &bytes)
{
    enum election_status status = restore(bytes);

    require(status == ELECTION_CORRUPT || status == ELECTION_VERSION,
            "a snapshot to be refused", bytes);
    require(is_now(old_bytes), "the old state", bytes);
}

/** Bytes of any content, with a digest that is right for them. */
static void judge_body(const string &body)
{
    string bytes = with_digest(body);
    enum election_status expected = ELECTION_CORRUPT;
    enum election_status status = restore(bytes);
    wire::Snapshot google;

    if (is_newer(bytes))
        expected = ELECTION_VERSION;
    else if (parse(google, bytes) && !has_unknown(google) &&
             google.SerializeAsString() == bytes && is_sound(google))
        expected = ELECTION_OK;
    require(status == expected, "the verdict on a snapshot", bytes);
    require(is_now(status == ELECTION_OK ? bytes : old_bytes),
            "the state after a snapshot", bytes);
    if (status == ELECTION_OK)
        require(restore(old_bytes) == ELECTION_OK, "the old snapshot", "");
}

/* ---- changes of the tree ------------------------------------------------ */

/** One field as it stands in the bytes. */
struct field {
    uint32_t number;
    uint32_t type;
    uint64_t value; /* of a number */
    string body;    /* of bytes */
};

static string plain_varint(uint64_t value)
{
    string bytes;

    for (; value >= 0x80; value >>= 7)
        bytes += static_cast<char>(value | 0x80);
    return bytes + static_cast<char>(value);
}

static string write(const struct field &field)
{
    string bytes = plain_varint(field.number << 3 | field.type);

    if (field.type == 0)
        return bytes + plain_varint(field.value);
    if (field.type == 2)
        return bytes + plain_varint(field.body.size()) + field.body;
    for (int i = 0; i < 8; i++)
        bytes += static_cast<char>(field.value >> 8 * i);
    return bytes;
}

static std::vector<struct field> split(const string &bytes)
{
    std::vector<struct field> fields;
    google::protobuf::UnknownFieldSet set;

    if (!set.ParseFromString(bytes))
        return fields;
    for (int i = 0; i < set.field_count(); i++) {
        const auto &known = set.field(i);
        uint32_t number = static_cast<uint32_t>(known.number());

        switch (known.type()) {
        case google::protobuf::UnknownField::TYPE_VARINT:
            fields.push_back({number, 0, known.varint(), ""});
            break;
        case google::protobuf::UnknownField::TYPE_FIXED64:
            fields.push_back({number, 1, known.fixed64(), ""});
            break;
        case google::protobuf::UnknownField::TYPE_LENGTH_DELIMITED:
            fields.push_back({number, 2, 0, known.length_delimited()});
            break;
        default: /* of no wire type that a snapshot has */
            break;
        }
    }
    return fields;
}

/** A number that may well be a limit, of the format or of what is there. */
static uint64_t near_number(uint64_t value)
{
    static const uint64_t limits[] = {
        0,     1,        999,       1000,       1001, 86000000, 86000001,
        30000, 87000000, INT64_MAX, UINT64_MAX, 2,    64};

    switch (below(4)) {
    case 0:
        return limits[below(13)];
    case 1:
        return value + below(5) - 2;
    case 2:
        return value ^ UINT64_C(1) << below(64);
    default:
        return any_number();
    }
}

static void change_body(string &body)
{
    switch (below(6)) {
    case 0:
        body = any_string();
        break;
    case 1:
        body += any_string();
        break;
    case 2:
        body.resize(below(70), 'x');
        break;
    case 3:
        body.resize(1020 + below(8), 'x');
        break;
    default:
        if (!body.empty())
            body[below(static_cast<uint32_t>(body.size()))] ^=
                static_cast<char>(1 << below(8));
    }
}

/** Changes one field, which is written as it must be, or seldom not. */
static string change_field(struct field field)
{
    switch (below(16)) {
    case 0:
        return "";
    case 1:
        return write(field) + write(field);
    case 2:
        return write(field) + any_field(below(14), 0);
    case 3: /* longer than it need be */
        if (field.type == 0)
            return plain_varint(field.number << 3) + varint(field.value, 10);
        return tag(field.number, field.type) + write(field).substr(1);
    case 4:
        field.number = below(14);
        return write(field);
    default:
        field.value = near_number(field.value);
        change_body(field.body);
        return write(field);
    }
}

static const Descriptor *inner_of(const Descriptor *descriptor, uint32_t number)
{
    const auto *field = descriptor->FindFieldByNumber(static_cast<int>(number));

    return field == nullptr ? nullptr : field->message_type();
}

/** Changes one place in a message, at any depth; lengths stay right. */
static string change(const string &bytes, const Descriptor *descriptor)
{
    std::vector<struct field> fields = split(bytes);
    string changed;
    size_t at;

    if (fields.empty())
        return any_field(1 + below(11), 0);
    at = below(static_cast<uint32_t>(fields.size()));
    if (below(12) == 0)
        std::swap(fields[at],
                  fields[below(static_cast<uint32_t>(fields.size()))]);
    for (size_t i = 0; i < fields.size(); i++) {
        const auto *inner = inner_of(descriptor, fields[i].number);

        if (i != at)
            changed += write(fields[i]);
        else if (inner != nullptr && fields[i].type == 2 && below(6) != 0)
            changed +=
                write({fields[i].number, 2, 0, change(fields[i].body, inner)});
        else
            changed += change_field(fields[i]);
    }
    return changed;
}

/** Gives one field the value that the same field has somewhere else. */
static void confuse(wire::Snapshot &state)
{
    auto *session = state.mutable_sessions(
        static_cast<int>(below(static_cast<uint32_t>(state.sessions_size()))));
    auto *election = state.mutable_elections(
        static_cast<int>(below(static_cast<uint32_t>(state.elections_size()))));
    const auto &other = state.elections(
        static_cast<int>(below(static_cast<uint32_t>(state.elections_size()))));
    auto *candidate = election->mutable_election()->add_candidates();

    switch (below(8)) {
    case 0:
        session->set_client_id(state.sessions(0).client_id());
        break;
    case 1:
        session->set_id(other.id());
        break;
    case 2:
        election->set_name(other.name());
        break;
    case 3:
        state.set_id_floor(other.id() - 1 + below(3));
        break;
    case 4: /* another time, at which somebody may have been lost */
        state.set_now_ms(state.now_ms() + 999 + below(3));
        break;
    case 5:
        session->set_renewed_ms(below(1200));
        state.set_extended_ms(below(1200));
        break;
    case 6: /* a window that has just begun */
        session->set_highest_sequence(1 + below(66));
        session->set_seen(~UINT64_C(0) >> below(64));
        session->set_statuses(
            string(32, static_cast<char>(below(2) * (17 * below(16)))));
        break;
    default:
        candidate->set_name(other.election().leader().name());
        candidate->set_session_id(session->id());
        return;
    }
    election->mutable_election()->mutable_candidates()->RemoveLast();
}

/* ---- the cases ---------------------------------------------------------- */

static void judge_rich(void)
{
    string body = rich_bytes.substr(0, rich_bytes.size() - 9);

    judge_body(body);
    require(statuses[ELECTION_OK] == 2, "the snapshot itself", rich_bytes);
    for (size_t size = 0; size < rich_bytes.size(); size++)
        judge_refused(rich_bytes.substr(0, size));
    for (size_t bit = 0; bit < 8 * rich_bytes.size(); bit++) {
        string flipped = rich_bytes;

        flipped[bit / 8] = static_cast<char>(flipped[bit / 8] ^ 1 << bit % 8);
        judge_refused(flipped);
    }
    judge_damaged(body, judge_body);
}

static void judge_changed(unsigned long cases)
{
    string body = rich_bytes.substr(0, rich_bytes.size() - 9);
    wire::Snapshot rich;

    require(rich.ParseFromString(body), "the snapshot itself", body);
    for (unsigned long i = 0; i < cases; i++) {
        string changed = body;
        wire::Snapshot confused = rich;

        for (uint32_t j = 1 + below(20) / 19; j > 0; j--)
            changed = change(changed, wire::Snapshot::descriptor());
        if (changed != body)
            judge_refused(changed + rich_bytes.substr(body.size()));
        judge_body(changed);
        confuse(confused);
        judge_body(confused.SerializeAsString());
        if (below(4) == 0) {
            damage(changed);
            judge_body(changed);
        }
    }
}

int main(int argc, char **argv)
{
    unsigned long cases = start_run(argc, argv, 1, 20000);
    struct election_registry *rich = rich_create(nullptr);
    struct election_buffer snapshot = ELECTION_BUFFER_INIT;

    rich_fill(rich);
    rich_snapshot(rich, &snapshot);
    rich_bytes = bytes_of(snapshot);
    registry = rich_create(nullptr);
    rich_take_office(registry);
    require(rich_open(registry, "old", 5000, 7) != 0, "a session", "");
    rich_snapshot(registry, &snapshot);
    old_bytes = bytes_of(snapshot);
    require(restore(old_bytes) == ELECTION_OK, "the old snapshot", "");
    statuses.clear();
    judge_rich();
    judge_changed(cases);
    judge_drawn(
        cases, [] { return draw(wire::Snapshot::descriptor()); }, judge_body);
    election_buffer_free(&snapshot);
    election_registry_destroy(rich);
    election_registry_destroy(registry);
    printf("%lu restored, %lu corrupt, %lu of a newer version\n",
           statuses[ELECTION_OK], statuses[ELECTION_CORRUPT],
           statuses[ELECTION_VERSION]);
    return statuses[ELECTION_OK] > cases / 2 ? EXIT_SUCCESS : EXIT_FAILURE;
}
