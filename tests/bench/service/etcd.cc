/* SPDX-License-Identifier: Apache-2.0 */
#include <grpcpp/grpcpp.h>
#include <stdexcept>

#include "election.grpc.pb.h"
#include "kv.grpc.pb.h"
#include "party.h"

static void must(bool is_so, const std::string &what)
{
    if (!is_so)
        throw std::runtime_error("etcd: " + what);
}

static void must(const grpc::Status &status)
{
    must(status.ok(), status.error_message());
}

/** A connection of its own, as clients in processes of their own have it. */
static std::shared_ptr<grpc::Channel> open_channel(const std::string &address)
{
    grpc::ChannelArguments arguments;

    arguments.SetInt(GRPC_ARG_USE_LOCAL_SUBCHANNEL_POOL, 1);
    return grpc::CreateCustomChannel(
        address, grpc::InsecureChannelCredentials(), arguments);
}

/** What both ways to campaign share: the lease. */
class Leased : public Party
{
  public:
    Leased(const Addresses &addresses, const std::string &name)
        : name_(name), channel_(open_channel(addresses.back())),
          leases_(etcdserverpb::Lease::NewStub(channel_))
    {
    }
    ~Leased() override
    {
        if (keeping_)
            keeping_->TryCancel();
    }

    void open(int ttl_ms) override;
    void close() override;
    void keep_alive() override;

  protected:
    std::string name_;
    std::shared_ptr<grpc::Channel> channel_;
    int64_t lease_ = 0;

  private:
    std::unique_ptr<etcdserverpb::Lease::Stub> leases_;
    std::unique_ptr<grpc::ClientContext> keeping_;
    std::unique_ptr<
        grpc::ClientReaderWriter<etcdserverpb::LeaseKeepAliveRequest,
                                 etcdserverpb::LeaseKeepAliveResponse>>
        keeper_;
};

void Leased::open(int ttl_ms)
{
    grpc::ClientContext context;
    etcdserverpb::LeaseGrantRequest request;
    etcdserverpb::LeaseGrantResponse response;

    request.set_ttl(ttl_ms / 1000);
    must(leases_->LeaseGrant(&context, request, &response));
    must(response.ttl() == request.ttl(),
         "a lease of another time: " + response.ShortDebugString());
    lease_ = response.id();
}

void Leased::close()
{
    grpc::ClientContext context;
    etcdserverpb::LeaseRevokeRequest request;
    etcdserverpb::LeaseRevokeResponse response;

    request.set_id(lease_);
    must(leases_->LeaseRevoke(&context, request, &response));
}

void Leased::keep_alive()
{
    etcdserverpb::LeaseKeepAliveRequest request;
    etcdserverpb::LeaseKeepAliveResponse response;

    if (!keeper_) {
        keeping_ = std::make_unique<grpc::ClientContext>();
        keeper_ = leases_->LeaseKeepAlive(keeping_.get());
    }
    request.set_id(lease_);
    if (!keeper_->Write(request) || !keeper_->Read(&response)) {
        keeping_->TryCancel();
        keeper_.reset();
        must(false, "no keep-alive");
    }
    must(response.ttl() > 0, "the lease is lost");
}

/** By etcd's election service: the server does what is to be done. */
class Served : public Leased
{
  public:
    Served(const Addresses &addresses, const std::string &name)
        : Leased(addresses, name),
          elections_(v3electionpb::Election::NewStub(channel_))
    {
    }

    void campaign(const std::string &election) override;
    void resign() override;

  private:
    std::unique_ptr<v3electionpb::Election::Stub> elections_;
    v3electionpb::LeaderKey leader_;
};

void Served::campaign(const std::string &election)
{
    grpc::ClientContext context;
    v3electionpb::CampaignRequest request;
    v3electionpb::CampaignResponse response;

    request.set_name(election);
    request.set_lease(lease_);
    request.set_value(name_);
    must(elections_->Campaign(&context, request, &response));
    leader_ = response.leader();
}

void Served::resign()
{
    grpc::ClientContext context;
    v3electionpb::ResignRequest request;
    v3electionpb::ResignResponse response;

    *request.mutable_leader() = leader_;
    must(elections_->Resign(&context, request, &response));
}

/**
 * By transactions: a key that lives as long as the lease, below that of the
 * election. Who has the oldest key leads; each waits for the next older one.
 */
class Transacting : public Leased
{
  public:
    Transacting(const Addresses &addresses, const std::string &name)
        : Leased(addresses, name), keys_(etcdserverpb::KV::NewStub(channel_)),
          watches_(etcdserverpb::Watch::NewStub(channel_))
    {
    }

    void campaign(const std::string &election) override;
    void resign() override;

  private:
    int64_t transact(etcdserverpb::TxnRequest *request, int64_t revision);
    etcdserverpb::RangeResponse find_older(const std::string &prefix);
    void await_end(const std::string &key, int64_t revision);

    std::unique_ptr<etcdserverpb::KV::Stub> keys_;
    std::unique_ptr<etcdserverpb::Watch::Stub> watches_;
    std::string key_;
    int64_t revision_ = 0;
};

/** If the key is of this revision; returns the one of the store after it. */
int64_t Transacting::transact(etcdserverpb::TxnRequest *request,
                              int64_t revision)
{
    grpc::ClientContext context;
    etcdserverpb::TxnResponse response;
    etcdserverpb::Compare *compare = request->add_compare();

    compare->set_target(etcdserverpb::Compare::CREATE);
    compare->set_key(key_);
    compare->set_create_revision(revision);
    must(keys_->Txn(&context, *request, &response));
    must(response.succeeded(), "the key is another one");
    return response.header().revision();
}

/** The youngest key that is older than this client's. */
etcdserverpb::RangeResponse Transacting::find_older(const std::string &prefix)
{
    grpc::ClientContext context;
    etcdserverpb::RangeRequest request;
    etcdserverpb::RangeResponse response;
    std::string end = prefix;

    end.back()++;
    request.set_key(prefix);
    request.set_range_end(end);
    request.set_limit(1);
    request.set_sort_order(etcdserverpb::RangeRequest::DESCEND);
    request.set_sort_target(etcdserverpb::RangeRequest::CREATE);
    request.set_max_create_revision(revision_ - 1);
    must(keys_->Range(&context, request, &response));
    return response;
}

/** Watches a key until it is deleted, after that revision of the store. */
void Transacting::await_end(const std::string &key, int64_t revision)
{
    grpc::ClientContext context;
    etcdserverpb::WatchRequest request;
    etcdserverpb::WatchResponse response;
    auto stream = watches_->Watch(&context);

    request.mutable_create_request()->set_key(key);
    request.mutable_create_request()->set_start_revision(revision);
    must(stream->Write(request), "no watch");
    while (stream->Read(&response)) {
        must(!response.canceled(), "the watch has ended");
        for (const etcdserverpb::Event &event : response.events())
            if (event.type() == etcdserverpb::Event::DELETE) {
                context.TryCancel();
                return;
            }
    }
    must(false, "the watch is lost");
}

void Transacting::campaign(const std::string &election)
{
    etcdserverpb::TxnRequest request;
    etcdserverpb::PutRequest *put =
        request.add_success()->mutable_request_put();
    std::string prefix = election + "/";
    char id[20];

    (void)snprintf(id, sizeof id, "%llx", (unsigned long long)lease_);
    key_ = prefix + id;
    put->set_key(key_);
    put->set_value(name_);
    put->set_lease(lease_);
    revision_ = transact(&request, 0);
    for (;;) {
        etcdserverpb::RangeResponse older = find_older(prefix);

        if (older.kvs_size() == 0)
            return;
        await_end(older.kvs(0).key(), older.header().revision());
    }
}

void Transacting::resign()
{
    etcdserverpb::TxnRequest request;

    request.add_success()->mutable_request_delete_range()->set_key(key_);
    transact(&request, revision_);
}

std::unique_ptr<Party> make_etcd(const Addresses &addresses,
                                 const std::string &name)
{
    return std::make_unique<Transacting>(addresses, name);
}

std::unique_ptr<Party> make_etcd_election(const Addresses &addresses,
                                          const std::string &name)
{
    return std::make_unique<Served>(addresses, name);
}
