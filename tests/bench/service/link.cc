/* SPDX-License-Identifier: Apache-2.0 */
#include "link.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <stdexcept>
#include <sys/socket.h>

void must(bool is_so, const std::string &what)
{
    if (!is_so)
        throw std::runtime_error(what);
}

Link::Link(const std::string &address, const std::string &client_id)
    : socket_(socket(AF_INET, SOCK_STREAM, 0))
{
    size_t colon = address.rfind(':');
    struct sockaddr_in place = {};
    int yes = 1;
    service::Request request;

    must(socket_ >= 0 && colon != std::string::npos, "no address");
    place.sin_family = AF_INET;
    place.sin_port = htons((uint16_t)std::stoi(address.substr(colon + 1)));
    must(inet_pton(AF_INET, address.substr(0, colon).c_str(),
                   &place.sin_addr) == 1 &&
             connect(socket_, (struct sockaddr *)&place, sizeof place) == 0 &&
             setsockopt(socket_, IPPROTO_TCP, TCP_NODELAY, &yes, sizeof yes) ==
                 0,
         "can't connect to " + address);
    request.mutable_hello()->set_version(1);
    request.mutable_hello()->set_client_id(client_id);
    send(&request);
    must(receive().has_welcome(), "no welcome");
}

uint64_t Link::send(service::Request *request)
{
    size_t size, at = 0;

    request->set_id(++count_);
    size = request->ByteSizeLong();
    frame_.resize(4);
    for (int i = 0; i < 4; i++)
        frame_[(size_t)i] = (char)(size >> (24 - 8 * i));
    request->AppendToString(&frame_);
    while (at < frame_.size()) {
        ssize_t sent = ::send(socket_, frame_.data() + at, frame_.size() - at,
                              MSG_NOSIGNAL);
        must(sent > 0, "the connection is lost");
        at += (size_t)sent;
    }
    return count_;
}

void Link::read(char *bytes, size_t size)
{
    while (size > 0) {
        ssize_t received = recv(socket_, bytes, size, 0);
        must(received > 0, "the connection is lost");
        bytes += received;
        size -= (size_t)received;
    }
}

service::Response Link::receive()
{
    service::Response response;
    char head[4];
    size_t size = 0;

    read(head, sizeof head);
    for (char byte : head)
        size = size << 8 | (unsigned char)byte;
    frame_.resize(size);
    read(&frame_[0], size);
    must(response.ParseFromString(frame_), "no Response");
    return response;
}

wire::Result Link::ask(service::Request *request)
{
    uint64_t id = send(request);
    service::Response response;

    do
        response = receive();
    while (response.id() != id);
    must(response.has_result(), response.ShortDebugString());
    return response.result();
}
