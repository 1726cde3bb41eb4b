/* SPDX-License-Identifier: Apache-2.0 */
/**
 * One client of an election service, whichever it is: it has a session, or a
 * lease, and leads elections as long as that lives. All calls block, and throw
 * std::runtime_error if what must not be has been.
 *
 *     electiond.cc   electiond, and a plain node
 *     link.cc        by the frames of service.proto
 *     etcd.cc        etcd, by gRPC
 */
#ifndef BENCH_PARTY_H
#define BENCH_PARTY_H

#include <memory>
#include <string>
#include <vector>

class Party
{
  public:
    virtual ~Party() = default;

    /** Opens the session. */
    virtual void open(int ttl_ms) = 0;

    /** Ends it. */
    virtual void close() = 0;

    /** Renews it. May be called by another thread than the rest; and again
     * after it has thrown, which tries another connection. */
    virtual void keep_alive() = 0;

    /** Returns once the client leads. Others may be led meanwhile. */
    virtual void campaign(const std::string &election) = 0;

    /** Leaves what it has campaigned for last. */
    virtual void resign() = 0;
};

/** Addresses of nodes, as IPV4:PORT; the first one leads. */
typedef std::vector<std::string> Addresses;

/**
 * Makes a party with a name of its own; each has connections of its own. It
 * asks the node that leads, but where it waits for others while there are more:
 * there the last one, which stays if the first one is killed.
 */
typedef std::unique_ptr<Party> MakeParty(const Addresses &addresses,
                                         const std::string &name);

MakeParty make_electiond;
MakeParty make_plain; /* takes any answer, as a plain node tells nothing */
#ifdef BENCH_ETCD
MakeParty make_etcd;          /* by transactions, as etcd's Go client does */
MakeParty make_etcd_election; /* by etcd's election service */
#endif

#endif
