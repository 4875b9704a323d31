#include "replica.hpp"

#include <cstring>
#include <stdexcept>
#include <string>

using tidegate::view;

namespace {

constexpr std::uint64_t kChangeMs = 500;

int send_line(tcp_conn *connection, const std::string &line) {
  Re<mbuf> buffer(mbuf_alloc(line.size() + 1));
  if (!buffer) return ENOMEM;
  mbuf_write_str(buffer.get(), line.c_str());
  mbuf_write_u8(buffer.get(), '\n');
  buffer->pos = 0;
  return tcp_send(connection, buffer.get());
}

}  // namespace

struct Replica::Client {
  Replica &owner;
  std::uint64_t number;
  tidegate::Ticket ticket;
  Re<tcp_conn> connection;
};

Replica::Replica(tidegate::Host &host, const sa &address, std::uint64_t max_clients) : address_(address) {
  tmr_init(&timer_);
  tg_service_options options = TG_INIT(tg_service_options);
  options.name = TG_STR("REPLICA");
  options.activity = TG_STR("Connected Replicas");
  options.max_sessions = max_clients;
  options.ramp_ns = TG_OFF;  // its maximum is that of the descriptors: a resume has no crowd to hold back
  options.user = this;
  options.close = [](void *user, tg_ticket, std::uint64_t tag) { static_cast<Replica *>(user)->end(tag); };
  options.notice = [](void *user, tg_ticket, std::uint64_t tag, std::uint64_t left_ns) {
    static_cast<Replica *>(user)->notice(tag, left_ns);
  };
  service_ = host.add_service(options);
}

void Replica::listen() {
  const int error = out(listener_, [&](tcp_sock **socket) {
    return tcp_listen(
        socket, &address_, [](const sa *peer, void *arg) { static_cast<Replica *>(arg)->connect(*peer); }, this);
  });
  if (error) throw std::runtime_error("REPLICA port " + std::to_string(sa_port(&address_)) + ": " + std::strerror(error));
  tmr_start(
      &timer_, kChangeMs, [](void *arg) { static_cast<Replica *>(arg)->change_version(); }, this);
}

Replica::~Replica() { tmr_cancel(&timer_); }

void Replica::connect(const sa &peer) {
  tg_request request = TG_INIT(tg_request);
  request.tag = ++last_number_;
  request.peer = to_address(peer);
  tidegate::Admitted admitted = service_.admit(request);

  Client &client = clients_.emplace_back(Client{*this, request.tag, std::move(admitted.ticket), nullptr});
  const int error = out(client.connection, [&](tcp_conn **connection) {
    return tcp_accept(
        connection, listener_.get(), nullptr, [](mbuf *, void *) {},
        [](int, void *arg) { static_cast<Client *>(arg)->owner.end(static_cast<Client *>(arg)->number); }, &client);
  });
  if (error) return clients_.pop_back();
  if (client.ticket) {
    send_line(client.connection.get(), "version " + std::to_string(version_));
  } else {
    // Accepted only to say why it is refused.
    send_line(client.connection.get(), "refused: " + std::string(view(admitted.verdict.text)));
    clients_.pop_back();
  }
}

void Replica::change_version() {
  tmr_start(
      &timer_, kChangeMs, [](void *arg) { static_cast<Replica *>(arg)->change_version(); }, this);
  ++version_;
  const std::string line = "version " + std::to_string(version_);
  // A client that cannot be sent to, as it has gone or does not read, is removed.
  clients_.remove_if([&](const Client &client) { return send_line(client.connection.get(), line) != 0; });
}

/// Asks a client to connect elsewhere. It stays until it goes by itself, or until the deadline.
void Replica::notice(std::uint64_t number, std::uint64_t left_ns) {
  const std::string left = left_ns == TG_FOREVER ? "no deadline" : std::to_string(left_ns / 1'000'000'000) + " s left";
  clients_.remove_if([&](const Client &client) {
    return client.number == number && send_line(client.connection.get(), "draining: please connect elsewhere; " + left) != 0;
  });
}

void Replica::end(std::uint64_t number) {
  clients_.remove_if([&](const Client &client) { return client.number == number; });
}
