#pragma once

#include <cstdint>
#include <list>

#include "re_memory.hpp"
#include "tidegate/host.hpp"

/// REPLICA: sends the changing version of a configuration to its connected clients, one line for each version. It is a second service of
/// the same process, which runs on while RTCMEDSRV drains. Threads: libre's loop.
class Replica {
 public:
  /// Adds the service, for at most `max_clients`, so that a refused client still gets a descriptor and the reason.
  Replica(tidegate::Host &host, const sa &address, std::uint64_t max_clients);
  ~Replica();
  Replica(const Replica &) = delete;
  Replica &operator=(const Replica &) = delete;

  const tidegate::Service &service() const { return service_; }

  /// Opens the port. Throws std::runtime_error when the address cannot be used.
  void listen();

 private:
  struct Client;

  void connect(const sa &peer);
  void change_version();
  void notice(std::uint64_t number, std::uint64_t left_ns);
  void end(std::uint64_t number);

  tidegate::Service service_;
  const sa address_;
  Re<tcp_sock> listener_;
  tmr timer_{};
  std::uint64_t version_ = 1;
  std::uint64_t last_number_ = 0;
  std::list<Client> clients_;
};
