/* SPDX-License-Identifier: Apache-2.0 */
#include "link.h"
#include "party.h"

/**
 * A client of electiond. Its session is renewed by a connection of its own, so
 * that another thread can do that while it waits to lead.
 */
class Electiond : public Party
{
  public:
    Electiond(const Addresses &addresses, const std::string &name,
              bool is_plain)
        : addresses_(addresses), name_(name), is_plain_(is_plain)
    {
    }

    void open(int ttl_ms) override;
    void close() override;
    void keep_alive() override;
    void campaign(const std::string &election) override;
    void resign() override;

  private:
    wire::Result renew(service::Request *request);
    wire::Propose *start_proposal(service::Request *request);
    void await_tenure(Link &link);
    bool is_me(const wire::Leadership &leadership) const
    {
        return is_plain_ || leadership.leader_session_id() == session_id_;
    }

    Addresses addresses_;
    std::string name_;
    bool is_plain_;
    size_t turn_ = 0; /* of the addresses, for the keeper */
    std::unique_ptr<Link> keeper_, link_;
    uint64_t session_id_ = 0, sequence_ = 0;
    std::string election_;
};

/** Asks for what concerns the session. */
wire::Result Electiond::renew(service::Request *request)
{
    if (!keeper_)
        keeper_ = std::make_unique<Link>(addresses_[turn_ % addresses_.size()],
                                         name_);
    return keeper_->ask(request);
}

void Electiond::open(int ttl_ms)
{
    service::Request request;
    wire::OpenSession *open = request.mutable_command()->mutable_open_session();
    wire::Result result;

    open->set_client_id(name_);
    open->set_nonce(1);
    open->set_timeout_ms((uint64_t)ttl_ms);
    result = renew(&request);
    must(result.status() == wire::OK, "no session");
    session_id_ = result.session().session_id();
}

void Electiond::close()
{
    service::Request request;

    request.mutable_command()->mutable_close_session()->set_session_id(
        session_id_);
    must(renew(&request).status() == wire::OK, "the session is lost");
}

void Electiond::keep_alive()
{
    service::Request request;

    request.mutable_command()->mutable_keep_alive()->add_session_ids(
        session_id_);
    try {
        must(renew(&request).status() == wire::OK, "the session is lost");
    } catch (...) {
        keeper_.reset();
        turn_++;
        throw;
    }
}

wire::Propose *Electiond::start_proposal(service::Request *request)
{
    wire::Propose *propose = request->mutable_command()->mutable_propose();

    propose->set_session_id(session_id_);
    propose->set_sequence(++sequence_);
    propose->set_election(election_);
    return propose;
}

void Electiond::campaign(const std::string &election)
{
    service::Request request;
    wire::Result result;

    if (!link_)
        link_ = std::make_unique<Link>(addresses_.front(), name_);
    election_ = election;
    start_proposal(&request)->mutable_input()->mutable_enter()->set_candidate(
        name_);
    result = link_->ask(&request);
    must(result.status() == wire::OK, result.ShortDebugString());
    if (is_me(result.propose().leadership()))
        return;
    if (addresses_.size() > 1)
        link_ = std::make_unique<Link>(addresses_.back(), name_);
    await_tenure(*link_);
}

/** The watch tells first what there is, so nothing is missed. */
void Electiond::await_tenure(Link &link)
{
    service::Request watch, unwatch;
    service::Response response;
    uint64_t id;

    watch.mutable_watch()->set_election(election_);
    id = link.send(&watch);
    do
        response = link.receive();
    while (!response.has_event() || !is_me(response.event().leadership()));
    unwatch.mutable_unwatch()->set_watch_id(id);
    link.send(&unwatch);
}

void Electiond::resign()
{
    service::Request request;
    wire::Result result;

    start_proposal(&request)
        ->mutable_input()
        ->mutable_withdraw()
        ->set_candidate(name_);
    result = link_->ask(&request);
    must(result.status() == wire::OK, result.ShortDebugString());
}

std::unique_ptr<Party> make_electiond(const Addresses &addresses,
                                      const std::string &name)
{
    return std::make_unique<Electiond>(addresses, name, false);
}

std::unique_ptr<Party> make_plain(const Addresses &addresses,
                                  const std::string &name)
{
    return std::make_unique<Electiond>(addresses, name, true);
}
