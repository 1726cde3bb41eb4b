/* SPDX-License-Identifier: Apache-2.0 */
#ifndef BENCH_LINK_H
#define BENCH_LINK_H

#include <string>
#include <unistd.h>

#include "election/service/v1/service.pb.h"

namespace wire = election::registry::v1;
namespace service = election::service::v1;

/** Throws, unless what must be is so. */
void must(bool is_so, const std::string &what);

/** A connection to a node of electiond, which has said hello. */
class Link
{
  public:
    Link(const std::string &address, const std::string &client_id);
    ~Link()
    {
        ::close(socket_);
    }
    Link(const Link &) = delete;
    Link &operator=(const Link &) = delete;

    /** Sends a request; returns its id. */
    uint64_t send(service::Request *request);

    /** The next response, whatever it answers. */
    service::Response receive();

    /** The answer to a command. Events meanwhile are passed over. */
    wire::Result ask(service::Request *request);

  private:
    void read(char *bytes, size_t size);

    int socket_;
    uint64_t count_ = 0;
    std::string frame_;
};

#endif
